"""Crontabs of six fields: second minute hour day-of-month month day-of-week (section 3.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

SPANS = ((0, 59), (0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
PIECE = re.compile(r"(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:/(\d{1,2}))?")
FARTHEST = 8 * 366  # days; 29 February comes back after eight years at the latest


@dataclass(frozen=True, slots=True)
class Crontab:
    """The values at which each field is due."""

    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either: bool
    """Whether one of the two day fields is enough, as in cron when both are restricted."""

    def last(self, moment: datetime, since: datetime) -> datetime | None:
        """The latest due moment in `(since, moment]`; None without one."""
        for back in range(min((moment.date() - since.date()).days, FARTHEST) + 1):
            day = moment - timedelta(days=back)
            found = self._on(day, moment) if self._fits(day) else None
            if found is not None:
                return found if found > since else None
        return None

    def _fits(self, day: datetime) -> bool:
        by_date, by_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        fits = by_date or by_week if self.either else by_date and by_week
        return fits and day.month in self.months

    def _on(self, day: datetime, until: datetime) -> datetime | None:
        """The latest due moment of a day that is not after `until`."""
        for hour in reversed(self.hours):
            for minute in reversed(self.minutes):
                for second in reversed(self.seconds):
                    due = datetime.combine(day.date(), time(hour, minute, second), day.tzinfo)
                    if due <= until:
                        return due
        return None


def crontab(text: str) -> Crontab:
    """Reads a crontab. Raises ValueError."""
    parts = text.split()
    if len(parts) != len(SPANS):
        raise ValueError("six fields are wanted")
    seconds, minutes, hours, days, months, weekdays = (
        tuple(sorted(set(_values(part, *span)))) for part, span in zip(parts, SPANS, strict=True)
    )
    return Crontab(
        seconds, minutes, hours, frozenset(days), frozenset(months),
        frozenset(day % 7 for day in weekdays),
        either=parts[3][0] != "*" and parts[5][0] != "*",
    )  # fmt: skip


def _values(part: str, low: int, high: int) -> Iterator[int]:
    for piece in part.split(","):
        found = PIECE.fullmatch(piece)
        if found is None:
            raise ValueError(f"{piece} is no part of a crontab")
        start = low if found[1] is None else int(found[1])
        # `5/10` counts on to the end of the span, as cron's own step values do.
        end = int(found[2]) if found[2] else start if found[1] and not found[3] else high
        step = int(found[3] or 1)
        if not (low <= start <= end <= high and step > 0):
            raise ValueError(f"{piece} is out of its span")
        yield from range(start, end + 1, step)
