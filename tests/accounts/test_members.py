"""The members of a workspace, and working in one of several."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from dashboard.access import Role
from dashboard.accounts.models import Membership, Person, Workspace

Clients = Callable[[Person], Client]


def roles(workspace: Workspace) -> dict[str, int]:
    return dict(workspace.memberships.values_list("person__email", "role"))


def test_an_owner_adds_somebody_who_has_an_account(
    alice: Person, workspace: Workspace, charlie: Person, client_of: Clients
) -> None:
    client_of(alice).post("/members/", {"email": "Charlie@example.org", "role": Role.EDITOR})
    assert roles(workspace)[charlie.email] == Role.EDITOR


def test_who_has_no_account_is_told_how_to_get_one(alice: Person, client_of: Clients) -> None:
    answer = client_of(alice).post("/members/", {"email": "x@example.org", "role": Role.EDITOR})
    assert "manage.py person add" in answer.content.decode()


def test_a_viewer_sees_the_members_and_changes_none(
    bob: Person, alice: Person, workspace: Workspace, client_of: Clients
) -> None:
    client = client_of(bob)
    client.post("/workspace/", {"workspace": str(workspace.pk)})
    mine = Membership.objects.get(person=alice)
    assert "alice@example.org" in client.get("/members/").content.decode()
    assert client.post("/members/", {"email": bob.email, "role": 3}).status_code == 403
    assert client.post(f"/members/{mine.pk}/role/", {"role": 1}).status_code == 403
    assert client.post(f"/members/{mine.pk}/remove/").status_code == 403


def test_a_stranger_finds_no_member(alice: Person, charlie: Person, client_of: Clients) -> None:
    mine = Membership.objects.get(person=alice)
    assert client_of(charlie).get(f"/members/{mine.pk}/remove/").status_code == 404
    assert client_of(charlie).post(f"/members/{mine.pk}/role/", {"role": 1}).status_code == 404


def test_roles_change_and_members_leave(
    alice: Person, bob: Person, workspace: Workspace, client_of: Clients
) -> None:
    his = Membership.objects.get(person=bob, workspace=workspace)
    client_of(alice).post(f"/members/{his.pk}/role/", {"role": Role.EDITOR})
    assert roles(workspace)[bob.email] == Role.EDITOR
    client_of(alice).post(f"/members/{his.pk}/remove/")
    assert bob.email not in roles(workspace)


@pytest.mark.parametrize(("page", "typed"), [("role", {"role": "1"}), ("remove", {})])
def test_the_last_owner_stays_owner(
    alice: Person, workspace: Workspace, client_of: Clients, page: str, typed: dict[str, str]
) -> None:
    mine = Membership.objects.get(person=alice)
    answer = client_of(alice).post(f"/members/{mine.pk}/{page}/", typed, follow=True)
    assert "A workspace needs an owner." in answer.content.decode()
    assert roles(workspace) == {alice.email: Role.OWNER}


def test_switching_is_only_into_a_workspace_of_ones_own(
    alice: Person, charlie: Person, workspace: Workspace, client_of: Clients
) -> None:
    client = client_of(charlie)
    assert client.post("/workspace/", {"workspace": str(workspace.pk)}).status_code == 404
    Membership.objects.create(workspace=workspace, person=charlie, role=Role.VIEWER)
    assert client.post("/workspace/", {"workspace": str(workspace.pk)}).status_code == 302
    assert "Alice&#x27;s workspace" in client.get("/activity/").content.decode()


def test_who_is_in_no_workspace_gets_one_of_their_own(alice: Person, client_of: Clients) -> None:
    Membership.objects.all().delete()
    client = client_of(alice)
    assert client.get("/connections/").status_code == 200
    assert client.get("/activity/").status_code == 200
    assert client.get("/members/").status_code == 200
    assert alice.memberships.get().role == Role.OWNER
