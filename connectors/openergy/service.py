"""OpenergyVBP: the building-data platform of Openergy, https://www.openergy.fr."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import ClassVar

from connectors.contract import (
    Account,
    Door,
    Downloads,
    File,
    Node,
    NodeId,
    Page,
    Points,
    Reads,
    Service,
    Traits,
    Upload,
    Uploads,
    Window,
)
from connectors.errors import BadAnswer
from connectors.openergy import LABEL, SUMMARY, ids, reading
from connectors.openergy.account import Own
from connectors.openergy.client import Client, Row
from connectors.openergy.config import OpenergyConfig
from connectors.openergy.exports import Exporter
from connectors.openergy.files import Files
from connectors.openergy.gates import Gates
from connectors.openergy.generators import Generators
from connectors.openergy.problems import explain
from connectors.openergy.projects import Projects
from connectors.openergy.records import Records
from connectors.openergy.removing import Removing
from connectors.openergy.selecting import Selecting
from connectors.openergy.tree import Tree
from connectors.openergy.workbook import Workbooks


class OpenergyService(
    Records,
    Gates,
    Generators,
    Selecting,
    Projects,
    Removing,
    Own,
    Workbooks,
    Service[OpenergyConfig],
    Reads,
    Downloads,
    Uploads,
):
    """One account of one platform."""

    kind = "openergy"
    label = LABEL
    summary = SUMMARY
    Config = OpenergyConfig
    takes = frozenset({"gate", "folder", "home"})
    traits: ClassVar[Traits] = Traits(
        source="the published client documents no rate limit",
        series_per_read=reading.SERIES_PER_REQUEST,
        settles=timedelta(days=1),
    )

    def __init__(self, config: OpenergyConfig, door: Door) -> None:
        super().__init__(config, door)
        self._client = Client(door.http(config.url, auth=config.signed, explain=explain))
        self._files = Files(self._client, door)
        self._exporter = Exporter(self._client, self._files, door)
        self._tree = Tree(self._client, self._files)

    def check(self) -> Account:
        me = self._client.me()
        number = ids.key(me.get("id"))
        if number is None:
            raise BadAnswer("OpenergyVBP signed us in, and then did not say who we are.")
        return Account(
            id=f"{self.config.place}#{number}",
            label=_label(me) or self.config.login,
            facts={"Login": str(me.get("login") or self.config.login)},
        )

    def children(self, parent: NodeId | None, cursor: str | None = None) -> Page[Node]:
        if parent is None:
            return self._tree.top(cursor)
        return self._tree.under(parent, ids.parse(parent), cursor)

    def node(self, id: NodeId) -> Node:
        return self._tree.node(ids.parse(id))

    def read(self, series: Sequence[NodeId], window: Window) -> Iterator[Points]:
        return reading.read(self._client, ids.series(series), window)

    def open(self, file: NodeId) -> File:
        return self._files.open(ids.spot(file))

    def put(self, folder: NodeId, upload: Upload) -> Node:
        place = ids.spot(folder)
        return self._files.put(place, upload)

    def delete(self, file: NodeId) -> None:
        self._files.delete(ids.spot(file))


def _label(me: Row) -> str:
    parts = (str(me.get(name) or "") for name in ("first_name", "last_name"))
    name = " ".join(part for part in parts if part)
    email = str(me.get("email") or me.get("login") or "")
    return f"{name} ({email})" if name and email else name or email


SERVICE = OpenergyService
