"""Meters that go like clockwork. What a test turns is on the `dial`."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import numpy as np
import pyarrow as pa

from connectors.contract import (
    TIME,
    Account,
    Config,
    Node,
    NodeId,
    Notes,
    Page,
    Points,
    Reads,
    Service,
    Traits,
    Window,
)
from connectors.errors import NotFound
from dashboard.series.windows import micros
from tests.series.clockwork import LABEL, SUMMARY

BEGIN = datetime(2010, 1, 1, tzinfo=UTC)
"""Nothing is older."""
PAGE = 5_000


@dataclass
class Dial:
    """What happens at the platform in this process."""

    errors: list[BaseException] = field(default_factory=list)
    """Raised by the next reads, one each."""
    gone: set[str] = field(default_factory=set)
    changed: dict[int, float] = field(default_factory=dict)
    """Values that came late, by their time."""
    calls: list[tuple[tuple[str, ...], Window]] = field(default_factory=list)
    midway: list[Callable[[], object]] = field(default_factory=list)
    """Functions called within the next reads, after their first page."""


dial = Dial()


class Clock(Config):
    step: int = 60
    """Seconds from point to point."""
    pause: float = 0.0
    """Seconds that each page takes."""
    texts: bool = False


class Clockwork(Service[Clock], Reads):
    kind = "clockwork"
    label = LABEL
    summary = SUMMARY
    Config = Clock
    traits: ClassVar[Traits] = Traits(
        series_per_read=3,
        widest=timedelta(days=100),
        settles=timedelta(hours=1),
        fresh=timedelta(minutes=1),
    )

    def check(self) -> Account:
        return Account(id="clock", label="Clock")

    def children(self, parent: NodeId | None, cursor: str | None = None) -> Page[Node]:
        return Page(items=())

    def node(self, id: NodeId) -> Node:
        return Node(id=id, name=id, type="meter", role="series")

    def read(self, series: Sequence[NodeId], window: Window) -> Iterator[Points]:
        dial.calls.append((tuple(series), window))
        if dial.errors:
            raise dial.errors.pop(0)
        if dial.gone & set(series):
            raise NotFound("The platform no longer has this meter.")
        times = stamps(window, self.config.step)
        for first in range(0, times.size, PAGE):
            for node in series:
                time.sleep(self.config.pause)
                yield self._page(node, times[first : first + PAGE])
            while dial.midway:
                dial.midway.pop(0)()

    def _page(self, node: NodeId, times: np.ndarray) -> Points:
        values = expected(node, times)
        column = pa.array([f"w{value}" for value in values]) if self.config.texts else values
        batch = pa.record_batch({"time": pa.array(times).cast(TIME), "value": column})
        return Points(series=node, batch=batch, notes=Notes(floored=1))


def stamps(window: Window, step: int) -> np.ndarray:
    """The times of all points in the window, as int64 microseconds."""
    start, end = micros(max(window.start, BEGIN)), micros(window.end)
    width = step * 1_000_000
    return np.arange(-(-start // width) * width, end, width, dtype=np.int64)


def expected(node: str, times: np.ndarray) -> np.ndarray:
    """The values at these times: three decimals, a day's swing under noise, each meter its own."""
    mixed = (times // 1_000_000 + zlib.crc32(node.encode())).astype(np.uint64)
    for factor in (0xBF58476D1CE4E5B9, 0x94D049BB133111EB):
        mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(factor)
    noise = (mixed >> np.uint64(40)).astype(np.float64) / 2**24
    values = np.round(50 + 30 * np.sin(times / 86_400e6 * 2 * np.pi) + 20 * noise, 3)
    for moment, value in dial.changed.items():
        values[times == moment] = value
    return values


SERVICE = Clockwork
