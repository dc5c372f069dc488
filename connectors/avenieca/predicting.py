"""Predictions as points: states to come have no times, so they get the pace of the past (7)."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from connectors.avenieca import columns, reading
from connectors.avenieca.client import Client
from connectors.avenieca.ids import Series
from connectors.avenieca.layout import in_order, shape
from connectors.avenieca.rows import RawPart, RawPrediction
from connectors.contract import Points
from connectors.errors import BadAnswer, Rejected

SECOND = 1_000_000


def drawn(
    client: Client, module: str, found: RawPrediction, spacing: float | None
) -> Iterator[Points]:
    """A series for each number of the state, one point a step, all beyond now.

    `spacing` is in seconds; None: the median of the past. Raises Rejected when there is no past.
    """
    steps = [step.parts for step in found.next_state]
    if not steps:
        return
    names = [list(_series(module, step)) for step in steps]
    moments = _moments(client, module, len(steps), spacing)
    if any(one != names[0] for one in names):
        raise BadAnswer("AveniECA predicted states of different shapes.")
    table = [[value for part in step for value in part.state] for step in steps]
    for series, values in zip(names[0], zip(*table, strict=True), strict=True):
        numbers, _ = columns.numbers(values)
        batch = pa.RecordBatch.from_arrays([columns.times(moments), numbers], ["time", "value"])
        yield Points(series=series.id, batch=batch)


def _series(module: str, parts: Sequence[RawPart]) -> Iterator[Series]:
    """The series that the numbers of a predicted state continue, in their order."""
    members, sizes = [part.module_id for part in parts], [len(part.state) for part in parts]
    alone = members == [module]
    return in_order(module, shape([] if alone else members, sizes, sum(sizes)), sum(sizes))


def _moments(client: Client, module: str, count: int, spacing: float | None) -> columns.Whole:
    """So many times after the newest point, and after now."""
    past = reading.spacing(client, module)
    if past is None and spacing is None:
        raise Rejected.on(
            "spacing",
            "This twin has no past to take the pace from. Say how far apart the states are.",
        )
    now = time.time_ns() // 1000
    newest, median = past or (now, 0)
    step = median if spacing is None else round(spacing * SECOND)
    first = newest + step if newest + step > now else now + step
    return first + step * np.arange(count, dtype=np.int64)
