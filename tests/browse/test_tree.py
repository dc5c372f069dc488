"""The tree of a connection: what it shows, to whom, and without which machinery."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from connectors.contract import Node, NodeId, Page
from connectors.errors import BadAnswer, Unavailable
from dashboard.accounts.models import Person
from dashboard.browse.models import Seen
from dashboard.connections.models import Connection
from tests.browse.platform import service as platform

ClientOf = Callable[[Person], Client]
HTMX = {"HX-Request": "true"}


def address(tree: Connection, name: str = "tree") -> str:
    return reverse(f"browse:{name}", args=[tree.pk])


def links(html: str) -> list[str]:
    return [unescape(link) for link in re.findall(r'href="([^"]+)"', html)]


@pytest.fixture
def alices(client_of: ClientOf, alice: Person) -> Client:
    return client_of(alice)


def test_the_top_of_the_platform_is_listed_with_units_and_types(
    alices: Client, tree: Connection
) -> None:
    page = alices.get(address(tree))
    html = page.content.decode()
    assert page.status_code == 200
    for word in ("Plant A", "Plant B", "Outdoor temperature", "°C", "site", "timeseries"):
        assert word in html


def test_every_folder_is_a_link_that_works_without_script(alices: Client, tree: Connection) -> None:
    top = alices.get(address(tree)).content.decode()
    (into,) = {link for link in links(top) if link.endswith("?parent=a")}
    inside = alices.get(into).content.decode()
    assert "<html" in inside
    assert "Boiler" in inside
    assert "Plant B" not in inside


def test_the_same_link_gives_htmx_only_the_children(alices: Client, tree: Connection) -> None:
    answer = alices.get(address(tree), {"parent": "a"}, headers=HTMX)
    html = answer.content.decode()
    assert "Boiler" in html
    assert "<html" not in html
    assert "HX-Request" in answer["Vary"]


def test_the_path_leads_back_up(alices: Client, tree: Connection) -> None:
    alices.get(address(tree))
    alices.get(address(tree), {"parent": "a"})
    html = alices.get(address(tree), {"parent": "a/boiler"}).content.decode()
    crumbs = html.split('aria-label="Breadcrumb"')[1].split("</nav>")[0]
    assert [text for text in ("Connections", "Tree works", "Plant A") if text in crumbs] == [
        "Connections",
        "Tree works",
        "Plant A",
    ]
    assert "<h1><span" in html
    assert "Boiler" in html.split("<h1>")[1].split("</h1>")[0]


def test_a_folder_opened_by_its_link_alone_still_knows_its_path(
    alices: Client, tree: Connection
) -> None:
    html = alices.get(address(tree), {"parent": "a/boiler"}).content.decode()
    assert "Plant A" in html.split('aria-label="Breadcrumb"')[1].split("</nav>")[0]


def test_show_more_walks_every_page_and_gives_each_child_once(
    alices: Client, tree: Connection
) -> None:
    for number in range(8):
        platform.series(f"b/{number}", f"Meter {number}", parent="b")
    found: list[str] = []
    link: str | None = f"{address(tree)}?parent=b"
    while link is not None:
        html = alices.get(link).content.decode()
        found += re.findall(r'name="series" value="[^:]+:([^"]+)"', html)
        link = next((url for url in links(html) if "cursor=" in url), None)
    assert found == [f"b/{number}" for number in range(8)]
    kept = Seen.objects.filter(connection=tree, parent="b").order_by("position")
    assert [row.node for row in kept] == found


def test_show_more_gives_htmx_list_items_and_nothing_around_them(
    alices: Client, tree: Connection
) -> None:
    for number in range(4):
        platform.series(f"b/{number}", f"Meter {number}", parent="b")
    first = alices.get(address(tree), {"parent": "b"}, headers=HTMX).content.decode()
    more = next(url for url in links(first) if "cursor=" in url)
    rest = alices.get(more, headers=HTMX).content.decode().strip()
    assert rest.startswith("<li")
    assert rest.endswith("</li>")
    assert "Meter 3" in rest


def test_a_damaged_link_into_a_list_is_refused_with_a_sentence(
    alices: Client, tree: Connection
) -> None:
    answer = alices.get(address(tree), {"parent": "a", "cursor": "rubbish"})
    assert answer.status_code == 422
    assert "Open the folder again" in answer.content.decode()


def test_a_link_into_one_folders_list_does_not_fit_another(
    alices: Client, tree: Connection
) -> None:
    for number in range(4):
        platform.series(f"b/{number}", f"Meter {number}", parent="b")
    html = alices.get(address(tree), {"parent": "b"}).content.decode()
    more = next(url for url in links(html) if "cursor=" in url)
    assert alices.get(more.replace("parent=b", "parent=a")).status_code == 422


def test_a_platform_that_hands_out_the_same_cursor_again_is_caught(
    alices: Client, tree: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        platform.series(f"b/{number}", f"Meter {number}", parent="b")
    html = alices.get(address(tree), {"parent": "b"}).content.decode()
    more = next(url for url in links(html) if "cursor=" in url)
    stuck: Page[Node] = Page(items=(), next="3")
    monkeypatch.setattr(platform.TreeService, "children", lambda *_: stuck)
    answer = alices.get(more)
    assert answer.status_code == 502
    assert "goes in a circle" in answer.content.decode()


def test_series_are_chosen_in_a_plain_form_that_leads_to_chart_or_export(
    alices: Client, tree: Connection
) -> None:
    html = alices.get(address(tree)).content.decode()
    form = html.split("data-picker")[0].rsplit("<form", 1)[1]
    assert 'method="get"' in form
    assert reverse("charts:explore") in form
    assert f'formaction="{reverse("exports:new")}"' in html
    assert f'name="series" value="{tree.pk}:top"' in html
    assert html.count('type="checkbox"') == 1


def test_who_may_only_look_is_offered_no_export(
    client_of: ClientOf, bob: Person, tree: Connection
) -> None:
    for page in (address(tree), f"{address(tree, 'node')}?id=top"):
        html = client_of(bob).get(page).content.decode()
        assert reverse("charts:explore") in html
        assert reverse("exports:new") not in html


def test_an_empty_folder_says_so(alices: Client, tree: Connection) -> None:
    assert "Nothing lies in here" in alices.get(address(tree), {"parent": "b"}).content.decode()
    answer = alices.get(address(tree), {"parent": "b"}, headers=HTMX)
    assert "Nothing lies in here" in answer.content.decode()


def test_an_account_that_sees_nothing_is_told_what_to_do(
    alices: Client, tree: Connection, world: platform.World
) -> None:
    world.nodes.clear()
    html = alices.get(address(tree)).content.decode()
    assert "This account sees nothing yet" in html
    assert reverse("connections:detail", args=[tree.pk]) in html


def test_what_vanished_from_a_whole_listing_is_forgotten_with_all_below_it(
    alices: Client, tree: Connection, world: platform.World
) -> None:
    for parent in ("", "a", "a/boiler"):
        alices.get(address(tree), {"parent": parent})
    for gone in ("a", "a/boiler", "a/gas", "a/heat"):
        del world.nodes[gone]
    alices.get(address(tree))
    assert set(Seen.objects.values_list("node", flat=True)) == {"b", "top"}


def test_a_series_that_tells_no_place_keeps_its_name_when_the_top_is_listed(
    alices: Client, tree: Connection, world: platform.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """BEMServer's series lie in folders that they do not name; charts and exports name them."""
    world.add(Node(id=NodeId("placeless"), name="Library", type="meter", role="series"))
    alices.get(reverse("browse:node", args=[tree.pk]), {"id": "placeless"})
    top = Page(items=(world.nodes["a"], world.nodes["b"]))
    monkeypatch.setattr(platform.TreeService, "children", lambda *_: top)
    html = alices.get(address(tree)).content.decode()
    assert "Library" not in html
    assert Seen.objects.get(node="placeless").name == "Library"
    world.trouble = Unavailable("It is down.")
    assert "Library" not in alices.get(address(tree)).content.decode()


def test_half_a_listing_forgets_nothing(
    alices: Client, tree: Connection, world: platform.World
) -> None:
    platform.folder("c", "Plant C")
    first = alices.get(address(tree)).content.decode()
    alices.get(next(url for url in links(first) if "cursor=" in url))
    del world.nodes["top"]
    platform.folder("d", "Plant D")
    alices.get(address(tree))
    assert Seen.objects.filter(node="top").exists()


def test_what_moved_is_at_its_new_place_only(
    alices: Client, tree: Connection, world: platform.World
) -> None:
    for parent in ("", "a", "a/boiler"):
        alices.get(address(tree), {"parent": parent})
    world.nodes["a/gas"] = replace(world.nodes["a/gas"], parent=NodeId("b"))
    for parent in ("b", "a/boiler"):
        alices.get(address(tree), {"parent": parent})
    assert list(Seen.objects.filter(node="a/gas").values_list("parent", flat=True)) == ["b"]


def test_a_node_that_lies_in_two_folders_is_seen_in_both(
    alices: Client, tree: Connection, world: platform.World
) -> None:
    alices.get(address(tree), {"parent": "a/boiler"})
    world.also["b"] = ["a/gas"]
    alices.get(address(tree), {"parent": "b"})
    world.trouble = Unavailable("No answer.")
    for parent in ("a/boiler", "b"):
        assert "Gas meter" in alices.get(address(tree), {"parent": parent}).content.decode()
    world.trouble = None
    world.also.clear()
    alices.get(address(tree), {"parent": "b", "retry": "1"})
    assert Seen.objects.get(node="a/gas").parent == "a/boiler"


def test_a_listing_does_not_unlearn_what_the_node_itself_told(
    alices: Client, tree: Connection, world: platform.World
) -> None:
    alices.get(address(tree, "node"), {"id": "top"})
    world.nodes["top"] = replace(world.nodes["top"], last_seen=None, details={})
    alices.get(address(tree))
    kept = Seen.objects.get(node="top")
    assert kept.last_seen is not None
    assert kept.details == {"description": "what Outdoor temperature counts"}


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("2015-11-22T23:30:00+00:00", ">23 Nov 2015, 00:30</time>"),
        ("2015-02-31T00:00:00Z", "2015-02-31T00:00:00Z"),
        ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+14:00"),
        ("19417", "19417"),
    ],
)
def test_an_instant_among_the_details_is_shown_in_the_readers_zone(
    alices: Client, alice: Person, world: platform.World, tree: Connection, told: str, shown: str
) -> None:
    Person.objects.filter(pk=alice.pk).update(zone="Europe/Paris")
    world.nodes["top"] = replace(world.nodes["top"], details={"First point": told})
    page = alices.get(f"/browse/{tree.pk}/node/?id=top").content.decode()
    assert shown in page


def test_a_renamed_node_is_one_node(alices: Client, tree: Connection) -> None:
    alices.get(address(tree))
    platform.rename("a", "Plant Alpha")
    alices.get(address(tree))
    assert Seen.objects.get(node="a").name == "Plant Alpha"
    assert Seen.objects.count() == 3


def test_an_id_that_no_database_keeps_is_the_platforms_fault_and_not_ours(
    alices: Client, tree: Connection
) -> None:
    platform.folder("x\0y", "Broken")
    platform.folder("e", "Plant E")
    first = alices.get(address(tree)).content.decode()
    answer = alices.get(next(url for url in links(first) if "cursor=" in url))
    assert answer.status_code == 502
    assert "an id that cannot be kept" in answer.content.decode()


@pytest.mark.parametrize("id", ["\0", "x" * 401])
def test_an_address_with_an_impossible_id_is_not_found(
    alices: Client, tree: Connection, id: str
) -> None:
    assert alices.get(address(tree), {"parent": id}).status_code == 404
    assert alices.get(address(tree, "node"), {"id": id}).status_code == 404


def test_an_answer_nobody_can_read_is_shown_as_such_and_not_papered_over(
    alices: Client, tree: Connection, world: platform.World
) -> None:
    alices.get(address(tree))
    world.trouble = BadAnswer("The platform sent something unexpected.")
    answer = alices.get(address(tree))
    assert answer.status_code == 502
    assert "something unexpected" in answer.content.decode()


@pytest.mark.parametrize("name", ["tree", "node", "latest", "ask"])
def test_a_viewer_may_look_a_stranger_finds_nothing_and_nobody_must_sign_in(
    name: str,
    tree: Connection,
    client_of: ClientOf,
    alice: Person,
    bob: Person,
    charlie: Person,
) -> None:
    asked = {"id": "top", "q": "meter"}
    where = address(tree, name)
    assert client_of(alice).get(where, asked).status_code == 200
    assert client_of(bob).get(where, asked).status_code == 200
    assert client_of(charlie).get(where, asked).status_code == 404
    assert Client().get(where, asked).status_code == 302
    assert client_of(alice).post(where, asked).status_code == 405


def test_a_stranger_costs_the_platform_nothing(
    tree: Connection, world: platform.World, client_of: ClientOf, charlie: Person
) -> None:
    client_of(charlie).get(address(tree))
    assert world.calls == []
