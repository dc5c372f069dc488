"""A sandbox AveniECA, a bare client of it and our service, for tests of what the service does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from connectors.contract import NodeId, Points
from connectors.operations import Progress, operations
from connectors.sandbox.accounts import ADMIN
from tests.conformance.subject import Opened, Subject
from tests.sandbox.avenieca.wire import Kafka, Rest
from tests.sandbox.server import SandboxServer


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One sandbox and its administrator."""

    server: SandboxServer
    settings: Mapping[str, str]

    @property
    def rest(self) -> Rest:
        """A bare HTTP client."""
        return Rest(self.server, ADMIN)

    def kafka(self) -> Kafka:
        """A bare Kafka client."""
        return Kafka(self.server)

    def subject(self, **others: str) -> Subject:
        settings = {**self.settings, **others}
        return Subject(kind="avenieca", settings=settings, address="uri")

    def open(self, *, seconds: float = 30.0, **others: str) -> Opened:
        """Our service, with other settings where they are given."""
        return self.subject(**others).open(seconds=seconds)

    def do(self, name: str, **values: object) -> Any:
        """What an operation gives."""
        return done(self.open(), name, **values)

    def table(self, name: str, **values: object) -> list[dict[str, Any]]:
        """The rows of an operation that gives a table."""
        found = self.do(name, **values)
        return [dict(zip(found.columns, row, strict=True)) for row in found.rows]

    def twin(self, module: str, *states: list[float]) -> list[int]:
        """A twin in which these states have occurred; the numbers of the states."""
        made = [self.rest.ess(module, *state)["id"] for state in states]
        for number in made:
            self.rest.row(module, number)
        return made


def done(opened: Opened, name: str, **values: object) -> Any:
    """What an operation of this name gives."""
    return named(opened, name).call(opened, values)


def steps(opened: Opened, name: str, **values: object) -> tuple[Any, list[Progress]]:
    """The same, with the progress that it told."""
    told: list[Progress] = []
    result = named(opened, name).call(opened, values, told=told.append)
    return result, told


def named(opened: Opened, name: str) -> Any:
    return next(one for one in operations(type(opened)) if one.name == name)


def node(module: str) -> NodeId:
    return NodeId(f"twin/{module}")


def values(read: Iterator[Points]) -> dict[str, list[Any]]:
    """The values of each series."""
    found: dict[str, list[Any]] = {}
    for points in read:
        found.setdefault(points.series, []).extend(points.batch.column("value").to_pylist())
    return found


@contextmanager
def staged() -> Iterator[Stage]:
    """A sandbox of its own."""
    with SandboxServer("avenieca") as server:
        (offer, *_) = server.standin("avenieca").offers()
        yield Stage(server=server, settings=offer.settings)
