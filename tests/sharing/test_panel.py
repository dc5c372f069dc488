"""Who has access to a node, in the browser: seen, given, changed, revoked, without JavaScript."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from connectors.contract import Traits
from dashboard.accounts.models import Person
from dashboard.activity.models import Event
from dashboard.browse.models import Seen
from dashboard.connections.models import Connection, Health
from dashboard.sharing import pages
from tests.conformance.memory.server import MemoryServer
from tests.conformance.memory.service import MemoryService
from tests.sharing.conftest import HTMX, KINDS, PLANT, ClientOf, Walker

MOST = 8


def text(page: Any) -> str:
    return unescape(page.content.decode())


def granted(platform: MemoryServer) -> list[tuple[str, list[str]]]:
    return [(one["audience"]["id"], one["rights"]) for one in platform.platform.grants.values()]


def said() -> list[tuple[str, str]]:
    return [(event.verb, event.subject) for event in Event.objects.order_by("pk")]


def test_a_node_asks_for_its_panel_after_it_is_shown(editor: Walker) -> None:
    page = editor.client.get(reverse("browse:node", args=[editor.connection.pk]), {"id": KINDS})
    assert f'hx-get="{editor.at("node")}"' in text(page)
    assert f'<a href="{editor.at("node")}"' in text(page)


def test_a_node_that_is_shared_with_nobody_says_what_to_do(editor: Walker, viewer: Walker) -> None:
    assert "Shared with nobody" in text(editor.panel())
    assert editor.at("audiences") in text(editor.panel())
    assert "An editor of this workspace can share it." in text(viewer.panel())


def test_what_cannot_be_shared_by_itself_says_so_and_leads_to_where_it_lies(
    editor: Walker,
) -> None:
    page = text(editor.panel("power"))
    assert "cannot share this by itself" in page
    assert editor.at("node", PLANT) in page
    assert editor.at("audiences", "power") not in page


def test_access_is_given_changed_and_revoked_and_each_is_written_down(
    editor: Walker, platform: MemoryServer
) -> None:
    given = editor.share(rights=["view"])
    assert given.status_code == 302
    assert "It is shared with Person 3." in text(editor.client.get(given["Location"]))
    assert granted(platform) == [("p3", ["view"])]

    form = editor.client.get(editor.at("share", audience="p3"))
    assert "Change the access of" in text(form)
    assert form.context["form"]["rights"].value() == ["view"]
    assert editor.share(rights=["view", "edit"]).status_code == 302
    assert granted(platform) == [("p3", ["view", "edit"])]

    (number,) = platform.platform.grants
    confirm = editor.client.get(editor.at("revoke", grant=number))
    assert "Revoke the access of" in text(confirm)
    assert granted(platform)
    assert editor.revoke(number).status_code == 302
    assert not granted(platform)
    assert [verb for verb, _ in said()] == [
        "shared", "changed the sharing of", "revoked the sharing of",
    ]  # fmt: skip
    assert said()[1][1] == "Kinds of value with Person 3 (view, edit) on Plant"
    assert "Erin</strong> shared" in text(editor.client.get("/activity/"))


def test_an_end_is_meant_in_the_persons_zone_and_shown_in_the_form_again(
    editor: Walker, platform: MemoryServer
) -> None:
    Person.objects.filter(name="Erin").update(zone="Europe/Paris")
    editor.share(until="2040-07-01T08:30")
    (grant,) = platform.platform.grants.values()
    end = datetime(2040, 7, 1, 6, 30, tzinfo=UTC)
    assert grant["until"] == int(end.timestamp()) * 1_000_000
    form = editor.client.get(editor.at("share", audience="p3")).context["form"]
    assert form["until"].value() == "2040-07-01T08:30:00"
    assert "until 2040-07-01 06:30 UTC" in said()[0][1]
    assert "1 Jul 2040, 08:30" in text(editor.panel())


@pytest.mark.parametrize(
    ("typed", "field", "says"),
    [
        ({"rights": []}, "rights", "Choose what they may do."),
        ({"rights": ["fly"]}, "rights", "fly"),
        ({"until": "2001-01-01T00:00"}, "until", "This time is over."),
        ({"until": "soon"}, "until", "This is no time."),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_happens(
    editor: Walker, platform: MemoryServer, typed: dict[str, Any], field: str, says: str
) -> None:
    page = editor.share(**typed)
    assert page.status_code == 422
    assert says in str(page.context["form"].errors[field])
    assert "field-error" in text(page)
    assert not granted(platform)
    assert not said()


def test_what_comes_from_above_is_shown_as_such_and_not_revoked_here(
    editor: Walker, platform: MemoryServer
) -> None:
    editor.share("p5", PLANT)
    (number,) = platform.platform.grants
    page = text(editor.panel())
    assert "Comes from above" in page
    assert f'href="{editor.at("node", PLANT)}"><bdi>Plant</bdi>' in page
    assert "sharing/" in page
    assert editor.at("revoke", grant=number) not in page
    refused = editor.revoke(number)
    assert refused.status_code == 422
    assert "taken away where it was given" in text(refused)
    assert granted(platform)
    assert [verb for verb, _ in said()] == ["shared"]
    assert editor.at("revoke", PLANT, grant=number) in text(editor.panel(PLANT))


def test_a_place_outside_the_tree_is_asked_for_its_name_and_else_goes_by_its_id(
    editor: Walker, platform: MemoryServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor.share("p5", PLANT)
    editor.panel()
    Seen.objects.filter(node=PLANT).delete()
    assert "<bdi>Plant</bdi>" in text(editor.panel())
    assert not Seen.objects.filter(node=PLANT).exists()
    monkeypatch.setattr("dashboard.sharing.looking.ASKED", 0)
    assert "<bdi>plant</bdi>" in text(editor.panel())


def test_what_cannot_be_shared_by_itself_still_shows_what_comes_from_above(
    editor: Walker,
) -> None:
    editor.share("p5", PLANT)
    page = text(editor.panel("power"))
    assert "Comes from above" in page
    assert "cannot share this by itself" in page


def test_who_is_revoked_below_keeps_what_comes_from_above_and_is_told_so(
    editor: Walker, platform: MemoryServer
) -> None:
    editor.share("p5", PLANT)
    editor.share("p5")
    below = next(k for k, one in platform.platform.grants.items() if one["node"] == KINDS)
    assert "from above stays" in text(editor.client.get(editor.at("revoke", grant=below)))


def test_many_are_paged_and_found_by_a_part_of_the_name(editor: Walker) -> None:
    first = editor.client.get(editor.at("audiences"))
    assert len(first.context["rows"]) == 10
    assert editor.at("audiences", cursor="10") in text(first)
    more = editor.client.get(editor.at("audiences", cursor="10"), headers=HTMX)
    assert "<section" not in text(more)
    assert editor.at("share", audience="p12", cursor="10") in text(more)
    found = editor.client.get(editor.at("audiences", q="PERSON 1"))
    assert [one.label for one, _ in found.context["rows"]] == [
        "Person 1", "Person 10", "Person 11", "Person 12", "Person 13",
    ]  # fmt: skip
    typing = editor.client.get(
        editor.at("audiences", q="zzz"), headers=HTMX | {"HX-Target": "found"}
    )
    assert "Nobody with whom this can be shared" in text(typing)
    assert "<section" not in text(typing)


def test_a_search_that_looked_through_enough_says_that_there_are_more(
    editor: Walker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.sharing.looking.MOST", 10)
    page = editor.client.get(editor.at("audiences", q="person 2"))
    assert page.context["found"].cut
    assert "Type more of the name." in text(page)


def test_somebody_on_a_later_page_has_a_form_with_or_without_the_pages_cursor(
    editor: Walker,
) -> None:
    for asked in ({"cursor": "10"}, {}, {"cursor": "0"}):
        page = editor.client.get(editor.at("share", audience="p12", **asked))
        assert page.context["audience"].label == "Person 12"
    assert editor.client.get(editor.at("share", audience="nobody")).status_code == 404


def test_with_a_single_right_there_is_nothing_to_choose(editor: Walker) -> None:
    page = editor.client.get(editor.at("share", audience="auditors"))
    assert page.context["form"].fields["rights"].widget.is_hidden
    assert "Sees what lies in the folder." in text(page)
    assert editor.share("auditors").status_code == 302


def test_the_text_of_a_link_is_told_once_and_a_second_sending_makes_no_second_one(
    editor: Walker, platform: MemoryServer
) -> None:
    place = editor.at("share", audience="link")
    mark = editor.client.get(place).context["form"]["mark"].value()
    made = editor.client.post(place, {"rights": "view", "mark": mark})
    (number,) = platform.platform.grants
    assert f"text-of-{number}" in text(made)
    assert "no-store" in made["Cache-Control"]
    panel = text(editor.panel())
    assert "text-of" not in panel
    assert "cannot be changed" in panel
    assert editor.at("share", audience="link") not in panel
    again = editor.client.post(place, {"rights": "view", "mark": mark})
    assert again.status_code == 409
    assert "One was made since this page was shown" in text(again)
    assert len(granted(platform)) == 1
    assert "text-of" not in str(list(Event.objects.values()))


def test_a_form_that_is_out_of_date_changes_nothing_and_shows_what_is_so(
    editor: Walker, platform: MemoryServer
) -> None:
    place = editor.at("share", audience="p3")
    old = editor.client.get(place).context["form"]["mark"].value()
    editor.share(rights=["edit"])
    page = editor.client.post(place, {"rights": ["view"], "mark": old})
    assert page.status_code == 409
    assert "This changed since the page was shown" in text(page)
    assert page.context["form"]["rights"].value() == ["edit"]
    assert granted(platform) == [("p3", ["edit"])]
    assert len(said()) == 1


def test_what_is_so_already_is_not_asked_for_again(editor: Walker, line: Any) -> None:
    editor.share(rights=["view"])
    assert editor.share(rights=["view"], fresh=False).status_code == 302
    assert line.changes == 1
    assert len(said()) == 1


def test_a_fragment_is_the_panel_alone_and_says_what_came_of_it(editor: Walker) -> None:
    panel = editor.client.get(editor.at("node"), headers=HTMX)
    assert panel.content.strip().startswith(b"<section")
    place = editor.at("share", audience="p3")
    done = editor.client.post(place, {"rights": ["view"], "mark": ""}, headers=HTMX)
    mark = editor.client.get(place).context["form"]["mark"].value()
    assert done.status_code == 409  # an empty mark is no mark of nothing
    page = editor.client.post(place, {"rights": ["view"], "mark": mark}, headers=HTMX)
    assert "It is shared with Person 3." in text(page)
    assert "<html" not in text(page)
    assert "HX-Request" in page["Vary"]


def test_viewers_see_and_only_editors_change(
    viewer: Walker, editor: Walker, platform: MemoryServer
) -> None:
    editor.share()
    (number,) = platform.platform.grants
    page = text(viewer.panel())
    assert "Person 3" in page
    assert "Revoke" not in page
    assert "Change" not in page
    for address in (
        viewer.at("audiences"),
        viewer.at("share", audience="p3"),
        viewer.at("revoke", grant=number),
    ):
        assert viewer.client.get(address).status_code == 403
        assert viewer.client.post(address, {"rights": ["edit"]}).status_code in (403, 405)
    assert granted(platform) == [("p3", ["view"])]


def test_strangers_find_nothing_and_the_unsigned_are_sent_to_sign_in(
    editor: Walker, charlie: Person, client_of: ClientOf
) -> None:
    for address in (
        editor.at("node"), editor.at("audiences"), editor.at("share", audience="p3"),
        editor.at("revoke", grant="x"),
    ):  # fmt: skip
        assert client_of(charlie).get(address).status_code == 404
        assert Client().get(address)["Location"].startswith("/sign-in/")
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(Person.objects.get(name="Erin"))
    assert strict.post(editor.at("share", audience="p3"), {"rights": ["view"]}).status_code == 403


@pytest.mark.parametrize("node", ["", "nowhere", "x" * 401, "a\0b", "../plant", "<b>"])
def test_a_node_that_no_platform_has_is_not_found(editor: Walker, node: str) -> None:
    assert editor.panel(node).status_code == 404
    assert editor.share(node=node, fresh=False).status_code == 404


@pytest.mark.parametrize("value", ["x" * 1_001, "a\0b"])
def test_an_audience_or_grant_that_nobody_minted_is_not_found(editor: Walker, value: str) -> None:
    assert editor.client.get(editor.at("share", audience=value)).status_code == 404
    assert editor.client.get(editor.at("revoke", grant=value)).status_code == 404
    assert editor.client.get(editor.at("audiences", cursor=value)).status_code == 404


def test_what_was_revoked_already_is_said_and_is_no_error(editor: Walker) -> None:
    gone = editor.client.get(editor.at("revoke", grant="grant99"))
    assert gone.status_code == 200
    assert "It was revoked already." in text(gone)
    assert editor.revoke("grant99").status_code == 302
    assert not said()


def test_an_end_that_is_past_is_marked(editor: Walker, platform: MemoryServer) -> None:
    editor.share()
    (grant,) = platform.platform.grants.values()
    grant["until"] = int((datetime.now(UTC) - timedelta(days=1)).timestamp()) * 1_000_000
    assert "over</span>" in text(editor.panel())


def test_what_the_platform_cannot_do_is_said(
    editor: Walker, monkeypatch: pytest.MonkeyPatch
) -> None:
    rights = MemoryService.traits.rights
    monkeypatch.setattr(MemoryService, "traits", Traits(rights=rights))
    assert "access lasts until it is revoked" in text(editor.panel())
    form = editor.client.get(editor.at("share", audience="p3"))
    assert "one right at a time" in text(form)
    assert "until" not in form.context["form"].fields
    editor.share(rights="edit")
    page = editor.client.get(editor.at("share", audience="p3"))
    assert page.context["form"]["rights"].value() == "edit"
    monkeypatch.setattr(MemoryService, "traits", Traits(rights=rights[:1]))
    assert "nothing can be changed" in text(editor.panel())
    assert not pages.limits(Traits(rights=rights, rights_combine=True, grants_expire=True))


def test_a_platform_without_sharing_has_no_such_pages(
    editor: Walker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.sharing.pages.can", lambda connection, power: False)
    assert editor.panel().status_code == 404


def test_a_platform_that_was_silent_a_moment_ago_is_not_waited_for_again(
    editor: Walker, line: Any, stored: Connection
) -> None:
    editor.panel()
    Connection.objects.filter(pk=stored.pk).update(
        health=Health.DOWN, trouble="No answer.", checked_at=datetime.now(UTC)
    )
    assert editor.panel().status_code == 503
    assert editor.client.get(editor.at("node", retry="1")).status_code == 200


def test_the_panel_costs_few_queries(viewer: Walker, editor: Walker) -> None:
    editor.share("p5", PLANT)
    editor.share("p3")
    viewer.panel()
    with CaptureQueriesContext(database) as queries:
        assert viewer.panel().status_code == 200
    assert len(queries) <= MOST
