"""A Kafka broker that answers what a test tells it to."""

from __future__ import annotations

import threading
from collections.abc import Callable
from socketserver import StreamRequestHandler, TCPServer
from typing import cast

from connectors.avenieca.kafka import INT16, INT32, INT64, array, text
from tests.serving import Serving, Threads

Said = Callable[[bytes], bytes | None]
"""From the body of a request to that of its answer; None hangs up."""
PRODUCE, FETCH, LIST_OFFSETS, METADATA = range(4)


class Broker(Serving):
    """Listens from the moment it is made until `close`; silent where a test says nothing."""

    def __init__(self) -> None:
        self.says: dict[int, Said] = {}
        self.asked: list[int] = []
        self.over = threading.Event()
        server = _Server(("127.0.0.1", 0), _Talk)
        server.broker = self
        super().__init__(server)
        self.says[METADATA] = lambda body: metadata("127.0.0.1", self.port)
        self.says[LIST_OFFSETS] = lambda body: offsets(0)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def close(self) -> None:
        self.over.set()
        super().close()


class _Server(Threads, TCPServer):
    allow_reuse_address = True
    broker: Broker


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
