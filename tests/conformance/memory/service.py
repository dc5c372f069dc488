"""The reference service: every power, no exemption. Tests open it as kind `memory`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, ClassVar

import pyarrow as pa

from connectors.contract import (
    TIME,
    Account,
    Aggregates,
    Audience,
    Buckets,
    Door,
    Downloads,
    Feed,
    File,
    Function,
    Grant,
    Node,
    NodeId,
    Page,
    Points,
    Reads,
    Searches,
    Service,
    Shares,
    Streams,
    Traits,
    Upload,
    Uploads,
    Window,
    Writes,
    Written,
)
from connectors.errors import BadAnswer
from tests.conformance.memory import LABEL, SUMMARY, files, listening, sharing
from tests.conformance.memory.operations import MemoryOperations
from tests.conformance.memory.wire import (
    EPOCH,
    TICK,
    MemoryConfig,
    Row,
    Rows,
    SeriesBuckets,
    SeriesPoints,
    Stored,
    Who,
    Wire,
    node,
    part,
)


class MemoryService(
    Service[MemoryConfig],
    Reads,
    Aggregates,
    Writes,
    Downloads,
    Uploads,
    Shares,
    Searches,
    Streams,
    MemoryOperations,
):
    kind = "memory"
    label = LABEL
    summary = SUMMARY
    Config = MemoryConfig
    traits: ClassVar[Traits] = Traits(
        source="tests/conformance/memory/server.py",
        steps=(timedelta(minutes=30), timedelta(hours=1), timedelta(days=1)),
        rights=sharing.RIGHTS,
        rights_combine=True,
        grants_expire=True,
    )

    def __init__(self, config: MemoryConfig, door: Door) -> None:
        super().__init__(config, door)
        self._wire = Wire(config, door)

    def check(self) -> Account:
        who = self._wire.get("account", Who)
        return Account(id=who.id, label=who.name, facts={"Rights": "everything"})

    def children(self, parent: NodeId | None, cursor: str | None = None) -> Page[Node]:
        return self._page("nodes", {"parent": parent} if parent else {}, cursor)

    def node(self, id: NodeId) -> Node:
        return node(self._wire.get(f"nodes/{part(id)}", Row))

    def search(self, text: str, cursor: str | None = None) -> Page[Node]:
        return self._page("search", {"text": text}, cursor)

    def read(self, series: Sequence[NodeId], window: Window) -> Iterator[Points]:
        for one in series:
            yield from self._read(one, window)

    def _read(self, series: NodeId, window: Window) -> Iterator[Points]:
        at: int | None = (window.start - EPOCH) // TICK
        end = (window.end - EPOCH) // TICK
        while at is not None and at < end:
            page = self._wire.get(f"points/{part(series)}", SeriesPoints, start=at, end=end)
            if page.points:
                yield Points(series=series, batch=_batch(page.points, at, end))
            if page.next is not None and page.next <= at:
                raise BadAnswer("The pages of points go in a circle.")
            at = page.next

    def aggregate(
        self,
        series: Sequence[NodeId],
        window: Window,
        step: timedelta,
        functions: Sequence[Function],
    ) -> Iterator[Buckets]:
        if step not in self.traits.steps:
            raise ValueError("No buckets of this width.")
        start = (window.start - EPOCH) // step * step // TICK
        end = -((EPOCH - window.end) // step) * step // TICK
        times = pa.array(range(start, end, step // TICK), pa.int64()).cast(TIME)
        for one in series:
            found = self._wire.get(
                f"buckets/{part(one)}", SeriesBuckets, start=start, end=end, step=step // TICK
            ).buckets
            if len(found) != len(times):
                raise BadAnswer("Other buckets than those asked for.")
            columns = [pa.array([row[name] for row in found], pa.float64()) for name in functions]
            batch = pa.RecordBatch.from_arrays([times, *columns], names=["time", *functions])
            yield Buckets(series=one, step=step, batch=batch)

    def write(self, series: Sequence[NodeId], batches: Iterable[pa.RecordBatch]) -> Written:
        accepted = unchanged = 0
        for batch in batches:
            times = batch.column("time").cast(pa.int64()).to_pylist()
            for one, column in zip(series, batch.columns[1:], strict=True):
                rows = [
                    row for row in zip(times, column.to_pylist(), strict=True) if row[1] is not None
                ]
                stored = self._wire.send("POST", f"points/{part(one)}", Stored, json=rows)
                accepted += stored.accepted
                unchanged += stored.unchanged
        return Written(accepted=accepted, unchanged=unchanged)

    def open(self, file: NodeId) -> File:
        return files.open_file(self._wire, file)

    def put(self, folder: NodeId, upload: Upload) -> Node:
        return files.put(self._wire, folder, upload)

    def delete(self, file: NodeId) -> None:
        files.delete(self._wire, file)

    def audiences(self, node: NodeId, cursor: str | None = None) -> Page[Audience]:
        return sharing.audiences(self._wire, node, _first(cursor))

    def grants(self, node: NodeId) -> tuple[Grant, ...]:
        return sharing.grants(self._wire, node)

    def share(
        self,
        node: NodeId,
        audience: str,
        rights: Sequence[str],
        until: datetime | None = None,
    ) -> Grant:
        return sharing.share(self._wire, node, audience, rights, until)

    def revoke(self, node: NodeId, grant: str) -> None:
        sharing.revoke(self._wire, node, grant)

    def subscribe(self, series: Sequence[NodeId]) -> Feed:
        return listening.subscribe(self._wire, self.door, self.config, series)

    def _page(self, path: str, asked: Mapping[str, str], cursor: str | None) -> Page[Node]:
        found = self._wire.get(path, Rows, **asked, **{"from": _first(cursor)})
        following = None if found.next is None else str(found.next)
        return Page(items=tuple(node(row) for row in found.rows), next=following)


def _first(cursor: str | None) -> int:
    return int(cursor) if cursor and cursor.isdecimal() and len(cursor) < 9 else 0


def _batch(points: list[tuple[int, Any]], start: int, end: int) -> pa.RecordBatch:
    """Raises BadAnswer when the points are not rising, or outside of what was asked."""
    times = [time for time, _ in points]
    rising = all(a < b for a, b in pairwise(times))
    if not rising or times[0] < start or times[-1] >= end:
        raise BadAnswer("Points that are out of order or outside the window.")
    return pa.RecordBatch.from_arrays(
        [pa.array(times, pa.int64()).cast(TIME), pa.array([value for _, value in points])],
        names=["time", "value"],
    )


SERVICE = MemoryService
