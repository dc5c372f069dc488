"""What every stand-in is: a platform's dialect over the shared world, clock, faults and store."""

from __future__ import annotations

import socket
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from starlette.types import ASGIApp

from connectors.sandbox.accounts import ADMIN, Person
from connectors.sandbox.clock import Clock
from connectors.sandbox.faults import Dialect, FaultSwitch
from connectors.sandbox.store import Store
from connectors.sandbox.world import Campaign

LONGEST = 50
"""Characters of a setting in a table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Some series worth a look: a fixed local window in `zone`, or the span that ends now."""

    name: str
    series: tuple[str, ...]
    zone: str
    start: str = ""
    end: str = ""
    span: str = ""
    cron: str = ""
    """When the demo exports them by itself; empty: never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A file to be uploaded, and how it is to be read, as the form names that."""

    path: str
    """Gzipped, on this machine."""
    name: str
    values: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One connection that a person can make to the sandbox; `settings` as the form names them."""

    kind: str
    name: str
    settings: dict[str, str]
    about: str
    views: tuple[View, ...] = ()
    uploads: tuple[Given, ...] = ()


HOME_YEAR = View(
    name="A year of a real home",
    series=("Home 1, heating and cooling: electricity", "Illinois outdoor temperature"),
    zone="America/Chicago",
    start="2016-01-01T00:00",
    end="2017-01-01T00:00",
)
CAMPUS_WEEK = View(
    name="The campus this week",
    series=(
        "Library electric power (synthetic)",
        "Laboratory electric power (synthetic)",
        "North campus outdoor temperature (synthetic)",
    ),
    zone="Europe/Paris",
    span="P7D",
)


def brief(value: str) -> str:
    """A setting as a table shows it; the file of accounts has all of it."""
    return value if len(value) <= LONGEST else f"{value[: LONGEST - 1]}…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a stand-in stands on."""

    clock: Clock
    world: tuple[Campaign, ...]
    seed: int
    store: Store
    """Its own part of what the sandbox keeps."""
    faults: FaultSwitch
    addresses: Mapping[str, str]
    """`http` as a URL, and each of the further sockets as `host:port`."""
    listening: Mapping[str, socket.socket]
    """The further sockets by name, bound and listening."""


class StandIn(ABC):
    """One platform, offline."""

    kind: ClassVar[str]
    label: ClassVar[str]
    sockets: ClassVar[tuple[str, ...]] = ()
    """The names of the sockets it wants besides HTTP."""
    spoils: ClassVar[frozenset[str]] = frozenset()
    """The content faults that it can speak."""

    def __init__(self, ground: Ground, settings: Any = None) -> None:
        self.ground = ground
        self.settings = settings

    @property
    @abstractmethod
    def app(self) -> ASGIApp:
        """HTTP and WebSocket of the platform."""

    @property
    @abstractmethod
    def dialect(self) -> Dialect:
        """The platform's voice, for the fault switch."""

    @abstractmethod
    def open(self) -> None:
        """Takes its state from the store, and plants the first state in an empty one."""

    @abstractmethod
    def offers(self) -> Sequence[Offer]:
        """The accounts that a person may use."""

    @abstractmethod
    def routes(self) -> Iterable[str]:
        """What it serves, as tests/functions names it: `GET /ess/{module}`."""

    def named(self, person: Person) -> str:
        """What the connection of this person is called."""
        return f"Sandbox {self.label}" + ("" if person is ADMIN else f", {person.slug}")

    def ports(self) -> Iterable[int]:
        """Ports that it opens by itself as it goes, such as FTP's passive ones."""
        return ()

    def start(self) -> None:
        """Starts what serves beside HTTP."""
        return

    def stop(self) -> None:
        """Stops it."""
        return
