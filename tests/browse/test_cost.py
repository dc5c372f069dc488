"""What a page costs the database."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from connectors.errors import Unavailable
from dashboard.accounts.models import Person
from dashboard.connections.models import Connection
from tests.browse.platform import service as platform

MOST = 8
ClientOf = Callable[[Person], Client]


@pytest.fixture
def bobs(client_of: ClientOf, bob: Person) -> Client:
    return client_of(bob)


@pytest.fixture
def wide(tree: Connection, monkeypatch: pytest.MonkeyPatch) -> Connection:
    """Fifty meters on one page, five folders deep."""
    monkeypatch.setattr(platform, "PER_PAGE", 50)
    for level in range(4):
        platform.folder(
            f"level {level}", f"Level {level}", parent=f"level {level - 1}" if level else "a"
        )
    for number in range(50):
        platform.series(f"m{number}", f"Pump {number}", parent="level 3")
    return tree


def cost(client: Client, where: str, **asked: str) -> int:
    """Queries of the second visit: the first one learns the path."""
    client.get(where, asked)
    with CaptureQueriesContext(database) as queries:
        assert client.get(where, asked).status_code == 200
    return len(queries)


def test_a_deep_folder_of_fifty_costs_few_queries(bobs: Client, wide: Connection) -> None:
    assert cost(bobs, reverse("browse:tree", args=[wide.pk]), parent="level 3") <= MOST


def test_a_node_costs_few_queries(bobs: Client, wide: Connection) -> None:
    bobs.get(reverse("browse:tree", args=[wide.pk]), {"parent": "level 3"})
    assert cost(bobs, reverse("browse:node", args=[wide.pk]), id="m7") <= MOST


def test_fifty_finds_with_their_paths_cost_few_queries(bobs: Client, wide: Connection) -> None:
    bobs.get(reverse("browse:tree", args=[wide.pk]), {"parent": "level 3"})
    assert cost(bobs, reverse("browse:search"), q="pump") <= MOST


def test_browsing_a_silent_platform_costs_few_queries(
    bobs: Client, wide: Connection, world: platform.World
) -> None:
    bobs.get(reverse("browse:tree", args=[wide.pk]), {"parent": "level 3"})
    world.trouble = Unavailable("No answer.")
    assert cost(bobs, reverse("browse:tree", args=[wide.pk]), parent="level 3") <= MOST
