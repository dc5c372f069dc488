"""Ids of somebody else in what is posted, fields that no form has, addresses to lead astray by."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from dashboard.accounts.models import Person, Workspace
from dashboard.charts.models import Chart
from dashboard.connections.models import Connection, Draft
from dashboard.exports.models import Export, Run
from tests.badinput.matrix import (
    HIDDEN,
    NOWHERE,
    VIEWER,
    World,
    leaks,
    rows,
)
from tests.sandbox.server import SandboxServer

POSTED: list[tuple[str, Callable[[World], dict[str, Any]]]] = [
    ("charts:save", lambda world: {"series": world.series, "name": "Mine"}),
    ("accounts:workspace", lambda world: {"workspace": world.objects["chart"].workspace_id}),
]


@pytest.mark.parametrize(("name", "fields"), POSTED)
def test_a_posted_id_of_somebody_else_is_not_found(
    name: str, fields: Callable[[World], dict[str, Any]], world: World
) -> None:
    before = rows()
    page = world.stranger.post(reverse(name), fields(world))
    assert page.status_code == 404
    assert not leaks(page)
    assert rows() == before


def test_an_export_of_somebody_elses_series_is_refused_without_naming_it(world: World) -> None:
    before = rows()
    sent = {"series": world.series, "name": "Mine", "zone": "UTC", "format": "csv",
            "shape": "long", "do": "once", "start": "2024-01-01", "end": "2024-02-01"}  # fmt: skip
    page = world.stranger.post(reverse("exports:new"), sent)
    assert page.status_code == 422
    assert not leaks(page)
    assert rows() == before


def test_a_chart_of_somebody_else_is_never_overwritten(
    world: World, charlie: Person, server: SandboxServer
) -> None:
    own = Connection.objects.create(
        workspace=charlie.workspaces.get(), kind="bemserver", name="Own", settings={}
    )
    sent = {"series": f"{own.pk}:timeseries/1@1", "name": "Mine", "span": "P1D",
            "chart": str(world.objects["chart"].pk)}  # fmt: skip
    assert world.stranger.post(reverse("charts:save"), sent).status_code == 302
    world.objects["chart"].refresh_from_db()
    assert world.objects["chart"].name == HIDDEN
    assert Chart.objects.get(name="Mine").workspace == own.workspace


FORGED = {
    "workspace": NOWHERE,
    "workspace_id": NOWHERE,
    "created_by": "1",
    "owner": "1",
    "person": "1",
    "role": "3",
    "is_staff": "on",
    "is_superuser": "on",
    "is_active": "on",
    "email": "evil@example.org",
    "state": "done",
    "health": "ok",
    "account_id": "another",
    "sealed": "x",
    "kept": "x",
    "fence": "99",
    "rows": "99",
    "id": NOWHERE,
    "pk": NOWHERE,
    "cursor": "2020-01-01",
    "next_due": "2020-01-01",
    "failures": "0",
    "paused_because": "",
}


def test_fields_that_no_form_has_change_nothing(
    world: World, bob: Person, workspace: Workspace
) -> None:
    """A viewer cannot make themselves staff, nor an editor give an object away."""
    sent = {**FORGED, "name": "Robert", "zone": "UTC"}
    assert world.viewer.post(reverse("accounts:profile"), sent).status_code == 302
    bob.refresh_from_db()
    assert (bob.name, bob.email, bob.is_staff) == ("Robert", "bob@example.org", False)
    assert bob.memberships.get().role == VIEWER
    connection = world.objects["connection"]
    kept = Connection.objects.values().get(pk=connection.pk)
    edit = reverse("connections:edit", args=[connection.pk])
    assert world.editor.post(edit, {**FORGED, "connection_name": "New"}).status_code == 302
    assert Connection.objects.values().get(pk=connection.pk) == {**kept, "name": "New"}
    made = {**FORGED, "series": world.series, "name": "Made", "zone": "UTC", "format": "csv",
            "shape": "long", "do": "once", "start": "2024-01-01", "end": "2024-02-01"}  # fmt: skip
    assert world.editor.post(reverse("exports:new"), made).status_code == 302
    export = Export.objects.get(name="Made")
    run = Run.objects.get(export=export)
    assert (export.workspace, str(export.created_by)) == (workspace, "erin@example.org")
    assert (run.state, run.fence, run.rows) == ("waiting", 0, 0)
    saved = {**FORGED, "series": world.series, "name": "Drawn", "span": "P1D"}
    assert world.editor.post(reverse("charts:save"), saved).status_code == 302
    assert Chart.objects.get(name="Drawn").workspace == workspace
    typed = {**FORGED, "connection_name": "N", "url": "https://a.example", "email": "a@b.example",
             "password": "p", "data_state": "Raw", "sign_in": "Bearer"}  # fmt: skip
    assert world.editor.post(reverse("connections:new", args=["bemserver"]), typed)
    draft = Draft.objects.get(name="N")
    assert (draft.workspace, draft.account_id, draft.outcomes) == (workspace, "", [])


NEXTS = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "https://evil.example/sign-in/",
    "javascript:alert(1)",
    "data:text/html,x",
    "/%0d%0aLocation:%20//evil.example",
    "\r\nLocation: //evil.example",
    " //evil.example",
    "\u2028//evil.example",
    "http://testserver@evil.example",
]


@pytest.mark.parametrize("next", NEXTS)
def test_next_never_leads_to_another_site(next: str, alice: Person, client: Client) -> None:
    sent = {"username": alice.email, "password": "correct horse battery staple", "next": next}
    answer = client.post(reverse("accounts:sign-in") + "?" + urlencode({"next": next}), sent)
    assert answer.status_code == 302
    assert re.fullmatch(r"/(?![/\\])[!-~]*", answer["Location"])
    assert "\r" not in str(answer.headers)


@pytest.mark.parametrize("next", NEXTS)
def test_the_sign_in_of_the_admin_site_leads_to_no_other_site(
    next: str, owner: Client, client: Client, db: None
) -> None:
    for person in (owner, client):
        answer = person.get("/admin/login/?" + urlencode({"next": next}))
        assert answer.status_code in (200, 302, 403)
        assert re.fullmatch(r"/(?![/\\])[!-~]*", answer.get("Location", "/"))


@pytest.mark.parametrize("host", ["evil.example", "testserver@evil.example", "a b", "localhost:x"])
def test_another_host_in_the_header_is_refused_without_an_echo(host: str, db: None) -> None:
    client = Client()
    for headers in ({"host": host}, {"host": "testserver", "x-forwarded-host": "evil.example"}):
        page = client.get(reverse("accounts:sign-in"), headers=headers)
        assert page.status_code == (400 if headers["host"] == host else 200)
        assert b"evil.example" not in page.content
