"""A clockwork that pushes too. What it says is put into the `tap`."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa

from connectors.contract import TIME, Feed, NodeId, Points, Streams
from tests.series.clockwork.service import Clockwork
from tests.series.ticker import LABEL, SUMMARY


@dataclass
class Tap:
    """What subscribers hear: points, a trouble, or None for the end."""

    waiting: queue.Queue[Points | Exception | None] = field(default_factory=queue.Queue)
    subscribed: int = 0
    closed: int = 0

    def tell(self, node: str, at: datetime, value: float) -> None:
        batch = pa.record_batch({"time": pa.array([at]).cast(TIME), "value": pa.array([value])})
        self.waiting.put(Points(series=NodeId(node), batch=batch))

    def feed(self) -> Feed:
        self.subscribed += 1
        closed = threading.Event()

        def close() -> None:
            self.closed += 1
            closed.set()

        return Feed(points=self._points(closed), close=close)

    def _points(self, closed: threading.Event) -> Iterator[Points]:
        while not closed.is_set():
            try:
                said = self.waiting.get(timeout=0.02)
            except queue.Empty:
                continue
            if said is None:
                return
            if isinstance(said, Exception):
                raise said
            yield said


tap = Tap()


class Ticker(Clockwork, Streams):
    kind = "ticker"
    label = LABEL
    summary = SUMMARY

    def subscribe(self, series: Sequence[NodeId]) -> Feed:
        return tap.feed()


SERVICE = Ticker
