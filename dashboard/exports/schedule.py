"""When a schedule is due: cron in a time zone. Pure arithmetic, no clock and no database.

Five fields: minute, hour, day of month, month, day of week (0 or 7 is Sunday). Where the clocks
change:

* A rule that **names its hours** (`30 2 * * *`, `0 6,18 * * 1-5`) is due once for each local time.
  A local time that comes twice is due the first time. Local times that the clocks skip are due
  together, once, at the moment the clocks jump to.
* A rule whose hours **start with a star** (`0 * * * *`, `*/15 * * * *`) is due at every moment
  whose local time fits: an hour that comes twice is due in both, a skipped hour in neither.

Held by `tests/exports/test_schedule.py` on every zone of the database.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice, pairwise

from cronsim import CronSim, CronSimError

from dashboard.exports.zones import LAST, Stretch, stretches

LEAST_MINUTES = 5
"""More often would ask the platforms for the same hour again and again."""
HORIZON = timedelta(days=366 * 9)
"""The longest wait that makes sense: 29 February, over a year 2100 that has none."""
FIRST_LOOK = timedelta(days=32)
LONGEST_REPEAT = timedelta(hours=25)
"""A zone that moves across the date line repeats a whole day."""
FIELDS = ("minute", "hour", "day-of-month", "month", "day-of-week")
START = datetime(2024, 1, 1)  # noqa: DTZ001 — a naive local time, as CronSim wants it for checks

PRESETS = (
    ("0 6 * * *", "Every morning at 06:00"),
    ("0 7 * * 1", "Every Monday at 07:00"),
    ("0 7 1 * *", "On the first of every month at 07:00"),
    ("5 * * * *", "Every hour, five minutes past"),
)


class ScheduleInvalid(ValueError):
    """A rule that cannot or must not be scheduled; the text is for the person who typed it."""


@dataclass(frozen=True, slots=True)
class Cron:
    """A checked rule. Made by `parse`."""

    text: str
    every_hour: bool
    """The hour field starts with a star: due at each moment that fits, not once a local time."""

    def __str__(self) -> str:
        return self.text


def parse(text: str) -> Cron:
    """The rule, checked. Raises ScheduleInvalid with a sentence that says what to write instead."""
    parts = text.upper().split()
    if len(parts) != len(FIELDS):
        raise ScheduleInvalid(
            f"A rule has five fields (minute, hour, day of month, month, day of week); "
            f"this one has {len(parts)}. Every morning at six is 0 6 * * *."
        )
    rule = _rule(parts)
    _refuse_often(rule)
    cron = Cron(" ".join(parts), every_hour=parts[1].startswith("*"))
    if next(_local(cron, START, START + HORIZON), None) is None:
        raise ScheduleInvalid("This rule comes due less than once in nine years.")
    return cron


def due_times(cron: Cron, zone: tzinfo, *, after: datetime) -> Iterator[datetime]:
    """Every due moment strictly after `after`, in UTC, strictly rising.

    Ends when nothing comes due for nine years: a date that the zone will never have.
    """
    begin = found = after.astimezone(UTC)
    width = FIRST_LOOK
    while begin < min(found + HORIZON, LAST):
        end = min(begin + width, LAST)
        for stretch in stretches(zone, begin, end):
            for moment in _due_within(cron, zone, stretch):
                if moment > found:
                    yield moment
                    found = moment
        begin, width = end, min(width * 2, HORIZON / 9)


def next_due(cron: Cron, zone: tzinfo, *, after: datetime) -> datetime:
    """The first due moment strictly after `after`. Raises ScheduleInvalid when none ever comes."""
    found = next(due_times(cron, zone, after=after), None)
    if found is None:
        raise ScheduleInvalid("This rule never comes due.")
    return found


def preview(cron: Cron, zone: tzinfo, *, after: datetime, count: int = 5) -> list[datetime]:
    """The next due moments, for the form."""
    return list(islice(due_times(cron, zone, after=after), count))


def words(cron: str) -> str:
    """The rule in plain words where a preset says them, else as it was written."""
    return dict(PRESETS).get(cron, cron)


def _due_within(cron: Cron, zone: tzinfo, stretch: Stretch) -> Iterator[datetime]:
    """The due moments of one stretch; first the one for what the clocks skipped to reach it."""
    first = _wall(stretch.start, stretch.offset)
    last = _wall(stretch.end, stretch.offset)
    reached = first if cron.every_hour else _reached(zone, stretch.start)
    if reached < first and next(_local(cron, reached, first), None) is not None:
        yield stretch.start
    for local in _local(cron, max(first, reached), last):
        yield (local - stretch.offset).replace(tzinfo=UTC)


def _reached(zone: tzinfo, moment: datetime) -> datetime:
    """The latest local time that the zone's clocks have shown before `moment`: earlier than the
    time at `moment` right after a skip, later while an hour comes the second time."""
    day = stretches(zone, moment - LONGEST_REPEAT, moment)
    return max(_wall(stretch.end, stretch.offset) for stretch in day)


def _wall(moment: datetime, offset: timedelta) -> datetime:
    return (moment + offset).replace(tzinfo=None)


def _local(cron: Cron, start: datetime, end: datetime) -> Iterator[datetime]:
    """The naive local times of `[start, end)` that fit the rule, by CronSim, which knows no zone
    when its start has none."""
    for local in CronSim(cron.text, start - timedelta(microseconds=1)):
        if local >= end:
            return
        yield local


def _rule(parts: list[str]) -> CronSim:
    try:
        return CronSim(" ".join(parts), START)
    except CronSimError as wrong:
        field = str(wrong).removeprefix("Bad ")
    if field == "day-of-month" and _fits([*parts[:3], "*", parts[4]]):
        raise ScheduleInvalid("No month named in this rule has such a day, so it never comes due.")
    if field not in FIELDS:
        raise ScheduleInvalid("This is no rule that cron knows. Every morning at six is 0 6 * * *.")
    value = parts[FIELDS.index(field)][:40]
    raise ScheduleInvalid(f"“{value}” is no {field.replace('-', ' ')} that cron knows.")


def _fits(parts: list[str]) -> bool:
    try:
        CronSim(" ".join(parts), START)
    except CronSimError:
        return False
    return True


def _refuse_often(rule: CronSim) -> None:
    """Raises ScheduleInvalid when two due times can be closer than five minutes."""
    minutes = sorted(rule.minutes)
    gaps = [later - earlier for earlier, later in pairwise(minutes)]
    if any((hour + 1) % 24 in rule.hours for hour in rule.hours):
        gaps.append(minutes[0] + 60 - minutes[-1])
    if gaps and min(gaps) < LEAST_MINUTES:
        raise ScheduleInvalid(
            f"This rule comes due more often than every {LEAST_MINUTES} minutes. "
            f"Every five minutes is */5 * * * *, every hour is 0 * * * *."
        )
