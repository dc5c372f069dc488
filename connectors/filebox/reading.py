"""Points of a window: only the row groups that touch it are read, one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from connectors.contract import TIME, NodeId, Notes, Points, Window
from connectors.filebox import shelving
from connectors.filebox.shelving import Shelf

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read(content: BinaryIO, id: NodeId, shelf: Shelf, window: Window) -> Iterator[Points]:
    """The series' points in the window; closes the file."""
    start, end = micros(window.start), micros(window.end)
    with closing(content), pq.ParquetFile(content) as parquet:
        for group in shelf.groups:
            if group.last < start or group.first >= end:
                continue
            found = shelving.taken(parquet, group)
            first, last = np.searchsorted(found.times, [start, end])
            if first < last:
                yield _points(id, found, slice(int(first), int(last)))


def micros(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def moment(stamp: int) -> datetime:
    return _EPOCH + timedelta(microseconds=stamp)


def _points(id: NodeId, found: shelving.Points, part: slice) -> Points:
    values = pa.array(found.values[part], from_pandas=True)
    times = pa.array(found.times[part]).cast(TIME)
    return Points(
        series=id,
        batch=pa.RecordBatch.from_arrays([times, values], names=["time", "value"]),
        notes=Notes(
            floored=int(found.floored[part].sum()),
            duplicates=int(found.dropped[part].sum()),
            unreadable=values.null_count,
        ),
    )
