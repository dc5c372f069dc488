"""The fault switch: each fault does on the wire what its name says, as often as told.

Shown on BEMServer; that the others obey it is in `test_control.py`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import IncompleteRead

import pytest

from connectors.sandbox.faults import Fault
from tests.sandbox.client import Raw
from tests.sandbox.server import ADMIN, MEMBER, SandboxServer


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer("bemserver") as served:
        yield served


@pytest.fixture
def admin(server: SandboxServer) -> Iterator[Raw]:
    """What the test wrote and switched on is undone."""
    yield Raw(server, ADMIN)
    server.reset()


@pytest.fixture
def member(server: SandboxServer) -> Raw:
    return Raw(server, MEMBER)


@pytest.mark.parametrize("status", [401, 403, 404, 409, 429, 500, 503])
def test_a_status_comes_in_the_platforms_own_body(
    server: SandboxServer, admin: Raw, status: int
) -> None:
    with server.faults.on(str(status)):
        reply = admin("GET", "/campaigns/")
    assert (reply.status, reply.data["code"]) == (status, status)
    assert admin("GET", "/campaigns/").status == 200


def test_retry_after_is_given_in_seconds_or_as_a_date(server: SandboxServer, admin: Raw) -> None:
    with server.faults.on("429", retry_after=7):
        assert admin("GET", "/campaigns/").headers["retry-after"] == "7"
    with server.faults.on("429", retry_after=30, as_date=True):
        moment = parsedate_to_datetime(admin("GET", "/campaigns/").headers["retry-after"])
    assert 20 < (moment - datetime.now(UTC)).total_seconds() <= 30


def test_a_fault_strikes_after_so_many_calls_and_only_so_often(
    server: SandboxServer, admin: Raw
) -> None:
    server.faults.add(Fault(kind="expired", path="/campaigns/", after=2, times=1))
    seen = [admin("GET", "/campaigns/").status for _ in range(4)]
    assert seen == [200, 200, 401, 200]
    (struck,) = server.faults.injected
    assert (struck.kind, struck.path, struck.account) == ("expired", "/campaigns/", ADMIN.email)
    assert server.faults.active == []


def test_a_fault_is_aimed_at_a_path_a_method_and_an_account(
    server: SandboxServer, admin: Raw, member: Raw
) -> None:
    server.faults.add(Fault(kind="500", path="/sites/", method="GET", account=MEMBER.email))
    assert member("GET", "/sites/").status == 500
    assert member("GET", "/campaigns/").status == 200
    assert admin("GET", "/sites/").status == 200


def test_a_reset_connection_breaks_without_an_answer(server: SandboxServer, admin: Raw) -> None:
    with server.faults.on("reset"), pytest.raises(ConnectionResetError):
        admin("GET", "/campaigns/")


@pytest.mark.parametrize("path", ["/campaigns/", "/timeseries_data/?data_state=1&timeseries=1"
    "&start_time=2016-01-01T00:00:00Z&end_time=2017-01-01T00:00:00Z"])  # fmt: skip
def test_a_truncated_answer_ends_in_the_middle(
    server: SandboxServer, admin: Raw, path: str
) -> None:
    with server.faults.on("truncated"), pytest.raises(IncompleteRead) as cut:
        admin("GET", path)
    assert cut.value.partial


def test_proxies_pages_and_empty_answers_are_no_json(server: SandboxServer, admin: Raw) -> None:
    seen = {}
    for kind in ("bad_gateway", "html", "empty", "wrong_type"):
        with server.faults.on(kind):
            seen[kind] = admin("GET", "/campaigns/")
    assert (seen["bad_gateway"].status, seen["html"].status) == (502, 200)
    assert seen["html"].headers["content-type"].startswith("text/html")
    assert seen["empty"].body == b""
    assert isinstance(seen["wrong_type"].data, str)


def test_slow_bytes_and_latency_take_their_time(server: SandboxServer, admin: Raw) -> None:
    whole = admin("GET", "/about/").body
    for fault in (Fault(kind="slow", seconds=0.1), Fault(kind="latency", seconds=0.3)):
        server.faults.add(fault)
        start = time.monotonic()
        assert admin("GET", "/about/").body == whole
        assert time.monotonic() - start >= 0.3
        server.faults.clear()


def test_a_redirect_points_where_it_is_told(server: SandboxServer, admin: Raw) -> None:
    with server.faults.on("redirect", location="http://10.0.0.1/"):
        reply = admin("GET", "/campaigns/")
    assert (reply.status, reply.headers["location"]) == (302, "http://10.0.0.1/")


def test_faults_are_switched_over_the_control_route(admin: Raw) -> None:
    made = admin("POST", "/_control/faults", {"kind": "404", "path": "/sites/", "times": 1})
    assert made.status == 201
    assert admin("GET", "/sites/").status == 404
    listed = admin("GET", "/_control/faults").data
    assert (listed["active"], listed["injected"][0]["path"]) == ([], "/sites/")
    assert admin("DELETE", "/_control/faults").status == 204
    assert admin("GET", "/_control/faults").data == {"active": [], "injected": []}


@pytest.mark.parametrize("body", [{"kind": "nonsense"}, {"kind": "500", "colour": 1}, [], 7])
def test_a_fault_that_would_do_nothing_is_refused(admin: Raw, body: object) -> None:
    assert admin("POST", "/_control/faults", json.dumps(body).encode()).status == 422


def test_a_reset_undoes_what_was_written(server: SandboxServer, admin: Raw) -> None:
    admin("POST", "/campaigns/", {"name": "Written", "timezone": "UTC"})
    assert admin("POST", "/_control/reset").status == 204
    again = Raw(server, ADMIN)
    assert again("GET", "/campaigns/", query={"name": "Written"}).data == []
