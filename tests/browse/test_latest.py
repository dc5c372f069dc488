"""The newest values on a node's page: read through the archive, after the page, within its time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from connectors.errors import Unavailable
from dashboard.accounts.models import Person
from dashboard.connections.models import Connection
from dashboard.series.models import Segment
from tests.browse.platform import service as platform

ClientOf = Callable[[Person], Client]
HTMX = {"HX-Request": "true"}
NEWEST = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def bobs(client_of: ClientOf, bob: Person) -> Client:
    return client_of(bob)


def values(client: Client, tree: Connection, **headers: str) -> str:
    answer = client.get(reverse("browse:latest", args=[tree.pk]), {"id": "top"}, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def fill(world: platform.World, *, step: timedelta, points: int) -> None:
    world.points["top"] = [(NEWEST - step * n, 100.0 + n) for n in reversed(range(points))]


def test_the_node_page_does_not_wait_for_values(
    bobs: Client, tree: Connection, world: platform.World
) -> None:
    html = bobs.get(reverse("browse:node", args=[tree.pk]), {"id": "top"}).content.decode()
    assert f'hx-get="{reverse("browse:latest", args=[tree.pk])}?id=top"' in html
    assert f'href="{reverse("browse:latest", args=[tree.pk])}?id=top"' in html
    assert not [call for call in world.calls if call.startswith("read")]


def test_the_twenty_newest_are_shown_newest_first_up_to_the_newest_point(
    bobs: Client, tree: Connection, world: platform.World
) -> None:
    fill(world, step=timedelta(minutes=15), points=200)
    html = values(bobs, tree, **HTMX)
    assert "<html" not in html
    shown = [f"<bdi>{100 + n}</bdi>" for n in range(20)]
    places = [html.index(value) for value in shown]
    assert places == sorted(places)
    assert "<bdi>120</bdi>" not in html


def test_a_daily_series_is_looked_for_further_back(
    bobs: Client, tree: Connection, world: platform.World
) -> None:
    fill(world, step=timedelta(days=1), points=10)
    assert "<bdi>109</bdi>" in values(bobs, tree)


def test_the_values_are_a_page_of_their_own_without_script(
    bobs: Client, tree: Connection, world: platform.World
) -> None:
    fill(world, step=timedelta(minutes=15), points=3)
    html = values(bobs, tree)
    assert "<html" in html
    assert "<bdi>102</bdi>" in html


def test_a_series_without_points_says_where_it_was_looked(
    bobs: Client, tree: Connection, world: platform.World
) -> None:
    assert "No value between" in values(bobs, tree)


def test_what_was_read_before_is_shown_while_the_platform_is_silent(
    bobs: Client, tree: Connection, world: platform.World
) -> None:
    fill(world, step=timedelta(minutes=15), points=30)
    values(bobs, tree)
    Segment.objects.update(fetched_at=NEWEST - timedelta(days=1))
    world.trouble = Unavailable("No answer within 8 seconds.")
    html = values(bobs, tree)
    assert "<bdi>100</bdi>" in html


def test_a_silent_platform_with_nothing_read_before_says_so(
    bobs: Client, tree: Connection, world: platform.World
) -> None:
    values_page = reverse("browse:node", args=[tree.pk])
    bobs.get(values_page, {"id": "top"})
    world.trouble = Unavailable("No answer within 8 seconds.")
    html = values(bobs, tree)
    assert "Tree works does not answer" in html
    assert "No answer within 8 seconds." in html
