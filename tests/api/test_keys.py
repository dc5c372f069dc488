"""Keys: made once, shown once, one workspace, at most the role, until they are over or revoked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard.access import Role
from dashboard.accounts.keys import key_make, key_open
from dashboard.accounts.models import ApiKey, Membership, Person, Workspace
from dashboard.api.urls import api
from tests.api.conftest import Keyed

NOWHERE = "00000000-0000-4000-8000-000000000000"
ROUTE = "/api/v1/connections"


def test_a_key_is_shown_once_and_kept_as_a_digest(
    alice: Person, client_of: Callable[[Person], Client]
) -> None:
    client = client_of(alice)
    made = client.post("/keys/", {"name": "nightly", "role": "1", "lives": "90"})
    text = made.context["made"].text
    assert text in made.content.decode()
    assert text not in client.get("/keys/").content.decode()
    assert text.split("_", 2)[2] not in str(ApiKey.objects.values())
    assert ApiKey.objects.get().expires_at is not None
    answer = Client(headers={"Authorization": f"Bearer {text}"}).get(ROUTE)
    assert (answer.status_code, answer.json()) == (200, [])
    assert ApiKey.objects.get().used_at is not None


@pytest.mark.parametrize("header", ["", "Bearer x", "Bearer tieline_0_x", "Basic abc", "Bearer "])
def test_without_a_good_key_nothing_is_answered(db: None, header: str) -> None:
    answer = Client(headers={"Authorization": header}).get(ROUTE)
    assert answer.status_code == 401
    assert answer.json()["error"] == "Unauthorized"
    assert answer["WWW-Authenticate"] == "Bearer"


def test_a_key_ends_when_it_is_revoked_over_or_its_person_leaves(
    alice: Person, bob: Person, workspace: Workspace
) -> None:
    now = timezone.now()

    def made(person: Person = alice, **facts: object) -> str:
        given = {"person": person, "workspace": workspace, "name": "x", "role": Role.VIEWER}
        return key_make(**given | facts).text  # type: ignore[arg-type]

    assert key_open(made(), now=now) is not None
    assert key_open(made(expires_at=now), now=now) is None
    revoked = made()
    ApiKey.objects.filter(prefix=revoked.split("_")[1]).update(revoked_at=now)
    assert key_open(revoked, now=now) is None
    left = made(bob)
    assert key_open(left, now=now) is not None
    Membership.objects.filter(person=bob).delete()
    assert key_open(left, now=now) is None
    alice.is_active = False
    alice.save()
    assert key_open(made(), now=now) is None
    assert key_open(made()[:-1] + "x", now=now) is None


def test_a_key_may_no_more_than_its_person(bob: Person, workspace: Workspace) -> None:
    text = key_make(person=bob, workspace=workspace, name="x", role=Role.EDITOR).text
    opened = key_open(text, now=timezone.now() + timedelta(days=1))
    assert opened is not None
    assert opened.role == Role.VIEWER


def test_a_viewer_cannot_make_a_key_that_changes_things(
    bob: Person, client_of: Callable[[Person], Client]
) -> None:
    answer = client_of(bob).post("/keys/", {"name": "x", "role": "2", "lives": "30"})
    assert answer.status_code == 403
    assert not ApiKey.objects.exists()


def test_a_key_opens_its_own_workspace_only(
    keyed: Keyed, alice: Person, charlie: Person, stored: object
) -> None:
    other = charlie.workspaces.get()
    Membership.objects.create(workspace=other, person=alice, role=Role.OWNER)
    assert len(keyed().get(ROUTE).json()) == 1
    foreign = keyed(workspace=other)
    assert foreign.get(ROUTE).json() == []
    assert foreign.get(f"{ROUTE}/{stored.pk}/operations").status_code == 404  # type: ignore[attr-defined]


def test_people_revoke_their_own_keys_and_owners_all(
    alice: Person, bob: Person, workspace: Workspace, client_of: Callable[[Person], Client]
) -> None:
    given = {"workspace": workspace, "name": "k", "role": Role.VIEWER}
    hers = key_make(person=alice, **given).key  # type: ignore[arg-type]
    his = key_make(person=bob, **given).key  # type: ignore[arg-type]
    assert client_of(bob).post(f"/keys/{hers.pk}/revoke/").status_code == 403
    assert [key.pk for key in client_of(bob).get("/keys/").context["page"]] == [his.pk]
    assert len(client_of(alice).get("/keys/").context["page"]) == 2
    assert client_of(alice).post(f"/keys/{his.pk}/revoke/").status_code == 302
    his.refresh_from_db()
    assert his.revoked_at is not None


def test_bad_input_is_named_beside_its_field(
    alice: Person, client_of: Callable[[Person], Client]
) -> None:
    answer = client_of(alice).post("/keys/", {"name": "", "role": "3", "lives": "7"})
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"name", "role", "lives"}


def test_a_browser_calls_with_its_session_and_needs_the_token_to_change(
    alice: Person, stored: object
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert len(client.get(ROUTE).json()) == 1
    place = f"{ROUTE}/{stored.pk}/operations/greeting"  # type: ignore[attr-defined]
    refused = client.post(place, {}, content_type="application/json")
    assert refused.status_code == 403


def test_every_route_asks_for_a_key(db: None) -> None:
    given = {"connection": NOWHERE, "call": NOWHERE, "export": NOWHERE, "run": NOWHERE}
    given |= {"file": "1", "name": "greeting"}
    routes: list[Any] = [p for p in api.urls[0] if getattr(p, "name", "") != "api-root"]
    assert len(routes) >= 12
    for route in routes:
        words = {name: given[name] for name in route.pattern.converters}
        address = reverse(f"api:api-routes:{route.name}", kwargs=words)
        for answer in (Client().get(address), Client().post(address)):
            assert answer.status_code in (401, 405), address
