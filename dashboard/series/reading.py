"""Points out of the archive: the newest answer for every moment, in rising order."""

from __future__ import annotations

import errno
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from connectors.contract import POINTS_PER_BATCH, Notes, Window
from connectors.errors import Unavailable
from dashboard.connections.models import Connection
from dashboard.series import storage
from dashboard.series.models import Segment
from dashboard.series.windows import layered, micros

log = logging.getLogger(__name__)
DAMAGED = {None, errno.ENOENT}
"""The numbers of an OSError that a damaged file (Arrow gives none) or a lost one raises; any other
is the machine's or the storage's trouble, and the file may well be whole."""
Piece: TypeAlias = tuple[Window, Segment]
Column: TypeAlias = "np.ndarray[Any, np.dtype[Any]]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrays:
    """A number series as two columns of one length."""

    times: np.ndarray[Any, np.dtype[np.int64]]
    """Microseconds since 1970, strictly rising."""
    values: np.ndarray[Any, np.dtype[np.float64]]
    """NaN where the platform gave no number."""
    notes: Notes
    """Of the segments read, whole: a part of one counts as all of it."""


def points(*, connection: Connection, node: str, window: Window) -> Iterator[pa.RecordBatch]:
    """The archived points in the window: batches of at most 65,536 rows with `time` and `value`.

    The type of `value` is each segment's own. Raises Unavailable when a file is lost or damaged.
    """
    for part, segment in _pieces(connection, node, window):
        with _opened(segment) as parquet:
            groups = _groups(parquet.metadata, part)
            # One thread: two columns gain nothing from more, and each keeps memory of its own.
            batches = parquet.iter_batches(POINTS_PER_BATCH, row_groups=groups, use_threads=False)
            for batch in batches:
                first, last = _bounds(storage.stamps(batch.column(0)), part)
                if first < last:
                    yield batch.slice(first, last - first)


def arrays(*, connection: Connection, node: str, window: Window) -> Arrays:
    """All archived points in the window, in memory: 16 bytes each.

    Raises ValueError for a series of texts or truth values, Unavailable as `points`.
    """
    pieces = _pieces(connection, node, window)
    segments = {segment.pk: segment for _, segment in pieces}
    room = sum(segment.rows for segment in segments.values())
    times, values = _room(room, np.int64), _room(room, np.float64)
    end = 0
    for part, segment in pieces:
        with _opened(segment) as parquet:
            end = _copy(parquet, part, times, values, end)
    notes = sum((Notes(**segment.notes) for segment in segments.values()), start=Notes())
    return Arrays(times=times[:end], values=values[:end], notes=notes)


def _room(size: int, dtype: type[np.generic]) -> Column:
    """An array to be written, from Arrow's pool: its pages come back warm, which is a tenth of the
    time of a whole read."""
    return np.frombuffer(pa.allocate_buffer(size * np.dtype(dtype).itemsize), dtype=dtype)


def _pieces(connection: Connection, node: str, window: Window) -> list[Piece]:
    """Which segment answers which part of the window; where segments overlap, the newest does."""
    live = Segment.objects.filter(
        connection=connection,
        node=node,
        superseded_by=None,
        start__lt=window.end,
        end__gt=window.start,
    ).order_by("fetched_at", "pk")
    layers = [
        (part, segment)
        for segment in live
        if (part := window.meet(Window(start=segment.start, end=segment.end)))
    ]
    return [(part, segment) for part, segment in layered(layers) if segment.rows]


@contextmanager
def _opened(segment: Segment) -> Iterator[pq.ParquetFile]:
    """The segment's file. One that is lost or damaged is struck off, so that the next fill reads
    its range again. Raises Unavailable then."""
    try:
        with storage.opened(segment.file) as parquet:
            yield parquet
    except (OSError, pa.ArrowException) as fault:
        if isinstance(fault, OSError) and fault.errno not in DAMAGED:
            raise
        log.error("segment %s is lost or damaged and was struck off", segment.pk)
        Segment.objects.filter(pk=segment.pk).delete()
        raise Unavailable(
            "A file of Tieline's archive was lost or damaged. Its points will be read again from "
            "the platform; try again shortly."
        ) from None


def _groups(metadata: pq.FileMetaData, part: Window) -> list[int]:
    """The row groups that may hold points of the part, by the statistics of their times."""
    start, end = micros(part.start), micros(part.end)
    found = []
    for index in range(metadata.num_row_groups):
        known = metadata.row_group(index).column(0).statistics
        if known.min_raw < end and known.max_raw >= start:
            found.append(index)
    return found


def _bounds(times: Column, part: Window) -> tuple[int, int]:
    first, last = np.searchsorted(times, (micros(part.start), micros(part.end)))
    return int(first), int(last)


def _copy(parquet: pq.ParquetFile, part: Window, times: Column, values: Column, end: int) -> int:
    """Copies a part's points behind the first `end` of the columns; gives their new number."""
    table = parquet.read_row_groups(_groups(parquet.metadata, part))
    for stamped, valued in zip(table.column(0).chunks, table.column(1).chunks, strict=True):
        found = storage.stamps(stamped)
        first, last = _bounds(found, part)
        size = last - first
        times[end : end + size] = found[first:last]
        values[end : end + size] = _numbers(valued.slice(first, size))
        end += size
    return end


def _numbers(column: pa.Array) -> Column:
    """Values as float64, null as NaN; not `to_numpy`, which imports pandas where there is one.

    Raises ValueError for what is no number.
    """
    if not (pa.types.is_floating(column.type) or pa.types.is_integer(column.type)):
        raise ValueError("not a number series")
    column = column.cast(pa.float64(), safe=False)
    if column.null_count:
        column = pc.fill_null(column, float("nan"))
    buffer = np.frombuffer(column.buffers()[1], dtype=np.float64)
    return buffer[column.offset : column.offset + len(column)]
