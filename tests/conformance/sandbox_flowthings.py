"""The sandbox flowthings.io, asked and filled by hand: what the suite compares the service with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from connectors.contract import Window
from connectors.flowthings.service import SERVICE
from connectors.sandbox.accounts import ADMIN, Person, token
from tests.sandbox.server import SandboxServer

KIND = SERVICE.kind
"""The service is imported before a server starts: both load the WebSocket library, piece by piece
and in different orders, which two threads must not do at once."""
CROWD = 217
TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
WEEK = Window(start=TODAY - timedelta(days=4), end=TODAY - timedelta(days=3))
LONG = Window(start=TODAY - timedelta(days=60), end=TODAY - timedelta(days=1))
"""Flows keep their newest 100,000 drops only, so windows lie near the present."""


def settings(server: SandboxServer, person: Person = ADMIN, **more: str) -> dict[str, str]:
    """Of a person's account."""
    return {
        "url": server.url,
        "account": person.slug,
        "token": token(KIND, person),
        **more,
    }


class Bare:
    """A client without any of ours."""

    def __init__(
        self, server: SandboxServer, person: Person = ADMIN, secret: str | None = None
    ) -> None:
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["x-auth-token"] = secret or token(KIND, person)
        self._session.headers["x-auth-account"] = person.slug
        self._root = f"{server.url}/v0.1/{person.slug}"

    def __call__(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """The body of a good answer, the status of another."""
        answer = self._session.request(
            method, f"{self._root}{path}", json=body, params=query, timeout=30
        )
        return answer.json()["body"] if answer.status_code < 300 else answer.status_code

    def flow(self, name: str, **members: Any) -> str:
        """The id of a new flow of the admin's."""
        made = self("POST", "/flow", {"path": f"/admin/{name}", **members})
        return str(made["id"])

    def named(self, name: str) -> dict[str, Any]:
        """The flow with this display name."""
        (found,) = self("GET", "/flow", filter=f"displayName == '{name}'")
        assert isinstance(found, dict)
        return found

    def drops(self, flow: str, **query: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self("GET", f"/drop/{flow}", **query)
        return found


def crowd(bare: Bare) -> None:
    """A folder with more flows than a page of anything holds."""
    for number in range(CROWD):
        bare.flow(f"crowd/n{number:03}")


def count(bare: Bare, flow: str, window: Window) -> int:
    """Drops of a flow in a window."""
    low, high = (int(edge.timestamp() * 1000) for edge in (window.start, window.end))
    asked = f"creationDate >= {low} && creationDate < {high}"
    return len(bare.drops(flow, filter=asked, limit=10_000))
