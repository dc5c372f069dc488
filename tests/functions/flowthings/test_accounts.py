"""Sign-in, requests side by side, and shares."""

from __future__ import annotations

import json
import threading
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from connectors import parallel
from connectors.contract import NodeId, secret_names
from connectors.errors import (
    AuthFailed,
    ConfigInvalid,
    NotFound,
    Rejected,
)
from connectors.flowthings.config import FlowthingsConfig
from connectors.registry import configure, open_service
from connectors.sandbox.accounts import MEMBER
from connectors.sandbox.faults import Fault
from tests.conformance.faults import FaultProxy, Reply
from tests.conformance.sandbox_flowthings import KIND, Bare, settings
from tests.functions.flowthings.shared import NOWHERE, Ours, fresh, limited
from tests.functions.secured import secured
from tests.sandbox.server import SandboxServer

SOON = 1.0


# -- sign-in


@pytest.mark.covers("flowthings.auth.connect")
def test_account_and_token_connect_and_a_wrong_one_is_refused(
    server: SandboxServer, ours: Ours
) -> None:
    account = ours.opened.check()
    assert account.id == f"127.0.0.1:{server.port}#admin"
    assert account.facts["Rights"] == "master token"
    wrongs: list[dict[str, Any]] = [{"token": "wrong-token"}, {"account": "member"}]
    for wrong in wrongs:
        with pytest.raises(AuthFailed):
            Ours(server, **wrong).opened.check()


@pytest.mark.covers("flowthings.auth.connect")
def test_it_connects_over_https_and_its_live_line_too(tmp_path: Path) -> None:
    with (
        secured(KIND, tmp_path) as (server, terms),
        open_service(KIND, settings(server), terms) as opened,
    ):
        assert opened.check().id
        service: Any = opened
        made = service._client.create("flow", {"path": "/admin/secure"})
        with service.subscribe([NodeId(f"series/{made['id']}/n")]) as feed:
            service._client.add(made["id"], {"elems": {"n": 5}})
            assert next(iter(feed)).batch.column("value").to_pylist() == [5.0]


@pytest.mark.covers("flowthings.auth.defaults")
def test_address_live_address_version_and_parameters_are_set_for_each_connection(
    server: SandboxServer,
) -> None:
    plain = configure(KIND, {"account": "me", "token": "secret"})
    assert isinstance(plain, FlowthingsConfig)
    assert plain.root == "https://api.flowthings.io/v0.1/me"
    assert plain.live == "https://ws.flowthings.io"
    assert [str(one) for one in plain.endpoints()] == [
        "api.flowthings.io:443", "ws.flowthings.io:443",
    ]  # fmt: skip
    other = {"url": "http://here:81", "socket": "http://there:82", "version": "4.0"}
    found = configure(KIND, {"account": "me", "token": "secret", "query": "a=1&b=2", **other})
    assert isinstance(found, FlowthingsConfig)
    assert (found.root, found.live) == ("http://here:81/v4.0/me", "http://there:82")
    assert found.parameters == {"a": "1", "b": "2"}
    newer = Ours(server, version="4.0", query="limit=1")
    assert len(newer.opened._client.turn("flow", query={})) == 1  # type: ignore[attr-defined]


@pytest.mark.covers("flowthings.auth.switch_creds")
def test_another_account_is_used_by_every_service_at_once(
    server: SandboxServer, bare: Bare
) -> None:
    member = Ours(server, MEMBER)
    assert member.opened.check().id.endswith("#member")
    for name, path in (
        ("flow", "flow"),
        ("group", "group"),
        ("rss_task", "rss"),
    ):
        expected = [row["id"] for row in Bare(server, MEMBER)("GET", f"/{path}", limit=10_000)]
        assert [row["id"] for row in member.rows(f"{name}.find_many")] == expected
        assert expected != [row["id"] for row in bare("GET", f"/{path}", limit=10_000)]


@pytest.mark.covers("flowthings.auth.from_bluemix")
def test_credentials_come_out_of_a_cloud_s_text_and_their_absence_is_said_plainly() -> None:
    text = json.dumps({"flowthings": [{"credentials": {"account": "me", "token": "secret"}}]})
    found = configure(KIND, {"token": text})
    assert isinstance(found, FlowthingsConfig)
    assert (found.account, found.token.get_secret_value()) == ("me", "secret")
    for text in ("{}", '{"flowthings": []}', "{", '{"flowthings": [{"credentials": {}}]}'):
        with pytest.raises(ConfigInvalid) as wrong:
            configure(KIND, {"token": text})
        assert "flowthings" in str(wrong.value.fields) or wrong.value.message


@pytest.mark.covers("flowthings.type.token")
def test_the_account_is_in_the_path_and_in_a_header_and_the_token_is_sealed(
    server: SandboxServer,
) -> None:
    seen: list[tuple[str, str | None, str | None]] = []

    def look(handler: Any, ask: Any) -> None:
        found = handler.headers
        seen.append((handler.path, found["x-auth-account"], found["x-auth-token"]))
        answer: Reply = ask()
        handler.reply(answer)

    with FaultProxy(server.url) as proxy, proxy.failing(look):
        ours = Ours(server)
        opened = ours.subject.open(proxy.url)
        opened.check()
        opened._client.session()  # type: ignore[attr-defined]
    secret = settings(server)["token"]
    assert seen == [
        ("/v0.1/admin/identity?limit=1", "admin", secret),
        ("/session", "admin", secret),
    ]
    assert secret_names(FlowthingsConfig) == {"token"}
    assert secret not in f"{ours.subject.config!r} {ours.opened.__dict__}"


# -- side by side


@pytest.mark.covers("flowthings.async.queue")
@pytest.mark.covers("flowthings.async.results")
def test_fifty_finds_run_side_by_side_within_a_bound_and_answer_in_order(
    server: SandboxServer, ours: Ours, bare: Bare, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [row["id"] for row in bare("GET", "/flow", limit=50)]
    running: list[int] = []
    most: list[int] = []
    client: Any = ours.opened._client  # type: ignore[attr-defined]
    ask = client.call

    def counted(*given: Any, **more: Any) -> Any:
        running.append(1)
        most.append(len(running))
        try:
            return ask(*given, **more)
        finally:
            running.pop()

    monkeypatch.setattr(client, "call", counted)
    server.faults.add(Fault(kind="latency", seconds=0.1, path="/v0.1/admin/flow/"))
    try:
        began = time.monotonic()
        found = ours.rows("async.results", paths=[f"flow/{key}" for key in keys])
        spent = time.monotonic() - began
    finally:
        server.faults.clear()
    assert [row["answer"]["id"] for row in found] == keys
    assert 1 < max(most) <= parallel.MOST
    assert spent < 50 * 0.1 / 2


@pytest.mark.covers("flowthings.async.results")
@pytest.mark.covers("flowthings.async.results_with_exceptions")
def test_one_failure_is_raised_or_stands_alone_beside_the_good_answers(
    ours: Ours, bare: Bare
) -> None:
    keys = [row["id"] for row in bare("GET", "/flow", limit=3)]
    paths = [f"flow/{key}" for key in (keys[0], "f" + NOWHERE, keys[2])]
    with pytest.raises(NotFound):
        ours.rows("async.results", paths=paths)
    found = ours.rows("async.results", paths=paths, with_exceptions=True)
    assert [row["answer"] and row["answer"]["id"] for row in found] == [keys[0], None, keys[2]]
    assert [bool(row["failure"]) for row in found] == [False, True, False]


@pytest.mark.covers("flowthings.lazy.fetch")
@pytest.mark.covers("flowthings.lazy.thunk")
@pytest.mark.covers("flowthings.lazy.unwrap")
def test_values_start_at_once_wait_when_they_are_used_and_tell_what_failed_then(
    ours: Ours, bare: Bare
) -> None:
    client: Any = ours.opened._client  # type: ignore[attr-defined]
    both = threading.Barrier(2)
    playground = bare("GET", "/flow", filter="path == '/admin/playground'")[0]

    def meeting(path: str, **query: str) -> Any:
        both.wait(10)  # passes only when two are under way at once
        return client.call("GET", path, query=query).body

    with parallel.Lazily() as lazily:
        flows = lazily.start(partial(meeting, "flow", filter="path == '/admin/playground'"))
        groups = lazily.start(partial(meeting, "group"))
        drops = lazily.start(lambda: client.drops(flows()[0]["id"], query={"limit": 1}))
        failing = lazily.start(partial(client.one, "flow", "f" + NOWHERE))
        assert flows() == [playground]
        assert [group["id"] for group in groups()] == [row["id"] for row in bare("GET", "/group")]
        assert list(drops()) == bare.drops(playground["id"], limit=1)
        for _ in range(2):
            with pytest.raises(NotFound):
                failing()


# -- shares, as the service's own power


def test_a_token_s_text_is_told_once_and_goes_when_it_is_revoked(
    server: SandboxServer, ours: Ours, bare: Bare, flow: str
) -> None:
    node = NodeId(f"flow/{flow}")
    until = datetime.now(UTC) + timedelta(hours=1)
    grant = ours.opened.share(node, "token", ["dropRead"], until)
    assert grant.secret is not None
    holder = Bare(server, secret=grant.secret.get_secret_value())
    assert holder.drops(flow) == []
    (listed,) = ours.opened.grants(node)
    assert (listed.id, listed.rights, listed.secret) == (grant.id, ("dropRead",), None)
    with pytest.raises(Rejected):
        ours.opened.share(node, "token", ["read"])
    ours.opened.revoke(node, grant.id)
    assert holder("GET", f"/drop/{flow}") == 403
    assert limited(server).opened.check().id


def test_a_share_of_several_paths_keeps_the_others_when_one_is_taken_away(
    server: SandboxServer, ours: Ours, bare: Bare
) -> None:
    member = bare("GET", "/identity", filter=f"name == '{MEMBER.slug}'")[0]["id"]
    flows = [bare.flow(f"shared/{fresh()}") for _ in range(2)]
    paths = [bare("GET", f"/flow/{one}")["path"] for one in flows]
    bare(
        "POST",
        "/share",
        {"issuedTo": member, "paths": {path: {"dropRead": True} for path in paths}},
    )
    node = NodeId(f"flow/{flows[0]}")
    (grant,) = ours.opened.grants(node)
    ours.opened.revoke(node, grant.id)
    reader = Bare(server, MEMBER)
    assert reader("GET", f"/drop/{flows[0]}") == 404
    assert reader.drops(flows[1]) == []
    above = ours.opened.share(NodeId("path/admin/shared"), member, ["dropRead", "read"])
    (seen,) = ours.opened.grants(node)
    assert (seen.id, seen.node) == (above.id, "path/admin/shared")
    with pytest.raises(Rejected):
        ours.opened.revoke(node, above.id)
    ours.opened.revoke(NodeId("path/admin/shared"), above.id)
    assert ours.opened.grants(node) == ()
    assert ours.opened.audiences(NodeId("path/admin")).items == ()
    with pytest.raises(Rejected):
        ours.opened.share(NodeId("path/admin"), member, ["dropRead"])
