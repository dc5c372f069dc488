"""A platform in this process: series of regular steps, buckets on demand, trouble on demand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import numpy as np
import pyarrow as pa

from connectors.contract import (
    POINTS_PER_BATCH,
    TIME,
    Account,
    Aggregates,
    Buckets,
    Config,
    Function,
    Node,
    NodeId,
    Page,
    Points,
    Reads,
    Service,
    Traits,
    Window,
)
from connectors.egress import Endpoint
from connectors.errors import ConnectorError, NotFound
from tests.charts.platform import LABEL, SUMMARY

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Formula = Callable[[np.ndarray], np.ndarray]


def micros(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def wave(steps: np.ndarray) -> np.ndarray:
    """Two decimals between -50 and 50, with a lone peak at each 10,000th step."""
    values = np.round(50 * np.sin(steps / 40), 2)
    values[steps % 10_000 == 0] = 99.75
    return values


@dataclass
class Meter:
    """One series: a point every `step` from `start` to `end`, but not between `hole`."""

    start: datetime = datetime(2010, 1, 1, tzinfo=UTC)
    end: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    step: timedelta = timedelta(minutes=15)
    formula: Formula = wave
    hole: tuple[datetime, datetime] | None = None
    words: bool = False

    def points(self, window: Window) -> tuple[np.ndarray, np.ndarray]:
        width = self.step // timedelta(microseconds=1)
        first = -(-micros(max(window.start, self.start)) // width)
        last = -(-micros(min(window.end, self.end)) // width)
        steps = np.arange(first, max(first, last))
        times = steps * width
        if self.hole:
            out = (times < micros(self.hole[0])) | (times >= micros(self.hole[1]))
            steps, times = steps[out], times[out]
        return times, self.formula(steps)


@dataclass
class World:
    meters: dict[str, Meter] = field(default_factory=dict)
    troubles: dict[str, ConnectorError] = field(default_factory=dict)
    """Raised when this series is read or aggregated."""
    reads: list[tuple[str, ...]] = field(default_factory=list)
    buckets: list[timedelta] = field(default_factory=list)

    def check(self, series: Sequence[NodeId]) -> None:
        for node in series:
            if node in self.troubles:
                raise self.troubles[node]
            if node not in self.meters:
                raise NotFound("The platform has no such series.")


WORLD = World()


class Nothing(Config):
    def endpoints(self) -> tuple[Endpoint, ...]:
        return ()


class Works(Service[Nothing], Reads, Aggregates):
    kind = "works"
    label = LABEL
    summary = SUMMARY
    Config = Nothing
    traits: ClassVar[Traits] = Traits(
        series_per_read=10,
        settles=timedelta(hours=1),
        steps=(timedelta(hours=1), timedelta(days=1)),
    )

    def check(self) -> Account:
        return Account(id="works", label="Works")

    def children(self, parent: NodeId | None, cursor: str | None = None) -> Page[Node]:
        return Page(items=())

    def node(self, id: NodeId) -> Node:
        WORLD.check([id])
        newest = WORLD.meters[id].end - WORLD.meters[id].step
        return Node(id=id, name=id, type="meter", role="series", last_seen=newest)

    def read(self, series: Sequence[NodeId], window: Window) -> Iterator[Points]:
        WORLD.reads.append(tuple(series))
        WORLD.check(series)
        for node in series:
            times, values = WORLD.meters[node].points(window)
            for start in range(0, times.size, POINTS_PER_BATCH):
                part = slice(start, start + POINTS_PER_BATCH)
                kept = [str(v) for v in values[part]] if WORLD.meters[node].words else values[part]
                batch = pa.record_batch(
                    [pa.array(times[part]).cast(TIME), pa.array(kept)], names=["time", "value"]
                )
                yield Points(series=node, batch=batch)

    def aggregate(
        self,
        series: Sequence[NodeId],
        window: Window,
        step: timedelta,
        functions: Sequence[Function],
    ) -> Iterator[Buckets]:
        WORLD.buckets.append(step)
        WORLD.check(series)
        width = step // timedelta(microseconds=1)
        for node in series:
            times, values = WORLD.meters[node].points(window)
            starts = np.unique(times // width)
            split = np.searchsorted(times // width, starts)
            found = {"min": np.minimum.reduceat, "max": np.maximum.reduceat}
            columns = [found[name](values, split) for name in functions] if times.size else []
            if columns:
                batch = pa.record_batch(
                    [pa.array(starts * width).cast(TIME), *map(pa.array, columns)],
                    names=["time", *functions],
                )
                yield Buckets(series=node, step=step, batch=batch)


SERVICE = Works
