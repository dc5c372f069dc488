"""The arithmetic of a unitcleaner: from raw readings to steps in `tzt` (3.5, 4.4).

The order is that of the workbook's help sheet: clock, steps by type, linear fill. What Python
functions do afterwards is in `outputs.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from connectors.sandbox.clock import Clock
from connectors.sandbox.openergy import clocks, freqs
from connectors.sandbox.openergy.freqs import Frequency, Values
from connectors.sandbox.zones import DAY, HOUR, SECOND, Instants

Readings = tuple[Instants, Values]

INPUT_TYPES = ("instantaneous", "delta", "mean")
WINDOW = 140 * DAY
"""So much of a series is read at once: 200 000 minutes."""
PIECE = 200_000
"""So many steps are worked out at once."""
LONGEST_FILL = 100_000
"""Steps of the longest gap that is ever filled: each window is worked out with so many around."""
FEWEST = HOUR
"""The first window in which the end of a series is looked for; each further one is larger."""


class Readable(Protocol):
    """What can be read by window: a track, or another source."""

    def extent(self) -> tuple[int, int] | None:
        """A half-open range that holds every reading."""
        ...

    def read(self, start: int, end: int) -> Readings:
        """The readings in `[start, end)`, strictly rising."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a unitcleaner record says, read once."""

    step: Frequency
    kind: str
    """The output type decides how readings become freqs."""
    rule: str
    closed: str
    """`right`: a reading belongs to the interval that it ends."""
    clock: str
    zone: str
    fill: int
    regular: bool
    delay: int | None

    @classmethod
    def of(cls, record: dict[str, Any]) -> Rules:
        """The rules of a record that was checked when it was written."""
        instant = record["input_unit_type"] == "instantaneous"
        return cls(
            step=freqs.frequency(record["freq"]),
            kind=record["unit_type"],
            rule=record["resample_rule"],
            closed="left" if instant else record["input_convention"],
            clock=record["clock"],
            zone=record["timezone"],
            fill=min(record["interpolate_limit"], LONGEST_FILL),
            regular=record["input_expected_regular"],
            delay=freqs.duration(record["custom_delay"]),
        )

    @property
    def resampled_by(self) -> str:
        """The operator that later resampling of the output uses."""
        return {"instantaneous": self.rule, "delta": "sum"}.get(self.kind, "mean")

    def starts(self, times: Instants) -> Instants:
        """The steps that readings at these stamps of `tzt` belong to."""
        return self.step.floor(times - (self.closed == "right"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """A cleaned series, worked out for whatever window is asked: live where its input is.

    Stamps are those of `tzt`, named as the step names them; steps without a value are left out.
    """

    rules: Rules
    raw: Callable[[], Readable]
    """The input as it is now."""
    clock: Clock
    until: int | None = None
    """Where the series was cleared from; None: nowhere."""

    @property
    def step(self) -> int:
        """Nominal distance of two values, in microseconds."""
        return self.rules.step.span

    def extent(self) -> tuple[int, int] | None:
        """From the first step to just past the last."""
        held = self._starts()
        if held is None:
            return None
        low, high = self.rules.step.named(np.array(held, dtype=np.int64)).tolist()
        return low, high + 1

    def read(self, start: int, end: int) -> Readings:
        """The steps whose stamps lie in `[start, end)`."""
        held = self.extent()
        if held is None:
            return np.empty(0, dtype=np.int64), np.empty(0)
        low, high, width = max(start, held[0]), min(end, held[1]), self.rules.step.span * PIECE
        parts = [self._held(at, min(at + width, high)) for at in range(low, high, width)]
        return joined(parts)

    def _held(self, start: int, end: int) -> Readings:
        names, values = self.table(start, end)
        held = np.isfinite(values)
        return names[held], values[held]

    def table(self, start: int, end: int) -> Readings:
        """The same with NaN at the steps that have no value."""
        held = self._starts()
        if held is None or start >= end:
            return np.empty(0, dtype=np.int64), np.empty(0)
        step = self.rules.step
        low, high = max(held[0], step.floor_one(start)), min(held[1], step.floor_one(end - 1))
        if low > high:
            return np.empty(0, dtype=np.int64), np.empty(0)
        grid, values = self._padded(low, high)
        names = step.named(grid)
        asked = (grid >= low) & (grid <= high) & (names >= start) & (names < end)
        return names[asked], values[asked]

    def _padded(self, low: int, high: int) -> Readings:
        """Steps with so many neighbours that a run of empty ones is seen whole."""
        step, around = self.rules.step, self.rules.fill + 1
        grid = step.covering(step.after_one(low, -around), step.after_one(high, around + 1))
        times, values = self._readings(int(grid[0]), step.after_one(int(grid[-1]), 2))
        starts, reduced = _stepped(self.rules, times, values)
        kept = (starts >= grid[0]) & (starts <= grid[-1])
        table = freqs.spread(grid, starts[kept], reduced[kept])
        return grid, filled(table, self.rules.fill)

    def _readings(self, low: int, high: int) -> Readings:
        """The raw readings between two stamps of `tzt`, with stamps of `tzt`."""
        ends = np.array([low, high], dtype=np.int64)
        rules = self.rules
        around = clocks.turned(ends, rules.zone, "tzt", rules.clock)
        doubt = clocks.DOUBT if rules.clock == "dst" else 0
        times, values = self.raw().read(int(around[0]) - doubt, int(around[1]) + doubt + 1)
        held = ~np.isnan(values)
        times = clocks.turned(times[held], rules.zone, rules.clock, "tzt")
        return times, values[held]

    def _starts(self) -> tuple[int, int] | None:
        """The first and the last step: without those that may be incomplete, unless the input is
        said to be regular (the rule behind the tutorial's numbers), and none too young."""
        ends = bounds(self.raw())
        if ends is None:
            return None
        rules = self.rules
        native = np.array(ends, dtype=np.int64)
        times = clocks.turned(native, rules.zone, rules.clock, "tzt")
        low, high = rules.starts(times).tolist()
        if not rules.regular:
            low, high = rules.step.after_one(low), rules.step.after_one(high, -1)
        if rules.delay is not None:
            now = self.clock.now_us() + clocks.tzt_offset(rules.zone)
            high = min(high, rules.step.floor_one(now - rules.delay))
        if self.until is not None:
            high = min(high, rules.step.floor_one(self.until - 1))
        return (low, high) if low <= high else None


def bounds(raw: Readable) -> tuple[int, int] | None:
    """The stamps of the first and the last reading."""
    held = raw.extent()
    if held is None:
        return None
    low, high = held
    first = _found(raw, low, high, from_end=False)
    return None if first is None else (first, _found(raw, first, high, from_end=True) or first)


def _found(raw: Readable, low: int, high: int, *, from_end: bool) -> int | None:
    """The outermost reading: looked for in windows that double, from one end."""
    width = FEWEST
    while low < high:
        cut = max(high - width, low) if from_end else min(low + width, high)
        times, values = raw.read(cut, high) if from_end else raw.read(low, cut)
        times = times[~np.isnan(values)]
        if times.size:
            return int(times[-1 if from_end else 0])
        low, high = (low, cut) if from_end else (cut, high)
        width *= 2
    return None


def _stepped(rules: Rules, times: Instants, values: Values) -> Readings:
    """One value for each step that has readings."""
    starts = rules.starts(times)
    if rules.kind == "mean_derivate":
        return _derived(rules.step, starts, times, values)
    return freqs.reduced(starts, values, rules.resampled_by)


def _derived(step: Frequency, starts: Instants, times: Instants, values: Values) -> Readings:
    """The mean rate of change of each step, per second: from its first reading to the first of
    the next step, or to its own last one before a gap."""
    if not starts.size:
        return starts, values
    firsts = np.flatnonzero(np.append(True, starts[1:] != starts[:-1]))
    lasts = np.append(firsts[1:], starts.size) - 1
    names = starts[firsts]
    beside = np.append(names[1:] == step.after(names[:-1]), False)
    ends = np.where(beside, np.append(firsts[1:], 0), lasts)
    seconds = (times[ends] - times[firsts]) / SECOND
    known = seconds > 0
    with np.errstate(over="ignore"):
        rates = (values[ends] - values[firsts])[known] / seconds[known]
    return names[known], rates


def filled(values: Values, limit: int) -> Values:
    """Runs of at most `limit` NaN between two values, drawn as a line; longer ones stay."""
    gaps = np.isnan(values)
    if limit <= 0 or not gaps.any() or gaps.all():
        return values
    edges = np.flatnonzero(np.diff(np.concatenate([[0], gaps.astype(np.int8), [0]])))
    opened, closed = edges[::2], edges[1::2]
    short = (closed - opened <= limit) & (opened > 0) & (closed < values.size)
    chosen = np.zeros(values.size, dtype=bool)
    for low, high in zip(opened[short].tolist(), closed[short].tolist(), strict=True):
        chosen[low:high] = True
    spots = np.arange(values.size)
    with np.errstate(over="ignore", invalid="ignore"):
        line = np.interp(spots, spots[~gaps], values[~gaps])
    return np.where(chosen, line, values)


def whole(cleaned: Cleaned) -> Readings:
    """Every step of a series, NaN at the empty ones."""
    held = cleaned.extent()
    if held is None:
        return np.empty(0, dtype=np.int64), np.empty(0)
    width = cleaned.step * PIECE
    return joined([cleaned.table(at, min(at + width, held[1])) for at in range(*held, width)])


def joined(parts: Sequence[Readings]) -> Readings:
    """Several pieces as one."""
    if not parts:
        return np.empty(0, dtype=np.int64), np.empty(0)
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])
