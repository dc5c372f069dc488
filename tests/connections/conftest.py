"""A small platform over real HTTP, allowed by name, and connections to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from connectors import registry
from dashboard.accounts.models import Person, Workspace
from dashboard.connections import vault
from dashboard.connections.models import Connection, Health
from tests.conformance.memory.server import TOKEN, MemoryServer

MARKER = "marker-secret-4f1d"


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[MemoryServer]:
    monkeypatch.setitem(registry.OURS, "memory", "tests.conformance.memory")
    with MemoryServer() as server:
        settings.ALLOW_ADDRESSES = frozenset({("127.0.0.1", server.port)})
        yield server


@pytest.fixture
def stored(platform: MemoryServer, workspace: Workspace) -> Connection:
    """A connection to the platform, as if its test had passed a while ago."""
    return Connection.objects.create(
        workspace=workspace,
        kind="memory",
        name="Plant",
        settings={"url": platform.url},
        sealed=vault.seal({"token": TOKEN}),
        account_id="memory-1",
        account_label="Memory keeper",
        health=Health.OK,
    )


@pytest.fixture
def walk(platform: MemoryServer) -> Callable[..., Any]:
    """Sends the form of a new connection, then each stage of its test; gives the last answer."""

    def through(client: Client, address: str = "/connections/new/memory/", **given: str) -> Any:
        typed = {"connection_name": "Plant", "url": platform.url, "token": TOKEN} | given
        answer = client.post(address, typed)
        if answer.status_code != 302:
            return answer
        page = answer["Location"]
        for _ in range(6):
            answer = client.post(f"{page}step/")
            if not answer["Location"].startswith("/connections/test/"):
                return client.get(answer["Location"])
        return client.get(page)

    return through


@pytest.fixture
def owner(alice: Person, client_of: Callable[[Person], Client]) -> Client:
    return client_of(alice)
