"""The kinds of platform there are, and the opening of one account.

Ours are listed here, once; an installed package adds its own with the entry point group
`tieline.connectors`, whose name is the kind and whose value is the package.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from socket import socket
from typing import Any

from pydantic import ValidationError

from connectors.contract import Config, Door, Keep, Service, reveal
from connectors.egress import Egress, Endpoint
from connectors.errors import ConfigInvalid
from connectors.files import Files, NoFiles
from connectors.http import Auth, Explain, Http, Limits, Pace
from connectors.sockets import Deadline
from connectors.validation import by_field

OURS = {
    "avenieca": "connectors.avenieca",
    "avista": "connectors.avista",
    "bemserver": "connectors.bemserver",
    "filebox": "connectors.filebox",
    "flowthings": "connectors.flowthings",
    "openergy": "connectors.openergy",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of platform as pages name it."""

    kind: str
    label: str
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On what terms an account is opened: where to, how long, how fast, with which memory."""

    egress: Egress
    deadline: Deadline
    keep: Keep
    files: Files = field(default_factory=NoFiles)
    pace: Pace | None = None
    limits: Limits = field(default_factory=Limits)


def packages() -> dict[str, str]:
    """Each kind and its package, ours first."""
    return OURS | _installed()


@cache
def _installed() -> dict[str, str]:
    """Found once a process: looking costs 3.5 ms, and a list asks for every row."""
    return {point.name: point.value for point in entry_points(group="tieline.connectors")}


@cache
def load(kind: str) -> type[Service[Any]]:
    """The service class of a kind. Raises KeyError when there is no such kind."""
    service: type[Service[Any]] = import_module(f"{packages()[kind]}.service").SERVICE
    return service


def named(kind: str) -> Kind:
    """What its package says of it, without its service: that takes 1 to 6 MB. Raises KeyError."""
    package = import_module(packages()[kind])
    return Kind(kind=kind, label=package.LABEL, summary=package.SUMMARY)


def kinds() -> tuple[Kind, ...]:
    """All kinds, by label."""
    return tuple(sorted(map(named, packages()), key=lambda found: found.label))


def services() -> tuple[type[Service[Any]], ...]:
    """All service classes, by label."""
    return tuple(sorted((load(kind) for kind in packages()), key=lambda found: found.label))


def configure(kind: str, values: Mapping[str, object]) -> Config:
    """The checked settings. Raises ConfigInvalid with one message a field."""
    try:
        return load(kind).Config.model_validate(dict(values))
    except ValidationError as wrong:
        fields = by_field(wrong)
    raise ConfigInvalid("Some settings need a look.", fields)


def open_service(kind: str, values: Mapping[str, object], terms: Terms) -> Service[Any]:
    """One account, ready to be asked. Raises ConfigInvalid; no request is made yet."""
    config = configure(kind, values)
    hidden = set(reveal(config))
    opened: list[Http] = []

    def http(base: str, *, auth: Auth | None = None, explain: Explain | None = None) -> Http:
        client = Http(
            base,
            egress=terms.egress,
            deadline=terms.deadline,
            auth=auth,
            explain=explain,
            pace=terms.pace,
            limits=terms.limits,
            secrets=tuple(hidden),
        )
        opened.append(client)
        return client

    def connect(endpoint: Endpoint) -> socket:
        return terms.egress.open(endpoint, deadline=terms.deadline)

    def hide(texts: Iterable[str]) -> None:
        hidden.update(texts)
        for client in opened:
            client.redact.learn(hidden)

    def close() -> None:
        for client in opened:
            client.close()

    door = Door(
        http=http, socket=connect, keep=terms.keep, files=terms.files, hide=hide, close=close
    )
    return load(kind)(config, door)
