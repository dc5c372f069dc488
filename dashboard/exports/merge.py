"""Series as sources of batches, and the join of several of them by time in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

CELLS = 2_097_152
"""Of one joined batch, at most, when no two series share a time: 16 MB of numbers."""
LEAST_ROWS = 64


class Source:
    """The points of one series, taken once, counted on the way.

    The first batch is read when the type is asked for, and given out with the others.
    """

    def __init__(self, title: str, batches: Iterator[pa.RecordBatch]) -> None:
        self.title = title
        self.rows = 0
        self.first: datetime | None = None
        self.last: datetime | None = None
        self._batches = batches
        self._ahead: list[pa.RecordBatch] = []

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        while (batch := self._next()) is not None:
            self._count(batch)
            yield batch

    @property
    def type(self) -> pa.DataType:
        """Of the value column; float64 for a series without points."""
        if not self._ahead:
            first = self._next()
            self._ahead = [] if first is None else [first]
        return self._ahead[0].schema.field("value").type if self._ahead else pa.float64()

    def _next(self) -> pa.RecordBatch | None:
        """The next batch that holds a point."""
        if self._ahead:
            return self._ahead.pop()
        return next((batch for batch in self._batches if batch.num_rows), None)

    def _count(self, batch: pa.RecordBatch) -> None:
        times = batch.column("time")
        self.rows += batch.num_rows
        self.first = self.first or times[0].as_py()
        self.last = times[-1].as_py()


class _Head:
    """What is left of a source's current batch."""

    def __init__(self, source: Source) -> None:
        self.type = source.type
        self._batches = iter(source)
        self.times: np.ndarray = np.empty(0, np.int64)
        self.values: pa.Array = pa.array([], self.type)

    def fill(self) -> bool:
        """False when the source is exhausted."""
        if len(self.times):
            return True
        batch = next(self._batches, None)
        if batch is None:
            return False
        self.times = batch.column("time").cast(pa.int64()).to_numpy()
        self.values = batch.column("value")
        return True

    def take(self, horizon: int) -> tuple[np.ndarray, pa.Array]:
        """Removes and gives the points up to and including `horizon`."""
        cut = int(np.searchsorted(self.times, horizon, side="right"))
        taken = self.times[:cut], self.values.slice(0, cut)
        self.times, self.values = self.times[cut:], self.values.slice(cut)
        return taken


def merged(sources: Sequence[Source]) -> Iterator[pa.RecordBatch]:
    """Batches with `time` and one column for each source, in the sources' order, rising by time;
    null where a source has no point. Holds one batch of each source and one of its own."""
    heads = [_Head(source) for source in sources]
    most = max(LEAST_ROWS, CELLS // max(1, len(heads)) ** 2)
    while live := [head for head in heads if head.fill()]:
        horizon = min(int(head.times[min(len(head.times), most) - 1]) for head in live)
        parts = [head.take(horizon) for head in heads]
        times = np.unique(np.concatenate([part for part, _ in parts]))
        columns = [_spread(times, part, values) for part, values in parts]
        time = pa.array(times).cast(pa.timestamp("us", tz="UTC"))
        names = ["time", *(str(position) for position in range(len(columns)))]
        yield pa.RecordBatch.from_arrays([time, *columns], names=names)


def _spread(times: np.ndarray, own: np.ndarray, values: pa.Array) -> pa.Array:
    """A source's values at `times`, null at those it lacks."""
    if len(own) == len(times):
        return values
    index = np.full(len(times), -1, np.int64)
    index[np.searchsorted(times, own)] = np.arange(len(own))
    return pc.take(values, pa.array(index, mask=index < 0))
