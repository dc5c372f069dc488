"""Sockets that stop at a deadline, however slowly the other side feeds them.

A plain socket's timeout starts anew with every byte, so a platform that sends one byte a second
would hold a worker for ever. These sockets wait for each piece no longer than the time left.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from socket import socket
from ssl import SSLSocket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment after which nobody waits any more."""

    at: float
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        return cls(time.monotonic() + seconds)

    def left(self) -> float:
        """Seconds left, never below zero."""
        return max(0.0, self.at - self.clock())

    def within(self, seconds: float) -> float:
        """At most `seconds`, and at most what is left. Raises TimeoutError when nothing is."""
        left = self.left()
        if left == 0.0:
            raise TimeoutError("The deadline has passed.")
        return min(left, seconds)


class BoundSocket(socket):
    """A TCP socket whose every wait also ends at `deadline`."""

    deadline: Deadline | None = None
    patience: float | None = None
    """What the last `settimeout` asked for: the longest wait for one piece, in seconds."""

    def settimeout(self, value: float | None, /) -> None:
        self.patience = value
        super().settimeout(value)

    def _arm(self) -> None:
        if self.deadline is None or self.patience == 0:
            return
        left = self.deadline.within(float("inf"))
        super().settimeout(left if self.patience is None else min(left, self.patience))

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        self._arm()
        return super().recv(buflen, flags)

    def recv_into(self, buffer: WriteableBuffer, nbytes: int | None = None, flags: int = 0) -> int:
        self._arm()
        return super().recv_into(buffer, nbytes or 0, flags)

    def send(self, data: ReadableBuffer, flags: int = 0, /) -> int:
        self._arm()
        return super().send(data, flags)

    def sendall(self, data: ReadableBuffer, flags: int = 0, /) -> None:
        self._arm()
        super().sendall(data, flags)


class BoundTlsSocket(BoundSocket, SSLSocket):
    """The same with TLS: the context makes it, see `ssl.SSLContext.sslsocket_class`."""
