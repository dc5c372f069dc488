"""The stretches of constant offset that a time zone consists of.

Everything local is worked out stretch by stretch: within one, a local time is UTC plus a constant,
so nothing can be lost, doubled or put in the wrong order where the clocks change.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

PROBE = timedelta(hours=6)
"""No zone has changed its offset and changed it back within six hours."""
SECOND = timedelta(seconds=1)
LAST = datetime(9999, 12, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """The moments `[start, end)`, in UTC, during which a zone keeps one offset."""

    start: datetime
    end: datetime
    offset: timedelta


def stretches(zone: tzinfo, start: datetime, end: datetime) -> Iterator[Stretch]:
    """The zone's stretches, cut to `[start, end)`, in order and without a gap."""
    begin = start.astimezone(UTC)
    end = min(end.astimezone(UTC), LAST)
    while begin < end:
        offset = offset_at(begin, zone)
        change = _change(zone, begin, end, offset)
        yield Stretch(start=begin, end=change, offset=offset)
        begin = change


def offset_at(moment: datetime, zone: tzinfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta(0)


def midnight(day: date, zone: tzinfo) -> datetime:
    """The first moment of a local day, in UTC; 01:00 where the clocks skip midnight itself."""
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


def zone_of(name: str) -> tzinfo:
    """The zone; UTC as the plain object, with which arithmetic is fastest. Raises KeyError for a
    name that the zone database does not have, or no longer."""
    return UTC if name == "UTC" else ZoneInfo(name)


def _change(zone: tzinfo, start: datetime, end: datetime, offset: timedelta) -> datetime:
    """The first moment after `start` with another offset, or `end`."""
    same = start
    while same < end:
        probe = min(same + PROBE, end)
        if offset_at(probe, zone) != offset:
            return _bisect(zone, same, probe, offset)
        same = probe
    return end


def _bisect(zone: tzinfo, same: datetime, other: datetime, offset: timedelta) -> datetime:
    """The whole second at which the offset changes; zones change at whole seconds only."""
    same = same.replace(microsecond=0)
    other = other.replace(microsecond=0) + (SECOND if other.microsecond else timedelta(0))
    while other - same > SECOND:
        middle = same + (other - same) // 2
        middle = middle.replace(microsecond=0)
        if offset_at(middle, zone) == offset:
            same = middle
        else:
            other = middle
    return other
