"""Names and ids that want to break the page."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from html.parser import HTMLParser

import pytest
from django.test import Client
from django.urls import reverse

from dashboard.accounts.models import Person
from dashboard.connections.models import Connection
from tests.browse.platform import service as platform

ClientOf = Callable[[Person], Client]
NAMES = {
    "markup": '<img src=x onerror="alert(1)">',
    "attribute": '" autofocus onfocus="alert(1)',
    "template": "{{ request.user.password }}{% debug %}",
    "right to left": "\u202eمقياس الغاز\u202c",
    "emoji": "🔥" * 40,
    "long": "x" * 10_000,
    "control": "a\0b\x07c",
    "surrogate": "half \ud83d of a pair",
    "nothing": "",
}
IDS = [
    "a b",
    "a/../b",
    "ä?&=#%2F+",
    "::",
    "<img>",
    '"quoted"',
    "🔥",
    "\u202e",
    " padded ",
    "x" * 400,
]


class Acts(HTMLParser):
    """Notes what no page of ours has: pictures from elsewhere, and attributes that do something."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "img" and not str(values.get("src")).startswith("/static/"):
            self.found.append(tag)
        self.found += [name for name in values if name.startswith("on") or name == "autofocus"]


def acts(html: str) -> list[str]:
    parser = Acts()
    parser.feed(html)
    return parser.found


@pytest.fixture
def bobs(client_of: ClientOf, bob: Person) -> Client:
    return client_of(bob)


@pytest.mark.parametrize("kind", NAMES)
def test_a_hostile_name_is_only_text_on_every_page(
    bobs: Client, tree: Connection, world: platform.World, kind: str
) -> None:
    world.nodes.clear()
    platform.folder("f", NAMES[kind])
    platform.series("f/s", NAMES[kind], parent="f", unit=NAMES[kind])
    pages = [
        bobs.get(reverse("browse:tree", args=[tree.pk])),
        bobs.get(reverse("browse:tree", args=[tree.pk]), {"parent": "f"}),
        bobs.get(reverse("browse:node", args=[tree.pk]), {"id": "f/s"}),
    ]
    for page in pages:
        html = page.content.decode()
        assert page.status_code == 200
        assert not acts(html)
        assert len(html) < 60_000
        assert 'dir="auto"' in html


@pytest.mark.parametrize("id", IDS)
def test_an_id_of_any_letters_survives_the_address(
    bobs: Client, tree: Connection, world: platform.World, id: str
) -> None:
    world.nodes.clear()
    platform.folder(id, "Strange place")
    platform.series("meter", "Inner meter", parent=id)
    top = bobs.get(reverse("browse:tree", args=[tree.pk])).content.decode()
    found = [unescape(link) for link in re.findall(r'href="([^"]+)"', top)]
    into = next(link for link in found if "?parent=" in link)
    details = next(link for link in found if "?id=" in link)
    assert "Inner meter" in bobs.get(into).content.decode()
    assert "Strange place" in bobs.get(details).content.decode()
    assert world.calls[-1] == f"node {id}"


def test_the_reference_of_a_series_is_split_at_its_first_colon(
    client_of: ClientOf, alice: Person, tree: Connection, world: platform.World
) -> None:
    platform.series("1:2:3", "Colons", parent="b")
    html = (
        client_of(alice)
        .get(reverse("browse:node", args=[tree.pk]), {"id": "1:2:3"})
        .content.decode()
    )
    assert f"{reverse('charts:explore')}?series={tree.pk}%3A1%3A2%3A3" in html
    assert f"{reverse('exports:new')}?series={tree.pk}%3A1%3A2%3A3" in html
