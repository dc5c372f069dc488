"""What lies on the broker's topics, each of one partition.

`<module>_pub` is no store but a view of a twin's rows: offset n is the twin's n-th row. All other
topics are logs in memory that forget their oldest batches; what arrives on `<module>_sub` is also
taken in by the twin.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from connectors.sandbox.avenieca.broker import batches
from connectors.sandbox.avenieca.broker.batches import Batch, Record, Refusal
from connectors.sandbox.avenieca.ingest import INPUT, OUTPUT, fed, ingest, message
from connectors.sandbox.avenieca.rows import Row
from connectors.sandbox.avenieca.twin import Twin
from connectors.sandbox.avenieca.twins import Twins

UNKNOWN_TOPIC, INVALID_TOPIC, NOT_ALLOWED, OUT_OF_ORDER, POLICY = 3, 17, 29, 45, 44
NAME = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}")
LOG_BYTES = 1024 * 1024
LARGEST_BATCH = 1024 * 1024
MOST_TOPICS = 128
MOST_PRODUCERS = 64
BATCH_ROWS = 500
MICROSECONDS = 1000  # in a millisecond
LATEST, EARLIEST = -1, -2
Listener = Callable[[Sequence[Record]], None]


class Topic(Protocol):
    """One topic's only partition."""

    def bounds(self) -> tuple[int, int]:
        """The first offset that is held, and the one that comes next."""
        ...

    def fetch(self, offset: int, most: int) -> bytes:
        """Batches from an offset within the bounds: at least one, then up to so many bytes."""
        ...

    def at(self, moment: int) -> tuple[int, int]:
        """The first (offset, time) at or after a time in ms; (-1, -1) when there is none."""
        ...

    def append(self, batch: Batch) -> int:
        """Adds a batch and tells its offset. Raises Refusal."""
        ...


@dataclass(slots=True)
class Log:
    """What clients produced, newest last."""

    taken: Listener | None = None
    """Who listens to the topic."""
    _batches: deque[Batch] = field(default_factory=deque)
    _bytes: int = 0
    _next: int = 0
    _producers: OrderedDict[int, Batch] = field(default_factory=OrderedDict)
    """The newest batch of each idempotent producer."""

    def bounds(self) -> tuple[int, int]:
        """From the oldest batch that is held."""
        return (self._batches[0].base if self._batches else self._next), self._next

    def append(self, batch: Batch) -> int:
        """Adds a batch; one that was sent again after a lost answer is not added twice."""
        known = self._known(batch)
        if known is not None:
            return known
        placed = batch.moved(self._next)
        records = list(placed.records())
        if self.taken is not None:
            self.taken(records)
        self._batches.append(placed)
        self._bytes += len(placed.raw)
        self._next += placed.count
        while self._bytes > LOG_BYTES and len(self._batches) > 1:
            self._bytes -= len(self._batches.popleft().raw)
        self._remember(placed)
        return placed.base

    def _known(self, batch: Batch) -> int | None:
        """The offset of a batch that is there already. Raises Refusal for a gap in the numbers."""
        last = self._producers.get(batch.producer)
        if batch.producer < 0 or last is None or last.epoch != batch.epoch:
            return None
        for held in self._batches:
            if (held.producer, held.epoch, held.sequence, held.count) == (
                batch.producer, batch.epoch, batch.sequence, batch.count,
            ):  # fmt: skip
                return held.base
        if batch.sequence != (last.sequence + last.count) % 2**31:
            raise Refusal(OUT_OF_ORDER)
        return None

    def _remember(self, batch: Batch) -> None:
        if batch.producer < 0:
            return
        self._producers[batch.producer] = batch
        self._producers.move_to_end(batch.producer)
        if len(self._producers) > MOST_PRODUCERS:
            self._producers.popitem(last=False)

    def fetch(self, offset: int, most: int) -> bytes:
        """Whole batches; the first may begin before the offset."""
        found: list[bytes] = []
        size = 0
        for batch in self._batches:
            if batch.last < offset:
                continue
            size += len(batch.raw)
            if found and size > most:
                break
            found.append(batch.raw)
        return b"".join(found)

    def at(self, moment: int) -> tuple[int, int]:
        """By the times that producers gave."""
        for batch in self._batches:
            if batch.last_time >= moment:
                for record in batch.records():
                    if record.time >= moment:
                        return record.offset, record.time
        return -1, -1


@dataclass(frozen=True, slots=True)
class Output:
    """The rows of a twin, as its messages."""

    twins: Twins
    module: str
    as_text: bool

    def bounds(self) -> tuple[int, int]:
        """The rows that the twin keeps; asking takes in what the clock has brought."""
        with self.twins.lock:
            rows = self._twin.rows
            return rows.first, rows.end

    @property
    def _twin(self) -> Twin:
        return self.twins.get(self.module)

    def append(self, batch: Batch) -> int:
        """Only the twin writes here [G]. Raises Refusal."""
        raise Refusal(NOT_ALLOWED)

    def fetch(self, offset: int, most: int) -> bytes:
        """One batch."""
        with self.twins.lock:
            twin, found, size = self._twin, [], 0
            for place in range(offset, min(twin.rows.end, offset + BATCH_ROWS)):
                found.append(self._message(twin, twin.rows.at(place)))
                size += len(found[-1][1])
                if size > most:
                    break
        return batches.written(offset, found) if found else b""

    def _message(self, twin: Twin, row: Row) -> tuple[int, bytes]:
        return row.at // MICROSECONDS, message(twin, row, as_text=self.as_text)

    def at(self, moment: int) -> tuple[int, int]:
        """By the rows' times."""
        with self.twins.lock:
            rows = self._twin.rows
            place = bisect_left(rows.times, moment * MICROSECONDS)
            if place == len(rows):
                return -1, -1
            return rows.first + place, rows.times[place] // MICROSECONDS


class Topics:
    """All topics. Used by the broker's thread only, but for the twins beneath."""

    def __init__(self, twins: Twins, *, as_text: bool) -> None:
        self._twins = twins
        self._as_text = as_text
        self._logs: dict[str, Log] = {}

    def names(self) -> list[str]:
        """The topics of every twin, and those that clients made."""
        modules = self._twins.names()
        of_twins = [f"{module}{ending}" for module in modules for ending in (INPUT, OUTPUT)]
        return [*of_twins, *(name for name in self._logs if name not in set(of_twins))]

    def find(self, name: str, *, make: bool) -> Topic:
        """A topic, made on first use where that is wanted. Raises Refusal."""
        module = name.removesuffix(OUTPUT)
        if module != name and module in self._twins:
            return Output(self._twins, module, self._as_text)
        if name not in self._logs:
            self._admit(name, make=make)
            self._logs[name] = Log(self._listener(name))
        return self._logs[name]

    def _admit(self, name: str, *, make: bool) -> None:
        if NAME.fullmatch(name) is None:
            raise Refusal(INVALID_TOPIC)
        of_twin = name.removesuffix(INPUT) in self._twins and name.endswith(INPUT)
        if not make and not of_twin:
            raise Refusal(UNKNOWN_TOPIC)
        if not of_twin and len(self._logs) >= MOST_TOPICS:
            raise Refusal(POLICY)

    def _listener(self, name: str) -> Listener | None:
        module = fed(name)
        if module is None:
            return None

        def listen(records: Sequence[Record]) -> None:
            for record in records:
                ingest(self._twins, module, record.value or b"")

        return listen
