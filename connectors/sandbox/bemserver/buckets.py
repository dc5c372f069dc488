"""Buckets of local time, and the five functions over them (section 3.6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from connectors.sandbox.samples import Track, windows
from connectors.sandbox.zones import DAY, HOUR, MINUTE, SECOND, Instants, from_local, to_local

Values = NDArray[np.float64]
Counts = NDArray[np.int64]

FIXED = {"second": SECOND, "minute": MINUTE, "hour": HOUR}
CALENDAR = ("day", "week", "month", "year")
UNITS = (*FIXED, *CALENDAR)
FUNCTIONS = ("avg", "sum", "min", "max", "count")
MONDAY = 3  # 1970-01-01 was a Thursday: three days after a Monday


@dataclass(frozen=True, slots=True)
class Width:
    """The width of a bucket: more than one unit only for seconds, minutes and hours."""

    count: int
    unit: str

    @property
    def whole(self) -> bool:
        """Whether such buckets fill a day; the platform's answer is empty where they do not."""
        return self.unit not in FIXED or DAY % (self.count * FIXED[self.unit]) == 0


def edges(start: int, end: int, zone: str, width: Width) -> Instants:
    """Bucket starts and the last end: floored and ceiled to local bucket edges."""
    if start >= end:
        return np.empty(0, dtype=np.int64)
    if width.unit in FIXED:
        return _fixed(start, end, zone, width.count * FIXED[width.unit])
    local = to_local(np.array([start, end], dtype=np.int64), zone)
    days = _calendar(int(local[0] // DAY), int(local[1] // DAY), width.unit)
    instants = from_local(days * DAY, zone)
    last = int(np.searchsorted(instants, end))
    return instants[: last + 1]


def _fixed(start: int, end: int, zone: str, size: int) -> Instants:
    local = int(to_local(np.array([start], dtype=np.int64), zone)[0])
    first = start - local % size
    return np.arange(first, first + -(-(end - first) // size) * size + 1, size, dtype=np.int64)


def _calendar(first: int, last: int, unit: str) -> Instants:
    """Local day numbers of bucket starts from the one holding `first` to past `last`."""
    if unit == "day":
        return np.arange(first, last + 2, dtype=np.int64)
    if unit == "week":
        monday = first - (first + MONDAY) % 7
        return np.arange(monday, last + 8, 7, dtype=np.int64)
    code = "M8[M]" if unit == "month" else "M8[Y]"
    bounds = np.array([first, last], dtype="M8[D]").astype(code)
    starts = np.arange(bounds[0], bounds[1] + 2)
    days: Instants = starts.astype("M8[D]").astype(np.int64)
    return days


@dataclass(slots=True)
class Tally:
    """What has been seen in each bucket so far."""

    count: Counts
    total: Values
    low: Values
    high: Values

    @classmethod
    def empty(cls, buckets: int) -> Tally:
        """Nothing seen."""
        return cls(
            np.zeros(buckets, dtype=np.int64),
            np.zeros(buckets),
            np.full(buckets, np.inf),
            np.full(buckets, -np.inf),
        )

    def take(self, spots: Instants, values: Values) -> None:
        """Adds samples whose bucket numbers never fall."""
        if not spots.size:
            return
        firsts = np.flatnonzero(np.append(True, spots[1:] != spots[:-1]))
        at = spots[firsts]
        self.count[at] += np.diff(np.append(firsts, spots.size))
        self.total[at] = _running(self.total[at], firsts, values)
        self.low[at] = np.minimum(self.low[at], np.minimum.reduceat(values, firsts))
        self.high[at] = np.maximum(self.high[at], np.maximum.reduceat(values, firsts))


def _running(before: Values, firsts: Instants, values: Values) -> Values:
    """Sums in the order of time, one addition after another as PostgreSQL does: NumPy's own sums
    add in pairs, which differs in the last digit."""
    groups = np.repeat(np.arange(firsts.size), np.diff(np.append(firsts, values.size)))
    spots = np.append(np.arange(firsts.size), groups)
    return np.bincount(spots, weights=np.append(before, values)).astype(np.float64)


def tally(track: Track, limits: Instants) -> Tally:
    """One track over buckets given by their edges, read in bounded memory."""
    seen = Tally.empty(max(limits.size - 1, 0))
    if limits.size < 2:
        return seen
    for low, high in windows([track], int(limits[0]), int(limits[-1])):
        times, values = track.read(low, high)
        seen.take(np.searchsorted(limits, times, side="right") - 1, values)
    return seen


def _divided(total: Values, count: Counts) -> Values:
    with np.errstate(invalid="ignore"):
        mean: Values = total / count
    return mean


def _avg(seen: Tally) -> Values:
    return _divided(seen.total, seen.count)


RESULTS: Mapping[str, Callable[[Tally], Values]] = {
    "avg": _avg,
    "sum": lambda seen: np.where(seen.count > 0, seen.total, np.nan),
    "min": lambda seen: np.where(seen.count > 0, seen.low, np.nan),
    "max": lambda seen: np.where(seen.count > 0, seen.high, np.nan),
    "count": lambda seen: seen.count.astype(np.float64),
}


def aggregate(track: Track, limits: Instants, width: Width, function: str) -> Values:
    """A value for each bucket, NaN where there is none; counts are 0 there."""
    if limits.size < 2:
        return np.empty(0)
    if not width.whole:
        return np.full(limits.size - 1, 0.0 if function == "count" else np.nan)
    if function not in TWICE or width.count == 1:
        return RESULTS[function](tally(track, limits))
    return _unit_by_unit(track, limits, width, function)


TWICE = ("avg", "sum")


def _unit_by_unit(track: Track, limits: Instants, width: Width, function: str) -> Values:
    """With N units PostgreSQL answers for each unit and pandas for N of those: a mean of means,
    unweighted, and sums with Kahan's compensation, which shows in the last digit."""
    units = np.arange(limits[0], limits[-1] + 1, FIXED[width.unit], dtype=np.int64)
    parts = RESULTS[function](tally(track, units)).reshape(-1, width.count)
    held = ~np.isnan(parts)
    count, total, lost = held.sum(axis=1), np.zeros(len(parts)), np.zeros(len(parts))
    for part, there in zip(np.where(held, parts, 0.0).T, held.T, strict=True):
        step = part - lost
        after = total + step
        lost = np.where(there, after - total - step, lost)
        total = np.where(there, after, total)
    if function == "avg":
        return _divided(total, count)
    return np.where(count > 0, total, np.nan)


def zeroed(table: Values) -> Values:
    """Sums of several units: 0 where pandas adds nothing up, which it does from the first bucket
    with a point of any series to the last, for each series that has one."""
    there = ~np.isnan(table)
    rows = np.flatnonzero(there.any(axis=1))
    if rows.size:
        inside = table[rows[0] : rows[-1] + 1, there.any(axis=0)]
        table[rows[0] : rows[-1] + 1, there.any(axis=0)] = np.where(np.isnan(inside), 0.0, inside)
    return table
