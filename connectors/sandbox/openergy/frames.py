"""The frame that an analysis script is given: its inputs side by side, step by step (3.6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from connectors.sandbox.openergy import clocks, freqs
from connectors.sandbox.openergy.cleaning import Readings
from connectors.sandbox.openergy.freqs import Frequency, Values
from connectors.sandbox.zones import Instants

MOST = 2_000_000
"""Cells that a frame may have."""


class TooLargeError(Exception):
    """The frame would have more cells than the sandbox works on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One column before it is cut into steps; stamps are those of the frame's clock."""

    name: str
    readings: Readings
    native: Frequency | None
    """The series' own step; None for a raw one."""
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Which steps of a frame are worked on (2.10)."""

    now: int
    """The present, as the frame's clock shows it."""
    wait: int
    """Up to this age a missing input is waited for."""
    delay: int
    start_with_first: bool
    wait_for_last: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Step starts, and the columns by name; NaN where an input has no whole step."""

    index: Instants
    columns: dict[str, Values]


def frame(step: Frequency, inputs: Sequence[Input], wanted: Range) -> Frame:
    """The inputs by steps, cut to what is ready. Raises TooLargeError."""
    ends = [each.readings[0][[0, -1]] for each in inputs if each.readings[0].size]
    if len(ends) < len(inputs) or not inputs:
        return Frame(
            index=np.empty(0, dtype=np.int64), columns={i.name: np.empty(0) for i in inputs}
        )
    low, high = int(min(end[0] for end in ends)), int(max(end[1] for end in ends))
    if (high - low) // step.span * len(inputs) > MOST:
        raise TooLargeError(f"The frame has more than {MOST} cells.")
    grid = step.covering(low, high + 1)
    table = {each.name: column(step, grid, each) for each in inputs}
    rows = _ready(step, grid, list(table.values()), wanted)
    return Frame(index=grid[rows], columns={name: held[rows] for name, held in table.items()})


def column(step: Frequency, grid: Instants, source: Input) -> Values:
    """One input on the grid. A step needs all its readings, which the tutorial's numbers show; a
    slower input holds its value over its own step [G]."""
    times, values = source.readings
    if source.native is not None and source.native.span > step.span:
        return _held(grid, times, values, source.native)
    starts = step.floor(times)
    names, reduced = freqs.reduced(starts, values, source.rule)
    if source.native is not None and source.native.step is not None:
        counts = np.unique(starts, return_counts=True)[1]
        needed = (step.after(names) - names) // source.native.step
        names, reduced = names[counts >= needed], reduced[counts >= needed]
    return freqs.spread(grid, names, reduced)


def _held(grid: Instants, times: Instants, values: Values, native: Frequency) -> Values:
    spots = np.searchsorted(times, grid, side="right") - 1
    known = (spots >= 0) & (grid < native.after(native.floor(times[spots])))
    return np.where(known, values[spots], np.nan)


def _ready(step: Frequency, grid: Instants, columns: Sequence[Values], wanted: Range) -> slice:
    """From the first step of all inputs (or of any), to the last that need not be waited for."""
    known = [np.flatnonzero(~np.isnan(values)) for values in columns]
    if any(not spots.size for spots in known):
        return slice(0, 0)
    firsts, lasts = [int(s[0]) for s in known], [int(s[-1]) for s in known]
    first = min(firsts) if wanted.start_with_first else max(firsts)
    last = min(lasts)
    over = step.after(grid)
    if not wanted.wait_for_last:
        late = int(np.searchsorted(over, wanted.now - wanted.wait, side="right")) - 1
        last = max(last, min(late, max(lasts)))
    done = int(np.searchsorted(over, wanted.now - wanted.delay, side="right")) - 1
    return slice(first, max(min(last, done) + 1, first))


def shown(times: Instants, native: tuple[str, str | None], wanted: tuple[str, str]) -> Instants:
    """Stamps of one clock and zone as those of another."""
    if native == wanted:
        return times
    return clocks.from_instants(clocks.to_instants(times, *native), *wanted)
