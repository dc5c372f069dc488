"""Finding nodes by a part of their name."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from connectors.errors import Unavailable
from dashboard.accounts.models import Person
from dashboard.connections.models import Connection
from tests.browse.platform import service as platform

ClientOf = Callable[[Person], Client]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def bobs(client_of: ClientOf, bob: Person) -> Client:
    return client_of(bob)


@pytest.fixture
def browsed(bobs: Client, tree: Connection) -> Connection:
    platform.series("a/oel", "ÖLZÄHLER Süd", parent="a/boiler")
    for parent in ("", "a", "a/boiler"):
        bobs.get(reverse("browse:tree", args=[tree.pk]), {"parent": parent})
    return tree


def find(client: Client, text: str, **more: str) -> str:
    return client.get(reverse("browse:search"), {"q": text, **more}).content.decode()


@pytest.mark.parametrize("text", ["gas meter", "GAS", "s Me"])
def test_a_part_of_a_name_is_enough_and_its_case_does_not_matter(
    bobs: Client, browsed: Connection, text: str
) -> None:
    html = find(bobs, text)
    assert "Gas meter" in html
    assert "Heat meter" not in html


def test_letters_beyond_ascii_are_alike_in_both_cases(bobs: Client, browsed: Connection) -> None:
    assert "ÖLZÄHLER Süd" in find(bobs, "ölzähler SÜD")


@pytest.mark.parametrize("text", ["%", "_", "\\", "'", '"><svg'])
def test_the_marks_of_a_query_language_are_ordinary_letters(
    bobs: Client, browsed: Connection, text: str
) -> None:
    assert "Nothing seen has that name" in find(bobs, text)


def test_a_find_shows_the_way_to_it(bobs: Client, browsed: Connection) -> None:
    html = find(bobs, "gas")
    assert "Plant A" in html
    assert "Boiler" in html
    assert f"{reverse('browse:node', args=[browsed.pk])}?id=a%2Fgas" in html


def test_finds_are_grouped_by_connection_and_can_be_narrowed_to_one(
    bobs: Client, browsed: Connection
) -> None:
    other = Connection.objects.create(workspace=browsed.workspace, kind="tree", name="Second works")
    bobs.get(reverse("browse:tree", args=[other.pk]))
    both = find(bobs, "plant a")
    assert "Tree works</h2>" in both
    assert "Second works</h2>" in both
    assert "Second works</h2>" not in find(bobs, "plant a", connection=str(browsed.pk))


def test_a_stranger_finds_nothing_of_ours(
    browsed: Connection, client_of: ClientOf, charlie: Person
) -> None:
    html = find(client_of(charlie), "gas")
    assert "Gas meter" not in html
    assert "Gas meter" not in find(client_of(charlie), "gas", connection=str(browsed.pk))


def test_the_platform_itself_is_asked_after_the_page_or_by_a_link(
    bobs: Client, tree: Connection, world: platform.World
) -> None:
    html = find(bobs, "gas")
    where = f"{reverse('browse:ask', args=[tree.pk])}?q=gas"
    assert world.calls == []
    assert f'hx-get="{where}"' in html
    assert f'href="{where}"' in html
    assert "<html" in bobs.get(where).content.decode()
    part = bobs.get(where, headers=HTMX).content.decode()
    assert "Gas meter" in part
    assert "<html" not in part


def test_the_platforms_own_finds_come_page_by_page(
    bobs: Client, tree: Connection, world: platform.World
) -> None:
    for number in range(4):
        platform.series(f"b/{number}", f"Pump {number}", parent="b")
    where = reverse("browse:ask", args=[tree.pk])
    first = bobs.get(where, {"q": "pump"}, headers=HTMX).content.decode()
    assert "Show more" in first
    rest = bobs.get(where, {"q": "pump", "cursor": "3"}, headers=HTMX).content.decode().strip()
    assert rest.startswith("<li")
    assert "Pump 3" in rest


def test_a_silent_platform_says_so_in_its_own_part(
    bobs: Client, browsed: Connection, world: platform.World
) -> None:
    world.trouble = Unavailable("No answer within 8 seconds.")
    assert "Gas meter" in find(bobs, "gas")
    part = bobs.get(reverse("browse:ask", args=[browsed.pk]), {"q": "gas"}, headers=HTMX)
    assert part.status_code == 503
    assert "No answer within 8 seconds." in part.content.decode()


def test_an_empty_search_asks_for_a_word(bobs: Client, browsed: Connection) -> None:
    assert "What are you looking for?" in find(bobs, "")
    assert "What are you looking for?" in find(bobs, "\0  ")


def test_a_connection_that_is_no_id_finds_nothing(bobs: Client, browsed: Connection) -> None:
    assert "Nothing seen has that name" in find(bobs, "gas", connection="' or 1=1")
