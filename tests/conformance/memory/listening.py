"""Live points: a ticket by HTTP, then lines on a socket of the door's."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from socket import SHUT_RDWR, socket
from typing import TypeVar

import pyarrow as pa
from pydantic import BaseModel, ValidationError

from connectors.contract import TIME, Door, Feed, NodeId, Points
from connectors.errors import BadAnswer, ConfigInvalid, Unavailable
from tests.conformance.memory.wire import MemoryConfig, Wire, part

LONGEST = 1_000_000
"""Bytes of a line."""
BROKEN = "Memory broke off the live connection. Subscribe again."


_Shape = TypeVar("_Shape", bound=BaseModel)


class _Ticket(BaseModel):
    ticket: str


class _Ready(BaseModel):
    ready: bool


class _News(BaseModel):
    series: str
    points: list[tuple[int, float]]


def subscribe(wire: Wire, door: Door, config: MemoryConfig, series: Sequence[NodeId]) -> Feed:
    if not config.live:
        raise ConfigInvalid("This account has no live port.", {"live": "Say which port it is."})
    wish = [part(one) for one in series]
    ticket = wire.send("POST", "live", _Ticket, json=wish, repeatable=True).ticket
    line = _Line(door.socket(config.endpoints()[1]))
    try:
        line.greet(ticket)
    except BaseException:
        line.close()
        raise
    return Feed(points=line.points(), close=line.close)


class _Line:
    """One live connection; waits for news as long as the door's deadline allows."""

    def __init__(self, sock: socket) -> None:
        sock.settimeout(None)
        self._sock = sock
        self._lines = sock.makefile("rb")
        self._closed = threading.Event()

    def greet(self, ticket: str) -> None:
        try:
            self._sock.sendall(f"{ticket}\n".encode())
            text = self._lines.readline(LONGEST)
        except OSError:
            text = b""
        if not text:
            raise Unavailable(BROKEN)
        _read(text, _Ready)

    def points(self) -> Iterator[Points]:
        while not self._closed.is_set():
            try:
                text = self._lines.readline(LONGEST)
            except TimeoutError:
                return
            except (OSError, ValueError):
                text = b""
            if text:
                yield _points(_read(text, _News))
            elif not self._closed.is_set():
                raise Unavailable(BROKEN)

    def close(self) -> None:
        self._closed.set()
        with suppress(OSError):
            self._sock.shutdown(SHUT_RDWR)  # wakes whoever waits for news
        self._lines.close()
        self._sock.close()


def _read(text: bytes, shape: type[_Shape]) -> _Shape:
    try:
        return shape.model_validate_json(text)
    except ValidationError:
        raise BadAnswer("Memory sent a line of another shape.") from None


def _points(news: _News) -> Points:
    points = sorted(news.points)
    times = pa.array([time for time, _ in points], pa.int64()).cast(TIME)
    values = pa.array([value for _, value in points], pa.float64())
    batch = pa.RecordBatch.from_arrays([times, values], names=["time", "value"])
    return Points(series=NodeId(news.series), batch=batch)
