"""Points of many series (sections 3.1 to 3.3).

The platform writes times in CSV by the second and cuts what is below. Windows are therefore asked
from whole second to whole second, both rounded up, which is exactly the window of the cut times; of
several points in one second the last stays, and the others are counted.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import groupby, islice

import numpy as np
import pyarrow as pa

from connectors.bemserver.ahead import in_order
from connectors.bemserver.client import Client
from connectors.bemserver.columns import Block, blocks, micros, numbers_only
from connectors.bemserver.data import Chosen
from connectors.bemserver.ids import Series
from connectors.contract import Notes, Points, Window
from connectors.errors import BadAnswer

SERIES_PER_REQUEST = 100
"""Keeps the request line, 22 bytes a series, far below the 4,094 that gunicorn takes (1.5)."""
WIDEST = timedelta(days=92)
"""Of one request for up to ten series (3.8), less for more: four requests make a year."""
SERIES_AT_WIDEST = 10
SPAN = Window(
    start=datetime(1680, 1, 1, tzinfo=UTC) + timedelta(days=1),
    end=datetime(2259, 12, 31, tzinfo=UTC),
)
"""What the platform takes as a time (1.5)."""


def read(client: Client, series: Sequence[Series], window: Window) -> Iterator[Points]:
    """Every point, rising within each series; up to eight requests in flight."""
    asked = whole_seconds(window)
    if asked is None:
        return
    jobs = (
        partial(_piece, client, group, piece)
        for group in groups(series)
        for piece in asked.split(_width(len(group)))
    )
    yield from in_order(jobs)


def groups(series: Sequence[Series]) -> Iterator[tuple[Series, ...]]:
    """As many as one request takes, all in one data state."""
    by_state = sorted(series, key=lambda one: one.state)
    for _, same in groupby(by_state, key=lambda one: one.state):
        while group := tuple(islice(same, SERIES_PER_REQUEST)):
            yield group


def whole_seconds(window: Window) -> Window | None:
    """Both ends rounded up to a second, within what the platform takes; None: nothing is left."""
    ends = [
        moment if moment.microsecond == 0 else moment.replace(microsecond=0) + timedelta(seconds=1)
        for moment in (max(window.start, SPAN.start), min(window.end, SPAN.end))
    ]
    return Window(start=ends[0], end=ends[1]) if ends[0] < ends[1] else None


def _width(count: int) -> timedelta:
    days = WIDEST.days * SERIES_AT_WIDEST // max(count, SERIES_AT_WIDEST)
    return timedelta(days=max(days, 1))


def _piece(
    client: Client, group: Sequence[Series], window: Window
) -> Generator[Points, None, None]:
    """One request."""
    numbers = [one.number for one in group]
    columns = [_Rising(one, window) for one in group]
    chosen = Chosen(tuple(numbers), group[0].state)
    with client.data.points(chosen, window) as stream:
        for block in blocks(stream.file, numbers):
            for column, values in zip(columns, block.values, strict=True):
                yield from column.push(block, values)
    for column in columns:
        yield from column.last()


class _Rising:
    """One series' column, one block behind, so that the last of equal times wins across blocks."""

    def __init__(self, series: Series, window: Window) -> None:
        self._series = series
        self._window = np.array(
            [window.start.replace(tzinfo=None), window.end.replace(tzinfo=None)], "datetime64[us]"
        ).astype(np.int64)
        self._held: Points | None = None

    def push(self, block: Block, values: pa.Array) -> Iterator[Points]:
        """The points before this block's."""
        times = block.times
        if values.null_count:
            present = values.is_valid()
            times, values = times.filter(present), values.filter(present)
        if len(values) == 0:
            return
        points = self._points(times, values)
        held, self._held = self._held, points
        if held is None:
            return
        before = _before(held, points)
        if before.batch.num_rows:
            yield before
        else:
            self._held = replace(points, notes=points.notes + before.notes)

    def last(self) -> Iterator[Points]:
        """The points of the last block."""
        if self._held is not None:
            yield self._held

    def _points(self, times: pa.Array, values: pa.Array) -> Points:
        moments = micros(times)
        if moments[0] < self._window[0] or moments[-1] >= self._window[1]:
            raise BadAnswer("BEMServer answered points outside the window asked for.")
        values, unreadable = numbers_only(values)
        batch = pa.RecordBatch.from_arrays([times, values], names=["time", "value"])
        rising = moments[1:] > moments[:-1]
        repeated = len(rising) - int(np.count_nonzero(rising))
        if repeated:
            if (moments[1:] < moments[:-1]).any():
                raise BadAnswer("BEMServer answered points that are not in the order of time.")
            batch = batch.filter(pa.array(np.append(rising, True)))
        notes = Notes(duplicates=repeated, unreadable=unreadable)
        return Points(series=self._series.id, batch=batch, notes=notes)


def _before(held: Points, following: Points) -> Points:
    """The held points, less the last where the following block begins with the same time."""
    gap = following.batch.column(0)[0].value - held.batch.column(0)[-1].value
    if gap < 0:
        raise BadAnswer("BEMServer answered points that are not in the order of time.")
    if gap > 0:
        return held
    rest = held.batch.slice(0, held.batch.num_rows - 1)
    return replace(held, batch=rest, notes=held.notes + Notes(duplicates=1))
