"""Connections that are there: who may do what, health, replacing, deleting, the vault's key."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from connectors.errors import AuthFailed, BadAnswer, ConfigInvalid, RateLimited, Unavailable
from dashboard.accounts.models import Person, Workspace
from dashboard.activity.models import Notice
from dashboard.connections import tasks, vault
from dashboard.connections.health import LOCKED, connection_check, health_note, health_of
from dashboard.connections.models import Connection, Draft, Health
from dashboard.connections.services import dependents
from tests.conformance.memory.server import TOKEN, MemoryServer

Clients = Callable[[Person], Client]
PAGES = ("", "edit/", "secrets/", "delete/")


@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_finds_no_page_of_a_connection(
    stored: Connection, charlie: Person, client_of: Clients, page: str
) -> None:
    assert client_of(charlie).get(f"/connections/{stored.pk}/{page}").status_code == 404


@pytest.mark.parametrize(("page", "status"), list(zip(PAGES, (200, 403, 403, 403), strict=True)))
def test_a_viewer_looks_and_changes_nothing(
    stored: Connection, bob: Person, client_of: Clients, page: str, status: int
) -> None:
    assert client_of(bob).get(f"/connections/{stored.pk}/{page}").status_code == status


@pytest.mark.parametrize("page", ["edit/", "secrets/", "delete/", "check/"])
def test_neither_a_stranger_nor_a_viewer_changes_a_connection(
    stored: Connection, bob: Person, charlie: Person, client_of: Clients, page: str
) -> None:
    address = f"/connections/{stored.pk}/{page}"
    assert client_of(bob).post(address).status_code == 403
    assert client_of(charlie).post(address).status_code == 404
    assert Connection.objects.get().name == "Plant"


def test_a_viewer_cannot_add_a_connection(bob: Person, client_of: Clients) -> None:
    assert client_of(bob).get("/connections/new/").status_code == 403


def test_nobody_sees_a_connection_without_signing_in(stored: Connection, client: Client) -> None:
    assert client.get(f"/connections/{stored.pk}/")["Location"].startswith("/sign-in/")


def test_checking_by_get_is_refused(owner: Client, stored: Connection) -> None:
    assert owner.get(f"/connections/{stored.pk}/check/").status_code == 405


def test_a_list_of_fifty_takes_at_most_eight_queries(
    owner: Client, stored: Connection, workspace: Workspace
) -> None:
    for number in range(60):
        stored.pk, stored.account_id, stored.name = None, str(number), f"Plant {number:02}"
        stored._state.adding = True
        stored.pk = Connection().pk
        stored.save()
    with CaptureQueriesContext(
        database,
    ) as queries:
        page = owner.get("/connections/").content.decode()
    assert len(queries) <= 8
    assert page.count("row-name") == 50
    assert "1–50 of 61" in page


def test_check_now_asks_the_platform_and_answers_with_a_fragment(
    owner: Client, stored: Connection
) -> None:
    Connection.objects.update(account_id="", health=Health.UNCHECKED)
    answer = owner.post(f"/connections/{stored.pk}/check/", headers={"HX-Request": "true"})
    stored.refresh_from_db()
    assert b"working" in answer.content
    assert stored.health == Health.OK
    assert stored.account_id
    assert not Notice.objects.exists()


def test_down_and_up_again_are_told_and_logged_once_each(
    stored: Connection,
    platform: MemoryServer,
    caplog: pytest.LogCaptureFixture,
    settings: Any,
) -> None:
    caplog.set_level(logging.INFO, logger="dashboard.connections.health")
    Connection.objects.update(account_id="")
    stored.refresh_from_db()
    platform.close()
    for _ in range(3):
        connection_check(stored)
    assert stored.health == Health.DOWN
    assert stored.trouble
    again = MemoryServer()
    stored.settings = {"url": again.url}
    settings.ALLOW_ADDRESSES = frozenset({("127.0.0.1", again.port)})
    for _ in range(3):
        connection_check(stored)
    again.close()
    assert [notice.state for notice in Notice.objects.order_by("pk")] == ["down", "ok"]
    assert len(caplog.records) == 2


def test_of_two_who_see_the_same_change_one_tells_it(stored: Connection) -> None:
    other = Connection.objects.get(pk=stored.pk)
    health_note(stored, health=Health.DOWN, says="gone")
    health_note(other, health=Health.DOWN, says="gone")
    assert Notice.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "health"),
    [
        (AuthFailed("x"), Health.SIGN_IN),
        (Unavailable("x"), Health.DOWN),
        (BadAnswer("x"), Health.DOWN),
        (ConfigInvalid("x"), Health.FAULT),
        (RateLimited("x"), Health.OK),
    ],
)
def test_each_error_has_its_word(wrong: Any, health: Health) -> None:
    assert health_of(wrong, before="ok") == health


def test_the_round_leaves_a_refused_sign_in_alone(
    stored: Connection, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(tasks.check_one, "delay", asked.append)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.check_all()
    Connection.objects.update(health=Health.SIGN_IN)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.check_all()
    assert asked == [str(stored.pk)]


def test_checking_a_connection_that_was_deleted_meanwhile_is_nothing(stored: Connection) -> None:
    key = str(stored.pk)
    stored.delete()
    tasks.check_one(key)
    assert not Notice.objects.exists()


def test_with_a_wrong_vault_key_lists_load_and_say_locked(
    owner: Client, stored: Connection, settings: Any
) -> None:
    settings.VAULT_KEYS = ["another key that is long enough to be one"]
    listed = owner.get("/connections/")
    assert listed.status_code == 200
    assert "health-locked" in listed.content.decode()
    assert "health-locked" in owner.get(f"/connections/{stored.pk}/").content.decode()
    connection_check(stored)
    assert (stored.health, stored.trouble) == (Health.LOCKED, LOCKED)


def test_replacing_the_secret_keeps_the_connection_and_forgets_old_tokens(
    owner: Client, stored: Connection, walk: Any
) -> None:
    walk_first = Connection.objects.filter(pk=stored.pk)
    walk_first.update(account_id="", health=Health.SIGN_IN, kept=vault.seal({"old": "token"}))
    walk(owner, f"/connections/{stored.pk}/secrets/", connection_name="Plant 2")
    now = Connection.objects.get()
    assert (now.pk, now.name, now.health) == (stored.pk, "Plant 2", Health.OK)
    assert vault.unseal(now.kept) == {}
    assert vault.unseal(now.sealed) == {"token": TOKEN}


def test_another_account_cannot_slip_into_a_connection(
    owner: Client, stored: Connection, walk: Any
) -> None:
    Connection.objects.update(account_id="somebody-else", account_label="Somebody else")
    page = walk(owner, f"/connections/{stored.pk}/secrets/").content.decode()
    assert "belongs to Somebody else" in page
    assert Connection.objects.get().account_id == "somebody-else"


def test_the_secrets_of_a_connection_are_never_sent_to_a_new_address(
    owner: Client, stored: Connection, walk: Any
) -> None:
    address = f"/connections/{stored.pk}/secrets/"
    page = walk(owner, address, url="http://127.0.0.1:1", token="").content.decode()
    assert "id_token_error" in page
    assert not Draft.objects.exists()


def test_renaming_asks_no_platform(
    owner: Client, stored: Connection, platform: MemoryServer
) -> None:
    owner.post(f"/connections/{stored.pk}/edit/", {"connection_name": "‮Werk"})
    assert Connection.objects.get().name == "‮Werk"


def test_the_page_before_deleting_names_what_depends_on_it(
    owner: Client, stored: Connection, workspace: Workspace
) -> None:
    chart = workspace.charts.create(name="Load <curve>")
    chart.series.create(connection=stored, node="power")
    export = workspace.exports.create(name="Every morning")
    export.series.create(connection=stored, node="power")
    page = owner.get(f"/connections/{stored.pk}/delete/").content.decode()
    assert "Load &lt;curve&gt;" in page
    assert "Every morning" in page
    assert [one.kind for one in dependents(stored)] == ["chart", "export"]


def test_deleting_deletes_and_is_written_down(owner: Client, stored: Connection) -> None:
    owner.get(f"/connections/{stored.pk}/delete/")
    assert Connection.objects.exists()
    page = owner.post(f"/connections/{stored.pk}/delete/", follow=True).content.decode()
    assert "“Plant” is deleted." in page
    assert not Connection.objects.exists()
    assert "deleted" in owner.get("/activity/").content.decode()


def test_the_admin_site_shows_health_and_no_sealed_column(
    alice: Person, owner: Client, stored: Connection
) -> None:
    Person.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    listed = owner.get("/admin/connections/connection/?q=Plant").content.decode()
    page = owner.get(f"/admin/connections/connection/{stored.pk}/change/").content.decode()
    assert "Plant" in listed
    assert "sealed" not in page
    assert bytes(stored.sealed).decode() not in listed + page
    assert owner.get("/admin/connections/connection/add/").status_code == 403


def test_a_setting_that_cannot_work_is_named_by_the_check(stored: Connection) -> None:
    stored.settings = {}
    connection_check(stored)
    assert stored.health == Health.FAULT
    assert stored.trouble == "Some settings need a look. url: Field required."
