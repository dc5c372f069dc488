"""The requests that the broker understands, and its answers. Its node is number 0, alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from connectors.sandbox.avenieca.broker import batches, wire
from connectors.sandbox.avenieca.broker.batches import Refusal
from connectors.sandbox.avenieca.broker.topics import (
    EARLIEST,
    LARGEST_BATCH,
    LATEST,
    UNKNOWN_TOPIC,
    Topic,
    Topics,
)
from connectors.sandbox.avenieca.broker.wire import INT8, INT16, INT32, INT64, FrameError, Reader

PRODUCE, FETCH, LIST_OFFSETS, METADATA, API_VERSIONS, INIT_PRODUCER_ID = 0, 1, 2, 3, 18, 22
VERSIONS = {
    PRODUCE: (3, 7),
    FETCH: (4, 4),
    LIST_OFFSETS: (1, 1),
    METADATA: (0, 4),
    API_VERSIONS: (0, 2),
    INIT_PRODUCER_ID: (0, 1),
}
"""First and last version of each request that the broker knows: enough for record batches of
format 2, and no request with tagged fields."""
NAMES = {PRODUCE: "Produce", FETCH: "Fetch", LIST_OFFSETS: "ListOffsets", METADATA: "Metadata",
         API_VERSIONS: "ApiVersions", INIT_PRODUCER_ID: "InitProducerId"}  # fmt: skip
GOOD, OFFSET_OUT_OF_RANGE, BAD_ACKS, UNSUPPORTED_VERSION, NO_TRANSACTIONS = 0, 1, 21, 35, 53
NODE, PARTITION, NO_TIME = 0, 0, -1
CLUSTER = "sandbox"
LONGEST_WAIT = 30.0  # seconds that a fetch waits at most
LOOK = 0.1  # seconds between two looks at the twins, which change by the clock and over HTTP
MOST_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of every request."""

    key: int
    version: int
    correlation: int

    @property
    def known(self) -> bool:
        """Whether the broker understands the request."""
        first, last = VERSIONS.get(self.key, (0, -1))
        return first <= self.version <= last


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a fetch wants of one topic."""

    name: str
    partition: int
    offset: int
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One connection."""

    host: str
    port: int
    """Under which address the other side reached us."""
    gone: Callable[[], bool]
    """Whether it has hung up: nobody then waits for an answer."""


class Protocol:
    """Answers requests. All on one event loop."""

    def __init__(self, topics: Topics) -> None:
        self.topics = topics
        self._producers = count(1000)
        self._arrived = asyncio.Event()

    async def answer(self, frame: bytes, peer: Peer) -> bytes | None:
        """The answer to a request; None when it wants none. Raises FrameError."""
        reader = Reader(frame)
        head = Head(reader.int16(), reader.int16(), reader.int32())
        correlation = INT32.pack(head.correlation)
        if head.key == API_VERSIONS and not head.known:
            return correlation + _versions(0, UNSUPPORTED_VERSION)  # KIP-511: always as version 0
        if not head.known:
            raise FrameError(f"request {head.key} of version {head.version}")
        reader.text_or_null()
        body = await self._answer(head, reader, peer)
        return None if body is None else correlation + body

    async def _answer(self, head: Head, reader: Reader, peer: Peer) -> bytes | None:
        if head.key == API_VERSIONS:
            return _versions(head.version, GOOD)
        if head.key == METADATA:
            return self._metadata(head.version, reader, peer)
        if head.key == INIT_PRODUCER_ID:
            return self._producer(reader)
        if head.key == PRODUCE:
            return self._produce(head.version, reader)
        if head.key == LIST_OFFSETS:
            return self._offsets(reader)
        return await self._fetch(reader, peer)

    def _metadata(self, version: int, reader: Reader, peer: Peer) -> bytes:
        asked = reader.array_or_null(reader.text)
        make = bool(reader.int8()) if version >= 4 else True
        if asked is None or (version == 0 and not asked):
            asked = self.topics.names()
        since_1 = version >= 1
        broker = INT32.pack(NODE) + wire.text(peer.host) + INT32.pack(peer.port)
        return b"".join(
            (
                INT32.pack(0) if version >= 3 else b"",
                wire.array([broker + (wire.text(None) if since_1 else b"")]),
                wire.text(CLUSTER) if version >= 2 else b"",
                INT32.pack(NODE) if since_1 else b"",
                wire.array(self._described(name, since_1=since_1, make=make) for name in asked),
            )
        )

    def _described(self, name: str, *, since_1: bool, make: bool) -> bytes:
        """A topic in Metadata: one partition, ours."""
        code = GOOD
        try:
            self.topics.find(name, make=make)
        except Refusal as refusal:
            code = refusal.code
        ours = wire.array([INT32.pack(NODE)])
        partition = INT16.pack(GOOD) + INT32.pack(PARTITION) + INT32.pack(NODE) + ours + ours
        internal = INT8.pack(0) if since_1 else b""
        partitions = wire.array([] if code else [partition])
        return INT16.pack(code) + wire.text(name) + internal + partitions

    def _producer(self, reader: Reader) -> bytes:
        """A number for an idempotent producer. There are no transactions."""
        transactional = reader.text_or_null()
        reader.int32()
        if transactional is not None:
            return _producer(NO_TRANSACTIONS, -1, -1)
        return _producer(GOOD, next(self._producers), 0)

    def _produce(self, version: int, reader: Reader) -> bytes | None:
        transactional, acks = reader.text_or_null(), reader.int16()
        reader.int32()
        code = GOOD if acks in (-1, 0, 1) else BAD_ACKS
        code = code if transactional is None else NO_TRANSACTIONS

        def partition() -> tuple[int, bytes]:
            return reader.int32(), reader.blob()

        asked = reader.array(lambda: (reader.text(), reader.array(partition)))
        done = wire.array(
            wire.text(name)
            + wire.array(self._kept(version, name, *each, refused=code) for each in parts)
            for name, parts in asked
        )
        self._arrived.set()
        self._arrived = asyncio.Event()
        return None if acks == 0 else done + INT32.pack(0)

    def _kept(self, version: int, name: str, number: int, data: bytes, *, refused: int) -> bytes:
        """Puts one partition's batch into its log."""
        base, code, first = -1, refused, -1
        try:
            if not code:
                topic = self._topic(name, number, make=True)
                if len(data) > LARGEST_BATCH:
                    raise Refusal(batches.TOO_LARGE)
                base = topic.append(batches.read(data))
                first = topic.bounds()[0]
        except Refusal as refusal:
            code = refusal.code
        start = INT64.pack(first) if version >= 5 else b""
        return (
            INT32.pack(number) + INT16.pack(code) + INT64.pack(base) + INT64.pack(NO_TIME) + start
        )

    def _topic(self, name: str, number: int, *, make: bool) -> Topic:
        """Raises Refusal."""
        if number != PARTITION:
            raise Refusal(UNKNOWN_TOPIC)
        return self.topics.find(name, make=make)

    def _offsets(self, reader: Reader) -> bytes:
        reader.int32()

        def partition() -> tuple[int, int]:
            return reader.int32(), reader.int64()

        asked = reader.array(lambda: (reader.text(), reader.array(partition)))
        return wire.array(
            wire.text(name) + wire.array(self._offset(name, *each) for each in parts)
            for name, parts in asked
        )

    def _offset(self, name: str, number: int, moment: int) -> bytes:
        code, time, offset = GOOD, NO_TIME, -1
        try:
            topic = self._topic(name, number, make=False)
            if moment in (EARLIEST, LATEST):
                offset = topic.bounds()[moment == LATEST]
            else:
                offset, time = topic.at(moment)
        except Refusal as refusal:
            code = refusal.code
        return INT32.pack(number) + INT16.pack(code) + INT64.pack(time) + INT64.pack(offset)

    async def _fetch(self, reader: Reader, peer: Peer) -> bytes:
        """Waits until there is enough, or long enough."""
        reader.int32()
        wait, least, most = reader.int32(), reader.int32(), reader.int32()
        reader.int8()

        def partition() -> tuple[int, int, int]:
            return reader.int32(), reader.int64(), reader.int32()

        asked = reader.array(lambda: (reader.text(), reader.array(partition)))
        wanted = [Wanted(name, *each) for name, parts in asked for each in parts]
        loop = asyncio.get_running_loop()
        until = loop.time() + min(max(wait / 1000, 0.0), LONGEST_WAIT)
        while True:
            arrived = self._arrived
            found = list(self._found(wanted, min(most, MOST_BYTES)))
            left = until - loop.time()
            if left <= 0 or peer.gone() or _enough(found, least):
                return _fetched(wanted, found)
            await _either(arrived, min(left, LOOK))

    def _found(self, wanted: Sequence[Wanted], most: int) -> Iterator[tuple[int, int, bytes]]:
        """Error, end of the log and batches for each topic; the bytes bounded over all."""
        for each in wanted:
            code, end, data = GOOD, -1, b""
            try:
                topic = self._topic(each.name, each.partition, make=False)
                first, end = topic.bounds()
                if not first <= each.offset <= end:
                    raise Refusal(OFFSET_OUT_OF_RANGE)
                if most > 0 and each.offset < end:
                    data = topic.fetch(each.offset, min(each.most, most))
            except Refusal as refusal:
                code = refusal.code
            most -= len(data)
            yield code, end, data


async def _either(arrived: asyncio.Event, seconds: float) -> None:
    """Until something arrived, or the time is over."""
    try:
        await asyncio.wait_for(arrived.wait(), seconds)
    except TimeoutError:
        return


def _enough(found: Sequence[tuple[int, int, bytes]], least: int) -> bool:
    return any(code for code, _, _ in found) or sum(len(data) for _, _, data in found) >= least


def _fetched(wanted: Sequence[Wanted], found: Sequence[tuple[int, int, bytes]]) -> bytes:
    """Topics in the order of the request, each partition as a topic entry of its own."""
    parts = []
    for each, (code, end, data) in zip(wanted, found, strict=True):
        answer = INT32.pack(each.partition) + INT16.pack(code) + INT64.pack(end) + INT64.pack(end)
        part = answer + INT32.pack(wire.NOTHING) + wire.blob(data)
        parts.append(wire.text(each.name) + wire.array([part]))
    return INT32.pack(0) + wire.array(parts)


def _versions(version: int, code: int) -> bytes:
    keys = wire.array(
        INT16.pack(key) + INT16.pack(first) + INT16.pack(last)
        for key, (first, last) in VERSIONS.items()
    )
    return INT16.pack(code) + keys + (INT32.pack(0) if version >= 1 else b"")


def _producer(code: int, number: int, epoch: int) -> bytes:
    return INT32.pack(0) + INT16.pack(code) + INT64.pack(number) + INT16.pack(epoch)


def routes() -> Iterator[str]:
    """What the broker understands, as `KAFKA Produce`."""
    for name in NAMES.values():
        yield f"KAFKA {name}"
