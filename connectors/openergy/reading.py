"""Points of many series by `multi_select` (section 3.4).

Asked in `clock=gmt`, which is UTC, with bounds that carry their offset: so neither the series' own
clock nor a change to summer time can move a point. Both bounds are inclusive on the wire. Stamps
are whole milliseconds, so windows are rounded up to them at both ends, which cuts nothing twice.

Nothing in an answer tells that it was cut. A series with exactly as many points as one of the caps
that are known is asked for again from its last point on, until fewer come. A null is no point.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connectors.contract import TIME, NodeId, Notes, Points, Window
from connectors.errors import BadAnswer
from connectors.openergy.client import Client, Row
from connectors.openergy.ids import Ref

SERIES_PER_REQUEST = 50
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
SPAN = Window(start=datetime(1902, 1, 1, tzinfo=UTC), end=datetime(2100, 1, 1, tzinfo=UTC))
FIRST = timedelta(days=60)
"""The width of the first request; the next ones follow from how many points came."""
WIDEST = timedelta(days=3660)
AIM = 100_000
"""Points that one request should bring."""
SHARED_CAP = 1_000_000
TUTORIAL_CAP = 10_000

Millis = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Column:
    """The points of one series, rising, each time once."""

    times: Millis
    values: npt.NDArray[np.float64]
    notes: Notes
    raw: int
    """Rows as they came: what a cap counts."""


def read(client: Client, series: Sequence[Ref], window: Window) -> Iterator[Points]:
    """Every point, rising within each series."""
    asked = window.meet(SPAN)
    if asked is None:
        return
    start, end = millis(asked.start), millis(asked.end)
    for at in range(0, len(series), SERIES_PER_REQUEST):
        group = series[at : at + SERIES_PER_REQUEST]
        yield from _group(client, group, start, end)


def _group(client: Client, group: Sequence[Ref], start: int, end: int) -> Iterator[Points]:
    """Request after request, each as wide as brings some `AIM` points at the pace of the last."""
    widest = WIDEST // MILLISECOND
    width = FIRST // MILLISECOND // len(group)
    while start < end:
        stop = min(start + width, end)
        found = 0
        for ref, column in _piece(client, group, start, stop):
            found += column.raw
            yield from batches(ref.id, column)
        width = min(max(width * AIM // max(found, 1), width // 8), width * 4, widest)
        width = max(width, 1)
        start = stop


def _piece(
    client: Client, group: Sequence[Ref], start: int, end: int
) -> Iterator[tuple[Ref, Column]]:
    """One request, and one more for each series that may have been cut."""
    answer = client.points([str(ref.pk) for ref in group], _asked(start, end))
    for ref in group:
        column = _within(_named(answer, ref), start, end)
        yield ref, column
        caps = _caps(len(group))
        while column.raw in caps and len(column.times):
            since = int(column.times[-1]) + 1
            if since >= end:
                break
            answered = client.points([str(ref.pk)], _asked(since, end))
            column = _within(_named(answered, ref), since, end)
            yield ref, column
            caps = _caps(1)


def _caps(count: int) -> frozenset[int]:
    """Points of one series at which an answer for so many may end: a cap is shared, or each's."""
    return frozenset((SHARED_CAP // count, TUTORIAL_CAP // count, SHARED_CAP, TUTORIAL_CAP))


def _asked(start: int, end: int) -> dict[str, str | int | bool]:
    """The query for [start, end) in milliseconds."""
    return {"start": stamp(start), "end": stamp(end - 1), "clock": "gmt"}


def stamp(millis: int) -> str:
    """An instant as text with its offset."""
    return (EPOCH + millis * MILLISECOND).isoformat(timespec="milliseconds")


def _named(answer: Row, ref: Ref) -> Row:
    """A series' part of an answer; one without points may be left out [G]."""
    part = answer.get(str(ref.pk), {"index": [], "data": []})
    if not isinstance(part, dict):
        raise BadAnswer("OpenergyVBP answered something else than points.")
    return part


def _within(part: Row, start: int, end: int) -> Column:
    column = column_of(part)
    if len(column.times) and (column.times[0] < start or column.times[-1] >= end):
        raise BadAnswer("OpenergyVBP answered points outside the window asked for.")
    return column


def column_of(part: Row) -> Column:
    """The split form as columns: sorted, the last of equal times kept, nulls left out."""
    times, values = _arrays(part.get("index"), part.get("data"))
    raw = len(times)
    # Infinity is no number that a chart could show, and null is how this platform writes a gap.
    kept = np.isfinite(values)
    unreadable = int(np.count_nonzero(np.isinf(values)))
    times, values = times[kept], values[kept]
    order = np.argsort(times, kind="stable")
    times, values = times[order], values[order]
    last = np.append(np.diff(times) > 0, True) if len(times) else np.zeros(0, dtype=bool)
    notes = Notes(duplicates=int(np.count_nonzero(~last)), unreadable=unreadable)
    return Column(times[last], values[last], notes, raw)


def _arrays(index: Any, data: Any) -> tuple[Millis, npt.NDArray[np.float64]]:
    if not isinstance(index, list) or not isinstance(data, list) or len(index) != len(data):
        raise BadAnswer("OpenergyVBP answered points without a time for each value.")
    try:
        times = np.array(index, dtype=np.float64)
        values = np.array(data, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise BadAnswer("OpenergyVBP answered points that are no numbers.") from None
    if times.ndim != 1 or values.ndim != 1 or not np.isfinite(times).all():
        raise BadAnswer("OpenergyVBP answered points that cannot be read.")
    return times.astype(np.int64), values


def batches(series: NodeId, column: Column) -> Iterator[Points]:
    """A column as points."""
    times = pa.array(column.times * 1000).cast(TIME)
    whole = pa.RecordBatch.from_arrays([times, pa.array(column.values)], names=["time", "value"])
    return Points.cut(series, whole, column.notes)


def millis(moment: datetime) -> int:
    """Milliseconds since 1970, rounded up."""
    return -(-(moment - EPOCH) // MILLISECOND)
