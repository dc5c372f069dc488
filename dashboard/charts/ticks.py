"""Labels of a time axis in a zone, and the moments at which its clocks change.

Plotly draws instants and knows no zone (its issue 3870), so the positions and words of the ticks
are made here: round local times, each hour of a 23- or 25-hour day where it belongs, and an offset
on labels that the clocks show twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from connectors.contract import Window

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PIXELS_PER_LABEL = 90
_CLOCK_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200)
_DAY_STEPS = (1, 2, 5, 10)
_MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60, 120, 240)
_MARGIN = timedelta(hours=3)
"""Clocks move by an hour at most today, and moved by two in the past."""


@dataclass(frozen=True, slots=True)
class Tick:
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """The instant from which another offset holds."""

    at: datetime
    before: timedelta
    after: timedelta

    @property
    def shift(self) -> timedelta:
        return self.after - self.before

    @property
    def words(self) -> str:
        """`clocks back: 02:00–03:00 twice`, in local time."""
        old, new = (self.at + self.before), (self.at + self.after)
        if self.shift < timedelta(0):
            return f"clocks back: {new:%H:%M}–{old:%H:%M} twice"
        return f"clocks forward: {old:%H:%M} → {new:%H:%M}"


def ticks(window: Window, *, zone: ZoneInfo, pixels: int) -> tuple[Tick, ...]:
    """Labels for about every 90 pixels, at round local times inside the window."""
    seconds = window.width.total_seconds() * PIXELS_PER_LABEL / pixels
    clock = next((step for step in _CLOCK_STEPS if step >= seconds), None)
    if clock is not None:
        return tuple(_clock_ticks(window, zone, timedelta(seconds=clock)))
    days = next((step for step in _DAY_STEPS if step * 86400 >= seconds), None)
    if days is not None:
        return tuple(_day_ticks(window, zone, days))
    months = next((m for m in _MONTH_STEPS if m * 30.5 * 86400 >= seconds), _MONTH_STEPS[-1])
    return tuple(_month_ticks(window, zone, months))


def changes(window: Window, *, zone: ZoneInfo) -> tuple[Change, ...]:
    """Every change of offset inside the window, rising."""
    years = range(window.start.year, window.end.year + 1)
    found = (change for year in years for change in _year_changes(zone.key, year))
    return tuple(change for change in found if window.start < change.at < window.end)


def offset_text(offset: timedelta) -> str:
    """`+02:00`; seconds, which offsets had before 1972, are left out."""
    minutes = round(offset.total_seconds() / 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def offset_at(instant: datetime, zone: ZoneInfo) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta(0)


def _clock_ticks(window: Window, zone: ZoneInfo, step: timedelta) -> Iterator[Tick]:
    local = _local(window.start, zone) - _MARGIN
    local -= (local - local.replace(hour=0, minute=0, second=0, microsecond=0)) % step
    end = _local(window.end, zone) + _MARGIN
    found: dict[datetime, str] = {}
    while local <= end:
        passes = _passes(local, zone)
        for at in passes:
            found[at] = _clock_text(local, step, offset_at(at, zone) if len(passes) > 1 else None)
        local += step
    shown = (Tick(at, found[at]) for at in sorted(found) if window.start <= at < window.end)
    return _dated(shown, zone)


def _dated(shown: Iterator[Tick], zone: ZoneInfo) -> Iterator[Tick]:
    """The first label of each local day also names the day, unless the next one needs its room."""
    labels = list(shown)
    days = [_local(tick.at, zone) for tick in labels]
    for place, (tick, local) in enumerate(zip(labels, days, strict=True)):
        begins = place == 0 or days[place - 1].date() != local.date()
        crowded = place == 0 and len(days) > 1 and days[1].date() != local.date()
        named = f"{tick.text}<br>{local:%a} {local.day} {local:%b %Y}"
        yield Tick(tick.at, named) if begins and not crowded else tick


def _clock_text(local: datetime, step: timedelta, offset: timedelta | None) -> str:
    text = f"{local:%H:%M:%S}" if step < timedelta(minutes=1) else f"{local:%H:%M}"
    return text if offset is None else f"{text} {offset_text(offset)}"


def _day_ticks(window: Window, zone: ZoneInfo, step: int) -> Iterator[Tick]:
    """Every `step` days of a month, counted from its first; not one at a month's ragged end."""
    local = _local(window.start, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    end = _local(window.end, zone)
    month = None
    while local <= end:
        at = local.replace(tzinfo=zone).astimezone(UTC)
        round_day = (local.day - 1) % step == 0 and local.day + step // 2 <= 31
        if round_day and window.start <= at < window.end:
            text = f"{local.day} {local:%b}"
            yield Tick(at, text if local.month == month else f"{text}<br>{local.year}")
            month = local.month
        local += timedelta(days=1)


def _month_ticks(window: Window, zone: ZoneInfo, step: int) -> Iterator[Tick]:
    local = _local(window.start, zone)
    index = (local.year * 12 + local.month - 1) // step * step
    year = None
    while True:
        local = datetime(index // 12, index % 12 + 1, 1)  # noqa: DTZ001 - local on purpose
        at = local.replace(tzinfo=zone).astimezone(UTC)
        if at >= window.end:
            return
        if at >= window.start:
            named = f"{local:%b}" if local.year == year else f"{local:%b}<br>{local.year}"
            yield Tick(at, str(local.year) if step >= 12 else named)
            year = local.year
        index += step


def _passes(local: datetime, zone: ZoneInfo) -> tuple[datetime, ...]:
    """The instants at which the clocks of the zone show this time: none, one or two."""
    both = {local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return tuple(sorted(at for at in both if _local(at, zone) == local))


def _local(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


@lru_cache(maxsize=4096)
def _year_changes(name: str, year: int) -> tuple[Change, ...]:
    """Found by looking every five days and halving: no zone changed twice in five days since
    1970 (Morocco's two changes around Ramadan are a month apart)."""
    zone = ZoneInfo(name)
    at, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    found = []
    while at < end:
        later = min(at + timedelta(days=5), end)
        before, after = offset_at(at, zone), offset_at(later, zone)
        if before != after:
            found.append(Change(_turn(at, later, zone), before, after))
        at = later
    return tuple(found)


def _turn(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """The first whole second after `low` with the offset of `high`."""
    after = offset_at(high, zone)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low).total_seconds() // 2)
        low, high = (low, middle) if offset_at(middle, zone) == after else (middle, high)
    return high


def millis(instant: datetime) -> float:
    """Milliseconds since 1970: the x of every chart."""
    return (instant - EPOCH) / timedelta(milliseconds=1)
