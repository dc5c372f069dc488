"""Windows as people name them: local times in a zone, or a span that ends somewhere."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from connectors.contract import Window

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
NARROWEST = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A width as the calendar has it: a local month is 28 to 31 local days."""

    label: str
    hours: int = 0
    days: int = 0
    months: int = 0


SPANS = {
    "PT1H": Span(label="Hour", hours=1),
    "P1D": Span(label="Day", days=1),
    "P7D": Span(label="Week", days=7),
    "P1M": Span(label="Month", months=1),
    "P1Y": Span(label="Year", months=12),
    "P10Y": Span(label="10 years", months=120),
}
DEFAULT_SPAN = "P7D"


@cache
def zones_known() -> frozenset[str]:
    """Read once: asking the zone database for its names costs as much as reading a year."""
    return frozenset(available_timezones())


def zone_find(name: str) -> ZoneInfo | None:
    """The zone, or None when the zone database does not have it."""
    return ZoneInfo(name) if name in zones_known() else None


def moment(text: str, *, zone: ZoneInfo, last: bool = False) -> datetime:
    """A typed time as an instant; without an offset it is local time in `zone`.

    A time that the clocks show twice is its first pass, or its second when `last` (so a window
    that ends there holds both). Raises ValueError with a sentence.
    """
    try:
        typed = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError("Write a date and time like 2025-03-30 14:00.") from None
    if typed.tzinfo is None:
        typed = typed.replace(tzinfo=zone, fold=int(last))
    try:
        instant = typed.astimezone(UTC)
    except OverflowError:
        raise ValueError("Give a year between 1900 and 2199.") from None
    if not EARLIEST <= instant < LATEST:
        raise ValueError("Give a year between 1900 and 2199.")
    return instant


def span_window(span: str, *, end: datetime, zone: ZoneInfo) -> Window:
    """The span that ends at `end`, counted on the calendar of `zone`."""
    width = SPANS[span]
    if width.hours:  # of the clock that never changes
        return Window(start=end - timedelta(hours=width.hours), end=end)
    local = end.astimezone(zone).replace(tzinfo=None)
    begin = _months_before(local, width.months) - timedelta(days=width.days)
    return Window(start=begin.replace(tzinfo=zone).astimezone(UTC), end=end)


def _months_before(local: datetime, months: int) -> datetime:
    """The same day of an earlier month, or that month's last day."""
    year, month = divmod(local.year * 12 + local.month - 1 - months, 12)
    day = min(local.day, monthrange(year, month + 1)[1])
    return local.replace(year=year, month=month + 1, day=day)
