"""Live connections: sessions, frames, and what happens when they break."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from connectors.contract import NodeId, Window
from connectors.egress import Deadline, Egress, Endpoint
from connectors.errors import (
    ConnectorError,
    Forbidden,
    NotFound,
    Rejected,
    Unavailable,
)
from connectors.flowthings import live
from connectors.flowthings.ids import Series
from connectors.flowthings.live import Session
from connectors.retries import pause
from connectors.sandbox.faults import Fault
from connectors.websocket import Line
from tests.conformance.points import stored
from tests.conformance.sandbox_flowthings import KIND, Bare
from tests.functions.flowthings.shared import NOWHERE, Ours, fresh
from tests.sandbox.server import SandboxServer

SOON = 1.0


@pytest.fixture
def session(ours: Ours) -> Iterator[Session]:
    opened: Any = ours.opened
    with closing(Session(opened._client, opened.door, opened.config)) as session:
        yield session


def put(bare: Bare, flow: str, **elems: object) -> dict[str, Any]:
    made: dict[str, Any] = bare("POST", f"/drop/{flow}", {"elems": elems})
    return made


# -- live


@pytest.mark.covers("flowthings.websocket.connect")
def test_a_session_is_opened_and_refused_credentials_are_said_plainly(
    server: SandboxServer, ours: Ours, bare: Bare, flow: str
) -> None:
    series = [NodeId(f"series/{flow}/n")]
    with ours.opened.subscribe(series) as feed:
        put(bare, flow, n=1)
        assert next(iter(feed)).batch.column("value").to_pylist() == [1.0]
    with pytest.raises(Forbidden, match="token"):
        Ours(server, token="wrong-token").opened.subscribe(series)
    with pytest.raises(NotFound):
        ours.opened.subscribe([NodeId(f"series/f{NOWHERE}/n")])


@pytest.mark.covers("flowthings.websocket.on_open")
@pytest.mark.covers("flowthings.websocket.on_close")
def test_after_a_break_all_subscriptions_are_restored_and_what_was_missed_is_read(
    server: SandboxServer, ours: Ours, bare: Bare
) -> None:
    flows = [bare.flow(fresh("broken")) for _ in range(2)]
    series = [NodeId(f"series/{flow}/n") for flow in flows]
    began = datetime.now(UTC)
    with ours.opened.subscribe(series) as feed:
        for flow in flows:
            put(bare, flow, n=1)
        heard = iter(feed)
        assert [next(heard).series, next(heard).series] == series
        server.standin(KIND).state.sessions.end()
        with pytest.raises(Unavailable, match="broke off"):
            next(heard)
    for flow in flows:
        put(bare, flow, n=2)
    with ours.opened.subscribe(series) as feed:
        missed = stored(ours.opened.read(series, Window(start=began, end=datetime.now(UTC))))
        assert [missed[one][1] for one in series] == [[1.0, 2.0], [1.0, 2.0]]
        for flow in flows:
            put(bare, flow, n=3)
        heard = iter(feed)
        assert [next(heard).series, next(heard).series] == series


@pytest.mark.covers("flowthings.websocket.on_error")
def test_an_error_is_reported_once_and_opening_is_tried_again_with_growing_pauses(
    server: SandboxServer, ours: Ours, bare: Bare, flow: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    server.faults.add(Fault(kind="503", path="/session", times=2))
    try:
        with monkeypatch.context() as patch:
            patch.setattr("connectors.http.pause", paused(pauses))
            feed = ours.opened.subscribe([NodeId(f"series/{flow}/n")])
    finally:
        server.faults.clear()
    assert len(pauses) == 2
    assert 0 < pauses[0] <= pauses[1]
    with feed:
        put(bare, flow, n=1)
        heard = iter(feed)
        assert next(heard).batch.num_rows == 1
        server.standin(KIND).state.sessions.end()
        with pytest.raises(Unavailable):
            next(heard)
        assert list(heard) == []


def paused(seen: list[float]) -> Callable[[ConnectorError, int, Deadline], float | None]:
    """The real pauses, noted."""

    def noted(fault: ConnectorError, attempt: int, deadline: Deadline) -> float | None:
        found = pause(fault, attempt, deadline)
        seen.extend([found] if found is not None else [])
        return found

    return noted


@pytest.mark.covers("flowthings.websocket.on_close")
def test_a_closed_feed_ends_quietly(ours: Ours, flow: str) -> None:
    feed = ours.opened.subscribe([NodeId(f"series/{flow}/n")])
    feed.close()
    assert list(feed) == []


@pytest.mark.covers("flowthings.websocket.subscribe")
@pytest.mark.covers("flowthings.websocket.unsubscribe")
def test_drops_arrive_within_a_second_by_id_and_by_path_until_unsubscribed(
    bare: Bare, session: Session, flow: str
) -> None:
    other = bare.flow(fresh("other"))
    path = bare("GET", f"/flow/{other}")["path"]
    session.subscribe(flow)
    session.subscribe(path)
    heard = session.messages()
    for place in (flow, other):
        made = put(bare, place, n=1)
        began = time.monotonic()
        assert next(heard) == made
        assert time.monotonic() - began < SOON
    session.unsubscribe(flow)
    put(bare, flow, n=2)
    made = put(bare, other, n=3)
    assert next(heard) == made
    with pytest.raises(Rejected):
        session.unsubscribe(flow)


@pytest.mark.covers("flowthings.websocket.on_message")
@pytest.mark.parametrize("hints", [False, True])
def test_each_pushed_drop_becomes_points_once_typed_or_plain(
    bare: Bare, session: Session, flow: str, *, hints: bool
) -> None:
    session.subscribe(flow, hints=hints)
    series = [Series(flow, name) for name in ("n", "deep.v", "word", "on")]
    for n in (1, 2):
        put(bare, flow, n=n, deep={"v": n / 2}, word="x", on=True)
    heard = live.points(session, series)
    found = [next(heard) for _ in range(8)]
    values = [(str(one.series), one.batch.column("value").to_pylist()) for one in found]
    expected: list[tuple[str, list[Any]]] = []
    for number in (1.0, 2.0):
        for one, value in zip(series, (number, number / 2, "x", 1.0), strict=True):
            expected.append((str(one.id), [value]))
    assert values == expected


@pytest.mark.covers("flowthings.websocket.run")
@pytest.mark.covers("flowthings.websocket.heartbeat")
def test_an_idle_line_is_kept_alive_until_it_is_stopped(
    bare: Bare, ours: Ours, flow: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert live.BEAT_SECONDS == 30
    monkeypatch.setattr(live, "BEAT_SECONDS", 0.05)
    enough = threading.Event()
    beats: list[float] = []
    beat = Session.beat

    def counted(session: Session) -> None:
        beat(session)
        beats.append(time.monotonic())
        if len(beats) == 5:
            enough.set()

    monkeypatch.setattr(Session, "beat", counted)
    feed = ours.opened.subscribe([NodeId(f"series/{flow}/n")])
    found: list[float] = []
    runner = threading.Thread(
        target=lambda: found.extend(one.batch.column("value")[0].as_py() for one in feed)
    )
    runner.start()
    assert enough.wait(10)
    put(bare, flow, n=4)
    deadline = time.monotonic() + 10
    while not found and time.monotonic() < deadline:
        time.sleep(0.01)
    assert runner.is_alive()
    feed.close()
    runner.join(10)
    assert not runner.is_alive()
    assert found == [4.0]


@contextmanager
def deaf() -> Iterator[int]:
    """The port of a server that shakes hands and is silent ever after."""

    def serve() -> None:
        sock, _ = listening.accept()
        with sock:
            asked = sock.recv(65_536).decode()
            (key,) = [
                line[19:] for line in asked.split("\r\n") if line.startswith("Sec-WebSocket-Key")
            ]
            guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3
            digest = hashlib.sha1((key + guid).encode(), usedforsecurity=False).digest()
            sock.sendall(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Accept: " + base64.b64encode(digest) + b"\r\n\r\n"
            )
            while sock.recv(65_536):
                pass

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield int(listening.getsockname()[1])
        thread.join(10)


@pytest.mark.covers("flowthings.websocket.heartbeat")
def test_a_silent_socket_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.websocket.PING_SECONDS", 0.2)
    with deaf() as port:
        egress = Egress(allow=frozenset((("127.0.0.1", port),)))
        door = partial(egress.open, deadline=Deadline.after(30))
        line = Line(door, Endpoint("127.0.0.1", port, tls=False), "/")
        began = time.monotonic()
        with pytest.raises(Unavailable):
            line.receive(20)
        assert time.monotonic() - began < 10
        line.close()


@pytest.mark.covers("flowthings.websocket.send")
def test_requests_over_a_live_line_are_answered_and_refusals_noticed(
    ours: Ours, bare: Bare, flow: str
) -> None:
    def send(**frame: object) -> Any:
        return json.loads(ours.do("websocket.send", **frame))

    made = send(type="create", object="drop", flow=flow, value={"elems": {"n": 1}})
    assert bare("GET", f"/drop/{flow}/{made['id']}") == made
    assert send(type="find", object="drop", flow=flow, id=made["id"]) == made
    assert send(type="findmany", object="drop", flow=flow, options={"limit": "5"}) == [made]
    send(type="update", object="drop", flow=flow, id=made["id"], value={"elems": {"n": 2}})
    assert bare("GET", f"/drop/{flow}/{made['id']}")["elems"] == {"n": 2}
    send(type="delete", object="drop", flow=flow, id=made["id"])
    assert bare("GET", f"/drop/{flow}/{made['id']}") == 404
    with pytest.raises(Rejected, match="located"):
        send(type="find", object="flow", id="f" + NOWHERE)


@pytest.mark.covers("flowthings.websocket.send")
def test_a_reply_is_matched_by_its_number_though_drops_come_between(
    bare: Bare, session: Session, flow: str
) -> None:
    session.subscribe(flow)
    made = [put(bare, flow, n=n) for n in range(3)]
    found = session.ask({"type": "find", "object": "flow", "id": flow})
    assert found["id"] == flow
    heard = session.messages()
    assert [next(heard) for _ in range(3)] == made
