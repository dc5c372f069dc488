"""The live port of the memory platform: a ticket in, then a line for whatever is written."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any, cast

from tests.conformance.memory.platform import Platform


class LiveServer(ThreadingTCPServer):
    """Listens from the moment it is made until `close`."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def __init__(self, platform: Platform) -> None:
        super().__init__(("127.0.0.1", 0), _Listener)
        self.platform = platform
        self.port = int(self.server_address[1])
        self.open: list[_Listener] = []
        self._thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()

    def say(self, line: bytes) -> None:
        """To everybody who listens, whatever it is."""
        for listener in list(self.open):
            listener.say(line)

    def hang_up(self) -> None:
        for listener in list(self.open):
            self.shutdown_request(listener.request)

    def close(self) -> None:
        self.hang_up()
        self.shutdown()
        self._thread.join()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """A listener may hang up whenever it likes."""


class _Listener(StreamRequestHandler):
    def handle(self) -> None:
        server = cast(LiveServer, self.server)
        platform = server.platform
        ticket = self.rfile.readline(100).decode().strip()
        with platform.lock:
            series = platform.tickets.pop(ticket, None)
            if series is None:
                return
            platform.listeners[self.told] = series
            server.open.append(self)
            self.say(b'{"ready": true}\n')
        try:
            self.rfile.read()  # until the other side hangs up
        finally:
            with platform.lock:
                del platform.listeners[self.told]
                server.open.remove(self)

    def told(self, news: dict[str, Any]) -> None:
        self.say(json.dumps(news).encode() + b"\n")

    def say(self, line: bytes) -> None:
        with suppress(OSError):
            self.request.sendall(line)
