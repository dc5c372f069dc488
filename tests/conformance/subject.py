"""What a platform's test file tells the suite, and how the suite opens it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from socket import socket
from typing import Any, cast

from connectors.contract import (
    Aggregates,
    Config,
    Downloads,
    NodeId,
    Reads,
    Searches,
    Service,
    Shares,
    Streams,
    Uploads,
    Window,
    Writes,
    reveal,
)
from connectors.egress import Deadline, Egress, Endpoint
from connectors.files import Files, NoFiles
from connectors.registry import Terms, configure, load, open_service

PATIENCE = 30.0
"""Seconds of a service's deadline, unless a test wants it shorter."""


Values = Callable[["Opened"], Mapping[str, object]]
"""What an operation is called with; may first make on the platform what it needs."""
NOWHERE = NodeId("")
NEVER = Window(start=datetime(1970, 1, 1, tzinfo=UTC), end=datetime(1970, 1, 1, tzinfo=UTC))


class Kept:
    """A keep in memory; `values` is what lies in it."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self._lock = threading.Lock()

    def load(self) -> Mapping[str, str]:
        return dict(self.values)

    def save(self, values: Mapping[str, str]) -> None:
        self.values = dict(values)

    @contextmanager
    def lock(self) -> Iterator[None]:
        with self._lock:
            yield


@dataclass(frozen=True, kw_only=True)
class WatchedEgress(Egress):
    """Remembers the sockets that it opened."""

    opened: list[socket] = field(default_factory=list)

    def open(self, endpoint: Endpoint, *, deadline: Deadline) -> socket:
        found = super().open(endpoint, deadline=deadline)
        self.opened.append(found)
        return found


class Opened(
    Service[Any],
    Reads,
    Aggregates,
    Writes,
    Downloads,
    Uploads,
    Shares,
    Searches,
    Streams,
):
    """What tests hold: which powers it really has, they ask before they use one."""

    sockets: list[socket]
    """All that were opened for it, over HTTP and otherwise."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A running platform, or its stand-in, and an account on it."""

    kind: str
    settings: Mapping[str, str]
    address: str = "url"
    """The setting that says where the platform is; faults stand in front of it."""
    kept: Kept = field(default_factory=Kept)
    besides: frozenset[tuple[str, int]] = frozenset()
    """Where the platform sends its clients as well, which no setting names: its FTP ports."""
    files: Files = field(default_factory=NoFiles)
    """Where it keeps files of its own, if no platform stands behind it."""

    def open(
        self, url: str | None = None, *, seconds: float = PATIENCE, kept: Kept | None = None
    ) -> Opened:
        """The account, at its own address or behind another."""
        values = dict(self.settings) | ({self.address: url} if url else {})
        config = configure(self.kind, values)
        allow = self.besides | {(e.host, e.port) for e in config.endpoints()}
        egress = WatchedEgress(allow=allow)
        terms = Terms(
            egress=egress,
            deadline=Deadline.after(seconds),
            keep=kept or self.kept,
            files=self.files,
        )
        opened = cast(Opened, open_service(self.kind, values, terms))
        opened.sockets = egress.opened
        return opened

    @property
    def type(self) -> type[Service[Any]]:
        return load(self.kind)

    @property
    def config(self) -> Config:
        return configure(self.kind, self.settings)

    def secrets(self, *keeps: Kept) -> tuple[str, ...]:
        """Everything that must never be seen: secret settings, and all that was kept."""
        kept = (value for keep in (self.kept, *keeps) for value in keep.values.values())
        return (*reveal(self.config), *(value for value in kept if value))


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is on the platform, as its test file knows without asking the service."""

    folder: NodeId
    """A folder whose children fill more than one page."""
    children: int
    """How many they are."""
    missing: NodeId
    """Well-formed, and not there."""
    series: tuple[NodeId, ...] = ()
    """At least two of numbers, with points all over the window."""
    window: Window = NEVER
    rows: int = 0
    """Points of the first series in the window."""
    missing_series: NodeId = NOWHERE
    long: Window = NEVER
    """A window of many points of the first series; memory must not grow with it."""
    writable: NodeId = NOWHERE
    """A series that takes points at any time after the window."""
    text: str = ""
    """A part of the first series' name with letters in both cases."""
    live: NodeId = NOWHERE
    """A series of numbers that takes points, and is pushed."""
    file: NodeId = NOWHERE
    digest: str = ""
    """The SHA-256 of that file."""
    inbox: NodeId = NOWHERE
    """A folder that takes files."""
    shareable: NodeId = NOWHERE
    audience: str = ""
    """With whom it can be shared, and is not."""
    calls: Mapping[str, Values] = field(default_factory=dict)
    """Operations by name, at least one of every method, with the right values."""
