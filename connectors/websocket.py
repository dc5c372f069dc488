"""WebSocket over a socket that the door opens: text out, text in, each wait with an end.

TLS is the door's: a line is spoken to as `ws://` also where its socket is encrypted.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from socket import SHUT_RDWR, socket

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from connectors.egress import Endpoint
from connectors.errors import ConnectorError, Forbidden, NotFound, Unavailable
from connectors.sockets import BoundSocket

HANDSHAKE_SECONDS = 10.0
LARGEST = 4 * 1024 * 1024
"""Bytes of one message."""
PING_SECONDS = 20.0
"""A side that does not answer for so long is taken for gone."""

# The library writes whole requests, with their headers, into its log.
_QUIET = logging.getLogger("connectors.websocket.library")
_QUIET.addFilter(lambda record: False)


class Ended(Exception):
    """The line was closed, by us or at the deadline: nothing went wrong."""


class Line:
    """One open connection. One thread receives; `send` and `close` may be called by others."""

    def __init__(
        self,
        door: Callable[[Endpoint], socket],
        endpoint: Endpoint,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        protocol: str | None = None,
    ) -> None:
        """`protocol` is the sub-protocol spoken, where the platform wants one named.

        Raises what the platform's refusal means, and Unavailable.
        """
        self._protocols = None if protocol is None else [Subprotocol(protocol)]
        self._name = str(endpoint)
        self._closed = False
        self._sock = door(endpoint)
        self._ending = ExitStack()
        self._connection = self._shaken(endpoint, path, dict(headers or {}))

    def _shaken(self, endpoint: Endpoint, path: str, headers: dict[str, str]) -> ClientConnection:
        try:
            return self._ending.enter_context(
                connect(
                    f"ws://{endpoint}{path}",
                    sock=self._sock,
                    additional_headers=headers,
                    subprotocols=self._protocols,
                    user_agent_header="Tieline",
                    open_timeout=HANDSHAKE_SECONDS,
                    close_timeout=1.0,
                    ping_interval=PING_SECONDS,
                    ping_timeout=PING_SECONDS,
                    max_size=LARGEST,
                    compression=None,
                    proxy=None,
                    logger=_QUIET,
                )
            )
        except InvalidStatus as wrong:
            fault = _by_status(wrong.response.status_code, self._name)
        except (InvalidHandshake, ConnectionClosed, OSError, EOFError, ValueError):
            fault = Unavailable(f"{self._name} did not open a live connection. Try again.")
        self._sock.close()
        raise fault

    def send(self, text: str) -> None:
        """Raises Unavailable when the line is broken, Ended when it was closed."""
        try:
            self._connection.send(text)
        except (ConnectionClosed, OSError):
            pass
        else:
            return
        raise self._why()

    def receive(self, seconds: float) -> str | None:
        """The next message; None when none came in time. Raises Unavailable and Ended."""
        found: str | bytes | None
        try:
            found = self._connection.recv(timeout=min(seconds, self._left()))
        except TimeoutError:
            found = None if not self._late() else ""
        except (ConnectionClosed, OSError):
            found = ""
        if found == "":
            raise self._why()
        return found.decode("utf-8", "replace") if isinstance(found, bytes) else found

    def close(self) -> None:
        """Ends the waiting of whoever receives; may be called more than once."""
        self._closed = True
        with suppress(OSError):
            self._sock.shutdown(SHUT_RDWR)
        with suppress(ConnectionClosed, OSError):
            self._ending.close()
        self._sock.close()

    def _left(self) -> float:
        """Seconds until the door's deadline."""
        deadline = self._sock.deadline if isinstance(self._sock, BoundSocket) else None
        return deadline.left() if deadline is not None else float("inf")

    def _late(self) -> bool:
        return self._left() == 0

    def _why(self) -> Exception:
        if self._closed or self._late():
            return Ended()
        return Unavailable(f"{self._name} broke off the live connection. Try again in a moment.")


def _by_status(status: int, name: str) -> ConnectorError:
    if status in (401, 403):
        return Forbidden(f"{name} does not let this account open a live connection.")
    if status == 404:
        return NotFound(f"{name} has no live connection at this address.")
    return Unavailable(f"{name} did not open a live connection. Try again in a moment.")
