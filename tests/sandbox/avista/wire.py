"""Raw GraphQL, WebSocket frames and presigned URLs of the Avista stand-in."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from connectors.sandbox.accounts import ADMIN, Person, token
from tests.sandbox.client import Raw, Reply, exchange
from tests.sandbox.server import SandboxServer


class Wire:
    """Requests to one stand-in with one token."""

    def __init__(self, server: SandboxServer, person: Person | str = ADMIN) -> None:
        self.server = server
        self.token = token("avista", person) if isinstance(person, Person) else person
        self.request = Raw(server)

    def post(self, body: Any, **headers: str) -> Reply:
        """A body to GraphQL; bytes are sent as they are."""
        fields = {"Authorization": self.token, **headers}
        return self.request("POST", "/graphql", body, headers=fields)

    def ask(self, query: str, **variables: Any) -> Any:
        """The whole answer to a document."""
        return self.post({"query": query, "variables": variables}).data

    def data(self, query: str, **variables: Any) -> Any:
        """The value of its only root field. Fails when there are errors."""
        answer = self.ask(query, **variables)
        assert "errors" not in answer, answer
        (value,) = answer["data"].values()
        return value

    def refusal(self, query: str, **variables: Any) -> tuple[Any, str]:
        """The value of the only root field, and the type of the only error."""
        answer = self.ask(query, **variables)
        (value,) = (answer["data"] or {"": None}).values()
        (error,) = answer["errors"]
        return value, error["errorType"]

    def file(self, method: str, url: str, body: Any = None, **headers: str) -> Reply:
        """A request to a presigned URL. `body` may be bytes or, chunked, an iterator of them."""
        parts = urlsplit(url)
        return exchange(self.server.port, method, f"{parts.path}?{parts.query}", body, headers)

    @contextmanager
    def socket(self, *, ready: bool = True, token: str | None = None) -> Iterator[Frames]:
        """A WebSocket; `ready` when its opening frames are exchanged already."""
        with connect(
            self.socket_url(self.token if token is None else token),
            subprotocols=[Subprotocol("graphql-ws")],
            proxy=None,
        ) as connection:
            frames = Frames(connection, self.token)
            if ready:
                frames.send({"type": "connection_init"})
                assert frames.take()["type"] == "connection_ack"
            yield frames

    def socket_url(self, token: str) -> str:
        """Where the official clients connect, the token in the query."""
        header = json.dumps({"HOST": "here", "Authorization": token}).encode()
        encoded = base64.b64encode(header).decode()
        return f"ws://127.0.0.1:{self.server.port}/graphql?header={encoded}&payload=e30="


class Frames:
    """The frames of one connection."""

    def __init__(self, connection: ClientConnection, token: str) -> None:
        self.connection = connection
        self._token = token

    def send(self, frame: Any) -> None:
        """One frame; text is sent as it is."""
        self.connection.send(frame if isinstance(frame, str) else json.dumps(frame))

    def take(self) -> Any:
        """The next frame."""
        return json.loads(self.connection.recv(timeout=10))

    def start(self, query: str, name: str = "1", **variables: Any) -> Any:
        """Starts a subscription, and gives the answer."""
        self.send(self.starting(query, name, **variables))
        return self.take()

    def starting(self, query: str, name: str = "1", **variables: Any) -> Any:
        """The frame that starts a subscription."""
        data = json.dumps({"query": query, "variables": variables})
        authorization = {"host": "here", "Authorization": self._token}
        return {
            "id": name,
            "type": "start",
            "payload": {"data": data, "extensions": {"authorization": authorization}},
        }
