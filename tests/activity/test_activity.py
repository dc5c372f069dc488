"""The list of events, and notices told once."""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dashboard.accounts.models import Person, Workspace
from dashboard.activity.models import Event, Notice
from dashboard.activity.services import event_record, notice_tell

Clients = Callable[[Person], Client]


def test_an_empty_list_says_what_will_be_here(alice: Person, client_of: Clients) -> None:
    client = client_of(alice)
    assert "Nothing has happened yet" in client.get("/activity/").content.decode()
    assert "Nothing to tell" in client.get("/activity/notices/").content.decode()


def test_events_are_paged_in_at_most_eight_queries(
    alice: Person, workspace: Workspace, client_of: Clients
) -> None:
    for number in range(120):
        event_record(workspace=workspace, person=alice, verb="made", subject=f"<i>{number}</i>")
    client = client_of(alice)
    with CaptureQueriesContext(database) as queries:
        page = client.get("/activity/?page=2").content.decode()
    assert len(queries) <= 8
    assert "&lt;i&gt;69&lt;/i&gt;" in page
    assert "&lt;i&gt;70&lt;/i&gt;" not in page
    assert "51–100 of 120" in page


def test_a_page_number_that_is_none_shows_the_nearest(alice: Person, client_of: Clients) -> None:
    assert client_of(alice).get("/activity/?page=9999").status_code == 200
    assert client_of(alice).get("/activity/?page=<b>").status_code == 200


def test_strangers_see_none_of_it(
    alice: Person, workspace: Workspace, charlie: Person, client_of: Clients
) -> None:
    event_record(workspace=workspace, person=alice, verb="connected", subject="Secret plant")
    notice_tell(workspace=workspace, topic="t", state="down", text="Secret plant is down")
    client = client_of(charlie)
    assert "Secret plant" not in client.get("/activity/").content.decode()
    assert "Secret plant" not in client.get("/activity/notices/").content.decode()
    client.post("/activity/notices/seen/")
    assert not Notice.objects.get().seen


def test_the_bell_counts_until_the_notices_are_seen(
    alice: Person, workspace: Workspace, client_of: Clients
) -> None:
    for number in range(3):
        notice_tell(workspace=workspace, topic=f"t{number}", state="down", text="down")
    client = client_of(alice)
    assert 'aria-label="Notices: 3 new"' in client.get("/activity/").content.decode()
    assert client.get("/activity/notices/seen/").status_code == 405
    client.post("/activity/notices/seen/")
    assert "Notices: 3 new" not in client.get("/activity/").content.decode()


def test_the_same_state_is_told_once(workspace: Workspace) -> None:
    told = [
        notice_tell(workspace=workspace, topic="t", state=state, text=state)
        for state in ("down", "down", "ok", "ok", "down")
    ]
    assert [notice is not None for notice in told] == [True, False, True, False, True]


def test_the_admin_site_lists_events_and_changes_none(
    alice: Person, workspace: Workspace, client_of: Clients
) -> None:
    Person.objects.update(is_staff=True, is_superuser=True)
    event = event_record(workspace=workspace, person=alice, verb="made", subject="a chart")
    client = client_of(alice)
    assert "a chart" in client.get("/admin/activity/event/").content.decode()
    client.post(f"/admin/activity/event/{event.pk}/change/", {"subject": "other"})
    assert Event.objects.get().subject == "a chart"
    for page in ("accounts/person", "accounts/workspace", "accounts/membership", "activity/notice"):
        assert client.get(f"/admin/{page}/").status_code == 200
    assert client.get(f"/admin/accounts/person/{alice.pk}/change/").status_code == 200
    assert client.get("/admin/accounts/person/add/").status_code == 200
