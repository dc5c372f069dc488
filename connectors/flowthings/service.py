"""flowthings.io: flows of drops, and what is done with them as they come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

import pyarrow as pa

from connectors.contract import (
    Account,
    Aggregates,
    Audience,
    Buckets,
    Door,
    Feed,
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
    Window,
    Writes,
    Written,
)
from connectors.errors import AuthFailed, Forbidden, NotFound
from connectors.flowthings import LABEL, SUMMARY, buckets, ids, live, reading, searching, writing
from connectors.flowthings.client import Client
from connectors.flowthings.config import FlowthingsConfig
from connectors.flowthings.operations import FlowthingsOperations
from connectors.flowthings.problems import explain
from connectors.flowthings.sharing import RIGHTS, Sharing, full_name
from connectors.flowthings.tree import Tree

WRONG = "flowthings.io does not know this account with this token. Check both."


class FlowthingsService(
    FlowthingsOperations,
    Service[FlowthingsConfig],
    Reads,
    Aggregates,
    Writes,
    Shares,
    Searches,
    Streams,
):
    """One account; API 0.1 as the published client 1.0.5 speaks it."""

    kind = "flowthings"
    label = LABEL
    summary = SUMMARY
    Config = FlowthingsConfig
    traits: ClassVar[Traits] = Traits(
        source="sections 1.5 and 10 of the reference (no rate limit is documented)",
        series_per_read=20,
        settles=timedelta(hours=1),
        rewrites=True,
        steps=tuple(sorted(buckets.WIDTHS)),
        rights=RIGHTS,
        rights_combine=True,
        grants_expire=True,
    )

    def __init__(self, config: FlowthingsConfig, door: Door) -> None:
        super().__init__(config, door)
        self._client = Client(
            door.http(config.root, auth=config.signed, explain=explain),
            door.http(config.live, auth=config.signed, explain=explain),
            account=config.account,
            defaults=config.parameters,
        )
        self._tree = Tree(self._client, config.time)
        self._sharing = Sharing(self._client, self._tree, config.account)

    def check(self) -> Account:
        """A limited token knows no identity, but may open a live session (section 1.2)."""
        rights, name = "master token", ""
        try:
            (me, *_) = self._client.turn("identity", query={"limit": 1}) or ({},)
            name = full_name(me)
        except Forbidden:
            rights = "limited token: drops only"
            self._probe()
        label = f"{name} ({self.config.account})" if name else self.config.account
        return Account(
            id=f"{self.config.place}#{self.config.account}",
            label=label,
            facts={"API": self.config.version, "Rights": rights},
        )

    def children(self, parent: NodeId | None, cursor: str | None = None) -> Page[Node]:
        if parent is None:
            return self._tree.top(cursor)
        place = ids.parse(parent)
        if isinstance(place, ids.Folder) or (
            isinstance(place, ids.Object) and place.service == ids.FLOW
        ):
            return self._tree.under(place, cursor)
        return Page(items=())

    def node(self, id: NodeId) -> Node:
        place = ids.parse(id)
        if isinstance(place, ids.Series):
            return self._tree.one_series(place)
        if isinstance(place, ids.Folder):
            return self._tree.folder(place)
        if isinstance(place, ids.Drop):
            self._client.one(f"drop/{place.flow}", place.key)
            parent = ids.Object(ids.FLOW, place.flow).id
            return Node(id=id, name=place.key, type="drop", role="record", parent=parent)
        return self._tree.object(place)

    def read(self, series: Sequence[NodeId], window: Window) -> Iterator[Points]:
        return reading.read(self._client, ids.series(series), window)

    def aggregate(
        self,
        series: Sequence[NodeId],
        window: Window,
        step: timedelta,
        functions: Sequence[Function],
    ) -> Iterator[Buckets]:
        return buckets.aggregate(self._client, ids.series(series), window, step, functions)

    def write(self, series: Sequence[NodeId], batches: Iterable[pa.RecordBatch]) -> Written:
        return writing.write(self._client, ids.series(series), batches)

    def search(self, text: str, cursor: str | None = None) -> Page[Node]:
        return searching.search(self._client, self._tree, text, cursor)

    def subscribe(self, series: Sequence[NodeId]) -> Feed:
        return live.subscribe(self._client, self.door, self.config, ids.series(series))

    def audiences(self, node: NodeId, cursor: str | None = None) -> Page[Audience]:
        path = self._path(node)
        return self._sharing.audiences(path, cursor) if path else Page(items=())

    def grants(self, node: NodeId) -> tuple[Grant, ...]:
        path = self._path(node)
        return self._sharing.grants(path) if path else ()

    def share(
        self,
        node: NodeId,
        audience: str,
        rights: Sequence[str],
        until: datetime | None = None,
    ) -> Grant:
        return self._sharing.share(self._path(node) or "", audience, rights, until)

    def revoke(self, node: NodeId, grant: str) -> None:
        self._sharing.revoke(self._path(node) or "", grant)

    def _path(self, node: NodeId) -> str | None:
        """Of a flow or folder; None for a series, which cannot be shared by itself."""
        place = ids.parse(node)
        if isinstance(place, ids.Series):
            self._client.one(ids.FLOW, place.flow)
            return None
        if isinstance(place, ids.Drop):
            raise NotFound(ids.UNKNOWN)
        return self._tree.path(place)

    def _probe(self) -> None:
        """Raises AuthFailed for a token that cannot even open a session."""
        try:
            self._client.session()
        except Forbidden:
            raise AuthFailed(WRONG) from None


SERVICE = FlowthingsService
