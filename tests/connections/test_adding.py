"""Adding a connection: the grown form, the staged test, and what is kept only when all passed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from dashboard.accounts.models import Person, Workspace
from dashboard.activity.models import Event
from dashboard.connections import vault
from dashboard.connections.drafts import draft_finish, draft_start, draft_step
from dashboard.connections.models import Connection, Draft, Health
from tests.conformance.memory.server import TOKEN, MemoryServer
from tests.connections.conftest import MARKER

Walk = Callable[..., Any]


def test_the_empty_list_says_what_to_do(owner: Client) -> None:
    assert "Connect your first platform" in owner.get("/connections/").content.decode()


def test_the_platforms_are_offered_with_their_summary(
    owner: Client, platform: MemoryServer
) -> None:
    page = owner.get("/connections/new/").content.decode()
    assert "A small platform for tests." in page
    assert "/connections/new/memory/" in page


def test_what_happens_next_is_said_as_it_is(owner: Client, platform: MemoryServer) -> None:
    signed = owner.get("/connections/new/memory/").content.decode()
    assert "checks its certificate" in signed
    alone = owner.get("/connections/new/filebox/").content.decode()
    assert "Tieline tries these settings" in alone
    assert "certificate" not in alone


def test_the_form_grows_from_the_declared_settings(owner: Client, platform: MemoryServer) -> None:
    page = owner.get("/connections/new/memory/").content.decode()
    assert "Where the memory platform listens." in page
    assert 'type="password" name="token"' in page


def test_a_kind_that_does_not_exist_is_not_found(owner: Client) -> None:
    assert owner.get("/connections/new/nothing/").status_code == 404


def test_an_account_that_works_is_kept_with_its_secret_sealed(owner: Client, walk: Walk) -> None:
    page = walk(owner).content.decode()
    connection = Connection.objects.get()
    assert "“Plant” is connected." in page
    assert connection.health == Health.OK
    assert connection.account_id
    assert "token" not in connection.settings
    assert TOKEN.encode() not in bytes(connection.sealed)
    assert vault.unseal(connection.sealed) == {"token": TOKEN}
    assert Event.objects.get().verb == "connected"
    assert not Draft.objects.exists()


def test_the_sample_names_a_series_that_was_read(owner: Client, platform: MemoryServer) -> None:
    typed = {"connection_name": "Plant", "url": platform.url, "token": TOKEN}
    draft = Draft.objects.get(pk=owner.post("/connections/new/memory/", typed)["Location"][18:-1])
    for _ in range(5):
        draft_step(draft)
    assert [row["stage"] for row in draft.outcomes] == [
        "name", "reach", "secure", "sign-in", "sample",
    ]  # fmt: skip
    assert "points of “" in draft.outcomes[-1]["says"]
    assert draft.outcomes[2]["warns"] is True


def test_a_wrong_secret_fails_at_the_sign_in_and_keeps_nothing(owner: Client, walk: Walk) -> None:
    page = walk(owner, token=MARKER).content.decode()
    assert "is-failed" in page
    assert page.count("is-done") + page.count("is-warned") == 3
    assert "Token" in page
    assert not Connection.objects.exists()


def test_a_wrong_port_fails_at_the_address_and_never_blames_the_secret(
    owner: Client, walk: Walk, settings: Any
) -> None:
    settings.ALLOW_ADDRESSES = frozenset({("127.0.0.1", 9)})
    page = walk(owner, url="http://127.0.0.1:9").content.decode()
    assert "Look at: <strong>Address</strong>" in page
    assert not Connection.objects.exists()


@pytest.mark.parametrize("url", ["http://10.0.0.7", "http://127.0.0.1:1", "http://169.254.1.1"])
def test_an_address_that_is_not_public_is_refused(owner: Client, walk: Walk, url: str) -> None:
    page = walk(owner, url=url).content.decode()
    assert "is-failed" in page
    assert "TIELINE_ALLOW_ADDRESSES" in page
    assert not Connection.objects.exists()


def test_after_a_failure_the_form_still_holds_all_but_the_secret(owner: Client, walk: Walk) -> None:
    walk(owner, token=MARKER)
    page = owner.get(f"/connections/new/memory/?draft={Draft.objects.get().pk}").content.decode()
    assert 'value="Plant"' in page
    assert "http://127.0.0.1:" in page
    assert MARKER not in page


def test_a_missing_setting_is_told_beside_its_field_and_nothing_else_is_lost(
    owner: Client, walk: Walk
) -> None:
    page = walk(owner, token="", connection_name="<b>Plant</b>").content.decode()
    assert "id_token_error" in page
    assert "&lt;b&gt;Plant&lt;/b&gt;" in page
    assert "typed again" in page


def test_the_same_account_twice_is_refused_with_a_way_to_the_first(
    owner: Client, walk: Walk
) -> None:
    walk(owner)
    first = Connection.objects.get()
    page = walk(owner, connection_name="Again").content.decode()
    assert "connected here already, as “Plant”" in page
    assert f"/connections/{first.pk}/" in page
    assert Connection.objects.count() == 1


def test_two_tests_of_one_account_finished_at_once_make_one_connection(
    alice: Person, workspace: Workspace, platform: MemoryServer
) -> None:
    drafts = [
        draft_start(
            workspace=workspace,
            person=alice,
            kind="memory",
            name=name,
            plain={"url": platform.url},
            secrets={"token": TOKEN},
        )
        for name in ("one", "two")
    ]
    for draft in drafts:
        for _ in range(5):
            draft_step(draft)
    assert [draft_finish(draft).kept for draft in drafts] == [True, False]
    assert Connection.objects.get().name == "one"


def test_a_test_that_has_not_passed_cannot_be_finished(
    alice: Person, workspace: Workspace, platform: MemoryServer
) -> None:
    draft = draft_start(
        workspace=workspace, person=alice, kind="memory", name="x",
        plain={"url": platform.url}, secrets={},
    )  # fmt: skip
    with pytest.raises(ValueError, match="has passed"):
        draft_finish(draft)


def test_with_htmx_each_stage_is_a_fragment_and_the_last_one_leads_on(
    owner: Client, platform: MemoryServer
) -> None:
    typed = {"connection_name": "Plant", "url": platform.url, "token": TOKEN}
    page = owner.post("/connections/new/memory/", typed)["Location"]
    answers = [owner.post(f"{page}step/", headers={"HX-Request": "true"}) for _ in range(5)]
    assert b"<html" not in answers[0].content
    assert b'hx-trigger="load' in answers[0].content
    assert answers[-1]["HX-Redirect"] == f"/connections/{Connection.objects.get().pk}/"


def test_a_draft_is_gone_after_an_hour(
    owner: Client, walk: Walk, alice: Person, workspace: Workspace
) -> None:
    walk(owner, token=MARKER)
    Draft.objects.update(at=timezone.now() - timedelta(minutes=61))
    walk(owner, token=MARKER, connection_name="Later")
    assert Draft.objects.get().name == "Later"


def test_nobody_else_sees_a_draft(
    owner: Client, walk: Walk, charlie: Person, bob: Person,
    client_of: Callable[[Person], Client],
) -> None:  # fmt: skip
    walk(owner, token=MARKER)
    page = f"/connections/test/{Draft.objects.get().pk}/"
    assert client_of(charlie).get(page).status_code == 404
    assert client_of(bob).get(page).status_code == 403


def test_a_secret_is_in_no_page_row_log_message_or_session(
    owner: Client, walk: Walk, stored: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    stored.sealed = vault.seal({"token": MARKER})
    stored.save()
    pages = [
        walk(owner, token=MARKER),
        walk(owner, token=MARKER, url="not an address"),
        owner.post(f"/connections/{stored.pk}/check/", follow=True),
        *(
            owner.get(f"/connections/{stored.pk}/{page}")
            for page in ("", "edit/", "secrets/", "delete/")
        ),
        owner.get("/connections/"),
        owner.get("/activity/"),
        owner.get("/activity/notices/"),
    ]
    rows = [
        repr(list(model._default_manager.values()))
        for model in apps.get_models()
        if model is not Session
    ]
    sessions = [repr(session.get_decoded()) for session in Session.objects.all()]
    assert stored.pk
    assert not [page for page in pages if MARKER in page.content.decode()]
    assert not [row for row in rows + sessions if MARKER in row]
    assert MARKER not in caplog.text
