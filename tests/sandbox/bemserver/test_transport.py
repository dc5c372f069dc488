"""The rules of BEMServer's wire: sign-in, ETags, paging, bodies, errors."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest

from connectors.sandbox.bemserver.call import Settings
from connectors.sandbox.clock import Clock
from tests.sandbox.client import Raw
from tests.sandbox.server import ADMIN, SandboxServer


def test_anyone_may_ask_about_the_versions(stranger: Raw) -> None:
    reply = stranger("GET", "/about/")
    assert reply.data == {"versions": {"bemserver_core": "0.21.4", "bemserver_api": "0.26.0"}}
    again = stranger("GET", "/about/", headers={"If-None-Match": reply.headers["etag"]})
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize("flavour", ["0.24.3", "0.26.0", "0.27.0"])
def test_each_flavour_names_itself_and_has_its_own_services(flavour: str) -> None:
    with SandboxServer("bemserver", settings={"bemserver": Settings(flavour=flavour)}) as server:
        raw = Raw(server, ADMIN)
        assert raw("GET", "/about/").data["versions"]["bemserver_api"] == flavour
        old, new = ("/st_cleanups_by_campaigns/", "/tasks/")
        kept, gone = (old, new) if flavour < "0.26" else (new, old)
        assert (raw("GET", kept).status, raw("GET", gone).status) == (200, 404)


def test_keys_are_sorted_before_api_0_26_and_in_schema_order_since() -> None:
    orders = []
    for flavour in ("0.24.3", "0.26.0"):
        settings = {"bemserver": Settings(flavour=flavour)}
        with SandboxServer("bemserver", settings=settings) as server:
            orders.append(list(Raw(server, ADMIN)("GET", "/sites/1").data))
    assert orders[0] == sorted(orders[0])
    assert orders[1][:2] == ["id", "name"]


@pytest.mark.parametrize(
    ("header", "status", "code"),
    [
        (None, 401, "missing_authentication"),
        ("Bearer", 400, None),
        ("bearer x", 401, "invalid_scheme"),
        ("Basic eDp5", 401, "invalid_scheme"),
        ("Bearer x.y.z", 401, "invalid_token"),
    ],
)
def test_a_wrong_authorization_header_says_what_is_wrong(
    stranger: Raw, header: str | None, status: int, code: str | None
) -> None:
    headers = {"Authorization": header} if header else {}
    reply = stranger("GET", "/campaigns/", headers=headers)
    assert reply.status == status
    assert reply.data.get("errors", {}).get("authentication") == code
    assert reply.headers.get("www-authenticate") == ("Bearer" if status == 401 else None)


def test_a_failed_sign_in_is_200_and_a_malformed_one_422(stranger: Raw) -> None:
    body = {"email": ADMIN.email, "password": "wrong"}
    reply = stranger("POST", "/auth/token", body)
    assert (reply.status, reply.data) == (200, {"status": "failure"})
    assert stranger("POST", "/auth/token", {"email": "nobody"}).data["errors"]["json"] == {
        "email": ["Not a valid email address."],
        "password": ["Missing data for required field."],
    }
    assert stranger("POST", "/auth/token", [1]).status == 422


def test_only_a_refresh_token_refreshes_and_it_opens_nothing_else(admin: Raw) -> None:
    asked = ("POST", "/auth/token/refresh")
    assert admin(*asked).data["errors"]["authentication"] == "invalid_token"
    fresh = admin(*asked, headers={"Authorization": f"Bearer {admin.refresh}"})
    assert sorted(fresh.data) == ["access_token", "refresh_token", "status"]
    reply = admin("GET", "/campaigns/", headers={"Authorization": f"Bearer {admin.refresh}"})
    assert reply.data["errors"]["authentication"] == "invalid_token"


def test_an_access_token_expires_by_the_sandbox_clock() -> None:
    with SandboxServer("bemserver", settings={"bemserver": Settings(access_seconds=0)}) as server:
        raw = Raw(server, ADMIN)
        reply = raw("GET", "/campaigns/")
        assert (reply.status, reply.data["errors"]["authentication"]) == (401, "expired_token")


def test_basic_works_only_where_the_operator_allows_it() -> None:
    credentials = base64.b64encode(f"{ADMIN.email}:{ADMIN.password}".encode()).decode()
    wrong = base64.b64encode(f"{ADMIN.email}:nope".encode()).decode()
    with SandboxServer("bemserver", settings={"bemserver": Settings(basic=True)}) as server:
        raw = Raw(server)
        seen = [
            raw("GET", "/campaigns/", headers={"Authorization": f"Basic {sent}"})
            for sent in (credentials, wrong, "***")
        ]
    assert seen[0].status == 200
    assert [reply.data["errors"]["authentication"] for reply in seen[1:]] == [
        "invalid_credentials",
        "malformed_credentials",
    ]


def test_an_item_is_guarded_by_its_etag(admin: Raw) -> None:
    made = admin("POST", "/campaigns/", {"name": "E", "timezone": "UTC"})
    path, tag = f"/campaigns/{made.data['id']}", made.headers["etag"]
    change = {"name": "F", "timezone": "UTC"}
    assert admin("GET", path).headers["etag"] == tag
    assert admin("GET", path, headers={"If-None-Match": tag.strip('"')}).status == 304
    assert admin("PUT", path, change).status == 428
    assert admin("PUT", path, change, headers={"If-Match": '"0"'}).status == 412
    changed = admin("PUT", path, change, headers={"If-Match": tag})
    assert changed.headers["etag"] != tag
    assert admin("DELETE", path, headers={"If-Match": tag}).status == 412
    assert admin("DELETE", path, headers={"If-Match": "*"}).status == 204
    assert admin("GET", path).status == 404


def test_the_checks_come_in_the_platforms_order(admin: Raw, outsider: Raw, stranger: Raw) -> None:
    bad, match = {"nonsense": 1}, {"If-Match": '"0"'}
    assert stranger("PUT", "/sites/1", bad).status == 401
    assert outsider("PUT", "/sites/1", bad).status == 428
    assert outsider("PUT", "/sites/1", bad, headers=match).status == 422
    assert outsider("PUT", "/sites/99999", {"name": "x"}, headers=match).status == 404
    assert outsider("PUT", "/sites/1", {"name": "x"}, headers=match).status == 403
    assert admin("PUT", "/sites/1", {"name": "x"}, headers=match).status == 412


def test_etags_can_be_switched_off() -> None:
    with SandboxServer("bemserver", settings={"bemserver": Settings(etags=False)}) as server:
        raw = Raw(server, ADMIN)
        assert "etag" not in raw("GET", "/sites/1").headers
        assert raw("DELETE", "/sites/1").status == 204


def test_pages_hold_ten_and_tell_where_they_are(admin: Raw) -> None:
    first = admin("GET", "/timeseries/", query={"sort": "name"})
    total = json.loads(first.headers["x-pagination"])["total"]
    names = [row["name"] for row in first.data]
    assert len(names) == 10
    page = 2
    while len(names) < total:
        reply = admin("GET", "/timeseries/", query={"sort": "name", "page": page})
        names += [row["name"] for row in reply.data]
        page += 1
    assert names == sorted(set(names))
    beyond = admin("GET", "/timeseries/", query={"page": 999})
    assert (beyond.data, "page" in json.loads(beyond.headers["x-pagination"])) == ([], False)
    assert admin("GET", "/timeseries/", query={"page_size": 101}).status == 422
    assert len(admin("GET", "/sites/", query={"page_size": 1}).data) > 1


def test_put_replaces_the_whole_and_null_is_left_out(admin: Raw) -> None:
    body = {"name": "A", "timezone": "UTC", "description": "about"}
    made = admin("POST", "/campaigns/", body)
    path, tag = f"/campaigns/{made.data['id']}", made.headers["etag"]
    changed = admin("PUT", path, {"name": "A", "timezone": "UTC"}, headers={"If-Match": tag})
    assert "description" not in changed.data


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"name": "x", "campaign_id": 1, "nonsense": 1}, {"nonsense": ["Unknown field."]}),
        ({"name": "x" * 81, "campaign_id": 1}, {"name": ["Length must be between 1 and 80."]}),
        ({"name": 5, "campaign_id": 1}, {"name": ["Not a valid string."]}),
        ({"name": "x"}, {"campaign_id": ["Missing data for required field."]}),
    ],
)
def test_a_wrong_body_is_named_field_by_field(
    admin: Raw, body: dict[str, object], errors: dict[str, list[str]]
) -> None:
    reply = admin("POST", "/sites/", body)
    assert (reply.status, reply.data["errors"]["json"]) == (422, errors)


def test_conflicts_say_which_kind_they_are(admin: Raw) -> None:
    reply = admin("POST", "/sites/", {"name": "x", "campaign_id": 999})
    assert (reply.status, reply.data["message"]) == (409, "Foreign key constraint violation")
    reply = admin("POST", "/campaigns/", {"name": "UK homes", "timezone": "UTC"})
    assert (reply.status, reply.data["message"]) == (409, "Unique constraint violation")


def test_errors_are_never_a_page_of_the_framework(admin: Raw) -> None:
    seen = {
        admin("GET", "/nowhere/").status: 404,
        admin("PATCH", "/sites/1").status: 405,
        admin("GET", "/notifications/abc").status: 500,
    }
    assert all(got == wanted for got, wanted in seen.items())
    reply = admin("POST", "/sites/", b"{broken")
    assert reply.data == {
        "code": 400,
        "status": "Bad Request",
        "errors": {"json": ["Invalid JSON body."]},
    }
    assert admin("GET", "/sites/1/").data["code"] == 404


def test_a_collection_without_its_slash_is_sent_on(admin: Raw) -> None:
    reply = admin("GET", "/sites", query={"campaign_id": 1})
    assert reply.status == 308
    assert reply.headers["location"].endswith("/sites/?campaign_id=1")


def test_an_unknown_query_parameter_is_ignored_and_an_alias_zone_refused(admin: Raw) -> None:
    everything = admin("GET", "/sites/").data
    assert admin("GET", "/sites/", query={"campain_id": 1}).data == everything
    body = {"name": "x", "timezone": "US/Pacific"}
    assert admin("POST", "/campaigns/", body).status == 422


def test_the_clock_can_be_moved_and_runs_on() -> None:
    now = datetime(2024, 6, 1, tzinfo=UTC)
    with SandboxServer("bemserver", clock=Clock.starting_at(now)) as server:
        raw = Raw(server, ADMIN)
        row = raw("GET", "/timeseries/", query={"in_name": "Library electric power"}).data[0]
        query = {"data_state": 1, "timeseries": row["id"]}
        stats = raw("GET", "/timeseries_data/stats", query=query).data["stats"][str(row["id"])]
    last = datetime.fromisoformat(stats["last_timestamp"])
    assert timedelta(0) <= last - now < timedelta(minutes=2)
