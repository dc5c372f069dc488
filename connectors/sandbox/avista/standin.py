"""The Avista Digital Exchange, offline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

import orjson
from starlette.datastructures import Headers
from starlette.types import ASGIApp

from connectors.sandbox.accounts import PEOPLE, token
from connectors.sandbox.avista import (
    capture,
    collaboratives,
    databases,
    folders,
    groups,
    iot,
    iotdata,
    memberships,
    models,
    publishing,
    queries,
    seed,
    storage,
    tokens,
    users,
)
from connectors.sandbox.avista.app import GRAPHQL, application, refusal
from connectors.sandbox.avista.engine import Engine
from connectors.sandbox.avista.gate import Gate
from connectors.sandbox.avista.hub import Hub
from connectors.sandbox.avista.live import Pulse
from connectors.sandbox.avista.resolvers import joined
from connectors.sandbox.avista.seed_series import opened
from connectors.sandbox.avista.state import Platform, Settings
from connectors.sandbox.avista.timestream import resolvers as timestream
from connectors.sandbox.standin import Ground, Offer, StandIn

AREAS = (
    users, tokens, storage, folders, collaboratives, memberships,
    databases, publishing, queries, timestream, iot, groups, models, iotdata, capture,
)  # fmt: skip


class Avista(StandIn):
    """GraphQL, its real-time WebSocket, and the object store behind presigned URLs."""

    kind: ClassVar[str] = "avista"
    label: ClassVar[str] = "Avista Digital Exchange"
    spoils: ClassVar[frozenset[str]] = frozenset(
        ("duplicate_stamps", "unsorted_stamps", "nan", "page_drift", "cursor_loop", "lying_total")
    )
    """No version is told anywhere, so that none can be from the future."""

    def __init__(self, ground: Ground, settings: Settings | None = None) -> None:
        super().__init__(ground, settings or Settings())
        resolvers = joined(area.RESOLVERS for area in AREAS)
        self._hub = Hub()
        self.engine = Engine(resolvers)
        self._gate = Gate(self.engine, resolvers)
        self._app = application(self._gate)
        self._pulse: Pulse | None = None
        self._started = False

    @property
    def app(self) -> ASGIApp:
        """The platform at every path."""
        return self._app

    @property
    def dialect(self) -> Voice:
        """AppSync's errors."""
        return Voice(self._gate)

    @property
    def platform(self) -> Platform:
        """What it holds now."""
        return self._gate.platform

    def open(self) -> None:
        """Takes its state from the store; an empty one is filled."""
        # Something may have written to the store between its clearing and now: a pulse, an export.
        empty = not self.ground.store.records("users")
        if empty:
            self.ground.store.clear()
        platform = Platform(self.ground, self.settings, self._hub)
        self._hub.forget()
        with self.ground.store.bulk():
            if empty:
                seed.plant(platform)
            platform.series = opened(platform)
            if empty:
                seed.share_out(platform)
        self._gate.platform = platform
        if self._started:
            self.stop()
            self.start()

    def start(self) -> None:
        """New readings reach live subscribers from now on."""
        self._started = True
        self._pulse = Pulse(self.platform)
        self._pulse.start()

    def stop(self) -> None:
        """None do any more."""
        self._started = False
        if self._pulse is not None:
            self._pulse.stop()
            self._pulse = None

    def offers(self) -> Sequence[Offer]:
        """One for each person."""
        url = f"{self.ground.addresses['http']}{GRAPHQL}"
        return [
            Offer(
                kind=self.kind,
                name=self.named(person),
                settings={"url": url, "token": token(self.kind, person)},
                about=person.about,
            )
            for person in PEOPLE
        ]

    def routes(self) -> Iterable[str]:
        """Every root field and type of the schema, and the ways to them."""
        yield f"POST {GRAPHQL}"
        yield f"WS {GRAPHQL}"
        yield "GET {presigned url}"
        yield "PUT {presigned url}"
        yield from self.engine.operations()


class Voice:
    """How the platform words a refusal, for the fault switch."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def account(self, headers: Headers) -> str | None:
        """The e-mail address of a token's user."""
        return self._gate.account(headers)

    def refusal(self, status: int, *, expired: bool) -> tuple[Mapping[str, str], bytes]:
        """AppSync words an expired token like a wrong one."""
        return {"content-type": "application/json"}, orjson.dumps(refusal(status))
