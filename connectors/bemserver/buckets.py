"""Buckets computed by the platform (section 3.6), made exact.

Three of its habits are worked around. Widths that do not divide a day come back empty, so only
divisors are offered. A mean over several units is a mean of their means, so sum and count are asked
and divided. A sum over several units is 0 where a bucket is empty, so the count decides.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from io import BytesIO
from itertools import islice

import numpy as np
import pyarrow as pa

from connectors.bemserver.ahead import in_order
from connectors.bemserver.client import Client
from connectors.bemserver.columns import blocks, micros
from connectors.bemserver.data import Chosen
from connectors.bemserver.ids import Series
from connectors.bemserver.reading import SPAN, groups
from connectors.contract import TIME, Buckets, Function, Window
from connectors.errors import BadAnswer

WIDTHS: Mapping[timedelta, tuple[int, str]] = {
    **{timedelta(minutes=n): (n, "minute") for n in (1, 5, 10, 15, 20, 30)},
    **{timedelta(hours=n): (n, "hour") for n in (1, 2, 3, 4, 6, 8, 12)},
    timedelta(days=1): (1, "day"),
}
CELLS = 200_000
"""Of one answer: buckets times series."""
WIDEST = timedelta(days=366)
"""Of one request: the platform reads every point below its buckets."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_Floats = np.ndarray[tuple[int], np.dtype[np.float64]]
_Table = tuple[_Floats, ...]
"""One function's column for each series of a group, NaN where the platform answered nothing."""


def aggregate(
    client: Client,
    series: Sequence[Series],
    window: Window,
    step: timedelta,
    functions: Sequence[Function],
) -> Iterator[Buckets]:
    """Whole buckets over the window, each in UTC; raises ValueError for a width not offered."""
    if step not in WIDTHS:
        raise ValueError("BEMServer has no buckets of this width.")
    inside = window.meet(SPAN)
    if inside is None or not functions:
        return
    whole = inside.widened(step)
    wires = _wires(functions, WIDTHS[step][0])
    cuts = [
        (group, piece)
        for group in groups(series)
        for piece in whole.split(_width(step, len(group)))
    ]
    tables = in_order(
        partial(_table, client, group, piece, step, wire) for group, piece in cuts for wire in wires
    )
    for group, piece in cuts:
        answers = dict(zip(wires, islice(tables, len(wires)), strict=True))
        yield from _buckets(group, piece, step, functions, answers)


def _width(step: timedelta, series: int) -> timedelta:
    """A whole number of buckets."""
    return step * max(1, min(CELLS // series, WIDEST // step))


def _wires(functions: Sequence[Function], units: int) -> tuple[str, ...]:
    """What to ask so that every function can be answered exactly."""
    wanted: set[str] = set(functions)
    if "mean" in wanted:
        wanted = wanted - {"mean"} | ({"avg"} if units == 1 else {"sum", "count"})
    if "sum" in wanted and units > 1:
        wanted.add("count")
    return tuple(sorted(wanted))


def _table(
    client: Client, group: Sequence[Series], window: Window, step: timedelta, wire: str
) -> Generator[_Table, None, None]:
    """One request; raises BadAnswer unless it holds exactly the window's buckets."""
    numbers = [one.number for one in group]
    value, unit = WIDTHS[step]
    chosen = Chosen(tuple(numbers), group[0].state)
    body = client.data.buckets(chosen, window, wire=wire, value=value, unit=unit)
    parsed = list(blocks(BytesIO(body), numbers))
    times = [micros(block.times) for block in parsed]
    if not np.array_equal(np.concatenate(times or [np.empty(0, np.int64)]), _grid(window, step)):
        raise BadAnswer("BEMServer answered other buckets than those asked for.")
    yield tuple(
        np.concatenate([block.values[place].to_numpy(zero_copy_only=False) for block in parsed])
        for place in range(len(group))
    )


def _grid(window: Window, step: timedelta) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Each bucket's start in microseconds."""
    tick = timedelta(microseconds=1)
    return np.arange((window.start - EPOCH) // tick, (window.end - EPOCH) // tick, step // tick)


def _buckets(
    group: Sequence[Series],
    window: Window,
    step: timedelta,
    functions: Sequence[Function],
    answers: Mapping[str, _Table],
) -> Iterator[Buckets]:
    times = pa.array(_grid(window, step)).cast(TIME)
    for place, one in enumerate(group):
        asked = {wire: table[place] for wire, table in answers.items()}
        columns = [pa.array(_column(name, asked), from_pandas=True) for name in functions]
        whole = pa.RecordBatch.from_arrays([times, *columns], names=["time", *functions])
        yield from Buckets.cut(one.id, step, whole)


def _column(function: Function, asked: Mapping[str, _Floats]) -> _Floats:
    """One function's values, NaN where a bucket holds no point."""
    if function == "mean" and "avg" in asked:
        return asked["avg"]
    if function == "mean":
        return asked["sum"] / _counted(asked)
    if function == "sum" and "count" in asked:
        return np.where(asked["count"] > 0, asked["sum"], np.nan)
    return _counted(asked) if function == "count" else asked[function]


def _counted(asked: Mapping[str, _Floats]) -> _Floats:
    return np.where(asked["count"] > 0, asked["count"], np.nan)
