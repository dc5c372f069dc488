"""A proxy that leads every CONNECT to one address, whatever name was asked for."""

from __future__ import annotations

import socket
import socketserver
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from typing import ClassVar

HEAD_END = b"\r\n\r\n"
ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
PIECE = 1 << 16


class _Connect(socketserver.BaseRequestHandler):
    """One client: its CONNECT, then bytes both ways."""

    port: ClassVar[int]
    asked: ClassVar[list[str]]

    def handle(self) -> None:
        """Until either side has said everything."""
        client: socket.socket = self.request
        head = b""
        while HEAD_END not in head:
            piece = client.recv(PIECE)
            if not piece:
                return
            head += piece
        self.asked.append(head.split()[1].decode())
        with socket.create_connection(("127.0.0.1", self.port)) as server:
            client.sendall(ESTABLISHED)
            back = Thread(target=_pipe, args=(server, client))
            back.start()
            _pipe(client, server)
            back.join()


def _pipe(source: socket.socket, target: socket.socket) -> None:
    """Passes bytes on until there are no more; a side that has gone ends it too."""
    with suppress(OSError):
        while piece := source.recv(PIECE):
            target.sendall(piece)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False


@contextmanager
def tunnel(port: int) -> Iterator[tuple[str, list[str]]]:
    """A proxy to this port of the machine: its URL, and every `host:port` that was asked for."""
    asked: list[str] = []
    handler = type("Handler", (_Connect,), {"port": port, "asked": asked})
    with _Server(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", asked
        finally:
            server.shutdown()
            thread.join()
