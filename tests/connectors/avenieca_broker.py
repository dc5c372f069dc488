"""A Kafka broker that answers what a test tells it to."""

from __future__ import annotations

import threading
from collections.abc import Callable
from socketserver import StreamRequestHandler, ThreadingTCPServer
from types import TracebackType
from typing import cast

from connectors.avenieca.kafka import INT16, INT32, INT64, array, text

Said = Callable[[bytes], bytes | None]
"""From the body of a request to that of its answer; None hangs up."""
PRODUCE, FETCH, LIST_OFFSETS, METADATA = range(4)


class Broker:
    """Listens from the moment it is made until `close`; silent where a test says nothing."""

    def __init__(self) -> None:
        self.says: dict[int, Said] = {}
        self.asked: list[int] = []
        self.over = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Talk)
        self._server.broker = self
        self.port = int(self._server.server_address[1])
        self.says[METADATA] = lambda body: metadata("127.0.0.1", self.port)
        self.says[LIST_OFFSETS] = lambda body: offsets(0)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def __enter__(self) -> Broker:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    broker: Broker

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what some tests are about."""


class _Talk(StreamRequestHandler):
    def handle(self) -> None:
        broker = cast(_Server, self.server).broker
        while head := self.rfile.read(4):
            frame = self.rfile.read(INT32.unpack(head)[0])
            key, correlation = INT16.unpack_from(frame)[0], frame[4:8]
            name = INT16.unpack_from(frame, 8)[0]
            broker.asked.append(key)
            if key not in broker.says:
                broker.over.wait(60)
                return
            answer = broker.says[key](frame[10 + name :])
            if answer is None:
                return
            self.wfile.write(INT32.pack(4 + len(answer)) + correlation + answer)


def metadata(host: str, port: int, *, code: int = 0, topic: str = "room_pub") -> bytes:
    """One broker that leads the one partition of a topic."""
    brokers = array([INT32.pack(7) + text(host) + INT32.pack(port) + text(None)])
    part = INT16.pack(0) + INT32.pack(0) + INT32.pack(7) + array([INT32.pack(7)]) * 2
    topics = array([INT16.pack(code) + text(topic) + b"\0" + array([] if code else [part])])
    return INT32.pack(0) + brokers + text("cluster") + INT32.pack(7) + topics


def offsets(end: int, *, code: int = 0, topic: str = "room_pub") -> bytes:
    part = INT32.pack(0) + INT16.pack(code) + INT64.pack(-1) + INT64.pack(end)
    return array([text(topic) + array([part])])


def fetched(data: bytes, *, code: int = 0, topic: str = "room_pub") -> bytes:
    part = INT32.pack(0) + INT16.pack(code) + INT64.pack(0) * 2 + INT32.pack(-1)
    part += INT32.pack(len(data)) + data
    return INT32.pack(0) + array([text(topic) + array([part])])


def produced(offset: int, *, code: int = 0, topic: str = "room_pub") -> bytes:
    part = INT32.pack(0) + INT16.pack(code) + INT64.pack(offset) + INT64.pack(-1)
    return array([text(topic) + array([part])]) + INT32.pack(0)
