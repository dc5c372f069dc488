"""Points sorted once, when a file is described: so that reading a window reads little.

A Parquet file whose row groups each belong to one series and rise in time; the card says which.
First everything is written as it comes, a few million points at a time, whatever the file's order.
Then series after series is put in order: what rises already is passed on piece by piece, and only
a series that does not is held in memory as a whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any, BinaryIO, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from connectors.contract import POINTS_PER_BATCH
from connectors.filebox.ids import key_of
from connectors.filebox.parsing import Piece, check_series
from connectors.filebox.zones import Mask, Micros

SCHEMA = pa.schema(
    {"time": pa.int64(), "value": pa.float64(), "dropped": pa.int64(), "floored": pa.bool_()}
)
"""`value` is null where there was no number; `dropped` counts the points that an equal time hid."""
HELD = 2_000_000
"""Points in memory before they are written: 50 MB."""


@dataclass(frozen=True, slots=True)
class Group:
    """One row group: its number, its first and last time in microseconds, its rows."""

    at: int
    first: int
    last: int
    rows: int


@dataclass(slots=True, kw_only=True)
class Shelf:
    """What the card says of one series."""

    key: str
    name: str
    unit: str
    groups: list[Group] = field(default_factory=list)
    dropped: int = 0

    @property
    def rows(self) -> int:
        return sum(group.rows for group in self.groups)

    def document(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, document: dict[str, Any]) -> Shelf:
        groups = [Group(**group) for group in document["groups"]]
        return cls(**{**document, "groups": groups})


@dataclass(frozen=True, slots=True)
class Points:
    """Columns of one series."""

    times: Micros
    values: npt.NDArray[np.float64]
    dropped: npt.NDArray[np.int64]
    floored: Mask


class Spool:
    """Points as they come, each series' apart."""

    def __init__(self, content: BinaryIO) -> None:
        self.content = content
        self._writer = _writer(content)
        self._held: defaultdict[str, list[Piece]] = defaultdict(list)
        self._waiting = 0
        self.groups: defaultdict[str, list[Group]] = defaultdict(list)
        self._count = 0

    def add(self, piece: Piece) -> None:
        """Raises Rejected for too many series."""
        if not len(piece.times):
            return
        self._held[piece.series].append(piece)
        self._waiting += len(piece.times)
        if self._waiting >= HELD:
            self._flush()

    def finish(self) -> None:
        """Writes what is still held; afterwards the points can be read."""
        self._flush()
        self._writer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *trouble: object) -> None:
        self._writer.close()

    def _flush(self) -> None:
        for series, pieces in self._held.items():
            times = np.concatenate([piece.times for piece in pieces])
            values = np.concatenate([piece.values for piece in pieces])
            floored = np.concatenate([piece.floored for piece in pieces])
            nothing = np.zeros(len(times), dtype=np.int64)
            for points in _cut(Points(times, values, nothing, floored)):
                self._writer.write_table(_table(points), row_group_size=POINTS_PER_BATCH)
                self.groups[series].append(_group(self._count, points))
                self._count += 1
        check_series(len(self.groups))
        self._held.clear()
        self._waiting = 0


def shelved(spool: Spool, units: Mapping[str, str], content: BinaryIO) -> Iterator[Shelf]:
    """Writes a finished spool's points in order to `content`; gives each series when it is done."""
    spool.content.seek(0)
    count = 0
    with pq.ParquetFile(spool.content) as parquet, _writer(content) as writer:
        for name, groups in spool.groups.items():
            shelf = Shelf(key=key_of(name), name=name, unit=units.get(name, ""))
            for points in _ordered(parquet, groups):
                writer.write_table(_table(points), row_group_size=POINTS_PER_BATCH)
                shelf.groups.append(_group(count, points))
                shelf.dropped += int(points.dropped.sum())
                count += 1
            yield shelf


def taken(parquet: pq.ParquetFile, group: Group) -> Points:
    """One row group, as numpy arrays."""
    found = parquet.read_row_group(group.at, use_threads=False)
    times, values, dropped, floored = (column.combine_chunks() for column in found.columns)
    return Points(
        times.to_numpy(),
        values.to_numpy(zero_copy_only=False),
        dropped.to_numpy(),
        floored.to_numpy(zero_copy_only=False),
    )


def _ordered(parquet: pq.ParquetFile, groups: list[Group]) -> Iterator[Points]:
    """Strictly rising; of equal times the last in the file stays."""
    apart = all(one.last < next_.first for one, next_ in pairwise(groups))
    if apart:
        for group in groups:
            yield _sorted(taken(parquet, group))
        return
    parts = [taken(parquet, group) for group in groups]
    whole = Points(*(np.concatenate([getattr(p, name) for p in parts]) for name in _FIELDS))
    yield from _cut(_sorted(whole))


_FIELDS = ("times", "values", "dropped", "floored")


def _sorted(points: Points) -> Points:
    if (np.diff(points.times) > 0).all():
        return points
    order = np.argsort(points.times, kind="stable")
    times = points.times[order]
    last = np.append(times[1:] != times[:-1], [True])
    ends = np.flatnonzero(last)
    dropped = np.diff(ends, prepend=-1) - 1
    kept = order[ends]
    return Points(times[ends], points.values[kept], dropped, points.floored[kept])


def _cut(points: Points) -> Iterator[Points]:
    for start in range(0, len(points.times), POINTS_PER_BATCH):
        part = slice(start, start + POINTS_PER_BATCH)
        yield Points(*(getattr(points, name)[part] for name in _FIELDS))


def _group(at: int, points: Points) -> Group:
    return Group(at, int(points.times.min()), int(points.times.max()), len(points.times))


def _table(points: Points) -> pa.Table:
    values = pa.array(points.values, from_pandas=True)  # NaN, no number, becomes null
    columns = [pa.array(points.times), values, pa.array(points.dropped), pa.array(points.floored)]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def _writer(content: BinaryIO) -> pq.ParquetWriter:
    return pq.ParquetWriter(
        content,
        SCHEMA,
        compression="zstd",
        use_dictionary=["dropped"],
        column_encoding={"time": "DELTA_BINARY_PACKED"},
        write_statistics=False,  # the card knows what lies where
    )
