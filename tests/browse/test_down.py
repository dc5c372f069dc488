"""Browsing while the platform does not answer: from what was last seen, with its age."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from connectors.errors import AuthFailed, ConnectorError, NotFound, RateLimited, Unavailable
from dashboard.accounts.models import Person
from dashboard.browse import services
from dashboard.browse.models import Seen
from dashboard.connections.models import Connection, Health
from tests.browse.platform import service as platform

ClientOf = Callable[[Person], Client]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def bobs(client_of: ClientOf, bob: Person) -> Client:
    return client_of(bob)


@pytest.fixture
def browsed(bobs: Client, tree: Connection) -> Connection:
    """A tree that was walked three hours ago."""
    for parent in ("", "a", "a/boiler"):
        bobs.get(reverse("browse:tree", args=[tree.pk]), {"parent": parent})
    Seen.objects.update(at=timezone.now() - timedelta(hours=3))
    return tree


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (Unavailable("No answer within 8 seconds."), "Tree works does not answer"),
        (RateLimited("Too many requests.", 30), "Tree works asks for a pause"),
        (AuthFailed("The password was not accepted."), "Tree works refuses the sign-in"),
    ],
)
def test_a_silent_platform_is_browsed_as_it_was_with_the_age_and_a_way_to_try_again(
    bobs: Client,
    browsed: Connection,
    world: platform.World,
    trouble: ConnectorError,
    words: str,
) -> None:
    world.trouble = trouble
    page = bobs.get(reverse("browse:tree", args=[browsed.pk]), {"parent": "a/boiler"})
    html = page.content.decode()
    assert page.status_code == 200
    assert f"{words}; this is what it showed 3" in html
    assert trouble.message in html
    assert "Gas meter" in html
    assert "Plant A" in html
    assert "Try again" in html


def test_the_children_alone_fall_back_too(
    bobs: Client, browsed: Connection, world: platform.World
) -> None:
    world.trouble = Unavailable("No answer within 8 seconds.")
    where = reverse("browse:tree", args=[browsed.pk])
    html = bobs.get(where, {"parent": "a"}, headers=HTMX).content.decode()
    assert "does not answer" in html
    assert "Boiler" in html
    assert "<html" not in html


def test_a_node_is_shown_as_it_was(
    bobs: Client, browsed: Connection, world: platform.World
) -> None:
    world.trouble = Unavailable("No answer within 8 seconds.")
    html = bobs.get(reverse("browse:node", args=[browsed.pk]), {"id": "a/gas"}).content.decode()
    for words in ("does not answer", "Gas meter", "what Gas meter counts", "kWh", "1 Mar 2026"):
        assert words in html


def test_a_platform_that_fell_silent_is_noted_and_not_asked_on_every_click(
    bobs: Client, browsed: Connection, world: platform.World
) -> None:
    where = reverse("browse:tree", args=[browsed.pk])
    world.trouble = Unavailable("No answer within 8 seconds.")
    bobs.get(where)
    browsed.refresh_from_db()
    assert (browsed.health, browsed.trouble) == (Health.DOWN, "No answer within 8 seconds.")
    asked = len(world.calls)
    for parent in ("", "a", "a/boiler"):
        html = bobs.get(where, {"parent": parent}).content.decode()
        assert "does not answer" in html
    bobs.get(reverse("browse:node", args=[browsed.pk]), {"id": "a/gas"})
    assert len(world.calls) == asked


def test_try_again_asks_at_once_and_an_answer_heals_the_connection(
    bobs: Client, browsed: Connection, world: platform.World
) -> None:
    where = reverse("browse:tree", args=[browsed.pk])
    world.trouble = Unavailable("No answer within 8 seconds.")
    html = bobs.get(where, {"parent": "a"}).content.decode()
    world.trouble = None
    again = next(unescape(url) for url in re.findall(r'href="([^"]+)"', html) if "retry=1" in url)
    assert "does not answer" not in bobs.get(again).content.decode()
    browsed.refresh_from_db()
    assert browsed.health == Health.OK


def test_a_platform_is_asked_again_after_its_rest(
    bobs: Client, browsed: Connection, world: platform.World
) -> None:
    Connection.objects.update(
        health=Health.DOWN, trouble="gone", checked_at=timezone.now() - services.REST
    )
    html = bobs.get(reverse("browse:tree", args=[browsed.pk])).content.decode()
    assert "does not answer" not in html


def test_a_refused_sign_in_is_noted_and_a_busy_platform_is_not_called_down(
    bobs: Client, browsed: Connection, world: platform.World
) -> None:
    where = reverse("browse:tree", args=[browsed.pk])
    world.trouble = RateLimited("Too many requests.", 30)
    bobs.get(where)
    browsed.refresh_from_db()
    assert browsed.health == Health.OK
    world.trouble = AuthFailed("The password was not accepted.")
    bobs.get(where)
    browsed.refresh_from_db()
    assert browsed.health == Health.SIGN_IN


def test_where_nothing_was_ever_seen_the_error_itself_is_shown(
    bobs: Client, tree: Connection, world: platform.World
) -> None:
    world.trouble = Unavailable("No answer within 8 seconds.")
    page = bobs.get(reverse("browse:tree", args=[tree.pk]))
    assert page.status_code == 503
    assert "No answer within 8 seconds." in page.content.decode()
    assert bobs.get(reverse("browse:node", args=[tree.pk]), {"id": "a"}).status_code == 503


def test_a_long_listing_seen_before_is_paged_from_memory_without_asking_again(
    bobs: Client, tree: Connection, world: platform.World
) -> None:
    Seen.objects.bulk_create(
        Seen(
            connection=tree,
            node=f"m{number}",
            name=f"Meter {number}",
            type="timeseries",
            role="series",
            position=number,
            at=timezone.now(),
        )
        for number in range(120)
    )
    world.trouble = Unavailable("No answer within 8 seconds.")
    found: list[str] = []
    link: str | None = reverse("browse:tree", args=[tree.pk])
    while link is not None:
        html = bobs.get(link).content.decode()
        found += re.findall(r'name="series" value="[^:]+:([^"]+)"', html)
        next_links = [unescape(url) for url in re.findall(r'href="([^"]+cursor=[^"]+)"', html)]
        link = next_links[0] if next_links else None
    assert found == [f"m{number}" for number in range(120)]
    assert world.calls == ["children None None"]


def test_a_node_that_is_gone_is_a_404_that_says_whose_side_and_is_forgotten(
    bobs: Client, browsed: Connection, world: platform.World
) -> None:
    del world.nodes["a/boiler"], world.nodes["a/gas"], world.nodes["a/heat"]
    page = bobs.get(reverse("browse:node", args=[browsed.pk]), {"id": "a/boiler"})
    assert page.status_code == 404
    assert "The platform has nothing under this id." in page.content.decode()
    assert not Seen.objects.filter(node__in=["a/boiler", "a/gas", "a/heat"]).exists()
    assert Seen.objects.filter(node="a").exists()


def test_a_folder_that_is_gone_is_a_404_and_is_forgotten(
    bobs: Client, browsed: Connection, world: platform.World
) -> None:
    world.trouble = NotFound("The platform has nothing under this id.")
    page = bobs.get(reverse("browse:tree", args=[browsed.pk]), {"parent": "a"})
    assert page.status_code == 404
    assert not Seen.objects.filter(node__startswith="a").exists()
