"""Buckets computed by the platform (section 3.5): one row a minute, hour or day that holds drops.

Rows are placed by the date parts in their id. Sum and largest value are functions that the
reference guesses by their siblings. Drops of one millisecond are counted each here; `read` gives
the last of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from connectors.contract import TIME, Buckets, Function, Window
from connectors.errors import BadAnswer
from connectors.flowthings import filters
from connectors.flowthings.client import Client, Row
from connectors.flowthings.ids import Series
from connectors.flowthings.reading import Span, millis

PARTS = ("$year", "$month", "$day", "$hour", "$minute")
WIDTHS: Mapping[timedelta, str] = {
    timedelta(minutes=1): "$minute",
    timedelta(hours=1): "$hour",
    timedelta(days=1): "$day",
}
MOST = 20_000
"""Buckets of one request."""
WIRE: Mapping[Function, str] = {"min": "$min", "max": "$max", "mean": "$avg", "sum": "$sum"}


def aggregate(
    client: Client,
    series: Sequence[Series],
    window: Window,
    step: timedelta,
    functions: Sequence[Function],
) -> Iterator[Buckets]:
    """Whole buckets over the window; raises ValueError for a width not offered."""
    if step not in WIDTHS:
        raise ValueError("flowthings.io has no buckets of this width.")
    if window.empty or not functions:
        return
    for one in series:
        for piece in window.widened(step).split(step * MOST):
            yield from _buckets(client, one, piece, step, functions)


def _buckets(
    client: Client, one: Series, window: Window, step: timedelta, functions: Sequence[Function]
) -> Iterator[Buckets]:
    size = (window.end - window.start) // step
    columns = {name: np.full(size, np.nan) for name in functions}
    for row in client.aggregate(one.flow, _question(one, window, step, functions)):
        place = (started(row.get("id"), one.time) - window.start) // step
        if not 0 <= place < size:
            raise BadAnswer("flowthings.io answered buckets outside the window asked for.")
        for name in functions:
            columns[name][place] = _number(row.get(_output(name, one.elem)))
    ticks = np.arange(size, dtype=np.int64) * (step // timedelta(microseconds=1))
    times = pa.array(ticks + millis(window.start) * 1000).cast(TIME)
    arrays = [pa.array(columns[name], from_pandas=True) for name in functions]
    whole = pa.RecordBatch.from_arrays([times, *arrays], names=["time", *functions])
    return Buckets.cut(one.id, step, whole)


def _question(one: Series, window: Window, step: timedelta, functions: Sequence[Function]) -> Row:
    """Only drops that have the elem, so that their number is that of its values."""
    start, end = millis(window.start), millis(window.end)
    span = Span(flow=one.flow, time=one.time, start=start, end=end)
    group = WIDTHS[step] + (f":{one.time}" if one.time else "")
    return {
        "output": [_output(name, one.elem) for name in dict.fromkeys(functions)],
        "groupBy": [group],
        "filter": filters.both(span.filter, filters.exists(f"elems.{one.elem}")),
    }


def _output(function: Function, elem: str) -> str:
    return "$count" if function == "count" else f"{WIRE[function]}:{elem}"


def started(id: Any, time: str = "") -> datetime:
    """The moment that a row's date parts name (UTC). Raises BadAnswer."""
    tail = f":{time}" if time else ""
    found: list[Any] = (
        [id.get(f"{part}{tail}") for part in PARTS] if isinstance(id, dict) else [None] * 5
    )
    year, month, day = found[0], found[1] or 1, found[2] or 1
    hour, minute = found[3] or 0, found[4] or 0
    try:
        return datetime(year, month, day, hour, minute, tzinfo=UTC)
    except (TypeError, ValueError):
        raise BadAnswer("flowthings.io answered a bucket without a readable time.") from None


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")
