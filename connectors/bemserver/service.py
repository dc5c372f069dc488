"""BEMServer: free building-energy management, https://www.bemserver.org."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

import pyarrow as pa

from connectors.bemserver import LABEL, SUMMARY, buckets, ids, reading, searching, shelf, writing
from connectors.bemserver.auth import Tokens, basic
from connectors.bemserver.client import Client
from connectors.bemserver.config import BEMServerConfig
from connectors.bemserver.operations import BEMServerOperations
from connectors.bemserver.problems import explain
from connectors.bemserver.rows import User
from connectors.bemserver.sharing import ACCESS, Sharing
from connectors.bemserver.states import States
from connectors.bemserver.tree import Tree
from connectors.bemserver.versions import Versions
from connectors.contract import (
    Account,
    Aggregates,
    Audience,
    Buckets,
    Door,
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
    Traits,
    Window,
    Writes,
    Written,
)
from connectors.errors import AuthFailed, Forbidden

INACTIVE = (
    "BEMServer knows this account, but it is switched off. Ask an administrator of the server."
)


class BEMServerService(
    BEMServerOperations, Service[BEMServerConfig], Reads, Aggregates, Writes, Shares, Searches
):
    """One account of one BEMServer; API 0.24 and newer, whatever it calls itself."""

    kind = "bemserver"
    label = LABEL
    summary = SUMMARY
    Config = BEMServerConfig
    traits: ClassVar[Traits] = Traits(
        source="https://github.com/BEMServer/bemserver-api (no rate limit is documented)",
        series_per_read=reading.SERIES_PER_REQUEST,
        settles=timedelta(days=1),
        steps=tuple(sorted(buckets.WIDTHS)),
        rights=(ACCESS,),
    )

    def __init__(self, config: BEMServerConfig, door: Door) -> None:
        super().__init__(config, door)
        self._signed = basic(config) if config.sign_in == "Basic" else Tokens(config, door)
        self._versions = Versions(Client(door.http(config.url, explain=explain)))
        self._client = Client(door.http(config.url, auth=self._signed, explain=explain))
        self._states = States(self._client, config.data_state)
        self._tree = Tree(self._client, self._states)
        self._sharing = Sharing(self._client, config.email)

    def check(self) -> Account:
        facts = self._versions.facts()
        user = self._user()
        self._states.chosen()
        return Account(
            id=f"{self.config.place}#{user.id}",
            label=f"{user.name} ({user.email})",
            facts={
                **facts,
                "Rights": "administrator" if user.is_admin else "member",
                "Data": self.config.data_state,
            },
        )

    def children(self, parent: NodeId | None, cursor: str | None = None) -> Page[Node]:
        place = None if parent is None else ids.parse(parent)
        if isinstance(place, ids.Series | ids.Item):
            return Page(items=())
        self._signed.headers()  # in this thread, before several requests go out at once
        return self._tree.top() if place is None else self._tree.under(place, cursor)

    def node(self, id: NodeId) -> Node:
        place = ids.parse(id)
        if isinstance(place, ids.Series):
            return self._tree.one_series(place)
        if isinstance(place, ids.Item):
            return shelf.node(self._client, place)
        return self._tree.element(place)

    def read(self, series: Sequence[NodeId], window: Window) -> Iterator[Points]:
        wanted = ids.series(series)
        self._signed.headers()
        return reading.read(self._client, wanted, window)

    def aggregate(
        self,
        series: Sequence[NodeId],
        window: Window,
        step: timedelta,
        functions: Sequence[Function],
    ) -> Iterator[Buckets]:
        wanted = ids.series(series)
        self._signed.headers()
        return buckets.aggregate(self._client, wanted, window, step, functions)

    def write(self, series: Sequence[NodeId], batches: Iterable[pa.RecordBatch]) -> Written:
        return writing.write(self._client, ids.series(series), batches)

    def audiences(self, node: NodeId, cursor: str | None = None) -> Page[Audience]:
        return self._sharing.audiences(node)

    def grants(self, node: NodeId) -> tuple[Grant, ...]:
        return self._sharing.grants(node)

    def share(
        self,
        node: NodeId,
        audience: str,
        rights: Sequence[str],
        until: datetime | None = None,
    ) -> Grant:
        return self._sharing.share(node, audience, rights, until)

    def revoke(self, node: NodeId, grant: str) -> None:
        self._sharing.revoke(node, grant)

    def search(self, text: str, cursor: str | None = None) -> Page[Node]:
        self._signed.headers()
        return searching.search(self._client, self._tree, text, cursor)

    def _user(self) -> User:
        try:
            return self._client.user(self.config.email)
        except Forbidden:
            pass
        raise AuthFailed(INACTIVE)


SERVICE = BEMServerService
