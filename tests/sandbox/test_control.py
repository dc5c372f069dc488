"""The control routes and every fault kind, on every platform of the sandbox."""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException
from typing import Any

import pytest
from starlette.types import Message, Scope

from connectors.sandbox.faults import ANSWERS, CHANGES, KINDS, Fault
from connectors.sandbox.spoiling import SPOILS
from connectors.sandbox.standins import ALL
from tests.sandbox.cheap import Cheap, ask, cheap, posted
from tests.sandbox.client import Reply
from tests.sandbox.server import SandboxServer

PLATFORMS = [each.kind for each in ALL]
STATUSES = ("400", "401", "403", "404", "409", "418", "429", "500", "503", "599")


@pytest.fixture(scope="module")
def served() -> Iterator[SandboxServer]:
    """Every platform, in one process as a person starts it."""
    with SandboxServer() as server:
        yield server


@pytest.fixture(params=PLATFORMS)
def kind(request: pytest.FixtureRequest, served: SandboxServer) -> Iterator[str]:
    """One platform; what the test switched on is off again afterwards."""
    yield request.param
    served.faults.clear()


@pytest.fixture
def signed(served: SandboxServer, kind: str) -> Callable[[], Reply]:
    """Asks the platform something cheap, as its administrator."""
    request = cheap(served.standin(kind).offers()[0])
    assert ask(request).status == 200
    return lambda: ask(request)


def control(served: SandboxServer, kind: str, body: object) -> Reply:
    return ask(posted_raw(served, kind, json.dumps(body).encode()))


def posted_raw(served: SandboxServer, kind: str, body: bytes) -> Cheap:
    return Cheap(url=f"{served.address(kind)}/_control/faults", method="POST", body=body)


def struck(served: SandboxServer, kind: str) -> list[str]:
    """The kinds that struck this platform, and nothing else may have been struck."""
    assert {each.platform for each in served.faults.injected} <= {kind}
    return [each.kind for each in served.faults.injected]


@pytest.mark.parametrize("status", STATUSES)
def test_a_status_comes_in_the_platforms_own_shape_and_is_recorded(
    served: SandboxServer, kind: str, signed: Callable[[], Reply], status: str
) -> None:
    with served.faults.on(status, platform=kind):
        reply = signed()
    assert reply.status == int(status)
    assert reply.headers["content-type"].startswith("application/json")
    assert isinstance(reply.data, dict | list)
    assert b"Traceback" not in reply.body
    assert struck(served, kind) == [status]
    assert signed().status == 200


def test_a_strike_is_recorded_with_who_was_hit_and_where(
    served: SandboxServer, kind: str, signed: Callable[[], Reply]
) -> None:
    request = cheap(served.standin(kind).offers()[0])
    began = datetime.now(UTC)
    with served.faults.on("503"):
        ask(request)
    (one,) = served.faults.injected
    assert (one.kind, one.platform, one.method) == ("503", kind, request.method)
    assert (one.path, one.account) == (request.path, "admin@sandbox.example")
    assert began <= datetime.fromisoformat(one.at) <= datetime.now(UTC)
    assert signed().status == 200


def test_expired_is_a_401(served: SandboxServer, kind: str, signed: Callable[[], Reply]) -> None:
    with served.faults.on("expired", platform=kind):
        reply = signed()
    assert reply.status == 401
    assert isinstance(reply.data, dict | list)
    assert struck(served, kind) == ["expired"]


def test_retry_after_is_seconds_or_a_date(
    served: SandboxServer, kind: str, signed: Callable[[], Reply]
) -> None:
    with served.faults.on("429", platform=kind, retry_after=7):
        assert signed().headers["retry-after"] == "7"
    with served.faults.on("503", platform=kind, retry_after=-2.5):
        assert signed().headers["retry-after"] == "-2.5"
    with served.faults.on("429", platform=kind, retry_after=30, as_date=True):
        moment = parsedate_to_datetime(signed().headers["retry-after"])
    assert 25 < (moment - datetime.now(UTC)).total_seconds() <= 30


def test_answers_that_are_not_the_platforms(
    served: SandboxServer, kind: str, signed: Callable[[], Reply]
) -> None:
    seen = {}
    for wrong in ANSWERS:
        with served.faults.on(wrong, platform=kind, location="http://10.0.0.1/there"):
            seen[wrong] = signed()
    assert struck(served, kind) == list(ANSWERS)
    assert (seen["bad_gateway"].status, seen["html"].status) == (502, 200)
    for page in ("bad_gateway", "html"):
        assert seen[page].headers["content-type"].startswith("text/html")
        assert seen[page].body.startswith(b"<html>")
    assert (seen["empty"].status, seen["empty"].body) == (200, b"")
    assert seen["wrong_type"].status == 200
    assert isinstance(seen["wrong_type"].data, str)
    redirected = seen["redirect"]
    assert (redirected.status, redirected.headers["location"]) == (302, "http://10.0.0.1/there")


@pytest.mark.parametrize(
    ("late", "seconds", "least"), [("latency", 0.2, 0.2), ("jitter", 0.2, 0.0), ("slow", 0.01, 0.0)]
)
def test_a_late_answer_is_the_right_one(
    served: SandboxServer, kind: str, signed: Callable[[], Reply], late: str, seconds: float,
    least: float,
) -> None:  # fmt: skip
    right = signed()
    assert len(right.body) < 2000, "choose a cheaper request"
    with served.faults.on(late, platform=kind, seconds=seconds):
        began = time.monotonic()
        reply = signed()
        spent = time.monotonic() - began
    assert (reply.status, reply.body) == (right.status, right.body)
    pieces = math.ceil(len(right.body) / 16) - 1
    assert spent >= (pieces * seconds if late == "slow" else least)
    assert struck(served, kind) == [late]


def test_a_cut_answer_ends_in_its_middle(
    served: SandboxServer, kind: str, signed: Callable[[], Reply]
) -> None:
    whole = signed().body
    with served.faults.on("truncated", platform=kind), pytest.raises(HTTPException) as cut:
        signed()
    partial = getattr(cut.value, "partial", b"")
    assert 0 < len(partial) < len(whole)
    assert whole.startswith(partial)
    assert struck(served, kind) == ["truncated"]


def test_a_reset_connection_gives_no_answer(
    served: SandboxServer, kind: str, signed: Callable[[], Reply]
) -> None:
    with served.faults.on("reset", platform=kind), pytest.raises(ConnectionResetError):
        signed()
    assert struck(served, kind) == ["reset"]


@pytest.mark.parametrize("spoil", sorted(SPOILS))
def test_a_spoiled_content_strikes_where_the_platform_can_speak_it_and_is_refused_elsewhere(
    served: SandboxServer, kind: str, signed: Callable[[], Reply], spoil: str
) -> None:
    made = control(served, kind, {"kind": spoil, "platform": kind})
    if spoil in served.standin(kind).spoils:
        assert made.status == 201
        assert signed().status == 200
        assert struck(served, kind) == [spoil]
        return
    assert made.status == 422
    assert made.data == {"error": f"{spoil} cannot be shown by {kind}"}
    assert served.faults.active == []


def test_every_kind_of_fault_is_tested_here() -> None:
    tested = {"expired", *ANSWERS, "latency", "jitter", "slow", "truncated", "reset", *SPOILS}
    assert tested == set(KINDS)
    assert set(CHANGES) <= tested


def test_a_fault_strikes_after_some_calls_so_often_and_on_its_path_only(
    served: SandboxServer, kind: str, signed: Callable[[], Reply]
) -> None:
    path = cheap(served.standin(kind).offers()[0]).path
    served.faults.add(Fault(kind="500", path=path, after=1, times=2))
    assert [signed().status for _ in range(4)] == [200, 500, 500, 200]
    assert served.faults.active == []
    with served.faults.on("500", path=f"{path}/elsewhere"), served.faults.on("500", method="PUT"):
        assert signed().status == 200


def test_a_fault_for_one_account_leaves_the_others_alone(
    served: SandboxServer, kind: str, signed: Callable[[], Reply]
) -> None:
    member = cheap(served.standin(kind).offers()[1])
    with served.faults.on("403", account="member@sandbox.example"):
        assert signed().status == 200
        assert ask(member).status == 403
    (one,) = served.faults.injected
    assert one.account == "member@sandbox.example"


def test_a_fault_for_one_platform_leaves_the_others_alone(
    served: SandboxServer, kind: str, signed: Callable[[], Reply]
) -> None:
    others = [cheap(served.standin(each).offers()[0]) for each in PLATFORMS if each != kind]
    with served.faults.on("500", platform=kind):
        assert [ask(other).status for other in others] == [200] * len(others)
        assert signed().status == 500


def test_every_platforms_port_has_the_control_routes_and_no_fault_stops_them(
    served: SandboxServer, kind: str, signed: Callable[[], Reply]
) -> None:
    url = f"{served.address(kind)}/_control/faults"
    fault = {"kind": "500", "platform": kind, "after": 0, "times": 3}
    assert control(served, kind, fault).status == 201
    assert signed().status == 500
    told = ask(Cheap(url=url)).data
    assert told["active"][0]["times"] == 2
    assert [one["platform"] for one in told["injected"]] == [kind]
    assert ask(Cheap(url=url, method="DELETE")).status == 204
    assert ask(Cheap(url=url)).data == {"active": [], "injected": []}
    assert signed().status == 200


BAD: dict[str, tuple[object, str]] = {
    "an unknown kind": ({"kind": "nonsense"}, "kind must be a status of 400 to 599 or one of"),
    "a status that is no error": ({"kind": "200"}, "kind must be a status"),
    "digits of another script": ({"kind": "\u0665\u0660\u0660"}, "kind must be a status"),
    "a number for the kind": ({"kind": 500}, "kind must be a text"),
    "no kind": ({}, "kind"),
    "an unknown field": ({"kind": "500", "colour": 1}, "colour"),
    "a list": ([], "an object with a kind"),
    "a number": (7, "an object with a kind"),
    "nothing": (None, "an object with a kind"),
    "a path that is none": ({"kind": "500", "path": 5}, "path must be a text"),
    "a path without its slash": ({"kind": "500", "path": "x"}, "starts with /"),
    "text for seconds": ({"kind": "latency", "seconds": "2"}, "seconds must be a number"),
    "endless seconds": ({"kind": "latency", "seconds": math.inf}, "seconds must be 0 to"),
    "seconds that are no number": ({"kind": "slow", "seconds": math.nan}, "seconds must be 0 to"),
    "seconds before now": ({"kind": "slow", "seconds": -1}, "seconds must be 0 to"),
    "never": ({"kind": "500", "times": 0}, "times must be 1 or more"),
    "a half time": ({"kind": "500", "times": 0.5}, "times must be a whole number or null"),
    "before the first": ({"kind": "500", "after": -1}, "after must be 0 or more"),
    "true calls": ({"kind": "500", "after": True}, "after must be a whole number"),
    "ages of waiting": ({"kind": "429", "retry_after": 1e300}, "retry_after must be within"),
    "a number for a switch": ({"kind": "429", "as_date": 1}, "as_date must be true or false"),
    "another header": ({"kind": "redirect", "location": "/\r\nA: b"}, "location must be on one"),
    "a platform that is not there": ({"kind": "500", "platform": "nobody"},
                                     "nobody is not served here"),
}  # fmt: skip


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_fault_is_refused_with_a_clear_message(served: SandboxServer, bad: str) -> None:
    body, words = BAD[bad]
    reply = control(served, PLATFORMS[0], body)
    assert reply.status == 422
    assert words in reply.data["error"]
    assert served.faults.active == []


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b"kind=500", b"[" * 100_000, b'{"kind": "500"} more']
)
def test_what_is_no_json_is_refused(served: SandboxServer, body: bytes) -> None:
    reply = ask(posted_raw(served, PLATFORMS[0], body))
    assert reply.status == 422
    assert reply.data["error"]
    assert served.faults.active == []


@pytest.mark.parametrize(
    ("client", "status"),
    [(("127.0.0.1", 5), 200), (("::1", 5), 200), (("127.9.9.9", 5), 200), (("10.1.2.3", 5), 403),
     (("2001:db8::1", 5), 403), (("testclient", 5), 403), (("", 5), 403), (None, 403)],
)  # fmt: skip
@pytest.mark.parametrize(
    ("method", "path"), [("GET", "faults"), ("POST", "faults"), ("DELETE", "faults"),
                         ("POST", "reset")],
)  # fmt: skip
def test_the_control_routes_are_for_this_machine_only(
    served: SandboxServer, client: tuple[str, int] | None, status: int, method: str, path: str
) -> None:
    if status == 200 and method != "GET":
        return  # that it works from here is what the other tests show
    told = asyncio.run(answered(served, client, method, f"/_control/{path}"))
    assert told == status
    assert served.faults.active == []


async def answered(
    served: SandboxServer, client: tuple[str, int] | None, method: str, path: str
) -> int:
    """The status that a caller from this address gets."""
    scope: Scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method,
        "path": path, "raw_path": path.encode(), "query_string": b"", "headers": [],
        "client": client, "server": ("127.0.0.1", served.port), "scheme": "http",
    }  # fmt: skip
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b'{"kind": "500"}', "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await served.sandbox(scope, receive, send)
    status: int = sent[0]["status"]
    return status


def test_a_reset_ends_faults_and_what_was_written_on_every_platform(served: SandboxServer) -> None:
    served.faults.add(Fault(kind="500"))
    for kind in PLATFORMS:
        store: Any = served.standin(kind).ground.store
        store.records("from a test")["one"] = {"written": True}
    url = f"{served.address(PLATFORMS[-1])}/_control/reset"
    assert ask(posted(url, {})).status == 204
    assert served.faults.active == []
    for kind in PLATFORMS:
        assert "one" not in served.standin(kind).ground.store.records("from a test")
        assert ask(cheap(served.standin(kind).offers()[0])).status == 200


@pytest.mark.parametrize(("method", "path"), [("GET", "elsewhere"), ("PUT", "faults"),
                                              ("GET", "reset")])  # fmt: skip
def test_there_are_no_other_control_routes(served: SandboxServer, method: str, path: str) -> None:
    url = f"{served.url}/_control/{path}"
    assert ask(Cheap(url=url, method=method)).status in {404, 405}


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://evil.example"}, {"Host": "evil.example"}], ids=str
)
def test_a_page_in_a_browser_cannot_reach_the_control_routes(
    served: SandboxServer, headers: dict[str, str]
) -> None:
    for method, route in (("GET", "faults"), ("POST", "faults"), ("POST", "reset")):
        reply = raw(served, method, f"/_control/{route}", headers)
        assert reply == 403


def raw(served: SandboxServer, method: str, path: str, headers: dict[str, str]) -> int:
    connection = HTTPConnection("127.0.0.1", served.port, timeout=20)
    try:
        connection.request(method, path, b"{}", headers)
        return connection.getresponse().status
    finally:
        connection.close()
