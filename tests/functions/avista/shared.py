"""What the tests of Avista's functions share: our service, and the bare wire beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from itertools import count
from typing import Any

import pytest

from connectors.contract import Upload
from connectors.operations import operations
from connectors.sandbox.accounts import ADMIN, Person
from tests.conformance.faults import FaultProxy, Reply, Spoil
from tests.conformance.sandbox_avista import KIND, subject
from tests.conformance.subject import Opened
from tests.sandbox.server import SandboxServer

SHARED_WITH = """query($kind: ServiceType!, $id: ID!) {
  collaborative_listCollaborativesServiceSharedWith(serviceType: $kind, serviceId: $id) {
    collaborativeId } }"""
ENDPOINT = """query($id: ID!) { iot_getEndpoint(iotEndpointId: $id) {
  iotEndpointId iotHubId modelId ownerUserId name description
  properties { name attributeType schemaType description defaultValue value timestamp writable }
  telemetry { name attributeType schemaType description index } } }"""
_numbers = count()


class Ours:
    """One opened account, its operations by name."""

    def __init__(
        self, server: SandboxServer, person: Person = ADMIN, url: str | None = None, **more: str
    ) -> None:
        self.subject = subject(server, person, **more)
        self.opened: Opened = self.subject.open(url)
        self._named = {one.name: one for one in operations(self.subject.type)}

    def do(self, operation: str, /, **values: object) -> Any:
        """What an operation gives."""
        return self._named[operation].call(self.opened, values)

    def rows(self, operation: str, /, **values: object) -> list[dict[str, Any]]:
        """A table as names and values."""
        table = self.do(operation, **values)
        return [dict(zip(table.columns, row, strict=True)) for row in table.rows]

    def content(self, operation: str, /, **values: object) -> bytes:
        """The bytes of a file."""
        with self.do(operation, **values) as file:
            return b"".join(file)


@contextmanager
def served() -> Iterator[SandboxServer]:
    """A sandbox of its own."""
    with SandboxServer(KIND) as server:
        yield server


def fresh(name: str = "x") -> str:
    """A name that nobody has used."""
    return f"{name}{next(_numbers)}"


def upload(name: str, content: bytes) -> Upload:
    return Upload(name=name, content=BytesIO(content), size=len(content))


def asked(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The requests since the last time: the verb, and `graphql` or `objects`."""
    lines = [record.getMessage().split() for record in caplog.records]
    caplog.clear()
    return [f"{line[0]} {line[1].split('/')[3]}" for line in lines if line[1].startswith("http")]


def swapped(old: str, new: str) -> Spoil:
    """A platform that says another word in its answers."""

    def spoil(handler: Any, ask: Any) -> None:
        real = ask()
        body = real.body.replace(old.encode(), new.encode())
        handler.reply(Reply(status=real.status, headers=real.headers, body=body))

    return spoil


@contextmanager
def saying(server: SandboxServer, old: str, new: str) -> Iterator[Ours]:
    """Our service at a platform that says another word."""
    with FaultProxy(f"{server.url}/graphql") as proxy:
        ours = Ours(server, url=proxy.url)
        with proxy.failing(swapped(old, new)):
            yield ours
