"""Calendar arithmetic in UTC on milliseconds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from connectors.sandbox.zones import Instants

HOUR = 3_600_000
PARTS = ("year", "month", "day", "hour", "minute")
UNITS = {"year": "Y", "month": "M", "day": "D", "hour": "h", "minute": "m"}


def parts(stamps: Instants, finest: str) -> dict[str, NDArray[np.int64]]:
    """Year, month (from 1), day (from 1), hour and minute, down to the finest one."""
    moments = stamps.astype("datetime64[ms]")
    found: dict[str, NDArray[np.int64]] = {}
    above = None
    for part in PARTS[: PARTS.index(finest) + 1]:
        floor = moments.astype(f"datetime64[{UNITS[part]}]")
        if above is None:
            number = floor.astype(np.int64) + 1970
        else:
            number = (floor - above.astype(floor.dtype)).astype(np.int64)
            number += part in ("month", "day")
        found[part], above = number, floor
    return found


def edges(year: int, month: int | None, day: int | None, level: str | None) -> Instants:
    """The borders of the periods within a year, month or day, in milliseconds.

    `level` is the length of a period; by default the next finer one: 12 months, days or 24 hours.
    """
    whole, default = ("year", "month")
    first = np.datetime64(f"{year:04d}", "Y")
    if month is not None:
        whole, default = "month", "day"
        first = first.astype("datetime64[M]") + (month - 1)
        if day is not None:
            whole, default = "day", "hour"
            first = first.astype("datetime64[D]") + (day - 1)
    end = first + 1
    part = level or default
    if PARTS.index(part) < PARTS.index(whole):
        part = whole  # guess: one count of the whole period
    unit = f"datetime64[{UNITS[part]}]"
    borders = np.arange(first.astype(unit), end.astype(unit) + 1)
    moments: Instants = borders.astype("datetime64[ms]").astype(np.int64)
    return moments
