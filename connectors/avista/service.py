"""The Avista Digital Exchange: files, time-series, devices and what is shared of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

import pyarrow as pa

from connectors.avista import LABEL, SUMMARY, account, ids, listening, reading, writing
from connectors.avista.client import Client
from connectors.avista.config import AvistaConfig
from connectors.avista.exports import Exports
from connectors.avista.files import NO_FILE, Files
from connectors.avista.operations import AvistaOperations
from connectors.avista.problems import explain
from connectors.avista.sharing import RIGHT, Sharing
from connectors.avista.tree import Tree
from connectors.contract import (
    Account,
    Audience,
    Door,
    Downloads,
    Feed,
    File,
    Grant,
    Node,
    NodeId,
    Page,
    Points,
    Reads,
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
from connectors.errors import NotFound


class AvistaService(
    AvistaOperations,
    Service[AvistaConfig],
    Reads,
    Writes,
    Downloads,
    Uploads,
    Shares,
    Streams,
):
    """One account, as the published clients 0.0.24 and 1.2.1 speak to the platform."""

    kind = "avista"
    label = LABEL
    summary = SUMMARY
    Config = AvistaConfig
    takes = frozenset({"store", "directory"})
    traits: ClassVar[Traits] = Traits(
        source="section 6.3 of the reference (rate limits are not revealed)",
        series_per_read=reading.SERIES_PER_EXPORT,
        widest=timedelta(days=92),
        rewrites=True,
        rights=(RIGHT,),
    )

    def __init__(self, config: AvistaConfig, door: Door) -> None:
        super().__init__(config, door)
        http = door.http(config.address, auth=config.signed, explain=explain)
        self._client = Client(http, style=config.style)
        # Signed addresses never get the token, wherever they lead.
        self._files = Files(self._client, door.http(config.address))
        self._tree = Tree(self._client, self._files, config.scope)
        self._exports = Exports(self._client, door, config)
        self._sharing = Sharing(self._client, self._tree, self._files)

    def check(self) -> Account:
        return account.check(self._client, self._tree, self.config)

    def children(self, parent: NodeId | None, cursor: str | None = None) -> Page[Node]:
        return self._tree.children(parent, cursor)

    def node(self, id: NodeId) -> Node:
        return self._tree.node(id)

    def read(self, series: Sequence[NodeId], window: Window) -> Iterator[Points]:
        chosen = ids.series(series)
        return reading.read(self._client, self._exports, self._files, chosen, window)

    def write(self, series: Sequence[NodeId], batches: Iterable[pa.RecordBatch]) -> Written:
        return writing.write(self._client, ids.series(series), batches)

    def open(self, file: NodeId) -> File:
        place = ids.parse(file)
        if place.sort != "file":
            raise NotFound(NO_FILE)
        return self._files.open(place.key)

    def put(self, folder: NodeId, upload: Upload) -> Node:
        return self._files.put(ids.parse(folder), upload)

    def delete(self, file: NodeId) -> None:
        place = ids.parse(file)
        if place.sort != "file":
            raise NotFound(NO_FILE)
        self._files.delete(place.key)

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

    def subscribe(self, series: Sequence[NodeId]) -> Feed:
        chosen = ids.series(series)
        return listening.subscribe(self._client, self.door, self.config, chosen)


SERVICE = AvistaService
