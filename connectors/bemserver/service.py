"""BEMServer: free building-energy management, https://www.bemserver.org."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import ClassVar

import pyarrow as pa

from connectors.bemserver import buckets, ids, reading, searching, writing
from connectors.bemserver.auth import Tokens
from connectors.bemserver.client import Client
from connectors.bemserver.config import BEMServerConfig
from connectors.bemserver.problems import explain
from connectors.bemserver.rows import About, User
from connectors.bemserver.states import States
from connectors.bemserver.tree import Tree
from connectors.contract import (
    Account,
    Aggregates,
    Buckets,
    Door,
    Function,
    Node,
    NodeId,
    Page,
    Points,
    Reads,
    Searches,
    Service,
    Traits,
    Window,
    Writes,
    Written,
)
from connectors.errors import (
    AuthFailed,
    BadAnswer,
    ConfigInvalid,
    Forbidden,
    NotFound,
    Rejected,
)

STRANGER = "This address answers, but not as a BEMServer. Check it, with its port and path."
INACTIVE = (
    "BEMServer knows this account, but it is switched off. Ask an administrator of the server."
)


class BEMServerService(Service[BEMServerConfig], Reads, Aggregates, Writes, Searches):
    """One account of one BEMServer; API 0.24 and newer, whatever it calls itself."""

    kind = "bemserver"
    label = "BEMServer"
    summary = "Free building-energy management: sites, buildings, zones and their meters."
    Config = BEMServerConfig
    traits: ClassVar[Traits] = Traits(
        source="https://github.com/BEMServer/bemserver-api (no rate limit is documented)",
        series_per_read=reading.SERIES_PER_REQUEST,
        settles=timedelta(days=1),
        steps=tuple(sorted(buckets.WIDTHS)),
    )

    def __init__(self, config: BEMServerConfig, door: Door) -> None:
        super().__init__(config, door)
        self._tokens = Tokens(config, door)
        http = door.http(config.url, auth=self._tokens, explain=explain)
        self._open = Client(door.http(config.url, explain=explain))
        self._client = Client(http)
        self._states = States(self._client, config.data_state)
        self._tree = Tree(self._client, self._states)

    def check(self) -> Account:
        about = self._about()
        user = self._user()
        self._states.chosen()
        return Account(
            id=f"{self.config.place}#{user.id}",
            label=f"{user.name} ({user.email})",
            facts={
                "API": about.versions.bemserver_api,
                "Core": about.versions.bemserver_core,
                "Background work": about.background,
                "Rights": "administrator" if user.is_admin else "member",
                "Data": self.config.data_state,
            },
        )

    def children(self, parent: NodeId | None, cursor: str | None = None) -> Page[Node]:
        place = None if parent is None else ids.parse(parent)
        if isinstance(place, ids.Series):
            return Page(items=())
        self._tokens.headers()  # in this thread, before several requests go out at once
        return self._tree.top() if place is None else self._tree.under(place, cursor)

    def node(self, id: NodeId) -> Node:
        place = ids.parse(id)
        if isinstance(place, ids.Series):
            return self._tree.one_series(place)
        return self._tree.element(place)

    def read(self, series: Sequence[NodeId], window: Window) -> Iterator[Points]:
        wanted = ids.series(series)
        self._tokens.headers()
        return reading.read(self._client, wanted, window)

    def aggregate(
        self,
        series: Sequence[NodeId],
        window: Window,
        step: timedelta,
        functions: Sequence[Function],
    ) -> Iterator[Buckets]:
        wanted = ids.series(series)
        self._tokens.headers()
        return buckets.aggregate(self._client, wanted, window, step, functions)

    def write(self, series: NodeId, batches: Iterable[pa.RecordBatch]) -> Written:
        (one,) = ids.series((series,))
        return writing.write(self._client, one, batches)

    def search(self, text: str, cursor: str | None = None) -> Page[Node]:
        self._tokens.headers()
        return searching.search(self._client, self._tree, text, cursor)

    def _about(self) -> About:
        """Before any sign-in, so that no stranger is told the password. Raises ConfigInvalid."""
        try:
            return self._open.about()
        except (BadAnswer, NotFound, Forbidden, Rejected, AuthFailed):
            pass
        raise ConfigInvalid(STRANGER, {"url": STRANGER})

    def _user(self) -> User:
        try:
            users = self._client.users(self.config.email)
        except Forbidden:
            users = None
        if users is None:
            raise AuthFailed(INACTIVE)
        for user in users:
            if user.email == self.config.email:
                return user
        raise BadAnswer("BEMServer signed us in, and then did not know us.")


SERVICE = BEMServerService
