"""Avista's WebSocket: AppSync's frames, in every order that a client may send them."""

from __future__ import annotations

from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from connectors.sandbox.accounts import MEMBER, OUTSIDER
from connectors.sandbox.avista.realtime import MOST_SUBSCRIPTIONS
from connectors.sandbox.avista.state import Settings
from tests.sandbox.avista.wire import Frames, Wire
from tests.sandbox.server import SandboxServer

CREATE = """mutation { storage_createDataStoreFile(dataStoreDirectoryId: "dataStoreDirectoryId.1",
  dataStoreId: "dataStoreId.1", name: "a", fileExtension: "b") { url uploadId } }"""
LISTEN = """subscription($id: ID!) { onNotifyUploadComplete(uploadId: $id) {
  uploadId httpStatusCode } }"""
NOTIFY = "mutation($id: ID!) {{ notifications_notifyUploadComplete(uploadId: $id) {{ {} }} }}"


@pytest.fixture
def wire(server: SandboxServer) -> Wire:
    """The admin; every test listens to an upload of its own."""
    return Wire(server)


@pytest.fixture
def upload(wire: Wire) -> Any:
    """A file that waits for its bytes."""
    return wire.data(CREATE)


def closed(frames: Frames) -> bool:
    """Whether the server has closed the connection."""
    with pytest.raises(ConnectionClosed):
        frames.connection.recv(timeout=10)
    return True


def heard(name: str, upload_id: str, status: int | None) -> Any:
    payload = {"uploadId": upload_id, "httpStatusCode": status}
    return {
        "id": name,
        "type": "data",
        "payload": {"data": {"onNotifyUploadComplete": payload}},
    }


def test_a_subscriber_hears_what_he_asked_for_and_the_server_closes_after_him(
    wire: Wire, upload: Any
) -> None:
    with wire.socket(ready=False) as frames:
        frames.send({"type": "connection_init"})
        ack = {"type": "connection_ack", "payload": {"connectionTimeoutMs": 300000}}
        assert frames.take() == ack
        started = frames.start(LISTEN, id=upload["uploadId"])
        assert started == {"id": "1", "type": "start_ack"}
        wire.file("PUT", wire.data(CREATE)["url"], b"another's")
        wire.file("PUT", upload["url"], b"his")
        assert frames.take() == heard("1", upload["uploadId"], 200)
        frames.send({"type": "stop", "id": "1"})
        assert frames.take() == {"id": "1", "type": "complete"}
        assert closed(frames)


def test_a_start_may_follow_at_once_and_a_notice_waits_for_its_subscriber(
    wire: Wire, upload: Any
) -> None:
    wire.file("PUT", upload["url"], b"early")
    with wire.socket(ready=False) as frames:
        frames.send({"type": "connection_init"})
        frames.send(frames.starting(LISTEN, id=upload["uploadId"]))
        kinds = [frames.take()["type"] for _ in range(3)]
    assert kinds == ["connection_ack", "start_ack", "data"]
    with wire.socket() as frames:
        frames.start(LISTEN, id=upload["uploadId"])
        with pytest.raises(TimeoutError):  # it was told once
            frames.connection.recv(timeout=0.3)


def test_a_subscriber_gets_what_the_mutations_caller_selected(wire: Wire, upload: Any) -> None:
    with wire.socket() as frames:
        frames.start(LISTEN, id=upload["uploadId"])
        wire.data(NOTIFY.format("uploadId"), id=upload["uploadId"])
        assert frames.take() == heard("1", upload["uploadId"], None)
        wire.data(NOTIFY.format("uploadId httpStatusCode"), id=upload["uploadId"])
        assert frames.take() == heard("1", upload["uploadId"], 404)


def test_two_subscriptions_of_one_connection_end_one_by_one(wire: Wire, upload: Any) -> None:
    with wire.socket() as frames:
        for name in ("1", "2"):
            assert frames.start(LISTEN, name, id=upload["uploadId"])["type"] == "start_ack"
        frames.send({"type": "stop", "id": "1"})
        assert frames.take()["type"] == "complete"
        wire.file("PUT", upload["url"], b"x")
        assert frames.take() == heard("2", upload["uploadId"], 200)
        frames.send({"type": "stop", "id": "2"})
        assert frames.take()["type"] == "complete"
        assert closed(frames)


def test_those_who_may_not_see_may_not_listen(server: SandboxServer, upload: Any) -> None:
    for person in (MEMBER, OUTSIDER):
        wire = Wire(server, person)
        with wire.socket() as frames:
            answer = frames.start(LISTEN, id=upload["uploadId"])
            if person is MEMBER:
                assert answer["type"] == "start_ack"
                continue
            (error,) = answer["payload"]["errors"]
            assert (answer["type"], error["errorType"]) == ("error", "Unauthorized")
            assert closed(frames)


@pytest.mark.parametrize("token", ["", "nonsense", "é"])
def test_a_token_that_does_not_hold_ends_the_connection(server: SandboxServer, token: str) -> None:
    with Wire(server).socket(ready=False, token=token) as frames:
        frames.send({"type": "connection_init"})
        error = {
            "errorType": "UnauthorizedException",
            "message": "You are not authorized to make this call.",
            "errorCode": 401,
        }
        assert frames.take() == {"type": "connection_error", "payload": {"errors": [error]}}
        assert closed(frames)


def test_a_token_in_the_start_frame_counts_for_itself(server: SandboxServer, upload: Any) -> None:
    with Wire(server).socket() as frames:
        frame = Frames(frames.connection, "nonsense").starting(LISTEN, id=upload["uploadId"])
        frames.send(frame)
        assert frames.take()["payload"]["errors"][0]["errorType"] == "UnauthorizedException"
        assert closed(frames)


def test_the_sub_protocol_is_required(server: SandboxServer) -> None:
    wire = Wire(server)
    with pytest.raises(InvalidStatus) as refusal, connect(wire.socket_url(wire.token), proxy=None):
        pass
    assert refusal.value.response.status_code == 400
    assert "NoProtocolError" in (refusal.value.response.body or b"").decode()


@pytest.mark.parametrize(
    "frame",
    ["no JSON", "[]", "7", '"text"', "{}", '{"type": "nonsense", "id": "1"}', '{"type": "stop"}',
     '{"type": "start", "id": 7}', '{"type": "start", "id": "1"}', '{"type": ["start"]}',
     '{"type": "start", "id": "1", "payload": {"data": "no JSON"}}',
     '{"type": "start", "id": "1", "payload": {"data": "[]", "extensions": {"authorization": {}}}}',
     '{"type": "start", "id": "1", "payload": {"data": "{}", "extensions": {"authorization": 7}}}'],
)  # fmt: skip
def test_a_frame_that_is_none_is_an_error_and_the_end(wire: Wire, frame: str) -> None:
    with wire.socket() as frames:
        frames.send(frame)
        answer = frames.take()
        assert (answer["type"], list(answer["payload"])) == ("error", ["errors"])
        assert closed(frames)


@pytest.mark.parametrize(
    "query",
    ["{ nonsense", "subscription { nonsense }", "{ user_getUserSession { user { userId } } }",
     'subscription { onNotifyUploadComplete(uploadId: "1") { uploadId } '
     'b: onNotifyUploadComplete(uploadId: "2") { uploadId } }', LISTEN],
)  # fmt: skip
def test_what_is_no_subscription_is_refused(wire: Wire, query: str) -> None:
    with wire.socket() as frames:
        answer = frames.start(query)
        assert (answer["id"], answer["type"]) == ("1", "error")
        assert closed(frames)


def test_nothing_starts_before_the_connection_is_initialised(wire: Wire) -> None:
    with wire.socket(ready=False) as frames:
        assert frames.start(LISTEN, id="uploadId.1")["type"] == "error"
        assert closed(frames)


def test_an_id_is_used_once_and_a_connection_has_so_many(wire: Wire) -> None:
    with wire.socket() as frames:
        for number in range(MOST_SUBSCRIPTIONS):
            assert frames.start(LISTEN, str(number), id="none")["type"] == "start_ack"
        for name, kind in (
            ("1", "DuplicatedOperationError"),
            ("x", "MaxSubscriptionsReachedError"),
        ):
            answer = frames.start(LISTEN, name, id="none")
            assert answer["payload"]["errors"][0]["errorType"] == kind


def test_a_quiet_connection_shows_signs_of_life() -> None:
    settings = {"avista": Settings(keep_alive=0.05)}
    with SandboxServer("avista", settings=settings) as server, Wire(server).socket() as frames:
        assert frames.take() == {"type": "ka"}


def test_a_client_that_goes_leaves_no_subscription(wire: Wire) -> None:
    hub = wire.server.standin("avista").platform.hub
    with wire.socket() as frames:
        frames.start(LISTEN, id="uploadId.none")
        assert {"uploadId": "uploadId.none"} in hub.listening("onNotifyUploadComplete")
        frames.send({"type": "stop", "id": "1"})
        assert frames.take()["type"] == "complete"
        assert {"uploadId": "uploadId.none"} not in hub.listening("onNotifyUploadComplete")
