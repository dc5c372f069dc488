"""What the tests of flowthings.io's functions share: our service, and a bare client beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest

from connectors.operations import Record, operations
from connectors.sandbox.accounts import ADMIN, Person
from tests.conformance.sandbox_flowthings import KIND, Bare, settings
from tests.conformance.subject import Opened, Subject
from tests.sandbox.server import SandboxServer

NOWHERE = "0" * 24
UNLIKE = {"expiresInMs", "tokenString", "masterToken"}
"""Members that move with the time, or are sealed in a record."""
_numbers = count()


class Ours:
    """One opened account, its operations by name."""

    def __init__(self, server: SandboxServer, person: Person = ADMIN, **more: str) -> None:
        self.subject = Subject(kind=KIND, settings=settings(server, person) | more)
        self.opened: Opened = self.subject.open()
        self._bare = Bare(server, person)
        self._named = {one.name: one for one in operations(self.subject.type)}

    def do(self, name: str, **values: object) -> Any:
        """What an operation gives. A record is what the platform has: every plain member of it, as
        the bare client sees it right after."""
        found = self._named[name].call(self.opened, values)
        if isinstance(found, Record) and found.id:
            assert_shown(found.fields, self._bare("GET", f"/{found.id}"))
        return found

    def rows(self, name: str, **values: object) -> list[dict[str, Any]]:
        """A table as names and values."""
        table = self.do(name, **values)
        return [dict(zip(table.columns, row, strict=True)) for row in table.rows]

    def points(self, name: str, **values: object) -> list[tuple[Any, Any]]:
        """Times and values of an operation that gives points."""
        batches = [one.batch.to_pylist() for one in self.do(name, **values)]
        return [(row["time"], row["value"]) for batch in batches for row in batch]


def assert_shown(shown: Mapping[str, Any], wire: Mapping[str, Any]) -> None:
    """Every plain member of an object that a record or a row has is as on the wire."""
    plain = {name for name, one in wire.items() if not isinstance(one, dict | list)}
    both = (plain & set(shown)) - UNLIKE
    assert "id" in both
    assert {name: shown[name] for name in both} == {name: wire[name] for name in both}


@contextmanager
def served() -> Iterator[SandboxServer]:
    """A sandbox of its own."""
    with SandboxServer(KIND) as server:
        yield server


def fresh(name: str = "x") -> str:
    """A name that nobody has used."""
    return f"{name}{next(_numbers)}"


def asked(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The requests since the last time: verb and path below the account."""
    lines = [record.getMessage().split() for record in caplog.records]
    caplog.clear()
    return [f"{line[0]} /{line[1].split('/', 5)[5]}" for line in lines if "/v0.1/" in line[1]]


def limited(server: SandboxServer, **paths: dict[str, bool]) -> Ours:
    """Our service with a token for drops only."""
    rights = paths or {"/admin/playground": {"dropRead": True, "dropWrite": True}}
    made = Bare(server)("POST", "/token", {"paths": rights})
    return Ours(server, token=made["tokenString"])
