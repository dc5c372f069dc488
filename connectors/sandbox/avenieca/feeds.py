"""What the twins of the world see: a meter's readings, and a room's readings together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from connectors.sandbox.avenieca.aggregates import Member, aggregate
from connectors.sandbox.avenieca.twin import Reading, Twin, narrowed
from connectors.sandbox.avenieca.twins import Twins
from connectors.sandbox.world.readings import Source

DEFAULT_VALENCE = 50.0
"""What the platform gives a state that no table values (section 5.1)."""
PLEASANT, UNPLEASANT = 90.0, -90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterFeed:
    """The readings of one meter from `start` on, each a state of one number."""

    source: Source
    start: int
    pleasant: tuple[float, float] | None = None
    """Where the meter's table of valences says that all is well; None without a table."""

    def readings(self, after: int, until: int) -> Iterator[Reading]:
        """Pure: what the source holds between two moments."""
        times, values = self.source.read(max(self.start, after + 1), until + 1)
        for at, value in zip(times.tolist(), narrowed(values), strict=True):
            yield Reading(at, (value,), self._valence(value))

    def _valence(self, value: float) -> float:
        if self.pleasant is None:
            return DEFAULT_VALENCE
        low, high = self.pleasant
        return PLEASANT if low <= value <= high else UNPLEASANT


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomFeed:
    """The newest states of several twins together, at every `step` from `start` to `end`."""

    twins: Twins
    modules: tuple[str, ...]
    start: int
    end: int | None
    step: int

    def readings(self, after: int, until: int) -> Iterator[Reading]:
        """At each moment at which all twins have a state; one that is late counts as it was."""
        last = until if self.end is None else min(until, self.end)
        first = -(-max(self.start, after + 1) // self.step) * self.step
        times = np.arange(first, last + 1, self.step, dtype=np.int64)
        if not times.size:
            return
        parts = [self.twins.get(module) for module in self.modules]
        places = np.column_stack([twin.rows.before(times) for twin in parts])
        for at, found in zip(times.tolist(), places.tolist(), strict=True):
            if min(found) >= 0:
                yield self._together(at, parts, found)

    def _together(self, at: int, parts: Sequence[Twin], found: Sequence[int]) -> Reading:
        content = aggregate(
            [
                Member(twin.module, twin.ess[twin.rows.ess[place]], twin.rows.scores[place])
                for twin, place in zip(parts, found, strict=True)
            ]
        )
        rest = {name: content[name] for name in content if name not in ("state", "valence")}
        return Reading(at, tuple(content["state"]), content["valence"], rest)
