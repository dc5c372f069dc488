"""What the tests of the sandbox flowthings.io share: bare requests, and a bare socket."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from websockets.sync.client import ClientConnection, connect

from connectors.sandbox.accounts import ADMIN, Person, token
from tests.sandbox.client import Reply, exchange
from tests.sandbox.server import SandboxServer

KIND = "flowthings"
NOWHERE = "f" + "0" * 24
WAIT = 10.0  # seconds until something that has to come is given up


class Account:
    """Requests of one account, with its master token or another one."""

    def __init__(
        self, server: SandboxServer, person: Person = ADMIN, secret: str | None = None
    ) -> None:
        self.server = server
        self.name = person.slug
        self.headers = {
            "x-auth-token": secret or token(KIND, person),
            "x-auth-account": person.slug,
        }

    def raw(
        self,
        verb: str,
        target: str,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """One request on a connection of its own; `target` is the whole path with its query."""
        fields = {**self.headers, **(headers or {})}
        return exchange(self.server.port, verb, target, content, fields, seconds=WAIT * 3)

    def __call__(self, verb: str, path: str, body: Any = None, /, **query: Any) -> Reply:
        """One request below the account; an empty keyword is left out."""
        target = f"/v0.1/{self.name}{path}" + (f"?{urlencode(query)}" if query else "")
        return self.raw(verb, target, None if body is None else json.dumps(body).encode())

    def body(self, verb: str, path: str, body: Any = None, /, **query: Any) -> Any:
        """The body of an answer that must be a success."""
        reply = self(verb, path, body, **query)
        assert reply.data["head"]["ok"], reply.data
        assert reply.data["head"]["status"] == reply.status
        return reply.data["body"]

    def refused(self, status: int, verb: str, path: str, body: Any = None, /, **query: Any) -> str:
        """The first sentence of an answer that must be this refusal."""
        reply = self(verb, path, body, **query)
        head = reply.data["head"]
        assert (reply.status, head["status"], head["ok"]) == (status, status, False), reply.data
        assert reply.data["body"] is None
        return str(head["errors"][0])

    def flow(self, name: str, /, **members: Any) -> Any:
        """A new flow of the account."""
        return self.body("POST", "/flow", {"path": f"/{self.name}/{name}", **members})

    def drop(self, flow: Any, **elems: Any) -> Any:
        """A new drop."""
        return self.body("POST", f"/drop/{flow['id']}", {"elems": elems})

    def drops(self, flow: Any, **query: Any) -> list[Any]:
        """A page of drops."""
        found: list[Any] = self.body("GET", f"/drop/{flow['id']}", **query)
        return found

    def values(self, flow: Any, elem: str = "n", **query: Any) -> list[Any]:
        """One elem of each drop of a page."""
        return [drop["elems"].get(elem) for drop in self.drops(flow, **query)]

    def meter(self, name: str = "Library electric power (synthetic)") -> Any:
        """The flow of a meter of the world."""
        (flow,) = self.body("GET", "/flow", filter=f"displayName == '{name}'")
        return flow

    def session(self) -> str:
        """The id of a new session."""
        reply = self.raw("POST", "/session")
        assert reply.status == 201
        return str(reply.data["body"]["id"])


class Line:
    """A bare socket: frames out, messages in."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self._number = 0

    def send(self, **frame: Any) -> None:
        """A frame that wants no reply."""
        self.connection.send(json.dumps(frame))

    def next(self, seconds: float = WAIT) -> Any:
        """The next message. Raises TimeoutError."""
        return json.loads(self.connection.recv(timeout=seconds))

    def ask(self, **frame: Any) -> Any:
        """The reply to a frame; nothing else may come before it."""
        self._number += 1
        self.send(**frame, msgId=self._number)
        reply = self.next()
        assert reply["head"]["msgId"] == self._number, reply
        return reply

    def quiet(self) -> bool:
        """Whether nothing came up to now: a reply is the next message."""
        return bool(self.ask(type="heartbeat")["head"]["ok"])


@contextmanager
def line(account: Account) -> Iterator[Line]:
    """A socket of a new session."""
    address = f"ws://127.0.0.1:{account.server.port}/session/{account.session()}/ws"
    with connect(address, proxy=None) as connection:
        yield Line(connection)
