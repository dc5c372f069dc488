"""AveniECA: digital twins whose states are learned from and predicted, https://www.avenieca.com."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import ClassVar

import pyarrow as pa

from connectors.avenieca import LABEL, SUMMARY, ids, listening, reading, writing
from connectors.avenieca.auth import Sessions
from connectors.avenieca.client import Client
from connectors.avenieca.config import AveniECAConfig
from connectors.avenieca.kafka import Cluster
from connectors.avenieca.operations import AveniECAOperations
from connectors.avenieca.problems import explain
from connectors.avenieca.tree import Tree
from connectors.contract import (
    Account,
    Door,
    Feed,
    Node,
    NodeId,
    Page,
    Points,
    Reads,
    Service,
    Streams,
    Traits,
    Window,
    Writes,
    Written,
)
from connectors.errors import ConfigInvalid, NotFound

LOOKED_AT = 3
"""Twins of the settings that `check` looks for: a misspelt one is told before it is saved."""


class AveniECAService(Service[AveniECAConfig], Reads, Writes, Streams, AveniECAOperations):
    """One account of one AveniECA server, and of the Kafka broker behind it where there is one."""

    kind = "avenieca"
    label = LABEL
    summary = SUMMARY
    Config = AveniECAConfig
    traits: ClassVar[Traits] = Traits(
        source="section 1.1 of the platform's reference (no limit is documented)",
        series_per_read=100,
        settles=timedelta(minutes=5),
        stamps=True,
    )

    def __init__(self, config: AveniECAConfig, door: Door) -> None:
        super().__init__(config, door)
        self._sessions = Sessions(config, door)
        self._client = Client(door.http(config.uri, auth=self._sessions, explain=explain))
        self._tree = Tree(self._client, config.twins)

    def check(self) -> Account:
        """With a token nobody is named, so the account is the token's fingerprint."""
        token = self.config.api_token.get_secret_value()
        self._sessions.headers()
        for module in self.config.twins[:LOOKED_AT]:
            self._look_for(module)
        facts = {"Twins": str(len(self.config.twins)), "Live": self.config.broker or "no broker"}
        if token:
            mark = hashlib.sha256(token.encode()).hexdigest()[:16]
            label = "Signed in by an API token"
            return Account(id=f"{self.config.place}#token:{mark}", label=label, facts=facts)
        session = self._sessions.session()
        return Account(
            id=f"{self.config.place}#{session.user_id}",
            label=session.username,
            facts=facts | {"Role": session.role},
        )

    def children(self, parent: NodeId | None, cursor: str | None = None) -> Page[Node]:
        if parent is None:
            return self._tree.top(cursor)
        place = ids.parse(parent)
        if isinstance(place, ids.Series):
            return Page(items=())
        return self._tree.under(place, cursor)

    def node(self, id: NodeId) -> Node:
        place = ids.parse(id)
        if isinstance(place, ids.Series):
            return self._tree.one_series(place)
        return self._tree.folder(place)

    def read(self, series: Sequence[NodeId], window: Window) -> Iterator[Points]:
        return reading.read(self._client, ids.series(series), window)

    def write(self, series: Sequence[NodeId], batches: Iterable[pa.RecordBatch]) -> Written:
        return writing.write(self._client, self._tree, ids.series(series), batches)

    def subscribe(self, series: Sequence[NodeId]) -> Feed:
        wanted = ids.series(series)
        return listening.subscribe(self._cluster(), self.config, self._tree, wanted)

    def _cluster(self) -> Cluster:
        return Cluster(self.door.socket, listening.address(self.config))

    def _look_for(self, module: str) -> None:
        """Raises ConfigInvalid when the server has no such twin."""
        try:
            self._tree.newest(module)
        except NotFound:
            message = f"This server has no twin named {module}."
        else:
            return
        raise ConfigInvalid(message, {"modules": message})


SERVICE = AveniECAService
