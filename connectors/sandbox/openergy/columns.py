"""The columns of an export: each series in the asked clock, on the asked steps (section 3.7)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from connectors.sandbox.openergy.call import Platform, Record
from connectors.sandbox.openergy.exportfields import Wanted
from connectors.sandbox.openergy.freqs import Frequency, frequency
from connectors.sandbox.openergy.reading import read
from connectors.sandbox.openergy.tasks import TaskFailed
from connectors.sandbox.zones import Instants

MOST_ROWS = 5_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One series of an export; stamps rise."""

    label: str
    times: Instants
    values: NDArray[np.float64]


def columns(platform: Platform, wanted: Wanted) -> list[Column]:
    """The columns by label. Raises TaskFailed where the steps are too many for a file."""
    found = [_column(platform, wanted, series) for series in wanted.series]
    held = sorted(found, key=lambda column: column.label)
    return _cut(wanted, held) if wanted.frame else held


def label(platform: Platform, series: Record) -> str:
    """`<series> [<generator model>=<generator>]`."""
    generator = platform.generator(series["generator"]) or {}
    return f"{series['name']} [{generator.get('model')}={generator.get('name')}]"


def _column(platform: Platform, wanted: Wanted, series: Record) -> Column:
    times, values = read(platform, series, wanted.start, wanted.end, wanted.clock)
    column = Column(label=label(platform, series), times=times, values=values)
    if wanted.out_freq is None or not times.size:
        return column
    own = None if series["freq"] is None else frequency(series["freq"])
    return _stepped(column, wanted.out_freq, own)


def _stepped(column: Column, step: Frequency, own: Frequency | None) -> Column:
    """On the steps of the export: each value holds until the next, the last one for its own step.

    This is the rule that gives the tutorial's frame; faster series show the value at each stamp.
    """
    times = column.times
    end = int(times[-1]) + 1 if own is None else int(own.after(times[-1:])[0])
    if step.step is not None and (end - int(times[0])) // step.step > MOST_ROWS:
        raise TaskFailed("The export would be too large.")
    grid = step.grid(int(times[0]), end)
    grid = grid[(grid >= times[0]) & (grid < end)]
    last = np.searchsorted(times, grid, side="right") - 1
    return replace(column, times=grid, values=column.values[last])


def _cut(wanted: Wanted, found: list[Column]) -> list[Column]:
    """All columns from a common start to a common end."""
    full = [column for column in found if column.times.size]
    if not full:
        return found
    starts = [int(column.times[0]) for column in full]
    ends = [int(column.times[-1]) for column in full]
    start = max(starts) if wanted.last_start else min(starts)
    end = min(ends) if wanted.first_end else max(ends)
    return [_between(column, start, end) for column in found]


def _between(column: Column, start: int, end: int) -> Column:
    kept = (column.times >= start) & (column.times <= end)
    return replace(column, times=column.times[kept], values=column.values[kept])
