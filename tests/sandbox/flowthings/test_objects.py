"""The sandbox flowthings.io: envelopes, who may call, the object services, what a reset leaves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from connectors.sandbox.accounts import ADMIN, MEMBER, OUTSIDER
from connectors.sandbox.flowthings.catalogue import SERVICES
from tests.sandbox.flowthings.wire import KIND, NOWHERE, Account
from tests.sandbox.server import SandboxServer

EMPTY: dict[str, object] = {"messages": [], "errors": [], "references": {}}


def test_a_success_is_an_envelope_of_exactly_these_members(admin: Account) -> None:
    reply = admin("GET", "/flow", limit=1, only="id")
    (flow,) = reply.data["body"]
    assert reply.data == {"head": {"status": 200, "ok": True, **EMPTY}, "body": [flow]}
    assert reply.headers["content-type"] == "application/json"
    assert admin("POST", "/flow", {"path": "/admin/x"}).data["head"]["status"] == 201


@pytest.mark.parametrize(
    ("verb", "target", "status"),
    [
        ("GET", "/", 404), ("GET", "/v0.1", 404), ("GET", "/v0.1/admin", 404),
        ("GET", "/v0.1/admin/nothing", 404), ("GET", "/v0.1/admin//flow", 404),
        ("PATCH", "/v0.1/admin/flow", 405), ("MGET", "/v0.1/admin/flow/f1", 405),
        ("DELETE", "/v0.1/admin/drop", 405), ("GET", "/session", 405), ("BREW", "/session", 405),
        ("GET", "/session/x/ws", 400), ("GET", "/session/x/polling", 404),
    ],
)  # fmt: skip
def test_no_address_and_no_method_is_without_an_envelope(
    admin: Account, verb: str, target: str, status: int
) -> None:
    reply = admin.raw(verb, target)
    assert reply.status == status
    assert (reply.data["head"]["status"], reply.data["head"]["ok"]) == (status, False)
    assert all(isinstance(error, str) for error in reply.data["head"]["errors"])


def test_a_slash_at_the_end_and_any_version_are_the_same_address(admin: Account) -> None:
    plain = admin.raw("GET", "/v0.1/admin/flow?limit=3").body
    assert admin.raw("GET", "/v0.1/admin/flow/?limit=3").body == plain
    assert admin.raw("GET", "/v4.0/admin/flow?limit=3").body == plain
    assert admin.raw("POST", "/session/").status == 201


@pytest.mark.parametrize(
    ("token", "account", "path"),
    [
        ("", "admin", "admin"),
        ("sandbox-flowthings-admiN", "admin", "admin"),
        ("sandbox-flowthings-admin", "member", "admin"),
        ("sandbox-flowthings-admin", "admin", "member"),
        ("sandbox-flowthings-member", "member", "admin"),
    ],
)
def test_account_and_token_must_belong_together(
    admin: Account, token: str, account: str, path: str
) -> None:
    headers = {"x-auth-token": token, "x-auth-account": account}
    assert admin.raw("GET", f"/v0.1/{path}/flow", headers=headers).status == 403


def test_the_account_header_is_optional_but_for_a_session(admin: Account) -> None:
    del admin.headers["x-auth-account"]
    assert admin.raw("GET", "/v0.1/admin/flow").status == 200
    assert admin.raw("POST", "/session").status == 403


def test_the_world_is_there_with_a_flow_a_meter_and_each_account_sees_its_part(
    server: SandboxServer, admin: Account
) -> None:
    world = server.standin(KIND).ground.world
    meters = [meter for campaign in world for meter in campaign.meters()]
    every = admin.body("GET", "/flow", limit=1000)
    names = [flow["displayName"] for flow in every]
    assert all(names.count(meter) == meters.count(meter) for meter in meters)
    assert len({flow["path"] for flow in every}) == len(every)
    member = Account(server, MEMBER).body("GET", "/flow", limit=1000)
    shared = {flow["displayName"] for flow in member} & set(meters)
    scopes = {
        meter.scope for campaign in world for meter in campaign.meters().values()
        if meter.name in shared
    }  # fmt: skip
    assert scopes == {"Energy", "Weather"}
    assert Account(server, OUTSIDER).body("GET", "/flow") == []
    for service in SERVICES:
        assert admin.body("GET", f"/{service}"), service


@pytest.mark.parametrize("query", [{}, {"order": "asc"}, {"sort": "path"}, {"sort": "capacity"}])
def test_pages_give_each_object_once(admin: Account, query: dict[str, str]) -> None:
    whole = [flow["id"] for flow in admin.body("GET", "/flow", limit=1000, **query)]
    paged: list[str] = []
    while page := admin.body("GET", "/flow", start=len(paged), limit=13, **query):
        paged += [flow["id"] for flow in page]
    assert paged == whole
    assert len(set(paged)) == len(paged) > 100


def test_the_default_page_has_twenty_of_the_newest(admin: Account) -> None:
    made = [admin.flow(f"new-{number}")["id"] for number in range(3)]
    found = [flow["id"] for flow in admin.body("GET", "/flow")]
    assert len(found) == 20
    assert set(found[:3]) == set(made)
    assert admin.body("GET", "/flow", limit=0) == []


@pytest.mark.parametrize(
    "query", [{"limit": "x"}, {"limit": -1}, {"start": "1.5"}, {"skip": "²"}, {"order": "up"}]
)
def test_a_parameter_of_the_wrong_kind_is_refused(admin: Account, query: dict[str, str]) -> None:
    assert admin.refused(400, "GET", "/flow", **query).startswith(next(iter(query)))


def test_only_pretty_and_refs_change_the_answer_as_they_say(admin: Account) -> None:
    made = admin.flow("shown", displayName="Shown")
    (bare,) = admin.body("GET", "/flow", limit=1, only="path,nothing")
    assert bare == {"id": made["id"], "path": "/admin/shown"}
    pretty = admin("GET", "/flow", limit=1, pretty="true")
    assert b'\n  "head": {\n' in pretty.body
    head = admin("GET", f"/flow/{made['id']}", refs=1).data["head"]
    assert head["references"][made["creatorId"]]["name"] == "admin"
    assert admin("GET", "/flow", refs=0).data["head"]["references"] == {}


def test_a_change_keeps_the_rest_and_what_is_not_the_clients_to_set(admin: Account) -> None:
    made = admin.flow("kept", displayName="a", capacity=7)
    sent = {"displayName": "b", "id": "f1", "creationDate": 1, "unknown": 2}
    changed = admin.body("PUT", f"/flow/{made['id']}", sent)
    edited = {name: changed.pop(name) for name in ("lastEditDate", "lastEditorId")}
    assert changed == {**made, "displayName": "b"}
    assert edited["lastEditorId"] == made["creatorId"]
    assert edited["lastEditDate"] >= made["creationDate"]
    nulled = admin.body("PUT", f"/flow/{made['id']}", {"displayName": None, "capacity": None})
    assert "displayName" not in nulled
    assert nulled["capacity"] == 1000


def test_many_changes_are_made_together_or_not_at_all(admin: Account) -> None:
    one, two = admin.flow("one"), admin.flow("two")
    changes = {one["id"]: {"capacity": 5}, two["id"]: {"capacity": -5}}
    assert "capacity" in admin.refused(400, "MPUT", "/flow", changes)
    assert admin.body("GET", f"/flow/{one['id']}")["capacity"] == 1000
    same = {one["id"]: {"path": "/admin/both"}, two["id"]: {"path": "/admin/both"}}
    assert "path" in admin.refused(400, "MPUT", "/flow", same)
    changes[two["id"]] = {"capacity": 6}
    found = admin.body("MPUT", "/flow", changes)
    assert [found[flow["id"]]["capacity"] for flow in (one, two)] == [5, 6]


@pytest.mark.parametrize(
    "path", ["/member/x", "admin/x", "/admin", "/admin/", "/admin/a b", "/admin/../x", "/admin/é",
             "/admin/" + "x" * 122, 7, None],
)  # fmt: skip
def test_a_flow_lies_at_a_path_of_its_own_account(admin: Account, path: object) -> None:
    status = 403 if path == "/member/x" else 400
    admin.refused(status, "POST", "/flow", {"path": path})


def test_two_flows_cannot_have_one_path_and_a_renamed_flow_takes_its_drops_along(
    admin: Account,
) -> None:
    flow = admin.flow("before")
    admin.drop(flow, n=1)
    assert "already" in admin.refused(400, "POST", "/flow", {"path": "/admin/before"})
    admin.body("PUT", f"/flow/{flow['id']}", {"path": "/admin/after"})
    assert [drop["path"] for drop in admin.drops(flow)] == ["/admin/after"]
    assert admin.body("GET", "/drop", path="/admin/after")[0]["elems"] == {"n": 1}
    assert admin.flow("before")["id"] != flow["id"]


def test_a_task_reports_to_a_flow_that_goes_with_it(admin: Account) -> None:
    body = {"uri": "tcp://127.0.0.1", "topic": "t", "source": "/admin/a", "password": "hush"}
    made = admin("POST", "/mqtt", body)
    task = made.data["body"]
    assert b"hush" not in made.body + admin("GET", "/mqtt").body
    assert (task["status"], task["qos"], task["version"]) == ("OK", 0, "3.1.1")
    assert task["reportPath"] == f"/admin/:reports/{task['id']}-report"
    (report,) = admin.body("GET", f"/drop/{task['reportFlowId']}")
    assert report["elems"]["event"] == "connected"
    admin.body("DELETE", f"/mqtt/{task['id']}")
    admin.refused(404, "GET", f"/drop/{task['reportFlowId']}")


def test_a_task_tells_its_last_and_next_run_by_the_clock(admin: Account) -> None:
    (task,) = admin.body("GET", "/api-task")
    assert task["nextRun"] - task["creationDate"] == task["periodicity"] == 3_600_000
    assert (task["runCt"], "lastRun" in task) == (0, False)
    off = admin.body("PUT", f"/api-task/{task['id']}", {"disabled": True})
    assert "nextRun" not in off
    simulated = admin.body("POST", "/api-task/simulate", {"destination": "/admin/a", "js": "x"})
    assert simulated["drops"] == []
    assert "js" in admin.refused(400, "POST", "/api-task/simulate", {"destination": "/admin/a"})


def test_a_device_comes_with_flows_and_a_token_for_just_them(admin: Account) -> None:
    device = admin.body("POST", "/device", {"path": "/admin/pump"})
    assert (device["status"], device["timeSinceLastSeen"]) == ("UNSEEN", -1)
    token = admin.body("GET", f"/token/{device['tokenId']}")
    own = Account(admin.server, secret=token["tokenString"])
    own.body("POST", "/drop", {"path": "/admin/pump/reports", "elems": {"ok": True}})
    own.refused(403, "POST", "/drop", {"path": "/admin/playground", "elems": {}})
    seen = admin.body("GET", f"/device/{device['id']}")
    assert (seen["status"], seen["timeSinceLastSeen"] >= 0) == ("SEEN", True)
    admin.body("DELETE", f"/device/{device['id']}")
    own.refused(403, "GET", "/drop", path="/admin/pump")


def test_an_identity_changes_its_own_names_only(admin: Account) -> None:
    me, *others = admin.body("GET", "/identity")
    assert (me["name"], me["masterToken"]) == ("admin", "sandbox-flowthings-admin")
    assert all("masterToken" not in each and "email" not in each for each in others)
    assert admin.body("PUT", f"/identity/{me['id']}", {**me, "firstName": "A"})["firstName"] == "A"
    admin.refused(400, "PUT", f"/identity/{me['id']}", {"masterToken": "x"})
    admin.refused(403, "PUT", f"/identity/{others[0]['id']}", {"firstName": "x"})


@pytest.mark.parametrize("service", ["token", "share"])
def test_what_cannot_change_refuses_it_in_the_clients_words(admin: Account, service: str) -> None:
    (held, *_) = admin.body("GET", f"/{service}")
    assert "cannot be changed" in admin.refused(400, "PUT", f"/{service}/{held['id']}", {})
    assert "cannot be changed" in admin.refused(400, "MPUT", f"/{service}", {held["id"]: {}})


def test_writes_survive_a_restart_with_the_same_folder_and_no_reset(tmp_path: Path) -> None:
    with SandboxServer(KIND, folder=tmp_path) as server:
        admin = Account(server)
        flow, meter = admin.flow("stays"), admin.meter()
        first = admin.drop(flow, n=1)
        newest = admin.drops(meter, limit=2)
        admin.body("PUT", f"/drop/{meter['id']}/{newest[0]['id']}", {"elems": {"value": -1.0}})
        admin.body("DELETE", f"/drop/{meter['id']}/{newest[1]['id']}")
        ids = [each["id"] for each in admin.body("GET", "/flow", limit=1000)]
    with SandboxServer(KIND, folder=tmp_path) as server:
        admin = Account(server)
        assert [each["id"] for each in admin.body("GET", "/flow", limit=1000)] == ids
        assert admin.drops(flow) == [first]
        edited = admin.body("GET", f"/drop/{meter['id']}/{newest[0]['id']}")
        assert edited["elems"] == {"value": -1.0}
        admin.refused(404, "GET", f"/drop/{meter['id']}/{newest[1]['id']}")
        admin.drop(flow, n=2)
        assert admin.values(flow) == [2, 1]
        server.reset()
        admin.refused(404, "GET", f"/flow/{flow['id']}")
        assert admin.body("GET", f"/drop/{meter['id']}/{newest[0]['id']}") == newest[0]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 429, 500, 503])
def test_an_injected_status_is_an_envelope(
    server: SandboxServer, admin: Account, status: int
) -> None:
    with server.faults.on(str(status), account=ADMIN.email):
        admin.refused(status, "GET", "/flow")
    assert server.faults.injected[-1].account == ADMIN.email


def test_references_and_bodies_name_no_flow_that_the_caller_may_not_read(
    server: SandboxServer, admin: Account
) -> None:
    flow = admin.flow("secret")
    outsider = Account(server, OUTSIDER)
    outsider.refused(404, "GET", f"/flow/{flow['id']}")
    assert outsider.body("MGET", "/flow", [flow["id"], NOWHERE]) == {}
    assert json.dumps("secret") not in outsider("GET", "/flow", refs=1).body.decode()


@pytest.mark.parametrize(
    ("service", "body", "word"),
    [
        ("track", {"destination": "/admin/a"}, "source is missing"),
        ("track", {"source": "/admin/a", "destination": []}, "destination"),
        ("track", {"source": "/admin/a", "destination": "/admin/b", "filter": "a =="}, "column 5"),
        ("flow", {"path": "/admin/a", "filter": "a =="}, "line 1, column 5"),
        ("group", {"memberIds": ["x"]}, "no identity x"),
        ("mqtt", {"uri": "u", "topic": "t"}, "Exactly one"),
        ("rss", {"destination": "/admin/a"}, "url is missing"),
        ("share", {"paths": {"/admin/a": {"read": True}}, "issuedTo": "x"}, "issuedTo"),
        ("token", {"paths": {}}, "paths"), ("token", {"paths": {"/admin/a": {}}}, "dropRead"),
        ("device", {"path": "/admin/" + "x" * 115}, "too long"),
    ],
)  # fmt: skip
def test_a_wrong_object_is_told_what_is_wrong(
    admin: Account, service: str, body: object, word: str
) -> None:
    assert word in admin.refused(400, "POST", f"/{service}", body)
