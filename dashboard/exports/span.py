"""The window of a scheduled run: the last day, week, month or year before its due time, cut at
local midnight, so that the windows of neighbouring runs meet without a gap or an overlap."""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime, timedelta, tzinfo

from connectors.contract import Window
from dashboard.exports.zones import midnight

SPANS = (
    ("P1D", "the day before"),
    ("P7D", "the seven days before"),
    ("P1M", "the month before"),
    ("P1Y", "the year before"),
)
PATTERN = re.compile(r"P(\d{1,3})([DMY])")


def window_before(due: datetime, *, span: str, zone: tzinfo) -> Window:
    """The window of length `span` that ends at the last local midnight at or before `due`.

    Raises ValueError for a span that is not `P<n>D`, `P<n>M` or `P<n>Y`.
    """
    last = due.astimezone(zone).date()
    end = midnight(last, zone)
    first = _back(last, span)
    while midnight(first, zone) >= end:  # Samoa had no 30 December 2011
        first -= timedelta(days=1)
    return Window(start=midnight(first, zone), end=end)


def words(span: str) -> str:
    """The span in plain words."""
    return dict(SPANS).get(span, span)


def _back(day: date, span: str) -> date:
    found = PATTERN.fullmatch(span)
    if found is None or not int(found[1]):
        raise ValueError("A span is written P1D, P7D, P1M or P1Y.")
    number, unit = int(found[1]), found[2]
    if unit == "D":
        return day - timedelta(days=number)
    return _months_back(day, number if unit == "M" else 12 * number)


def _months_back(day: date, months: int) -> date:
    """The same day so many months ago, or that month's last day where it has fewer."""
    total = day.year * 12 + day.month - 1 - months
    year, month = divmod(total, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
