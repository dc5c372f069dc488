"""The small platform, which shares: its folder “Kinds of value” lies in “Plant”."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.http import urlencode

from dashboard.access import Role
from dashboard.accounts.models import Membership, Person, Workspace
from dashboard.connections.models import Connection
from tests.conformance.memory import platform as small
from tests.conformance.memory.server import MemoryServer
from tests.connections.conftest import platform, stored

__all__ = ["platform", "stored"]

KINDS = "kinds"
PLANT = "plant"
HTMX = {"HX-Request": "true"}
ClientOf = Callable[[Person], Client]


@dataclass(frozen=True, slots=True)
class Walker:
    """Somebody at the pages of a node's sharing."""

    client: Client
    connection: Connection

    def at(self, page: str, node: str = KINDS, **asked: str) -> str:
        place = reverse(f"sharing:{page}", args=[self.connection.pk])
        return f"{place}?{urlencode({'id': node} | asked)}"

    def panel(self, node: str = KINDS) -> Any:
        return self.client.get(self.at("node", node))

    def share(self, who: str = "p3", node: str = KINDS, *, fresh: bool = True, **typed: Any) -> Any:
        """Sends the form for somebody as its page has it, but for what was typed."""
        place = self.at("share", node, audience=who)
        sent: dict[str, Any] = {"rights": ["view"]} | typed
        if fresh:
            sent["mark"] = self.client.get(place).context["form"]["mark"].value()
        return self.client.post(place, sent)

    def revoke(self, grant: str, node: str = KINDS, **how: Any) -> Any:
        return self.client.post(self.at("revoke", node, grant=grant), **how)


@pytest.fixture
def editor(workspace: Workspace, stored: Connection, client_of: ClientOf) -> Walker:
    erin = Person.objects.create_user("erin@example.org", "x", name="Erin")
    Membership.objects.create(workspace=workspace, person=erin, role=Role.EDITOR)
    return Walker(client_of(erin), stored)


@pytest.fixture
def viewer(bob: Person, stored: Connection, client_of: ClientOf) -> Walker:
    return Walker(client_of(bob), stored)


@dataclass
class Line:
    """The line to the platform's grants: calls of a method that are `cut` break off after the
    platform did them, `dead` ones before; `meanwhile` happens before a change is done."""

    cut: frozenset[str] = frozenset()
    dead: frozenset[str] = frozenset()
    changes: int = 0
    """How often the platform was asked for a change."""
    meanwhile: Callable[[], object] = lambda: None


@pytest.fixture
def line(platform: MemoryServer, monkeypatch: pytest.MonkeyPatch) -> Line:
    here, answers = Line(), small.ROUTES["grants"]

    def answer(one: Any, asked: Any, name: str) -> object:
        if asked.method != "GET":
            here.changes += 1
            here.meanwhile()
        if asked.method in here.dead:
            raise ConnectionResetError
        found = answers(one, asked, name)
        if asked.method in here.cut:
            raise ConnectionResetError
        return found

    monkeypatch.setitem(small.ROUTES, "grants", answer)
    return here
