"""Frequency texts of pandas 1.x, and the grid of steps each one cuts naive time into (4.2).

Times are int64 microseconds of a naive wall clock since 1970.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from connectors.sandbox.zones import DAY, HOUR, MINUTE, SECOND, Instants

Values = NDArray[np.float64]
Rule = Literal["mean", "sum", "first"]
RULES: tuple[str, ...] = get_args(Rule)

RENAMED = {
    "H": "h", "T": "min", "S": "s", "L": "ms", "U": "us",
    "M": "ME", "Q": "QE", "A": "YE", "Y": "YE", "AS": "YS",
}  # fmt: skip
"""Names of pandas 1.x → those that every pandas takes."""
FIXED = {"h": HOUR, "min": MINUTE, "s": SECOND, "ms": 1000, "us": 1, "D": DAY, "W": 7 * DAY}
MONTHS = {"MS": 1, "ME": 1, "QS": 3, "QE": 3, "YS": 12, "YE": 12}
WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
PIECE = re.compile(r"(\d*) *([A-Za-z]+)(?:-([A-Z]{3}))? *")
THURSDAY = 3  # 1970-01-01
LONGEST = 100 * 366 * DAY


@dataclass(frozen=True, slots=True)
class Frequency:
    """One frequency. Steps that divide a day start at midnight; longer odd ones are counted from
    1970, so that every window of a series has the same grid [G]. Month, quarter and year ends and
    weeks are named by their last day, as pandas does."""

    text: str
    size: int
    """Microseconds, or months."""
    monthly: bool = False
    origin: int = 0
    ending: bool = False

    @property
    def span(self) -> int:
        """Its length in microseconds; the longest one of months."""
        return self.size * 31 * DAY if self.monthly else self.size

    def floor(self, times: Instants) -> Instants:
        """The starts of the steps that hold these times."""
        if not self.monthly:
            return (times - self.origin) // self.size * self.size + self.origin
        months = times.astype("M8[us]").astype("M8[M]").astype(np.int64)
        return _from_months(months // self.size * self.size)

    def after(self, starts: Instants, count: int = 1) -> Instants:
        """The starts `count` steps later (earlier, when negative)."""
        if not self.monthly:
            return starts + count * self.size
        months = starts.astype("M8[us]").astype("M8[M]").astype(np.int64)
        return _from_months(months + count * self.size)

    def floor_one(self, time: int) -> int:
        """The start of the step that holds one time."""
        return int(self.floor(np.array([time], dtype=np.int64))[0])

    def after_one(self, start: int, count: int = 1) -> int:
        """The start `count` steps later."""
        return int(self.after(np.array([start], dtype=np.int64), count)[0])

    @property
    def step(self) -> int | None:
        """Microseconds, where all steps are equally long."""
        return None if self.monthly else self.size

    def grid(self, start: int, end: int) -> Instants:
        """The starts of steps in `[start, end]`."""
        found = self.covering(start, end + 1)
        return found[found >= start]

    def covering(self, low: int, high: int, most: int | None = None) -> Instants:
        """The starts of the steps that touch `[low, high)`, at most `most`."""
        if low >= high:
            return np.empty(0, dtype=np.int64)
        first = self.floor_one(low)
        if not self.monthly:
            stop = high if most is None else min(high, first + most * self.size)
            return np.arange(first, stop, self.size, dtype=np.int64)
        ends = np.array([first, high - 1], dtype="M8[us]").astype("M8[M]").astype(np.int64)
        return _from_months(np.arange(ends[0], ends[1] + 1, self.size))[:most]

    def named(self, starts: Instants) -> Instants:
        """The stamps that name steps: their starts, or their last days."""
        return self.after(starts) - DAY if self.ending else starts


def _from_months(months: Instants) -> Instants:
    stamps: Instants = months.astype("M8[M]").astype("M8[us]").astype(np.int64)
    return stamps


@cache
def frequency(text: str) -> Frequency:
    """A frequency text: `1H`, `10T`, `D`, `W`, `W-MON`, `MS`, `1H30T`. Raises ValueError."""
    compact = text.strip()
    pieces = list(PIECE.finditer(compact))
    if not pieces or "".join(piece[0] for piece in pieces) != compact or len(compact) > 40:
        raise ValueError(f"Invalid frequency: {text}")
    if len(pieces) == 1:
        return _single(text, *pieces[0].groups())
    parts = [_single(text, *piece.groups()) for piece in pieces]
    if any(part.monthly or part.ending for part in parts):
        raise ValueError(f"Invalid frequency: {text}")
    return _checked(Frequency(text, sum(part.size for part in parts)))


def _single(text: str, count: str, name: str, anchor: str | None) -> Frequency:
    number, unit = int(count or 1), RENAMED.get(name, name)
    if unit == "W" and anchor in (None, *WEEKDAYS):
        last = WEEKDAYS.index(anchor or "SUN")
        return _checked(
            Frequency(text, number * 7 * DAY, origin=(last + 1 - THURSDAY) % 7 * DAY, ending=True)
        )
    if anchor is not None:
        raise ValueError(f"Invalid frequency: {text}")
    if unit in MONTHS:
        months = number * MONTHS[unit]
        return _checked(Frequency(text, months, monthly=True, ending=unit.endswith("E")))
    if unit not in FIXED:
        raise ValueError(f"Invalid frequency: {text}")
    return _checked(Frequency(text, number * FIXED[unit]))


def _checked(step: Frequency) -> Frequency:
    if not 0 < step.span <= LONGEST:
        raise ValueError(f"Invalid frequency: {step.text}")
    return step


def duration(value: object) -> int | None:
    """An offset as microseconds: a frequency text, or a number of seconds [G]; None for none.

    Raises ValueError."""
    if value is None or value == "":
        return None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return int(value * SECOND)
    return frequency(str(value)).span


def reduced(starts: Instants, values: Values, rule: str) -> tuple[Instants, Values]:
    """Values side by side whose `starts` never fall, one for each start."""
    if not starts.size:
        return starts, values
    firsts = np.flatnonzero(np.append(True, starts[1:] != starts[:-1]))
    if rule == "first":
        return starts[firsts], values[firsts]
    with np.errstate(over="ignore", invalid="ignore"):  # endless sums are dropped by the readers
        totals = np.add.reduceat(values, firsts)
    if rule == "mean":
        totals = totals / np.diff(np.append(firsts, starts.size))
    return starts[firsts], totals


def spread(grid: Instants, starts: Instants, values: Values) -> Values:
    """Values on a grid that holds their starts; NaN where there is none."""
    table = np.full(grid.size, np.nan)
    table[np.searchsorted(grid, starts)] = values
    return table
