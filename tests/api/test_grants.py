"""Who has access, over REST: looked at, given, changed, revoked; what is lost is said."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.test import Client

from dashboard.access import Role
from dashboard.accounts.models import Person
from dashboard.activity.models import Event
from dashboard.connections.models import Connection
from tests.api.conftest import Keyed
from tests.conformance.memory.server import MemoryServer
from tests.sharing.conftest import Line, line

__all__ = ["line"]

WISH = {"node": "kinds", "audience": "p3", "rights": ["view"]}


def place(connection: Connection, name: str = "grants", **asked: str) -> str:
    return f"/api/v1/connections/{connection.pk}/{name}?{urlencode(asked)}"


def share(client: Client, connection: Connection, **given: Any) -> Any:
    body = json.dumps({**WISH, **given})
    return client.post(place(connection), body, content_type="application/json")


def once_more(client: Client, connection: Connection, key: str, **given: Any) -> Any:
    """The same wish under the same key, as a program sends it again after a time-out."""
    body, headers = json.dumps({**WISH, **given}), {"Idempotency-Key": key}
    asked = place(connection)
    return client.post(asked, body, content_type="application/json", headers=headers)


def grants(client: Client, connection: Connection, node: str = "kinds") -> Any:
    return client.get(place(connection, node=node)).json()


def test_audiences_are_walked_page_by_page_and_found_by_a_text(
    keyed: Keyed, stored: Connection
) -> None:
    found: list[Any] = []
    waiting = [""]
    while waiting:
        asked = place(stored, "audiences", node="kinds", cursor=waiting.pop())
        page = keyed().get(asked).json()
        found += page["audiences"]
        waiting += [page["next"]] if page["next"] else []
    assert len({one["id"] for one in found}) == len(found) == 16
    assert [one["id"] for one in found if one["anew"]] == ["link"]
    hits = keyed().get(place(stored, "audiences", node="kinds", text="AUDIT")).json()
    assert [one["id"] for one in hits["audiences"]] == ["auditors"]
    assert keyed().get(place(stored, "audiences", node="power")).json()["audiences"] == []


def test_access_is_given_changed_looked_at_and_revoked(keyed: Keyed, stored: Connection) -> None:
    made = share(keyed(), stored, until="2040-01-01T00:00:00+01:00").json()
    assert (made["rights"], made["until"]) == (["view"], "2039-12-31T23:00:00Z")
    changed = share(keyed(), stored, rights=["view", "edit"]).json()
    assert changed["id"] == made["id"]
    (listed,) = grants(keyed(), stored)
    assert (listed["rights"], listed["until"], listed["secret"]) == (["view", "edit"], None, None)
    gone = keyed().delete(place(stored, node="kinds", grant=made["id"]))
    assert (gone.status_code, gone.content) == (204, b"")
    assert keyed().delete(place(stored, node="kinds", grant=made["id"])).status_code == 204
    assert grants(keyed(), stored) == []
    assert list(Event.objects.order_by("pk").values_list("verb", flat=True)) == [
        "shared", "changed the sharing of", "revoked the sharing of",
    ]  # fmt: skip


def test_the_text_of_a_link_is_in_the_answer_that_made_it_alone(
    keyed: Keyed, stored: Connection
) -> None:
    made = share(keyed(), stored, audience="link").json()
    assert made["secret"] == f"text-of-{made['id']}"
    assert [one["secret"] for one in grants(keyed(), stored)] == [None]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"rights": []}, "rights"),
        ({"rights": ["fly"]}, "rights"),
        ({"rights": "view"}, "rights"),
        ({"audience": "nobody"}, "audience"),
        ({"until": "2001-01-01T00:00Z"}, "until"),
        ({"until": "2040-01-01T00:00"}, "until"),
    ],
)
def test_bad_values_are_named_by_field(
    keyed: Keyed, stored: Connection, given: dict[str, Any], field: str
) -> None:
    answer = share(keyed(), stored, **given)
    assert answer.status_code == 422
    assert field in answer.json()["fields"]
    assert not Event.objects.exists()


def test_a_grant_from_above_is_listed_with_its_node_and_refused_here(
    keyed: Keyed, stored: Connection
) -> None:
    made = share(keyed(), stored, node="plant").json()
    (listed,) = grants(keyed(), stored)
    assert listed["node"] == "plant"
    refused = keyed().delete(place(stored, node="kinds", grant=made["id"]))
    assert (refused.status_code, set(refused.json()["fields"])) == (422, {"grant"})


def test_a_reading_key_looks_and_changes_nothing(
    keyed: Keyed, stored: Connection, platform: MemoryServer
) -> None:
    reader = keyed(Role.VIEWER)
    assert grants(reader, stored) == []
    assert share(reader, stored).status_code == 403
    assert reader.delete(place(stored, node="kinds", grant="x")).status_code == 403
    assert not platform.platform.grants


@pytest.mark.parametrize("node", ["", "nowhere", "x" * 401, "a\0b"])
def test_a_node_that_no_platform_has_is_not_found(
    keyed: Keyed, stored: Connection, node: str
) -> None:
    assert keyed().get(place(stored, node=node)).status_code == 404
    assert share(keyed(), stored, node=node).status_code == 404


def test_a_lost_answer_is_looked_after_and_never_sent_again(
    keyed: Keyed, stored: Connection, platform: MemoryServer, line: Line
) -> None:
    line.dead = frozenset({"POST"})
    answer = share(keyed(), stored)
    assert (answer.status_code, answer.json()["error"]) == (503, "Unavailable")
    assert "nothing has changed so far" in answer.json()["message"]
    assert line.changes == 1
    line.dead, line.cut = frozenset(), frozenset({"POST"})
    assert share(keyed(), stored).json()["rights"] == ["view"]
    assert len(platform.platform.grants) == 1


def test_a_share_repeated_under_its_key_gives_that_call_and_makes_nothing_new(
    keyed: Keyed, stored: Connection, platform: MemoryServer, line: Line
) -> None:
    key = str(uuid4())
    made = once_more(keyed(), stored, key, audience="link").json()
    assert made["secret"] == f"text-of-{made['id']}"
    again = once_more(keyed(), stored, key, audience="link")
    assert (again.status_code, again.json()["state"]) == (202, "done")
    kept = again.json()["result"]
    assert kept | {"since": made["since"]} == made | {"secret": None}
    assert again.json() == keyed().get(f"/api/v1/calls/{key}").json()
    assert (line.changes, len(platform.platform.grants)) == (1, 1)
    assert [one["id"] for one in grants(keyed(), stored)] == [made["id"]]
    other = once_more(keyed(), stored, str(uuid4()), audience="link")
    assert (other.status_code, len(platform.platform.grants)) == (200, 2)


def test_a_share_under_a_key_is_among_the_past_calls_by_its_node(
    keyed: Keyed, stored: Connection, alice: Person, client_of: Callable[[Person], Client]
) -> None:
    key = str(uuid4())
    once_more(keyed(), stored, key)
    owner = client_of(alice)
    (told,) = owner.get(f"/functions/{stored.pk}/calls/").context["calls"]
    assert (told.label, told.node, str(told.call.pk)) == ("Share", "Kinds of value", key)
    page = owner.get(f"/functions/call/{key}/")
    assert "Call it again" not in page.content.decode()
    assert page.context["call"].state == "done"


def test_a_repeated_share_says_what_became_of_one_that_broke_off_or_was_refused(
    keyed: Keyed, stored: Connection, line: Line
) -> None:
    line.cut = frozenset({"POST"})
    lost, refused = str(uuid4()), str(uuid4())
    first = once_more(keyed(), stored, lost, audience="link")
    again = once_more(keyed(), stored, lost, audience="link")
    assert (first.status_code, again.status_code, again.json()["state"]) == (503, 202, "unknown")
    assert again.json()["says"] == first.json()["message"]
    assert line.changes == 1
    assert once_more(keyed(), stored, refused, rights=["fly"]).status_code == 422
    assert once_more(keyed(), stored, refused, rights=["fly"]).json()["state"] == "failed"


def test_a_key_that_is_none_is_refused_before_anything_is_shared(
    keyed: Keyed, stored: Connection, platform: MemoryServer
) -> None:
    answer = once_more(keyed(), stored, "x")
    assert (answer.status_code, answer.json()["message"]) == (422, "An Idempotency-Key is a UUID.")
    assert not platform.platform.grants


def test_a_platform_without_sharing_says_so(
    keyed: Keyed, stored: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.api.grants.can", lambda connection, power: False)
    answer = keyed().get(place(stored, node="kinds"))
    assert (answer.status_code, answer.json()["message"]) == (404, "This platform has no sharing.")


def test_the_description_has_the_routes_and_what_they_take(
    keyed: Keyed, stored: Connection, alice: Person
) -> None:
    schema = keyed().get("/api/v1/openapi.json").json()
    known = schema["paths"]["/api/v1/connections/{connection}/grants"]
    assert set(known) == {"get", "post", "delete"}
    assert set(schema["components"]["schemas"]["WishShape"]["properties"]) == {
        "node", "audience", "rights", "until",
    }  # fmt: skip
    heard = {one["name"] for one in known["post"]["parameters"]}
    assert heard == {"connection", "Idempotency-Key"}
    assert set(known["post"]["responses"]) == {"200", "202"}
    called = schema["paths"]["/api/v1/connections/{connection}/operations/notes.create"]
    assert {one["name"] for one in called["post"]["parameters"]} == heard
