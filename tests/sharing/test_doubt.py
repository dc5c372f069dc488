"""A change whose answer is lost: never repeated, looked at, and said as what is known."""

from __future__ import annotations

from html import unescape
from typing import Any

from dashboard.activity.models import Event
from tests.conformance.memory.platform import Unknown
from tests.conformance.memory.server import MemoryServer
from tests.sharing.conftest import HTMX, Line, Walker


def text(page: Any) -> str:
    return unescape(page.content.decode())


def verbs() -> list[str]:
    return list(Event.objects.order_by("pk").values_list("verb", flat=True))


def test_what_was_done_although_the_answer_was_lost_is_found_done(
    editor: Walker, line: Line, platform: MemoryServer
) -> None:
    line.cut = frozenset({"POST"})
    page = editor.client.get(editor.share()["Location"])
    assert "the platform did it all the same" in text(page)
    assert line.changes == len(platform.platform.grants) == 1
    assert verbs() == ["shared"]


def test_what_was_not_done_so_far_is_said_and_not_tried_again(
    editor: Walker, line: Line, platform: MemoryServer
) -> None:
    line.dead = frozenset({"POST"})
    page = editor.share()
    assert page.status_code == 503
    assert "nothing has changed so far" in text(page)
    assert "Look again" in text(page)
    assert line.changes == 1
    assert not platform.platform.grants
    assert verbs() == ["may have shared"]


def test_when_nobody_can_be_asked_nobody_knows(editor: Walker, line: Line) -> None:
    place = editor.at("share", audience="p3")
    mark = editor.client.get(place).context["form"]["mark"].value()
    line.meanwhile = lambda: setattr(line, "dead", frozenset({"GET", "POST"}))
    page = editor.client.post(place, {"rights": ["view"], "mark": mark}, headers=HTMX)
    assert page.status_code == 503
    assert "Nobody knows whether it is done" in text(page)
    assert line.changes == 1
    assert verbs() == ["may have shared"]


def test_a_link_whose_text_was_lost_is_named_so_that_it_can_be_revoked(
    editor: Walker, line: Line, platform: MemoryServer
) -> None:
    line.cut = frozenset({"POST"})
    page = editor.share("link", rights="view")
    assert page.status_code == 503
    assert "its text was lost on the way" in text(page)
    (number,) = platform.platform.grants
    assert editor.at("revoke", grant=number) in text(page)
    assert verbs() == ["may have shared"]


def test_a_change_that_was_done_in_part_says_what_holds_now(
    editor: Walker, line: Line, platform: MemoryServer
) -> None:
    editor.share(rights=["view"])
    (grant,) = platform.platform.grants.values()
    line.dead = frozenset({"POST"})
    line.meanwhile = lambda: grant.update(rights=["edit"])
    page = editor.share(rights=["view", "edit"])
    assert page.status_code == 503
    assert "it was done in part. Below is what holds now." in text(page)
    assert line.changes == 2
    assert verbs() == ["shared", "may have changed the sharing of"]


def test_a_revoked_grant_whose_answer_was_lost_is_found_gone(
    editor: Walker, line: Line, platform: MemoryServer
) -> None:
    editor.share()
    (number,) = platform.platform.grants
    line.cut = frozenset({"DELETE"})
    page = editor.client.get(editor.revoke(number)["Location"])
    assert "the platform did it all the same" in text(page)
    assert not platform.platform.grants
    assert verbs() == ["shared", "revoked the sharing of"]


def test_a_grant_that_may_still_be_there_is_said_to_be_there(
    editor: Walker, line: Line, platform: MemoryServer
) -> None:
    editor.share()
    (number,) = platform.platform.grants
    line.dead = frozenset({"DELETE"})
    page = editor.revoke(number)
    assert page.status_code == 503
    assert "nothing has changed so far" in text(page)
    assert number in platform.platform.grants
    assert verbs()[-1] == "may have revoked the sharing of"


def test_a_refusal_is_said_on_the_form_and_written_down(editor: Walker, line: Line) -> None:
    def refuse() -> None:
        raise Unknown

    line.meanwhile = refuse
    page = editor.share()
    assert page.status_code == 404
    assert page.context["form"].non_field_errors()
    assert line.changes == 1
    assert verbs() == ["could not share"]


def test_a_list_that_does_not_come_afterwards_hides_nothing_of_what_was_done(
    editor: Walker, line: Line, platform: MemoryServer
) -> None:
    place = editor.at("share", audience="p3")
    mark = editor.client.get(place).context["form"]["mark"].value()
    line.meanwhile = lambda: setattr(line, "dead", frozenset({"GET"}))
    page = editor.client.post(place, {"rights": ["view"], "mark": mark}, headers=HTMX)
    assert page.status_code == 200
    assert "It is shared with Person 3." in text(page)
    assert "Look again" in text(page)
    assert len(platform.platform.grants) == 1
