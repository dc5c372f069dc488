"""The reference service: every power, no exemption. Tests open it as kind `memory`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, ClassVar, TypeVar
from urllib.parse import urlsplit

import pyarrow as pa
from pydantic import BaseModel, Field, SecretStr, ValidationError

from connectors.contract import (
    TIME,
    Account,
    Aggregates,
    Buckets,
    Config,
    Door,
    Function,
    Node,
    NodeId,
    Page,
    Points,
    Reads,
    Role,
    Searches,
    Service,
    Traits,
    Window,
    Writes,
    Written,
)
from connectors.egress import Endpoint
from connectors.errors import BadAnswer, NotFound
from connectors.http import Answer

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
_ID = re.compile(r"[a-z0-9-]{1,60}")
_Shape = TypeVar("_Shape", bound=BaseModel)
ROLES: Mapping[str, Role] = {"folder": "folder", "file": "file", "record": "record"}


class MemoryConfig(Config):
    url: str = Field(title="Address", description="Where the memory platform listens.")
    token: SecretStr = Field(title="Token", description="The one token that it takes.")

    def endpoints(self) -> tuple[Endpoint, ...]:
        parts = urlsplit(self.url)
        return (Endpoint(parts.hostname or "", parts.port or 80, tls=False),)


class _Token:
    def __init__(self, token: SecretStr) -> None:
        self._token = token

    def headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self._token.get_secret_value()}"}

    def renew(self, answer: Answer) -> bool:
        return False


class _Who(BaseModel):
    id: str
    name: str


class _Row(BaseModel):
    id: str
    name: str
    type: str
    parent: str | None
    unit: str | None
    last: int | None


class _Rows(BaseModel):
    rows: list[_Row]
    next: int | None


class _Points(BaseModel):
    points: list[tuple[int, bool | int | float | str]]
    next: int | None


class _Buckets(BaseModel):
    buckets: list[dict[Function, float | None]]


class _Stored(BaseModel):
    accepted: int
    unchanged: int


class MemoryService(Service[MemoryConfig], Reads, Aggregates, Writes, Searches):
    kind = "memory"
    label = "Memory"
    summary = "A small platform for tests."
    Config = MemoryConfig
    traits: ClassVar[Traits] = Traits(
        source="tests/conformance/memory/server.py",
        steps=(timedelta(minutes=30), timedelta(hours=1), timedelta(days=1)),
    )

    def __init__(self, config: MemoryConfig, door: Door) -> None:
        super().__init__(config, door)
        self._http = door.http(config.url, auth=_Token(config.token))

    def check(self) -> Account:
        who = self._get("account", _Who)
        return Account(id=who.id, label=who.name, facts={"Rights": "everything"})

    def children(self, parent: NodeId | None, cursor: str | None = None) -> Page[Node]:
        return self._page("nodes", {"parent": parent} if parent else {}, cursor)

    def node(self, id: NodeId) -> Node:
        return _node(self._get(f"nodes/{_part(id)}", _Row))

    def search(self, text: str, cursor: str | None = None) -> Page[Node]:
        return self._page("search", {"text": text}, cursor)

    def read(self, series: Sequence[NodeId], window: Window) -> Iterator[Points]:
        for one in series:
            yield from self._read(one, window)

    def _read(self, series: NodeId, window: Window) -> Iterator[Points]:
        at: int | None = (window.start - EPOCH) // TICK
        end = (window.end - EPOCH) // TICK
        while at is not None and at < end:
            page = self._get(f"points/{_part(series)}", _Points, start=at, end=end)
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
            found = self._get(
                f"buckets/{_part(one)}", _Buckets, start=start, end=end, step=step // TICK
            ).buckets
            if len(found) != len(times):
                raise BadAnswer("Other buckets than those asked for.")
            columns = [pa.array([row[name] for row in found], pa.float64()) for name in functions]
            batch = pa.RecordBatch.from_arrays([times, *columns], names=["time", *functions])
            yield Buckets(series=one, step=step, batch=batch)

    def write(self, series: NodeId, batches: Iterable[pa.RecordBatch]) -> Written:
        accepted = unchanged = 0
        for batch in batches:
            times = batch.column("time").cast(pa.int64()).to_pylist()
            rows = list(zip(times, batch.column("value").to_pylist(), strict=True))
            answer = self._http.request(
                "POST", f"points/{_part(series)}", json=rows, repeatable=False
            )
            stored = _shaped(answer, _Stored)
            accepted += stored.accepted
            unchanged += stored.unchanged
        return Written(accepted=accepted, unchanged=unchanged)

    def _page(self, path: str, asked: Mapping[str, str], cursor: str | None) -> Page[Node]:
        first = int(cursor) if cursor and cursor.isdecimal() and len(cursor) < 9 else 0
        found = self._get(path, _Rows, **asked, **{"from": first})
        following = None if found.next is None else str(found.next)
        return Page(items=tuple(_node(row) for row in found.rows), next=following)

    def _get(self, path: str, shape: type[_Shape], **asked: str | int) -> _Shape:
        return _shaped(self._http.request("GET", path, params=asked), shape)


def _shaped(answer: Answer, shape: type[_Shape]) -> _Shape:
    try:
        return shape.model_validate_json(answer.body)
    except ValidationError:
        raise BadAnswer("An answer of another shape.") from None


def _part(id: NodeId) -> str:
    """Raises NotFound for an id that this platform cannot have minted."""
    if not _ID.fullmatch(id):
        raise NotFound("Memory has nothing under this name.")
    return id


def _node(row: _Row) -> Node:
    return Node(
        id=NodeId(row.id),
        name=row.name,
        type=row.type,
        role=ROLES.get(row.type, "series"),
        parent=NodeId(row.parent) if row.parent else None,
        expandable=row.type == "folder",
        unit=row.unit,
        last_seen=None if row.last is None else EPOCH + row.last * TICK,
    )


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
