"""What moves: sockets, streams and polls, tracks, and the world's drops that come by the clock."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from connectors.sandbox.flowthings.settings import Settings
from tests.sandbox.clock import HandClock
from tests.sandbox.flowthings.wire import KIND, NOWHERE, WAIT, Account, line
from tests.sandbox.server import SandboxServer

SOON = 1.0  # seconds within which a drop must reach a subscriber
POLL = 0.3  # seconds that a poll waits in these tests
EVE = datetime(2025, 6, 4, 11, 59, 59, tzinfo=UTC)


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    settings = {KIND: Settings(poll_seconds=POLL, beat_seconds=POLL)}
    with SandboxServer(KIND, settings=settings) as served:
        yield served


def test_a_subscriber_hears_of_a_drop_within_a_second_by_id_and_by_path(admin: Account) -> None:
    flow = admin.flow("heard")
    with line(admin) as socket:
        for resource in ({"flowId": flow["id"]}, {"path": flow["path"]}):
            reply = socket.ask(type="subscribe", object="drop", **resource)
            assert reply["body"] == {}
            drop = admin.drop(flow, n=1)
            (named,) = resource.values()
            expected = {"type": "message", "resource": named, "value": drop}
            assert socket.next(SOON) == expected
            assert socket.ask(type="unsubscribe", object="drop", **resource)["head"]["ok"]
            admin.drop(flow, n=2)
            assert socket.quiet()


def test_types_are_told_when_a_subscription_asks_for_them(admin: Account) -> None:
    flow = admin.flow("hinted")
    with line(admin) as socket:
        socket.ask(type="subscribe", object="drop", flowId=flow["id"], options={"hints": 1})
        admin.drop(flow, n=1)
        assert socket.next()["value"]["elems"] == {"n": {"type": "integer", "value": 1}}


def test_a_drop_that_is_not_kept_is_still_told(admin: Account) -> None:
    flow = admin.flow("passing", capacity=0)
    with line(admin) as socket:
        socket.ask(type="subscribe", object="drop", path="/admin/passing")
        admin.drop(flow, n=7)
        assert socket.next()["value"]["elems"] == {"n": 7}
    assert admin.drops(flow) == []


@pytest.mark.parametrize("number", [0, 7, "0", "text", 1.5, [1], {"a": None}, True])
def test_a_reply_echoes_its_number_whatever_that_is(admin: Account, number: Any) -> None:
    with line(admin) as socket:
        socket.send(type="heartbeat", msgId=number)
        expected = {"msgId": number, "ok": True, "errors": [], "messages": []}
        assert socket.next() == {"head": expected, "body": {}}


def test_a_frame_without_a_number_and_what_is_no_frame_get_no_reply(admin: Account) -> None:
    flow = admin.flow("silent")
    with line(admin) as socket:
        socket.send(type="heartbeat")
        socket.send(type="create", object="drop", flowId=flow["id"], value={"elems": {"n": 1}})
        for text in ("", "nonsense", "[]", "7", '{"type": "create", "value": 1e999}', "{" * 5000):
            socket.connection.send(text)
        socket.connection.send(b"\xff\xfe")
        assert socket.quiet()
    assert admin.values(flow) == [1]


def test_objects_are_made_found_changed_and_deleted_over_the_socket(admin: Account) -> None:
    with line(admin) as socket:
        flow = socket.ask(type="create", object="flow", value={"path": "/admin/socket"})["body"]
        at = {"object": "drop", "flowId": flow["id"]}
        drop = socket.ask(type="create", **at, value={"elems": {"n": 1}})["body"]
        assert socket.ask(type="find", **at, id=drop["id"])["body"] == drop
        found = socket.ask(type="findmany", object="drop", path="/admin/socket",
                           options={"limit": 5, "filter": "n == 1"})  # fmt: skip
        assert found["body"] == [drop]
        changed = socket.ask(type="update", **at, id=drop["id"], value={"elems": {"n": 2}})
        assert changed["body"]["elems"] == {"n": 2}
        assert socket.ask(type="delete", **at, id=drop["id"])["head"]["ok"]
        assert socket.ask(type="find", **at, id=drop["id"])["head"]["errors"]
        found = socket.ask(type="findmany", object="flow", options={"limit": 1, "only": ["path"]})
        assert found["body"] == [{"id": flow["id"], "path": "/admin/socket"}]
        assert socket.ask(type="delete", object="flow", id=flow["id"])["head"]["ok"]
    admin.refused(404, "GET", f"/flow/{flow['id']}")


@pytest.mark.parametrize(
    "frame",
    [
        {}, {"type": "explode"}, {"type": ["create"]}, {"type": "create"}, {"type": "find"},
        {"type": "create", "object": "identity", "value": {}},
        {"type": "create", "object": "drop", "flowId": NOWHERE, "value": {"elems": {}}},
        {"type": "create", "object": "flow", "value": 7},
        {"type": "find", "object": "flow", "id": 7},
        {"type": "subscribe", "object": "flow", "flowId": NOWHERE},
        {"type": "subscribe", "object": "drop"},
        {"type": "subscribe", "object": "drop", "path": {}},
        {"type": "unsubscribe", "object": "drop", "flowId": NOWHERE},
        {"type": "findmany", "object": "flow", "options": []},
        {"type": "findmany", "object": "flow", "options": {"filter": "a =="}},
    ],
)  # fmt: skip
def test_a_wrong_frame_is_refused_in_its_reply(admin: Account, frame: dict[str, Any]) -> None:
    with line(admin) as socket:
        head = socket.ask(**frame)["head"]
        assert not head["ok"]
        assert all(isinstance(error, str) for error in head["errors"])
        assert socket.quiet()


def test_a_socket_of_no_session_is_refused_with_an_envelope(admin: Account) -> None:
    with (
        pytest.raises(InvalidStatus) as refusal,
        connect(f"ws://127.0.0.1:{admin.server.port}/session/w0/ws", proxy=None),
    ):
        pass
    answer = refusal.value.response
    assert answer.status_code == 404
    assert json.loads(answer.body or b"")["head"]["status"] == 404


def test_a_newer_connection_takes_a_session_over_and_a_reset_ends_it(admin: Account) -> None:
    flow = admin.flow("taken")
    address = f"ws://127.0.0.1:{admin.server.port}/session/{admin.session()}/ws"
    with connect(address, proxy=None) as first:
        first.send(json.dumps({"type": "subscribe", "object": "drop", "path": flow["path"],
                               "msgId": 1}))  # fmt: skip
        assert json.loads(first.recv(timeout=WAIT))["head"]["ok"]
        with connect(address, proxy=None) as second:
            with pytest.raises(ConnectionClosed):
                first.recv(timeout=WAIT)
            admin.drop(flow, n=1)
            assert json.loads(second.recv(timeout=WAIT))["value"]["elems"] == {"n": 1}
            admin.server.reset()
            with pytest.raises(ConnectionClosed):
                second.recv(timeout=WAIT)


def frames(account: Account, session: str, transport: str, *sent: dict[str, Any]) -> list[Any]:
    """The replies to frames that were sent without a socket."""
    content = json.dumps(list(sent)).encode()
    replies: list[Any] = account.raw("POST", f"/session/{session}/{transport}", content).data[
        "body"
    ]
    return replies


def test_polling_gives_the_messages_since_the_last_poll_as_an_array(admin: Account) -> None:
    flow, session = admin.flow("polled"), admin.session()
    subscribe = {"type": "subscribe", "object": "drop", "flowId": flow["id"], "msgId": 1}
    (reply,) = frames(admin, session, "polling", subscribe)
    assert reply["head"]["ok"]
    drops = [admin.drop(flow, n=number) for number in range(3)]
    polled = admin.raw("GET", f"/session/{session}/polling")
    assert [message["value"] for message in polled.data] == drops
    started = time.monotonic()
    assert admin.raw("GET", f"/session/{session}/polling").data == []
    assert time.monotonic() - started >= POLL


def test_a_waiting_poll_answers_as_soon_as_there_is_a_drop() -> None:
    with SandboxServer(KIND, settings={KIND: Settings(poll_seconds=WAIT)}) as server:
        admin = Account(server)
        flow, session = admin.flow("awaited"), admin.session()
        frames(admin, session, "polling",
               {"type": "subscribe", "object": "drop", "flowId": flow["id"]})  # fmt: skip
        polled: list[Any] = []
        poll = threading.Thread(
            target=lambda: polled.append(admin.raw("GET", f"/session/{session}/polling").data)
        )
        poll.start()
        admin.drop(flow, n=1)
        poll.join(WAIT / 2)
        assert [message["value"]["elems"] for message in polled[0]] == [{"n": 1}]


def test_streaming_gives_a_message_a_line_and_empty_lines_between(admin: Account) -> None:
    flow, session = admin.flow("streamed"), admin.session()
    frames(admin, session, "streaming",
           {"type": "subscribe", "object": "drop", "flowId": flow["id"]})  # fmt: skip
    connection = HTTPConnection("127.0.0.1", admin.server.port, timeout=WAIT)
    connection.request("GET", f"/session/{session}/streaming")
    stream = connection.getresponse()
    try:
        assert stream.getheader("transfer-encoding") == "chunked"
        for number in range(3):
            drop = admin.drop(flow, n=number)
            lines = iter(stream.readline, b"")
            assert json.loads(next(text for text in lines if text.strip()))["value"] == drop
        assert stream.readline() == b"\n"
    finally:
        connection.close()


def test_sessions_that_nobody_uses_end_and_there_is_a_limit() -> None:
    with SandboxServer(KIND, settings={KIND: Settings(most_sessions=2)}) as server:
        admin = Account(server)
        held = [admin.session() for _ in range(2)]
        assert admin.raw("POST", "/session").status == 503
        assert frames(admin, held[0], "polling", {"type": "heartbeat", "msgId": 1})
    with SandboxServer(KIND, settings={KIND: Settings(session_seconds=0.0)}) as server:
        admin = Account(server)
        assert admin.raw("GET", f"/session/{admin.session()}/polling").status == 404


def test_drops_from_many_connections_at_once_are_all_kept_and_told(admin: Account) -> None:
    flow = admin.flow("crowded")

    def write(writer: int) -> None:
        for number in range(20):
            admin.drop(flow, n=writer * 20 + number)

    with line(admin) as socket:
        socket.ask(type="subscribe", object="drop", flowId=flow["id"])
        writers = [threading.Thread(target=write, args=(writer,)) for writer in range(6)]
        for each in writers:
            each.start()
        told = [socket.next()["value"] for _ in range(120)]
        for each in writers:
            each.join(WAIT)
    assert sorted(drop["elems"]["n"] for drop in told) == list(range(120))
    held = admin.drops(flow, limit=1000)
    assert {drop["id"] for drop in held} == {drop["id"] for drop in told}
    assert len(held) == 120


# The world


def test_the_worlds_drops_are_pushed_when_their_time_has_come() -> None:
    clock = HandClock(shown=[EVE])
    with SandboxServer(KIND, clock=clock) as server:
        admin = Account(server)
        flow = admin.meter()
        newest = admin.drops(flow, limit=1)[0]["creationDate"]
        with line(admin) as socket:
            socket.ask(type="subscribe", object="drop", flowId=flow["id"])
            for minutes in (1, 3):
                clock.shown.append(EVE + timedelta(minutes=minutes))
                socket.send(type="heartbeat")
            pushed = [socket.next()["value"] for _ in range(3)]
            assert socket.quiet()
        assert [drop["creationDate"] - newest for drop in pushed] == [60_000, 120_000, 180_000]
        assert admin.drops(flow, limit=3) == pushed[::-1]


def test_a_track_carries_the_worlds_drops_also_over_a_restart(tmp_path: Path) -> None:
    with SandboxServer(KIND, clock=HandClock(shown=[EVE]), folder=tmp_path) as server:
        admin = Account(server)
        meter, target = admin.meter(), admin.flow("carried")
        body = {"source": meter["path"], "destination": target["path"], "filter": "value > 0"}
        track = admin.body("POST", "/track", body)
        assert admin.drops(target) == []
    later = HandClock(shown=[EVE + timedelta(minutes=10)])
    with SandboxServer(KIND, clock=later, folder=tmp_path) as server:
        admin = Account(server)
        arrived = admin.drops(meter, limit=10)
        carried = admin.drops(target, limit=100)
        assert {drop["parentDropId"]["dropId"] for drop in carried} == {d["id"] for d in arrived}
        assert len(carried) == len(arrived) == 10
        assert sum(admin.body("GET", f"/statistics/trackPass/{track['id']}")) == 10


# Tracks


def carry(admin: Account, source: str, *targets: str, **members: Any) -> Any:
    ends = [f"/admin/{target}" for target in targets]
    body = {"source": f"/admin/{source}", "destination": ends if len(ends) > 1 else ends[0]}
    return admin.body("POST", "/track", {**body, **members})


def test_a_track_copies_what_passes_its_filter_and_is_counted(admin: Account) -> None:
    source, one, two = (admin.flow(name) for name in ("from", "to-1", "to-2"))
    track = carry(admin, "from", "to-1", "to-2", filter="n > 1")
    for number in range(4):
        original = admin.drop(source, n=number)
    assert admin.values(one) == admin.values(two) == [3, 2]
    copy = admin.drops(one, limit=1)[0]
    assert copy["parentDropId"] == {"flowId": source["id"], "dropId": original["id"]}
    assert (copy["id"], copy["path"]) != (original["id"], original["path"])
    counts = [
        sum(admin.body("GET", f"/statistics/{kind}/{ident}"))
        for kind, ident in (("trackHit", track["id"]), ("trackPass", track["id"]),
                            ("flowTracked", source["id"]), ("flowDropAdded", one["id"]))
    ]  # fmt: skip
    assert counts == [4, 2, 2, 2]
    admin.body("PUT", f"/track/{track['id']}", {"disabled": True})
    admin.drop(source, n=9)
    admin.body("DELETE", f"/track/{track['id']}")
    admin.drop(source, n=9)
    assert admin.values(one) == [3, 2]


def test_tracks_follow_each_other_and_their_subscribers_hear_it(admin: Account) -> None:
    first, last = admin.flow("first"), admin.flow("last", filter="n > 0")
    admin.flow("middle")
    carry(admin, "first", "middle")
    carry(admin, "middle", "last")
    with line(admin) as socket:
        socket.ask(type="subscribe", object="drop", flowId=last["id"])
        admin.drop(first, n=0)
        admin.drop(first, n=1)
        assert socket.next()["value"]["elems"] == {"n": 1}
        assert socket.quiet()


def test_rings_and_meshes_of_tracks_come_to_rest(admin: Account) -> None:
    names = [f"mesh-{number}" for number in range(6)]
    flows = [admin.flow(name) for name in names]
    for source in names:
        carry(admin, source, *names)
    admin.drop(flows[0], n=1)
    assert sum(len(admin.drops(flow, limit=1000)) for flow in flows) == 1 + 6 * 6


def test_a_track_to_nowhere_or_without_rights_carries_nothing(admin: Account) -> None:
    source = admin.flow("lonely")
    track = carry(admin, "lonely", "no-such-flow")
    admin.drop(source, n=1)
    assert sum(admin.body("GET", f"/statistics/trackPass/{track['id']}")) == 1
    admin.refused(403, "POST", "/track", {"source": source["path"], "destination": "/member/notes"})
