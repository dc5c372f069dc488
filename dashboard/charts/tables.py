"""The drawn points as a table, and statistics of every archived point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import numpy as np

from connectors.contract import Window
from dashboard.charts.drawing import Drawn, Points
from dashboard.charts.refs import SeriesRef
from dashboard.charts.ticks import EPOCH
from dashboard.series.downsample import GAP, usual_step
from dashboard.series.reading import arrays

Array: TypeAlias = "np.ndarray[Any, np.dtype[Any]]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One time, and the value of every series there (None: it has no drawn point then)."""

    at: datetime
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """Of one series in one window, over every archived point. Times are instants."""

    ref: SeriesRef
    count: int = 0
    absent: int = 0
    """Points without a value."""
    least: float | None = None
    least_at: datetime | None = None
    most: float | None = None
    most_at: datetime | None = None
    mean: float | None = None
    first_at: datetime | None = None
    first: float | None = None
    last_at: datetime | None = None
    last: float | None = None
    gaps: int = 0
    """Distances of more than 1.75 times the usual step, and runs of points without a value."""
    trouble: str = ""


def rows(series: Sequence[Drawn]) -> tuple[Row, ...]:
    """The drawn points of all series side by side, by time."""
    there = [_without_gaps(one.points) for one in series]
    times = np.unique(np.concatenate([at for at, _ in there])) if there else np.empty(0)
    cells: list[list[float | None]] = [[None] * len(there) for _ in range(times.size)]
    for place, (mine, values) in enumerate(there):
        for row, value in zip(np.searchsorted(times, mine), values.tolist(), strict=True):
            cells[row][place] = value
    return tuple(
        Row(at=_instant(at), values=tuple(cell)) for at, cell in zip(times, cells, strict=True)
    )


def statistics(ref: SeriesRef, *, window: Window) -> Statistics:
    """Of what the archive holds; nothing is asked of the platform."""
    try:
        held = arrays(connection=ref.connection, node=ref.node, window=window)
    except ValueError:
        return Statistics(ref=ref, trouble="This series holds words or switches, not numbers.")
    there = ~np.isnan(held.values)
    times, values = held.times[there], held.values[there]
    if values.size == 0:
        return Statistics(ref=ref, absent=int(held.times.size))
    low, high = int(values.argmin()), int(values.argmax())
    return Statistics(
        ref=ref,
        count=int(values.size),
        absent=int(held.times.size - values.size),
        least=float(values[low]),
        least_at=_instant(times[low]),
        most=float(values[high]),
        most_at=_instant(times[high]),
        mean=float(values.mean()),
        first=float(values[0]),
        first_at=_instant(times[0]),
        last=float(values[-1]),
        last_at=_instant(times[-1]),
        gaps=_gaps(held.times, there),
    )


def _gaps(times: Array, there: Array) -> int:
    step = usual_step(times)
    absences = int((np.diff(times) > GAP * step).sum()) if step else 0
    runs = int((~there[1:] & there[:-1]).sum()) + int(not there[0])
    return absences + runs


def _without_gaps(points: Points) -> tuple[Array, Array]:
    there = ~np.isnan(points.values)
    return points.times[there], points.values[there]


def _instant(micros: Any) -> datetime:
    return EPOCH + timedelta(microseconds=int(micros))
