"""The live port of the memory platform: a ticket in, then a line for whatever is written."""

from __future__ import annotations

import json
from contextlib import suppress
from socketserver import StreamRequestHandler, TCPServer
from typing import Any, cast

from tests.conformance.memory.platform import Platform
from tests.serving import Serving, Threads


class LiveServer(Serving):
    """Listens from the moment it is made until `close`."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.open: list[_Listener] = []
        server = _Server(("127.0.0.1", 0), _Listener)
        server.live = self
        super().__init__(server)

    def say(self, line: bytes) -> None:
        """To everybody who listens, whatever it is."""
        for listener in list(self.open):
            listener.say(line)

    def hang_up(self) -> None:
        for listener in list(self.open):
            listener.server.shutdown_request(listener.request)

    def close(self) -> None:
        self.hang_up()
        super().close()


class _Server(Threads, TCPServer):
    allow_reuse_address = True
    live: LiveServer


class _Listener(StreamRequestHandler):
    def handle(self) -> None:
        live = cast(_Server, self.server).live
        platform = live.platform
        ticket = self.rfile.readline(100).decode().strip()
        with platform.lock:
            series = platform.tickets.pop(ticket, None)
            if series is None:
                return
            platform.listeners[self.told] = series
            live.open.append(self)
            self.say(b'{"ready": true}\n')
        try:
            self.rfile.read()  # until the other side hangs up
        finally:
            with platform.lock:
                del platform.listeners[self.told]
                live.open.remove(self)

    def told(self, news: dict[str, Any]) -> None:
        self.say(json.dumps(news).encode() + b"\n")

    def say(self, line: bytes) -> None:
        with suppress(OSError):
            self.request.sendall(line)
