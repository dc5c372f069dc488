"""Limited tokens and shares: what they open, what they keep shut, and when they end."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox.accounts import MEMBER, OUTSIDER
from connectors.sandbox.clock import Clock
from tests.sandbox.flowthings.wire import KIND, Account, line
from tests.sandbox.server import SandboxServer

HOUR = 3_600_000


def limited(account: Account, paths: dict[str, Any], **members: Any) -> Account:
    """The account with a token that opens these paths only."""
    token = account.body("POST", "/token", {"paths": paths, **members})
    return Account(account.server, secret=token["tokenString"])


def shared(admin: Account, paths: dict[str, Any], **members: Any) -> Any:
    """A share for the outsider."""
    outsider = Account(admin.server, OUTSIDER).body("GET", "/identity")[0]["id"]
    return admin.body("POST", "/share", {"paths": paths, "issuedTo": outsider, **members})


def test_a_token_reads_and_writes_drops_on_its_paths_and_below_and_nothing_else(
    admin: Account,
) -> None:
    above, flow, below, beside = (
        admin.flow(name) for name in ("t", "t/flow", "t/flow/below", "t/flow2")
    )
    drop = admin.drop(flow, n=1)
    reads = limited(admin, {"/admin/t/flow": {"dropRead": True}})
    at = f"/drop/{flow['id']}"
    assert reads.values(flow) == [1]
    assert reads.drops(below) == []
    assert reads.body("GET", f"{at}/{drop['id']}") == drop
    assert reads.body("POST", f"{at}/aggregate", {"output": ["$count"]})[0]["$count"] == 1
    for other in (above, beside):
        reads.refused(403, "GET", f"/drop/{other['id']}")
    for verb, path, body in (
        ("POST", at, {"elems": {}}), ("PUT", f"{at}/{drop['id']}", {}), ("DELETE", at, None),
        ("MPUT", at, {}), ("DELETE", f"{at}/{drop['id']}", None),
    ):  # fmt: skip
        reads.refused(403, verb, path, body)
    writes = limited(admin, {"/admin/t/flow": {"dropWrite": True, "dropRead": False}})
    assert writes.body("POST", at, {"elems": {"n": 2}})["elems"] == {"n": 2}
    writes.refused(403, "GET", at)
    assert admin.values(flow) == [2, 1]


@pytest.mark.parametrize(
    "path",
    ["/flow", "/track", "/token", "/share", "/identity", "/device", "/statistics/trackHit/t1"],
)
def test_a_limited_token_opens_no_other_service(admin: Account, path: str) -> None:
    reads = limited(admin, {"/admin/t": {"dropRead": True}})
    assert "limited" in reads.refused(403, "GET", path)


def test_a_deleted_token_opens_nothing_from_then_on_not_even_an_open_socket(admin: Account) -> None:
    flow = admin.flow("ending")
    token = admin.body("POST", "/token", {"paths": {"/admin/ending": {"dropRead": True}}})
    own = Account(admin.server, secret=token["tokenString"])
    with line(own) as socket:
        assert socket.ask(type="subscribe", object="drop", flowId=flow["id"])["head"]["ok"]
        admin.drop(flow, n=1)
        assert socket.next()["value"]["elems"] == {"n": 1}
        admin.body("DELETE", f"/token/{token['id']}")
        own.refused(403, "GET", f"/drop/{flow['id']}")
        admin.drop(flow, n=2)
        reply = socket.ask(type="findmany", object="drop", flowId=flow["id"])
        assert not reply["head"]["ok"]


def test_a_token_and_a_share_end_after_their_duration(tmp_path: Path) -> None:
    """The clock moves while the sandbox is down; what was written is still there."""
    with SandboxServer(KIND, folder=tmp_path) as server:
        admin = Account(server)
        flow = admin.flow("passing")
        token = admin.body(
            "POST", "/token", {"paths": {flow["path"]: {"dropRead": True}}, "duration": 2 * HOUR}
        )
        share = shared(admin, {flow["path"]: {"dropRead": True}}, duration=2 * HOUR)
        assert 0 < token["expiresInMs"] <= 2 * HOUR
    for hours, status in ((1, 200), (3, 403)):
        clock = Clock(timedelta(hours=hours))
        with SandboxServer(KIND, folder=tmp_path, clock=clock) as server:
            own = Account(server, secret=token["tokenString"])
            assert own("GET", f"/drop/{flow['id']}").status == status
            outsider = Account(server, OUTSIDER)
            seen = outsider("GET", f"/drop/{flow['id']}").status
            assert seen == (200 if status == 200 else 404)
            left = Account(server).body("GET", f"/share/{share['id']}")["expiresInMs"]
            assert (left > 0) is (status == 200)


def test_a_share_gives_just_its_rights_on_its_paths_and_below(admin: Account) -> None:
    flow, below = admin.flow("s"), admin.flow("s/below")
    outsider = Account(admin.server, OUTSIDER)
    outsider.refused(404, "GET", f"/drop/{flow['id']}")
    shared(admin, {"/admin/s": {"dropRead": True}})
    assert outsider.drops(flow) == outsider.drops(below) == []
    outsider.refused(403, "POST", f"/drop/{flow['id']}", {"elems": {}})
    outsider.refused(404, "GET", f"/flow/{flow['id']}")
    assert outsider.body("GET", "/flow") == []
    share = shared(admin, {"/admin/s/below": {"read": True, "write": True, "dropWrite": True}})
    assert [each["id"] for each in outsider.body("GET", "/flow")] == [below["id"]]
    outsider.body("POST", "/drop", {"path": "/admin/s/below", "elems": {"n": 1}})
    assert outsider.body("PUT", f"/flow/{below['id']}", {"capacity": 5})["capacity"] == 5
    outsider.refused(403, "PUT", f"/flow/{below['id']}", {"path": "/outsider/mine"})
    outsider.refused(403, "DELETE", f"/flow/{below['id']}")
    assert admin.values(below) == [1]
    assert {each["id"] for each in outsider.body("GET", "/share")} >= {share["id"]}
    outsider.refused(403, "DELETE", f"/share/{share['id']}")
    admin.body("DELETE", f"/share/{share['id']}")
    assert outsider.body("GET", "/flow") == []


def test_a_share_with_a_group_follows_its_members(admin: Account) -> None:
    flow = admin.flow("grouped")
    outsider = Account(admin.server, OUTSIDER)
    ident = outsider.body("GET", "/identity")[0]["id"]
    group = admin.body("POST", "/group", {"memberIds": []})
    paths = {"/admin/grouped": {"dropRead": True}}
    admin.body("POST", "/share", {"paths": paths, "issuedTo": group["id"]})
    outsider.refused(404, "GET", f"/drop/{flow['id']}")
    admin.body("PUT", f"/group/{group['id']}", {"memberIds": [ident]})
    assert outsider.drops(flow) == []
    me = outsider.body("GET", f"/identity/{ident}")
    assert (me["groupIds"], [each["paths"] for each in me["shares"].values()]) == (
        [group["id"]],
        [paths],
    )
    admin.body("DELETE", f"/group/{group['id']}")
    outsider.refused(404, "GET", f"/drop/{flow['id']}")


def test_nobody_gives_away_more_than_they_have(server: SandboxServer, admin: Account) -> None:
    member = Account(server, MEMBER)
    own = next(
        flow["path"]
        for flow in member.body("GET", "/flow", limit=200)
        if flow["path"].startswith("/admin/")
    )
    member.body("POST", "/token", {"paths": {own: {"dropRead": True}}})
    member.refused(403, "POST", "/token", {"paths": {own: {"dropWrite": True}}})
    body = {"paths": {own: {"dropRead": True}}, "issuedTo": admin.body("GET", "/identity")[0]["id"]}
    member.refused(403, "POST", "/share", body)
    member.refused(403, "POST", "/track", {"source": own, "destination": own})


def test_a_public_flow_is_read_by_everybody_and_written_by_its_account(admin: Account) -> None:
    flow = admin.flow("open", public=True)
    outsider = Account(admin.server, OUTSIDER)
    assert outsider.body("GET", f"/flow/{flow['id']}")["path"] == "/admin/open"
    assert outsider.drops(flow) == []
    outsider.refused(403, "POST", f"/drop/{flow['id']}", {"elems": {}})
    outsider.refused(403, "PUT", f"/flow/{flow['id']}", {"public": False})
