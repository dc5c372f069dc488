"""AveniECA's two wires as tests use them: raw HTTP, and raw Kafka frames."""

from __future__ import annotations

import json
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from typing import Any

from connectors.sandbox.accounts import ADMIN, Person, token
from connectors.sandbox.avenieca.broker import wire
from connectors.sandbox.avenieca.broker.wire import INT8, INT16, INT32, INT64, Reader
from tests.sandbox.server import SandboxServer
from tests.serving import Closing

SECONDS = 20
NOW = datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC)
"""What the clock of these tests shows when they start."""


@dataclass(frozen=True)
class Reply:
    """One answer."""

    status: int
    body: bytes
    kind: str

    @property
    def data(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Rest:
    """Requests to the REST API, as an account's API key or as nobody."""

    def __init__(self, server: SandboxServer, person: Person | None = ADMIN) -> None:
        self._port = int(server.address("avenieca").rpartition(":")[2])
        self.token = token("avenieca", person) if person else None

    def __call__(
        self, method: str, path: str, body: Any = None, *, base: str = "/v1", bearer: str = ""
    ) -> Reply:
        """One request, with `null` as the body when there is none, as the client sends it."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        key = bearer or self.token
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        connection = HTTPConnection("127.0.0.1", self._port, timeout=SECONDS)
        try:
            connection.request(method, f"{base}{path}", content, headers)
            answer = connection.getresponse()
            return Reply(answer.status, answer.read(), answer.getheader("content-type") or "")
        finally:
            connection.close()

    def ess(self, module: str, *state: float, **others: Any) -> Any:
        """A new ESS."""
        given = {"state": list(state), "module_id": module, "valence": 1.0, **others}
        return self("POST", "/ess", given).data

    def row(self, module: str, ess: int, **others: Any) -> Any:
        """A new sequence row."""
        return self("POST", "/sequence", {"module_id": module, "instance_id": ess, **others}).data


class Kafka(Closing):
    """One connection to the broker."""

    def __init__(self, server: SandboxServer) -> None:
        host, _, port = server.address("avenieca", "kafka").rpartition(":")
        self._socket = socket.create_connection((host, int(port)), timeout=SECONDS)

    def send(self, raw: bytes) -> None:
        """Bytes as they are."""
        self._socket.sendall(raw)

    def frame(self, key: int, version: int, body: bytes, correlation: int = 7) -> None:
        """A request."""
        head = INT16.pack(key) + INT16.pack(version) + INT32.pack(correlation) + wire.text("test")
        self.send(wire.blob(head + body))

    def answer(self) -> Reader | None:
        """The next answer behind its correlation; None when the connection was closed."""
        body = self.next()
        if body is None:
            return None
        reader = Reader(body)
        assert reader.int32() == 7
        return reader

    def next(self) -> bytes | None:
        """The next frame; None when the connection was closed."""
        length = self._exactly(4)
        return None if length is None else self._exactly(INT32.unpack(length)[0])

    def finish(self) -> None:
        """Says that nothing more will be sent."""
        self._socket.shutdown(socket.SHUT_WR)

    def ask(self, key: int, version: int, body: bytes) -> Reader:
        """A request and its answer."""
        self.frame(key, version, body)
        reader = self.answer()
        assert reader is not None
        return reader

    def _exactly(self, length: int) -> bytes | None:
        found = b""
        while len(found) < length:
            try:
                piece = self._socket.recv(length - len(found))
            except ConnectionError:
                return None
            if not piece:
                return None
            found += piece
        return found

    def close(self) -> None:
        """Closes it."""
        self._socket.close()

    def produce(self, topic: str, batch: bytes, *, acks: int = -1, version: int = 7) -> int:
        """The error code, or the offset above it as a negative number minus one."""
        reader = self.ask(0, version, produce(topic, batch, acks=acks))
        assert reader.int32() == 1
        assert reader.text() == topic
        assert reader.int32() == 1
        reader.int32()
        code, offset = reader.int16(), reader.int64()
        return code or -offset - 1

    def offset(self, topic: str, moment: int) -> tuple[int, int, int]:
        """Error, time and offset for a moment; -1 is the end, -2 the beginning."""
        asked = wire.text(topic) + wire.array([INT32.pack(0) + INT64.pack(moment)])
        reader = self.ask(2, 1, INT32.pack(-1) + wire.array([asked]))
        reader.int32(), reader.text(), reader.int32(), reader.int32()
        return reader.int16(), reader.int64(), reader.int64()

    def fetch(self, topic: str, offset: int, **limits: int) -> tuple[int, int, bytes]:
        """Error, end of the log, batches."""
        self.frame(1, 4, fetch([(topic, offset)], **limits))
        return self.fetched()

    def fetched(self) -> tuple[int, int, bytes]:
        """The first topic of a fetch's answer."""
        reader = self.answer()
        assert reader is not None
        reader.int32(), reader.int32(), reader.text(), reader.int32(), reader.int32()
        code, end, _stable = reader.int16(), reader.int64(), reader.int64()
        reader.int32()
        return code, end, reader.blob()


def produce(topic: str, batch: bytes, *, acks: int = -1) -> bytes:
    """The body of a Produce request for one partition."""
    part = wire.text(topic) + wire.array([INT32.pack(0) + wire.blob(batch)])
    return wire.text(None) + INT16.pack(acks) + INT32.pack(1000) + wire.array([part])


def fetch(
    places: Sequence[tuple[str, int]], *, wait: int = 0, least: int = 1, most: int = 2**20
) -> bytes:
    """The body of a Fetch request."""
    parts = [
        wire.text(topic) + wire.array([INT32.pack(0) + INT64.pack(offset) + INT32.pack(most)])
        for topic, offset in places
    ]
    head = INT32.pack(-1) + INT32.pack(wait) + INT32.pack(least) + INT32.pack(most)
    return head + INT8.pack(0) + wire.array(parts)
