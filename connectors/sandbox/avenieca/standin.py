"""AveniECA as the sandbox serves it: REST, and the broker that its twins listen to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.types import ASGIApp

from connectors.sandbox.accounts import ADMIN, PEOPLE
from connectors.sandbox.avenieca import app, seed
from connectors.sandbox.avenieca.auth import KIND, Sessions
from connectors.sandbox.avenieca.broker.server import Broker
from connectors.sandbox.avenieca.broker.topics import Topics
from connectors.sandbox.avenieca.call import Platform
from connectors.sandbox.avenieca.seed import Planted
from connectors.sandbox.avenieca.settings import Settings
from connectors.sandbox.avenieca.twins import Twins
from connectors.sandbox.standin import Ground, Offer, StandIn, View

SOCKET = "kafka"


class Avenieca(StandIn):
    """One server with its twins. Everybody who signs in sees everything: the platform has no
    rights within it [G]."""

    kind: ClassVar[str] = KIND
    label: ClassVar[str] = "AveniECA"
    sockets: ClassVar[tuple[str, ...]] = (SOCKET,)
    spoils: ClassVar[frozenset[str]] = frozenset({"duplicate_stamps", "unsorted_stamps", "nan"})

    def __init__(self, ground: Ground, settings: Any = None) -> None:
        super().__init__(ground, settings or Settings())
        self._platform: Platform
        self._planted: Planted
        self._app: Starlette
        self._broker: Broker | None = None

    def open(self) -> None:
        """Reads what clients wrote, over the world's twins."""
        store, clock = self.ground.store, self.ground.clock
        sessions = Sessions(store.records("sessions"), clock, self.settings.session_seconds)
        self._platform = Platform(
            settings=self.settings,
            store=store,
            twins=Twins(store, clock, self.settings),
            sessions=sessions,
        )
        self._planted = seed.planted(self._platform, self.ground.world)
        self._app = app.application(self._platform)
        self._topics = Topics(self._platform.twins, as_text=self.settings.text_states)
        if self._broker is not None:
            self._broker.serve(self._topics)

    @property
    def app(self) -> ASGIApp:
        """The REST API."""
        return self._app

    @property
    def dialect(self) -> Dialect:
        """Its voice."""
        return Dialect(self._platform)

    def offers(self) -> Sequence[Offer]:
        """The same twins for everybody."""
        ground = self.ground
        return [
            Offer(
                kind=KIND,
                name=self.named(person),
                settings={
                    "uri": f"{ground.addresses['http']}{app.BASE}",
                    "username": person.email,
                    "password": person.password,
                    "modules": " ".join(self._platform.twins.names()),
                    "broker": ground.addresses[SOCKET],
                },
                about="the platform has no rights within it: everybody sees and changes everything",
                views=tuple(self._views()) if person is ADMIN else (),
            )
            for person in PEOPLE
        ]

    def _views(self) -> Iterable[View]:
        """A room with everything that is measured in it."""
        planted, room = self._planted, self._planted.shown()
        if room is not None:
            yield View(name="A room this week", series=planted.rooms[room],
                       zone=planted.zones[room], span="P7D")  # fmt: skip

    def routes(self) -> Iterable[str]:
        """Every REST route, and what the broker understands."""
        yield from app.served(self._app)
        yield from Broker.routes()

    def start(self) -> None:
        """Starts the broker."""
        self._broker = Broker(self.ground.listening[SOCKET], self._topics)
        self._broker.start()

    def stop(self) -> None:
        """Stops the broker and closes its connections."""
        if self._broker is not None:
            self._broker.stop()
            self._broker = None


class Dialect:
    """AveniECA's voice for the fault switch."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def account(self, headers: Headers) -> str | None:
        """The user name behind a session."""
        return self._platform.sessions.user(headers.get("authorization"))

    def refusal(self, status: int, *, expired: bool) -> tuple[Mapping[str, str], bytes]:
        """The platform's list of errors; an expired session reads as no session."""
        words = {401: "unauthorized", 403: "forbidden", 404: "not found", 429: "too many requests"}
        refused = app.refusal(status, words.get(status, "internal server error"))
        return dict(refused.headers), bytes(refused.body)
