"""A small Kafka client on the door's sockets: Metadata 4, ListOffsets 1, Fetch 4, Produce 3.

Those versions are spoken by every broker from 0.11 to 4 (KIP-896). No groups: the platform's own
consumer has none (section 1.4). https://kafka.apache.org/protocol
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from struct import Struct
from typing import Protocol, TypeVar

from connectors.avenieca import batches
from connectors.avenieca.batches import Record
from connectors.egress import Endpoint
from connectors.errors import (
    BadAnswer,
    ConnectorError,
    Forbidden,
    NotFound,
    Rejected,
    Unavailable,
)

PRODUCE, FETCH, LIST_OFFSETS, METADATA = (0, 3), (1, 4), (2, 1), (3, 4)
"""Each request and the version that we speak of it."""
PATIENCE = 30.0
"""Seconds of silence after which a broker counts as gone."""
TAKEN_WITHIN = 10_000
"""Milliseconds in which all copies of a message have to be stored."""
ALL, LATEST, NOBODY = -1, -1, -1
FETCHED = 4 * 1024 * 1024
LARGEST = 64 * 1024 * 1024
"""Bytes of one answer."""
BOTH_WAYS = 2
"""`socket.SHUT_RDWR`, whose module is the door's alone."""
NAME = "Tieline"
GONE = "The Kafka broker broke off the connection. Try again in a moment."

INT8, INT16, INT32, INT64 = Struct(">b"), Struct(">h"), Struct(">i"), Struct(">q")
T = TypeVar("T")


class Wire(Protocol):
    """What is needed of a connected socket."""

    def settimeout(self, value: float | None, /) -> None: ...
    def sendall(self, data: bytes, /) -> None: ...
    def recv(self, size: int, /) -> bytes: ...
    def shutdown(self, how: int, /) -> None: ...
    def close(self) -> None: ...


class Late(Unavailable):
    """No answer in time: the door's deadline when `waited` is less than our own patience."""

    def __init__(self, waited: float) -> None:
        super().__init__("The Kafka broker did not answer in time. Try again in a moment.")
        self.waited = waited

    @property
    def over(self) -> bool:
        """It was the door's deadline that ended the waiting."""
        return self.waited < PATIENCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """A part of a topic, and the broker that leads it."""

    topic: str
    number: int
    leader: Endpoint


Part = tuple[Partition, list[Record], int]
"""What a fetch found: the messages, and the offset to go on from."""


class Cluster:
    """The brokers behind one address. `close` may be called from another thread."""

    def __init__(self, connect: Callable[[Endpoint], Wire], address: Endpoint) -> None:
        self._connect = connect
        self._address = address
        self._lines: dict[Endpoint, Line] = {}
        self.closed = False

    def partitions(self, topics: Sequence[str]) -> tuple[Partition, ...]:
        """Where the topics are led. Raises NotFound for a topic that is not there.

        Brokers name each other; what they name goes through the door like any address.
        """
        asked = array(text(topic) for topic in topics) + INT8.pack(0)
        answer = self._line(self._address).ask(METADATA, asked)
        answer.int32()
        brokers = dict(answer.array(lambda: _broker(answer)))
        answer.text(), answer.int32()
        return tuple(
            Partition(topic=topic, number=number, leader=_leader(brokers, leader))
            for topic, parts in answer.array(lambda: _topic(answer))
            for number, leader in parts
        )

    def ends(self, partitions: Sequence[Partition]) -> dict[Partition, int]:
        """The offset behind the newest message of each."""
        found: dict[Partition, int] = {}
        for leader, led in by_leader(partitions).items():
            asked = array(
                text(one.topic) + array([INT32.pack(one.number) + INT64.pack(LATEST)])
                for one in led
            )
            answer = self._line(leader).ask(LIST_OFFSETS, INT32.pack(NOBODY) + asked)
            known = {(one.topic, one.number): one for one in led}
            for topic, ends in answer.topics(answer.end):
                found |= {_known(known, topic, number): end for number, end in ends}
        return found

    def fetch(self, leader: Endpoint, places: dict[Partition, int], wait: float) -> list[Part]:
        """New messages of partitions that one broker leads; waits some seconds for the first."""
        asked = array(
            text(one.topic)
            + array([INT32.pack(one.number) + INT64.pack(offset) + INT32.pack(FETCHED)])
            for one, offset in places.items()
        )
        head = INT32.pack(NOBODY) + INT32.pack(round(wait * 1000)) + INT32.pack(1)
        body = head + INT32.pack(FETCHED) + INT8.pack(0) + asked
        answer = self._line(leader).ask(FETCH, body)
        answer.int32()
        known = {(one.topic, one.number): one for one in places}
        found: list[Part] = []
        for topic, parts in answer.topics(answer.fetched):
            for number, data in parts:
                one = _known(known, topic, number)
                records, following = batches.read(data)
                new = [record for record in records if record.offset >= places[one]]
                found.append((one, new, places[one] if following is None else following))
        return found

    def produce(self, topic: str, value: bytes) -> tuple[int, int]:
        """Stores one message on the topic's first partition: its number and the offset.

        Never sent twice. Raises Unavailable when nobody knows whether it was stored.
        """
        (first, *_) = sorted(self.partitions([topic]), key=lambda one: one.number)
        batch = batches.written(time.time_ns() // 1_000_000, value)
        part = array([INT32.pack(first.number) + INT32.pack(len(batch)) + batch])
        head = text(None) + INT16.pack(ALL) + INT32.pack(TAKEN_WITHIN)
        line = self._line(first.leader)
        try:
            answer = line.ask(PRODUCE, head + array([text(topic) + part]))
        except Unavailable as fault:
            raise Unavailable(
                f"{fault.message} Nobody knows whether the signal was taken: "
                "look at the newest points before you send it again."
            ) from None
        for _, stored in answer.topics(answer.stored):
            for place in stored:
                return place
        raise BadAnswer("The Kafka broker did not say that it took the signal.")

    def close(self) -> None:
        """Wakes whoever waits for an answer."""
        self.closed = True
        for line in tuple(self._lines.values()):
            line.close()

    def _line(self, broker: Endpoint) -> Line:
        if broker not in self._lines:
            self._lines[broker] = Line(self._connect(broker))
        return self._lines[broker]


class Line:
    """One connection to one broker."""

    def __init__(self, wire: Wire) -> None:
        wire.settimeout(PATIENCE)
        self._wire = wire
        self._asked = 0

    def ask(self, what: tuple[int, int], body: bytes) -> Answer:
        """One exchange. Raises Late, Unavailable, BadAnswer."""
        self._asked += 1
        head = INT16.pack(what[0]) + INT16.pack(what[1]) + INT32.pack(self._asked) + text(NAME)
        began = time.monotonic()
        try:
            self._wire.sendall(INT32.pack(len(head + body)) + head + body)
            length = INT32.unpack(self._exactly(INT32.size))[0]
            if not 0 < length <= LARGEST:
                raise BadAnswer("This address does not answer as a Kafka broker.")
            answer = Answer(self._exactly(length))
        except TimeoutError:
            raise Late(time.monotonic() - began) from None
        except OSError:
            raise Unavailable(GONE) from None
        if answer.int32() != self._asked:
            raise BadAnswer("The Kafka broker answered something that was not asked.")
        return answer

    def close(self) -> None:
        with suppress(OSError):
            self._wire.shutdown(BOTH_WAYS)
        self._wire.close()

    def _exactly(self, length: int) -> bytes:
        found = bytearray()
        while len(found) < length:
            piece = self._wire.recv(min(length - len(found), 1 << 20))
            if not piece:
                raise Unavailable(GONE)
            found += piece
        return bytes(found)


class Answer:
    """Takes an answer apart. Raises BadAnswer where it is too short."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, length: int) -> bytes:
        end = self._at + length
        if length < 0 or end > len(self._data):
            raise BadAnswer("The Kafka broker's answer breaks off before its end.")
        found = self._data[self._at : end]
        self._at = end
        return found

    def int16(self) -> int:
        return int(INT16.unpack(self.take(2))[0])

    def int32(self) -> int:
        return int(INT32.unpack(self.take(4))[0])

    def int64(self) -> int:
        return int(INT64.unpack(self.take(8))[0])

    def text(self) -> str | None:
        length = self.int16()
        return None if length < 0 else self.take(length).decode("utf-8", "replace")

    def name(self) -> str:
        return self.text() or ""

    def blob(self) -> bytes:
        length = self.int32()
        return b"" if length < 0 else self.take(length)

    def array(self, item: Callable[[], T]) -> list[T]:
        return [item() for _ in range(self.int32())]

    def topics(self, part: Callable[[], T]) -> list[tuple[str, list[T]]]:
        """Topics by name, each with its partitions."""
        return self.array(lambda: (self.name(), self.array(part)))

    def end(self) -> tuple[int, int]:
        """A partition of ListOffsets: its number and the offset."""
        number = self.int32()
        good(self.int16())
        self.int64()
        return number, self.int64()

    def fetched(self) -> tuple[int, bytes]:
        """A partition of Fetch: its number and the batches."""
        number = self.int32()
        good(self.int16())
        self.take(16)
        self.array(lambda: self.take(16))
        return number, self.blob()

    def stored(self) -> tuple[int, int]:
        """A partition of Produce: its number and the offset."""
        number = self.int32()
        good(self.int16())
        offset = self.int64()
        self.int64()
        return number, offset


def by_leader(partitions: Iterable[Partition]) -> dict[Endpoint, list[Partition]]:
    """The partitions that each broker leads."""
    found: dict[Endpoint, list[Partition]] = {}
    for one in partitions:
        found.setdefault(one.leader, []).append(one)
    return found


ERRORS: dict[int, tuple[type[ConnectorError], str]] = {
    1: (Unavailable, "The Kafka broker no longer holds the messages we stood at. Subscribe again."),
    3: (NotFound, "The Kafka broker has no such topic. Check the topics in the settings."),
    5: (Unavailable, "The Kafka broker has nobody who leads this topic just now. Try again."),
    6: (Unavailable, "Another Kafka broker leads this topic now. Try again."),
    7: (
        Unavailable,
        "The Kafka broker did not store the signal everywhere in time.",
    ),
    10: (Rejected, "This signal is larger than the Kafka broker takes."),
    17: (NotFound, "The Kafka broker has no topic of such a name. Check the settings."),
    29: (Forbidden, "The Kafka broker does not let us use this topic."),
}


def good(code: int) -> None:
    """Raises what an error code means: https://kafka.apache.org/protocol#protocol_error_codes"""
    if code == 0:
        return
    kind, sentence = ERRORS.get(code, (BadAnswer, f"The Kafka broker answered error {code}."))
    raise kind(sentence)


def text(value: str | None) -> bytes:
    raw = b"" if value is None else value.encode()
    return INT16.pack(-1 if value is None else len(raw)) + raw


def array(items: Iterable[bytes]) -> bytes:
    every = list(items)
    return INT32.pack(len(every)) + b"".join(every)


def _broker(answer: Answer) -> tuple[int, Endpoint]:
    number, host, port = answer.int32(), answer.name(), answer.int32()
    answer.text()
    return number, Endpoint(host, port, tls=False)


def _topic(answer: Answer) -> tuple[str, list[tuple[int, int]]]:
    good(answer.int16())
    name = answer.name()
    answer.take(1)
    parts = answer.array(lambda: _partition(answer))
    return name, parts


def _partition(answer: Answer) -> tuple[int, int]:
    good(answer.int16())
    number, leader = answer.int32(), answer.int32()
    for _ in range(2):
        answer.array(answer.int32)
    return number, leader


def _leader(brokers: dict[int, Endpoint], number: int) -> Endpoint:
    if number not in brokers:
        good(5)
    return brokers[number]


def _known(known: dict[tuple[str, int], Partition], topic: str, number: int) -> Partition:
    found = known.get((topic, number))
    if found is None:
        raise BadAnswer("The Kafka broker answered for a topic that was not asked.")
    return found
