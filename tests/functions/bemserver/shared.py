"""What the tests of BEMServer's functions share: our service, and a bare client beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from typing import Any, Protocol

import pytest
import requests

from connectors.operations import operations
from connectors.sandbox.bemserver.call import Settings
from connectors.sandbox.bemserver.seed import Account
from tests.conformance.subject import Opened, Subject
from tests.sandbox.server import ADMIN, SandboxServer

KIND = "bemserver"
NOBODY = 999_999
"""A number that no row has."""
LONG = 600.0
"""Seconds of a deadline that a whole file of tests shares."""
_numbers = count()


class Served(Protocol):
    """A BEMServer, real or not."""

    @property
    def url(self) -> str: ...


class Bare:
    """A client without any of ours, signed in as somebody."""

    def __init__(self, server: Served, person: Account = ADMIN) -> None:
        self.session = requests.Session()
        self.session.trust_env = False
        self.root = server.url
        body = {"email": person.email, "password": person.password}
        pair = self.session.post(f"{self.root}/auth/token", json=body, timeout=10).json()
        self.signed_in = pair["status"] == "success"
        self.session.headers["Authorization"] = f"Bearer {pair.get('access_token')}"

    def answer(
        self, method: str, path: str, body: Any = None, tag: str | None = None, **query: Any
    ) -> requests.Response:
        """Whatever came back; `tag` is an ETag to be compared with."""
        name = "If-None-Match" if method == "GET" else "If-Match"
        headers = {name: f'"{tag}"'} if tag else {}
        url = f"{self.root}/{path}"
        return self.session.request(
            method, url, json=body, params=query, headers=headers, timeout=30
        )

    def __call__(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """The body of a good answer, the status of another."""
        answer = self.answer(method, path, body, **query)
        if answer.status_code >= 300:
            return answer.status_code
        return answer.json() if answer.content else None

    def make(self, path: str, **body: Any) -> dict[str, Any]:
        """A new row."""
        answer = self.answer("POST", f"{path}/", body)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def every(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """All rows that pass, page after page where there are pages."""
        rows: list[dict[str, Any]] = []
        page: int | None = 1
        while page:
            answer = self.answer("GET", f"{path}/", page=page, page_size=100, **query)
            rows += answer.json()
            page = _next(answer.headers.get("X-Pagination"))
        return rows

    def named(self, path: str, name: str) -> int:
        """The number of the row with this name."""
        (found,) = [row for row in self.every(path) if row["name"] == name]
        return int(found["id"])


class Ours:
    """One opened account, its operations by name."""

    def __init__(self, server: Served, person: Account = ADMIN, **more: str) -> None:
        settings = {"url": server.url, "email": person.email, "password": person.password}
        self.subject = Subject(kind=KIND, settings=settings | more)
        self.opened: Opened = self.subject.open(seconds=LONG)
        self._named = {one.name: one for one in operations(self.subject.type)}

    @property
    def names(self) -> frozenset[str]:
        """Of all operations."""
        return frozenset(self._named)

    def do(self, operation: str, /, **values: object) -> Any:
        """What an operation gives."""
        return self._named[operation].call(self.opened, values)

    def rows(self, operation: str, /, **values: object) -> list[dict[str, Any]]:
        """A table as names and values."""
        table = self.do(operation, **values)
        return [dict(zip(table.columns, row, strict=True)) for row in table.rows]

    def points(self, operation: str, /, **values: object) -> list[tuple[Any, Any]]:
        """Times and values of an operation that gives points."""
        batches = [one.batch.to_pylist() for one in self.do(operation, **values)]
        return [(row["time"], row["value"]) for batch in batches for row in batch]


@contextmanager
def served(**settings: Any) -> Iterator[SandboxServer]:
    """A sandbox of its own, with what its operator decided."""
    with SandboxServer(KIND, settings={KIND: Settings(**settings)}) as server:
        yield server


def fresh(name: str = "x") -> str:
    """A name that nobody has used."""
    return f"{name} {next(_numbers)}"


def asked(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str, str]]:
    """The requests of our service since the last time: verb, path and status."""
    lines = [record.getMessage().split() for record in caplog.records]
    caplog.clear()
    return [(line[0], "/" + line[1].split("/", 3)[3], line[2]) for line in lines]


def sent(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str, str]]:
    """The same without signing in, which comes before whatever an account asks for first."""
    return [line for line in asked(caplog) if not line[1].startswith("/auth/")]


def without(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """A row less some fields."""
    return {name: value for name, value in row.items() if name not in names}


def _next(header: str | None) -> int | None:
    found: int | None = json.loads(header or "{}").get("next_page")
    return found
