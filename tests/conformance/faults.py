"""A server in front of a platform that passes everything on, until it is told what to spoil.

Nothing here knows a platform: whatever speaks HTTP can be put behind it.
"""

from __future__ import annotations

import json
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from socket import SO_LINGER, SOL_SOCKET
from typing import Any, cast
from urllib.parse import urlsplit

from connectors.errors import (
    AuthFailed,
    BadAnswer,
    ConnectorError,
    Forbidden,
    NotFound,
    RateLimited,
    Unavailable,
)
from tests.serving import Serving, Threads

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
PRIVATE = "http://10.11.12.13/elsewhere"
WAIT = 120
"""Seconds that a 429 asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the platform answered, or what the fault made of it."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


BODILESS = frozenset({204, 304})
"""Whole with their headers: cut off or slow, they are before those."""
LATE = 2.0
"""Seconds; longer than the deadline of those who wait for what is slow."""

Spoil = Callable[["_Handler", Callable[[], Reply]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One way to fail, and the errors that it may become."""

    spoil: Spoil
    errors: tuple[type[ConnectorError], ...]
    waits: bool = False
    """It lasts until the deadline."""
    unsure: bool = False
    """Nobody can know whether a write took place, so it must not be sent again."""


class FaultProxy(Serving):
    """Serves `upstream` at `url` from the moment it is made until `close`.

    With `named` the platform hears our own host, so that the links it hands out lead through here.
    """

    def __init__(self, upstream: str, *, named: bool = False) -> None:
        self.upstream = urlsplit(upstream)
        self.named = named
        self.struck: list[str] = []
        self.busy = 0
        self.spoil: Spoil | None = None
        self.methods: frozenset[str] | None = None
        self.frozen: dict[str, Reply] = {}
        self.lock = threading.Lock()
        server = _Server(("127.0.0.1", 0), _Handler)
        server.proxy = self
        super().__init__(server)
        self.url = f"http://127.0.0.1:{self.port}{self.upstream.path}"

    @contextmanager
    def failing(self, spoil: Spoil, methods: frozenset[str] | None = None) -> Iterator[None]:
        """Requests fail inside the block: all, or those of some methods."""
        self.struck.clear()
        self.frozen.clear()
        self.methods = methods
        self.spoil = spoil
        try:
            yield
        finally:
            self.spoil = None

    def idle(self, seconds: float = 10.0) -> bool:
        """Whether, within the time, no request is being answered any more."""
        until = time.monotonic() + seconds
        while self.busy and time.monotonic() < until:
            time.sleep(0.01)
        return self.busy == 0


class _Server(Threads, HTTPServer):
    proxy: FaultProxy


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    sent_body = b""

    @property
    def proxy(self) -> FaultProxy:
        return cast(_Server, self.server).proxy

    def serve(self) -> None:
        proxy = self.proxy
        self.sent_body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with proxy.lock:
            proxy.busy += 1
        try:
            spoil = proxy.spoil
            if spoil and (proxy.methods is None or self.command in proxy.methods):
                proxy.struck.append(self.command)
                spoil(self, self.ask)
            else:
                self.reply(self.ask())
        finally:
            with proxy.lock:
                proxy.busy -= 1

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = serve  # noqa: N815

    def ask(self) -> Reply:
        """What the platform answers."""
        upstream = self.proxy.upstream
        dropped = {"host", "connection", "accept-encoding"}
        dropped -= {"host"} if self.proxy.named else set()
        headers = {k: v for k, v in self.headers.items() if k.lower() not in dropped}
        connection = HTTPConnection(upstream.hostname or "", upstream.port, timeout=30)
        try:
            connection.request(self.command, self.path, self.sent_body or None, headers)
            answer = connection.getresponse()
            body = answer.read()
            kept = {k: v for k, v in answer.getheaders() if k.lower() not in HOP_BY_HOP}
            return Reply(status=answer.status, headers=kept, body=body)
        finally:
            connection.close()

    def reply(self, reply: Reply, *, of: int | None = None) -> None:
        """Sends it; `of` is the length promised when it is not the body's own."""
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body) if of is None else of))
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""


HOP_BY_HOP = frozenset({"connection", "content-length", "transfer-encoding", "date", "server"})


def status(number: int, **headers: str) -> Spoil:
    """The bare status, with a body that is no platform's own."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    def spoil(handler: _Handler, ask: Callable[[], Reply]) -> None:
        body = b'{"error": "spoiled"}'
        named["Content-Type"] = "application/json"
        handler.reply(Reply(status=number, headers=named, body=body))

    return spoil


def _later(handler: _Handler, ask: Callable[[], Reply]) -> None:
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=WAIT), usegmt=True)
    handler.reply(Reply(status=429, headers={"Retry-After": moment}))


def _page(handler: _Handler, ask: Callable[[], Reply]) -> None:
    body = b"<!doctype html><title>Welcome</title><p>Please sign in.</p>"
    handler.reply(Reply(status=200, headers={"Content-Type": "text/html"}, body=body))


def _truncated(handler: _Handler, ask: Callable[[], Reply]) -> None:
    real = ask()
    if real.status in BODILESS:
        handler.close_connection = True
        return
    body = real.body or b"null"
    half = Reply(status=real.status, headers=real.headers, body=body[: len(body) // 2])
    handler.reply(half, of=len(body))
    handler.close_connection = True


def _empty(handler: _Handler, ask: Callable[[], Reply]) -> None:
    real = ask()
    handler.reply(Reply(status=200, headers=real.headers))


def _slow(handler: _Handler, ask: Callable[[], Reply]) -> None:
    real = ask()
    handler.close_connection = True
    if real.status in BODILESS:
        time.sleep(LATE)
        handler.reply(real)
        return
    handler.reply(Reply(status=real.status, headers=real.headers), of=len(real.body) + 1000)
    for byte in real.body + b" " * 1000:
        handler.wfile.write(bytes([byte]))
        time.sleep(0.05)


def _reset(handler: _Handler, ask: Callable[[], Reply]) -> None:
    handler.close_connection = True
    handler.connection.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def echo(handler: _Handler, ask: Callable[[], Reply]) -> None:
    """A refusal that repeats all it was sent: headers, address and body."""
    said = f"{handler.path} {dict(handler.headers)} {handler.sent_body!r}"
    body = json.dumps({"message": said, "errors": {"json": {"_schema": [said]}}}).encode()
    headers = {"Content-Type": "application/json"}
    handler.reply(Reply(status=422, headers=headers, body=body))


def frozen(handler: _Handler, ask: Callable[[], Reply]) -> None:
    """The first answer of each path again and again, whatever page is asked: pages without end."""
    path = f"{handler.command} {urlsplit(handler.path).path}"
    known = handler.proxy.frozen
    if path not in known:
        known[path] = ask()
    handler.reply(known[path])


def halved(handler: _Handler, ask: Callable[[], Reply]) -> None:
    """Half of a file, sent as if it were all of it; what is JSON stays whole."""
    real = ask()
    named = {name.lower(): value for name, value in real.headers.items()}
    if "json" in named.get("content-type", ""):
        handler.reply(real)
    else:
        half = real.body[: len(real.body) // 2]
        handler.reply(Reply(status=real.status, headers=real.headers, body=half))


FAULTS: dict[str, Fault] = {
    "401": Fault(spoil=status(401), errors=(AuthFailed,)),
    "403": Fault(spoil=status(403), errors=(Forbidden,)),
    "404": Fault(spoil=status(404), errors=(NotFound,)),
    "429 with seconds": Fault(spoil=status(429, Retry_After=str(WAIT)), errors=(RateLimited,)),
    "429 with a date": Fault(spoil=_later, errors=(RateLimited,)),
    "500": Fault(spoil=status(500), errors=(Unavailable,), unsure=True),
    "503": Fault(spoil=status(503), errors=(Unavailable,), unsure=True),
    "HTML for data": Fault(spoil=_page, errors=(BadAnswer,), unsure=True),
    "truncated": Fault(spoil=_truncated, errors=(Unavailable, BadAnswer), unsure=True),
    "empty": Fault(spoil=_empty, errors=(BadAnswer,), unsure=True),
    "slow": Fault(spoil=_slow, errors=(Unavailable,), waits=True, unsure=True),
    "reset": Fault(spoil=_reset, errors=(Unavailable,), unsure=True),
    "redirect to a private address": Fault(
        spoil=status(302, Location=PRIVATE), errors=(BadAnswer,)
    ),
}
