"""Answers: whole ones with their JSON, open ones, and the body that keeps both within bounds."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from io import RawIOBase
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import numpy as np
import orjson
from urllib3.exceptions import HTTPError

from connectors.errors import BadAnswer, ConnectorError, Unavailable

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from requests import Response

CHUNK = 256 * 1024
ERROR_BYTES = 256 * 1024
"""What is read of an answer that only tells why something went wrong."""

_STRUCTURE = bytes(set(range(256)) - set(b'"[]{}'))


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What an answer may be at most."""

    bytes: int = 64 * 1024 * 1024
    """A whole answer, after decompression."""
    stream_bytes: int = 4 * 1024 * 1024 * 1024
    """A streamed answer, after decompression."""
    depth: int = 64
    """Nesting of a JSON answer."""
    silence: float = 60.0
    """Seconds without a single byte; the deadline bounds the whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A whole answer: status, headers with lower-case names, body."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    depth: int = field(default=Limits().depth, repr=False)

    def json(self) -> Any:
        """The body as JSON; bare NaN and Infinity, which some platforms write, become floats.

        Raises BadAnswer when it is none or nested too deep, Unavailable for a 5xx that is none.
        """
        if depth(self.body) > self.depth:
            raise BadAnswer(f"The platform's answer is nested deeper than {self.depth} levels.")
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            pass
        return self._lenient()

    def _lenient(self) -> Any:
        if b"NaN" in self.body or b"Infinity" in self.body:
            with suppress(ValueError):
                return json.loads(self.body)
        if self.status >= 500:
            raise Unavailable("The platform is out of order just now. Try again in a moment.")
        if "html" in self.headers.get("content-type", "") or self.body.lstrip()[:1] == b"<":
            raise BadAnswer("The platform answered with a web page instead of data.")
        raise BadAnswer("The platform's answer is no readable JSON.")


def depth(body: bytes) -> int:
    """How deep a JSON text is nested, without parsing it.

    Everything but quotes and brackets is dropped, then the strings, then the brackets are summed:
    about a third of the time that parsing takes.
    """
    text = body
    if b"\\" in text:
        text = text.replace(b"\\\\", b"").replace(b'\\"', b"")
    # Strings without a bracket are neighbouring quotes by now, and far more than the others.
    text = text.translate(None, _STRUCTURE).replace(b'""', b"")
    outside = b"".join(text.split(b'"')[::2])
    brackets = np.frombuffer(outside, dtype=np.uint8)
    if not brackets.size:
        return 0
    # "[" is 91 and "{" 123; the closing ones are two further.
    opening = (brackets == 91) | (brackets == 123)
    return int(np.cumsum(opening.astype(np.int8) * 2 - 1, dtype=np.int32).max())


class Body(RawIOBase):
    """An answer's bytes, decompressed while they come; stops at `limit` bytes and at the deadline.

    May be read in one thread and closed in another: closing wakes the reader. `fault` is the error
    that ended the reading, for libraries that hide what their source raised.
    """

    def __init__(
        self, response: Response, *, limit: int, explain: Callable[[BaseException], ConnectorError]
    ) -> None:
        super().__init__()
        self._raw = response.raw
        self._left = limit
        self._limit = limit
        self._explain = explain
        self._lock = threading.Lock()
        self._ended = False
        self.fault: ConnectorError | None = None

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """Up to `size` bytes, fewer only at the end; all of them for -1.

        Raises Unavailable (too slow, broken off) and BadAnswer (too big, cannot be unpacked).
        """
        if size is None or size < 0:
            return self.readall()
        with self._lock:
            return self._read(size)

    def readall(self) -> bytes:
        return b"".join(iter(lambda: self.read(CHUNK), b""))

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        piece = self.read(len(view))
        view[: len(piece)] = piece
        return len(piece)

    def drain(self) -> bytes:
        """What can be had of a body that only explains a failure; never raises."""
        with suppress(ConnectorError):
            return self.read(ERROR_BYTES)
        return b""

    def close(self) -> None:
        """Frees the connection: back to the pool when all was read, else closed."""
        if not self._lock.acquire(blocking=False):
            with suppress(OSError, RuntimeError, ValueError):
                self._raw.shutdown()
            self._lock.acquire()
        try:
            super().close()
            self._raw.close()
        finally:
            self._lock.release()

    def _read(self, size: int) -> bytes:
        if self.closed:
            raise ValueError("The answer is closed.")
        if self.fault is not None:
            raise self.fault
        if self._ended or size == 0:
            return b""
        try:
            piece: bytes = self._raw.read(size, decode_content=True)
        except (HTTPError, OSError, ValueError) as wrong:
            self.fault = self._explain(wrong)
            piece = b""
        self._count(piece)
        if self.fault is not None:
            raise self.fault
        return piece

    def _count(self, piece: bytes) -> None:
        self._ended = not piece
        self._left -= len(piece)
        if self._left < 0:
            self.fault = BadAnswer(f"The platform's answer is larger than {self._limit:,} bytes.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer whose body is still on its way."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: Body = field(repr=False)
    home: bool
    """It came from the platform's own origin, and the request carried the credentials."""
    sent: Mapping[str, str] = field(repr=False)
    """The credentials that the request carried."""

    def close(self) -> None:
        self.body.close()


class Stream:
    """An open answer: `file` is readable, iteration gives chunks; leaving the block frees it.

    `fault` is the error that ended the reading, if any. Libraries that read `file` hand on the
    ConnectorError it raised (pyarrow does); after one that does not, raise `fault` yourself.
    """

    def __init__(self, reply: Reply) -> None:
        self._reply = reply
        self.status = reply.status
        self.headers = reply.headers
        self.file = cast(BinaryIO, reply.body)

    @property
    def fault(self) -> ConnectorError | None:
        return self._reply.body.fault

    def __iter__(self) -> Iterator[bytes]:
        return iter(lambda: self.file.read(CHUNK), b"")

    def __enter__(self) -> Stream:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._reply.close()
