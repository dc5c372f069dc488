"""Small servers on 127.0.0.1 that answer, or fail, exactly as a test tells them to."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

RESET = b"\0reset"
"""Yielded by a reply: the connection is torn down with a TCP reset."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One request as it came over the wire; header names are lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


Reply = Callable[[Seen], bytes | Iterable[bytes]]


def answer(body: bytes = b"{}", status: int = 200, **headers: str) -> bytes:
    """A whole answer; `content_type="…"` becomes the header `content-type`."""
    own = {name.replace("_", "-"): value for name, value in headers.items()}
    named = {"content-length": str(len(body)), **own}
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return f"HTTP/1.1 {status} Told\r\n{head}\r\n".encode() + body


def redirect(location: str, status: int = 302) -> bytes:
    return answer(b"", status, location=location)


@dataclass
class Site:
    """Answers every request on every connection with `reply`, and remembers what it saw."""

    reply: Reply
    tls: ssl.SSLContext | None = None
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for conn in self._open:
                with suppress(OSError):
                    conn.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                conn, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(conn,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        with suppress(OSError, ValueError), plain:
            conn = self.tls.wrap_socket(plain, server_side=True) if self.tls else plain
            with conn:
                with self._lock:
                    self._open.add(conn)
                try:
                    self._talk(conn)
                finally:
                    with self._lock:
                        self._open.discard(conn)

    def _talk(self, conn: socket.socket) -> None:
        with conn.makefile("rb") as stream:
            while (request := _request(stream)) is not None:
                self.seen.append(request)
                told = self.reply(request)
                for piece in [told] if isinstance(told, bytes) else told:
                    if piece == RESET:
                        conn.setsockopt(
                            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                        )
                        return
                    conn.sendall(piece)
                if not isinstance(told, bytes):
                    return


def _request(stream: Iterable[bytes]) -> Seen | None:
    lines = iter(stream)
    first = next(lines, b"").decode("latin-1").split()
    if len(first) != 3:
        return None
    headers: dict[str, str] = {}
    for line in lines:
        if line in {b"\r\n", b""}:
            break
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    size = int(headers.get("content-length", 0))
    body: bytes = stream.read(size) if size else b""  # type: ignore[attr-defined]
    return Seen(method=first[0], target=first[1], headers=headers, body=body)


@contextmanager
def site(reply: Reply, tls: ssl.SSLContext | None = None) -> Iterator[Site]:
    server = Site(reply, tls)
    try:
        yield server
    finally:
        server.close()


def in_turn(*replies: bytes | Iterable[bytes]) -> Reply:
    """The first request gets the first reply, and so on; the last one is repeated."""
    waiting = list(replies)
    return lambda seen: waiting.pop(0) if len(waiting) > 1 else waiting[0]
