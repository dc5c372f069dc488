"""Servers that tests start, each in a thread of its own."""

from __future__ import annotations

from socketserver import TCPServer, ThreadingMixIn
from threading import Thread
from typing import Self


class Closing:
    """What is closed at the end of a `with`."""

    def close(self) -> None:
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Serving(Closing):
    """Serves from the moment it is made until `close`."""

    def __init__(self, server: TCPServer) -> None:
        self._server = server
        self.port = int(server.server_address[1])
        self._thread = Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Threads(ThreadingMixIn):
    """Beneath a server: every client has a thread, and hanging up is no error."""

    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """A client may hang up whenever it likes: some tests are about that."""
