"""Avista's live connections: what the platform says, refuses, or leaves out."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from socket import socket
from typing import Any
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve
from websockets.typing import Subprotocol

from connectors.avista import realtime
from connectors.avista.client import Client
from connectors.avista.config import AvistaConfig
from connectors.avista.realtime import Session
from connectors.contract import Door
from connectors.egress import Deadline, Egress
from connectors.errors import AuthFailed, BadAnswer, ConnectorError, Forbidden, Unavailable
from connectors.http import Http
from connectors.websocket import Ended
from tests.conformance.sandbox_avista import KIND, node, subject
from tests.conformance.subject import Kept
from tests.sandbox.server import SandboxServer

ACK = {"type": "connection_ack", "payload": {"connectionTimeoutMs": 300_000}}
UNAUTHORIZED = {"errors": [{"errorType": "UnauthorizedException", "message": "No."}]}
Script = Callable[["Talk"], None]


class Talk:
    """The platform's side of one connection."""

    def __init__(self, connection: ServerConnection) -> None:
        self._connection = connection
        request = connection.request
        self.path = request.path if request else ""

    def hear(self) -> Any:
        return json.loads(self._connection.recv(10))

    def say(self, frame: Any) -> None:
        self._connection.send(frame if isinstance(frame, str) else json.dumps(frame))

    def began(self) -> Any:
        """The start frame, after a good beginning."""
        assert self.hear() == {"type": "connection_init"}
        self.say(ACK)
        return self.hear()


@contextmanager
def told(script: Script, *, seconds: float = 20.0) -> Iterator[Callable[[], Session]]:
    """Opens sessions with a platform that does what the script says."""

    def talk(connection: ServerConnection) -> None:
        try:
            script(Talk(connection))
        except (ConnectionClosed, TimeoutError):
            return

    with serve(talk, "127.0.0.1", 0, subprotocols=[Subprotocol("graphql-ws")]) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        port = int(server.socket.getsockname()[1])
        yield partial(opened, port, seconds)
        server.shutdown()
        thread.join(10)


def opened(port: int, seconds: float) -> Session:
    url = f"http://127.0.0.1:{port}/graphql"
    config = AvistaConfig.model_validate({"url": url, "token": "tok-123"})
    egress = Egress(allow=frozenset({("127.0.0.1", port)}))
    deadline = Deadline.after(seconds)
    http = Http(url, egress=egress, deadline=deadline)

    def connect(endpoint: Any) -> socket:
        return egress.open(endpoint, deadline=deadline)

    door = Door(http=lambda base, **more: http, socket=connect, keep=Kept())
    return Session(Client(http, style="variables"), door, config)


def test_the_sign_in_and_the_start_frame_are_as_documented() -> None:
    heard: list[Any] = []

    def script(talk: Talk) -> None:
        heard.append(talk.path)
        start = talk.began()
        heard.append(start)
        talk.say({"type": "ka"})
        talk.say({"id": start["id"], "type": "start_ack"})
        talk.say({"id": start["id"], "type": "data",
                  "payload": {"data": {"onIotPublish": {"iotEndpointId": "e"}}}})  # fmt: skip
        talk.hear()

    with told(script) as connect, closing(connect()) as session:
        key = session.subscribe("onIotPublish", iotEndpointId="e")
        assert session.next(key, 5) == {"iotEndpointId": "e"}
    path, start = heard
    parts = urlsplit(path)
    header, _, payload = parts.query.partition("&")
    assert (parts.path, payload) == ("/graphql", "payload=e30=")
    signed = json.loads(base64.b64decode(header.removeprefix("header=")))
    assert set(signed) == {"HOST", "Authorization"}
    assert signed["Authorization"] == "tok-123"
    extensions = start["payload"]["extensions"]["authorization"]
    assert extensions == {"host": signed["HOST"], "Authorization": "tok-123"}
    assert start["type"] == "start"
    data = json.loads(start["payload"]["data"])
    assert data["query"].startswith("subscription onIotPublish($iotEndpointId: ID!)")
    assert data["variables"] == {"iotEndpointId": "e"}


def refused(errors: Any) -> Script:
    def script(talk: Talk) -> None:
        start = talk.began()
        talk.say({"id": start["id"], "type": "error", "payload": errors})

    return script


def unsigned(talk: Talk) -> None:
    talk.hear()
    talk.say({"type": "connection_error", "payload": UNAUTHORIZED})


def garbled(talk: Talk) -> None:
    talk.hear()
    talk.say("no JSON")


def gone(talk: Talk) -> None:
    talk.hear()


@pytest.mark.parametrize(
    ("script", "error"),
    [
        (unsigned, AuthFailed),
        (garbled, BadAnswer),
        (gone, Unavailable),
        (refused({"errors": [{"errorType": "Unauthorized", "message": "Unauthorized"}]}),
         Forbidden),
        (refused(UNAUTHORIZED), AuthFailed),
    ],
)  # fmt: skip
def test_a_refusal_is_named_and_the_line_is_closed(
    script: Script, error: type[ConnectorError]
) -> None:
    with told(script) as connect, pytest.raises(error), closing(connect()) as session:
        session.subscribe("onIotPublish", iotEndpointId="e")


def test_a_subscription_that_is_not_confirmed_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(realtime, "REPLY_SECONDS", 0.2)

    def silent(talk: Talk) -> None:
        talk.began()
        talk.hear()

    with (
        told(silent) as connect,
        closing(connect()) as session,
        pytest.raises(Unavailable, match="confirm"),
    ):
        session.subscribe("onIotPublish", iotEndpointId="e")


def test_a_subscription_that_the_platform_ends_or_forgets_is_unavailable() -> None:
    def ended(talk: Talk) -> None:
        start = talk.began()
        talk.say({"id": start["id"], "type": "start_ack"})
        talk.say({"id": start["id"], "type": "complete"})
        talk.hear()

    def silent(talk: Talk) -> None:
        assert talk.hear()
        talk.say({"type": "connection_ack", "payload": {"connectionTimeoutMs": 200}})
        start = talk.hear()
        talk.say({"id": start["id"], "type": "start_ack"})
        talk.hear()

    for script in (ended, silent):
        with told(script) as connect, closing(connect()) as session:
            session.subscribe("onIotPublish", iotEndpointId="e")
            with pytest.raises(Unavailable):
                list(session.messages())


def test_waiting_ends_at_the_deadline() -> None:
    def silent(talk: Talk) -> None:
        start = talk.began()
        talk.say({"id": start["id"], "type": "start_ack"})
        talk.hear()

    with told(silent, seconds=0.6) as connect, closing(connect()) as session:
        key = session.subscribe("onIotPublish", iotEndpointId="e")
        assert list(session.messages()) == []
        with pytest.raises(Ended):
            session.next(key, 5)


def test_a_feed_of_several_things_tells_them_apart_in_both_styles() -> None:
    with SandboxServer(KIND) as server:
        for style in ("variables", "inline"):
            opened = subject(server, style=style).open()
            places = [
                node("telemetry", "iotEndpointId.1", "illinoisOutdoorTemperature", "double"),
                node("telemetry", "iotEndpointId.3", "illinoisOutdoorTemperature", "double"),
            ]
            with opened.subscribe(places) as feed:
                hub = server.standin(KIND).platform.hub
                for number, key in enumerate(("iotEndpointId.3", "iotEndpointId.1")):
                    written = {"iotEndpointId": key, "timestamp": "1000", "attributes": [
                        {"name": "illinoisOutdoorTemperature", "schemaType": "double",
                         "value": f"{number}.5"}]}  # fmt: skip
                    payload = {"iotEndpointId": key, "recordsWritten": [written],
                               "failedRecords": []}  # fmt: skip
                    hub.publish("onIotPublish", {"iotEndpointId": key}, payload)
                points = iter(feed)
                found = [next(points) for _ in places]
            assert [(one.series, one.batch.column("value").to_pylist()) for one in found] == [
                (places[1], [0.5]),
                (places[0], [1.5]),
            ]
