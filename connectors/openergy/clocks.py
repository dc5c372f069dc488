"""The three clocks (section 4.1): stamps of one as instants. `gmt` is UTC already."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import numpy.typing as npt

from connectors.errors import BadAnswer

QUARTER_MS = 900_000
"""Offsets change at quarters of an hour only, so one is looked up for each quarter."""
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 stamps of a clock are naive

Millis = npt.NDArray[np.int64]


def instants(stamps: Millis, clock: str, zone: str | None) -> Millis:
    """Stamps of a clock in UTC milliseconds, where they are in order.

    In autumn `dst` shows one hour twice: of two equal stamps, or where the stamps step back, the
    first is taken for summer time. Raises BadAnswer without a usable zone.
    """
    if clock == "gmt" or not len(stamps):
        return stamps
    place = _zone(zone)
    quarters, where = np.unique(stamps // QUARTER_MS, return_inverse=True)
    if clock == "tzt":
        offsets = np.array([_standard(place, int(one)) for one in quarters], dtype=np.int64)
        return np.asarray(stamps - offsets[where], dtype=np.int64)
    early = np.array([_offset(place, int(one), fold=0) for one in quarters], dtype=np.int64)
    late = np.array([_offset(place, int(one), fold=1) for one in quarters], dtype=np.int64)
    return _unfolded(stamps, early[where], late[where])


def local(moment: datetime, series: Mapping[str, Any], clock: str | None = None) -> str:
    """A time for a body, as text in the clock that the platform will take it in.

    Whether it honours an offset or drops it is not documented: so both mean the same instant.
    """
    clock = clock or str(series.get("native_clock") or "gmt")
    zone = series.get("timezone")
    if clock == "gmt" or not zone:
        return moment.astimezone(UTC).isoformat()
    place = _zone(str(zone))
    if clock == "dst":
        return moment.astimezone(place).isoformat()
    quarter = int(moment.timestamp() * 1000) // QUARTER_MS
    offset = timedelta(milliseconds=_standard(place, quarter))
    return moment.astimezone(timezone(offset)).isoformat()


def _unfolded(stamps: Millis, early: Millis, late: Millis) -> Millis:
    """Both offsets differ in the doubled hour: its second pass begins where the stamps step back
    or stand still, and lasts as long as the stamps stay in that hour."""
    found = np.asarray(stamps - early, dtype=np.int64)
    previous, second = -1, False
    for at in np.flatnonzero(early > late):
        stepped = at > 0 and stamps[at] <= stamps[at - 1]
        second = bool(stepped) or (second and at - 1 == previous)
        if second:
            found[at] = stamps[at] - late[at]
        previous = int(at)
    return found


def _zone(name: str | None) -> ZoneInfo:
    try:
        return ZoneInfo(name or "")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadAnswer(
            "OpenergyVBP names no usable time zone for a series: ask for the clock gmt."
        ) from None


def _moment(quarter: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=quarter * QUARTER_MS)


def _offset(zone: ZoneInfo, quarter: int, *, fold: int) -> int:
    offset = _moment(quarter).replace(tzinfo=zone, fold=fold).utcoffset() or timedelta(0)
    return offset // timedelta(milliseconds=1)


def _standard(zone: ZoneInfo, quarter: int) -> int:
    """Without the hour of summer. Dublin calls its winter the exception, hence both halves."""
    year = _moment(quarter).year
    halves = [datetime(year, month, 1, tzinfo=UTC).astimezone(zone) for month in (1, 7)]
    offsets = [half.utcoffset() or timedelta(0) for half in halves]
    return min(offsets) // timedelta(milliseconds=1)
