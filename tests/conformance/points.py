"""Points as the tests compare them: lists of what was read, and buckets worked out by numpy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from connectors.contract import TIME, Function, NodeId, Points, Window
from tests.conformance.subject import Opened

FUNCTIONS: tuple[Function, ...] = ("min", "max", "mean", "sum", "count")

_fresh = count()


def stored(read: Iterator[Points]) -> dict[NodeId, tuple[list[int], list[Any]]]:
    """Times in microseconds and values of each series, in the order they came."""
    found: dict[NodeId, tuple[list[int], list[Any]]] = {}
    for points in read:
        times, values = found.setdefault(points.series, ([], []))
        times += points.batch.column("time").cast(pa.int64()).to_pylist()
        values += points.batch.column("value").to_pylist()
    return found


def batch_of(start: datetime, values: Sequence[float]) -> pa.RecordBatch:
    """A point a minute."""
    times = pa.array([start + timedelta(minutes=n) for n in range(len(values))], TIME)
    return pa.RecordBatch.from_arrays([times, pa.array(values)], names=["time", "value"])


def unused() -> datetime:
    """An hour in which no test has written before."""
    return datetime(2031, 1, 1, tzinfo=UTC) + timedelta(hours=next(_fresh))


def micros(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def agree(opened: Opened, series: NodeId, window: Window, step: timedelta) -> None:
    """Each bucket against numpy over the points of the widened window."""
    tick = micros(datetime(1970, 1, 1, tzinfo=UTC) + step)
    first = micros(window.start) // tick * tick
    last = -(-micros(window.end) // tick) * tick
    buckets = [
        row
        for part in opened.aggregate([series], window, step, FUNCTIONS)
        for row in part.batch.to_pylist()
    ]
    starts = [micros(row["time"]) for row in buckets]
    assert starts == list(range(first, last, tick))
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    ends = [epoch + timedelta(microseconds=moment) for moment in (first, last)]
    read = stored(opened.read([series], Window(start=ends[0], end=ends[1])))
    times, values = (np.array(part) for part in read.get(series, ([], [])))
    for start, row in zip(starts, buckets, strict=True):
        inside = values[(times >= start) & (times < start + tick)].astype(float)
        found = [row[name] for name in FUNCTIONS]
        if not len(inside):
            assert found == [None] * len(FUNCTIONS)
            continue
        expected = [inside.min(), inside.max(), inside.mean(), inside.sum(), len(inside)]
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)
