"""Drops as points (section 10): a page of a flow's drops, oldest first, gives points of each elem.

Pages go by time, not by number: the next one begins at the last moment of this one. So a drop that
arrives, or falls out of a full flow, while pages are read neither hides another nor doubles it.
Drops of the last moment of a page are given with the next one, when all of them are known; of
several in one millisecond the last stays. Windows are rounded up to milliseconds at both ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from math import isfinite
from typing import Any

import numpy as np
import pyarrow as pa

from connectors.contract import TIME, Notes, Points, Window
from connectors.errors import BadAnswer
from connectors.flowthings import elems, filters
from connectors.flowthings.client import Client, Query, Row, ended
from connectors.flowthings.ids import Series
from connectors.parallel import MOST, together

PAGE = 5_000
"""Drops of one request; the platform's largest page is not documented."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)

_Drop = tuple[int, Mapping[str, Any]]
"""A moment in milliseconds, and the elems."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The drops of a flow between two moments in milliseconds, half-open."""

    flow: str
    time: str
    start: int
    end: int

    @property
    def member(self) -> str:
        """What filters and sorts call the time."""
        return f"elems.{self.time}" if self.time else "creationDate"

    def since(self, start: int) -> Span:
        return Span(flow=self.flow, time=self.time, start=start, end=self.end)

    @property
    def filter(self) -> str:
        return filters.both(
            filters.compare(self.member, ">=", self.start),
            filters.compare(self.member, "<", self.end),
        )


def read(client: Client, series: Sequence[Series], window: Window) -> Iterator[Points]:
    """Every point, rising within each series; the first pages of eight flows at once."""
    start, end = millis(window.start), millis(window.end)
    if start >= end:
        return
    flows: dict[tuple[str, str], list[Series]] = {}
    for one in series:
        flows.setdefault((one.flow, one.time), []).append(one)
    waiting = iter(flows.items())
    while group := tuple(islice(waiting, MOST)):
        spans = [Span(flow=flow, time=time, start=start, end=end) for (flow, time), _ in group]
        firsts = together(partial(_page, client, span) for span in spans)
        for (_, wanted), span, first in zip(group, spans, firsts, strict=True):
            columns = [Column(one) for one in wanted]
            for drops in _pages(client, span, first):
                yield from (points for column in columns for points in column.points(drops))


def _pages(client: Client, span: Span, page: list[_Drop]) -> Iterator[list[_Drop]]:
    """Each page but the drops of its last moment, with which the next one begins."""
    while not ended(len(page), PAGE):
        last = page[-1][0]
        if last == page[0][0]:
            yield _moment(client, span.since(last), page)
            last += 1
        else:
            yield [drop for drop in page if drop[0] < last]
        span = span.since(last)
        if span.start >= span.end:
            return
        page = _page(client, span)
    if page:
        yield page


def _moment(client: Client, span: Span, page: list[_Drop]) -> list[_Drop]:
    """A page that is of one moment only, with the rest of that moment's drops."""
    one = Span(flow=span.flow, time=span.time, start=span.start, end=span.start + 1)
    whole, more = list(page), page
    while more:
        more = _page(client, one, skip=len(whole))
        whole += more
    return whole


def _page(client: Client, span: Span, skip: int = 0) -> list[_Drop]:
    query: Query = {
        "filter": span.filter,
        "sort": span.member,
        "order": "asc",
        "limit": PAGE,
        "start": skip or None,
        "only": "creationDate,elems",
        "hints": 0,
    }
    found = [_stamped(row, span) for row in client.drops(span.flow, query=query)]
    return sorted(found, key=lambda drop: drop[0])


def _stamped(row: Row, span: Span) -> _Drop:
    held = elems.elems_of(row)
    at = elems.moment(elems.leaf(held, span.time) if span.time else row.get("creationDate"))
    if at is None or not span.start <= at < span.end:
        raise BadAnswer("flowthings.io answered drops outside the window asked for.")
    return at, held


class Column:
    """One series; whether it is of numbers or of texts, its first value says."""

    def __init__(self, series: Series) -> None:
        self._series = series
        self._type: pa.DataType | None = None

    def points(self, drops: Iterable[_Drop]) -> Iterator[Points]:
        """The points of one page, if there are any."""
        sampled = [(at, elems.leaf(held, self._series.elem)) for at, held in drops]
        found = [(at, value) for at, value in sampled if value is not None]
        if not found:
            return
        times = np.array([at for at, _ in found], dtype=np.int64)
        last = np.append(np.diff(times) > 0, True)
        values, unreadable = self._values([value for _, value in found])
        moments = pa.array(times * 1000).cast(TIME)
        batch = pa.RecordBatch.from_arrays([moments, values], names=["time", "value"])
        notes = Notes(duplicates=int(np.count_nonzero(~last)), unreadable=unreadable)
        yield Points(series=self._series.id, batch=batch.filter(pa.array(last)), notes=notes)

    def _values(self, given: list[Any]) -> tuple[pa.Array, int]:
        """The values as one type, others as null, and how many those were."""
        if self._type is None:
            self._type = pa.string() if isinstance(given[0], str) else pa.float64()
        fits = _text if self._type == pa.string() else _number
        values = [fits(one) for one in given]
        return pa.array(values, self._type), sum(one is None for one in values)


def _number(value: Any) -> float | None:
    if not isinstance(value, int | float):
        return None
    return float(value) if isfinite(value) else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def millis(moment: datetime) -> int:
    """Milliseconds since 1970, rounded up."""
    return -(-(moment - EPOCH) // MILLISECOND)


def when(millis: int) -> datetime:
    """Raises BadAnswer for a moment that no calendar has."""
    try:
        return EPOCH + millis * MILLISECOND
    except OverflowError:
        raise BadAnswer("flowthings.io told a time that no calendar has.") from None
