"""The readings of a source at another step, so that sums (energy) or means agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from connectors.sandbox.clock import Clock
from connectors.sandbox.world.noise import Values
from connectors.sandbox.world.readings import Source
from connectors.sandbox.zones import Instants

DIGITS = 1e9  # an energy is split in whole billionths, so that the parts add up to it


@dataclass(frozen=True, slots=True)
class Stepped:
    """Readings on multiples of `step` in UTC; one of the two steps divides the other."""

    source: Source
    step: int
    clock: Clock
    total: bool = False
    """Whether readings add up (energy); else they are averaged or held."""

    def __post_init__(self) -> None:
        """Raises ValueError for a step that neither divides the source's nor is divided by it."""
        if self.step <= 0 or (self.step % self.source.step and self.source.step % self.step):
            raise ValueError("one step must divide the other")

    def extent(self) -> tuple[int, int] | None:
        """From the first whole step to the last that is known: coarse ones when they are over."""
        inner = self.source.extent()
        if inner is None:
            return None
        start, end = inner
        if self.step < self.source.step:
            over = max(end, min(end - 1 + self.source.step, self.clock.now_us() + 1))
            return start, over
        low, high = -(-start // self.step) * self.step, end - 1 + self.source.step
        return low, max(low, high // self.step * self.step)

    def read(self, start: int, end: int) -> tuple[Instants, Values]:
        """The readings in `[start, end)`; a step without any reading beneath is absent."""
        extent = self.extent() or (start, start)
        low, high = max(start, extent[0]), min(end, extent[1])
        if low >= high:
            return np.empty(0, dtype=np.int64), np.empty(0)
        return self._split(low, high) if self.step < self.source.step else self._joined(low, high)

    def _joined(self, low: int, high: int) -> tuple[Instants, Values]:
        first, last = -(-low // self.step) * self.step, -(-high // self.step) * self.step
        times, values = self.source.read(first, last)
        if not times.size:
            return times, values
        coarse, at = np.unique(times // self.step, return_index=True)
        sums = np.add.reduceat(values, at)
        if not self.total:
            sums /= np.diff(np.append(at, times.size))
        return coarse * self.step, sums

    def _split(self, low: int, high: int) -> tuple[Instants, Values]:
        inner, parts = self.source.step, self.source.step // self.step
        times, values = self.source.read(low // inner * inner, high)
        fine = (times[:, None] + np.arange(parts) * self.step).ravel()
        pieces = _shared(values, parts) if self.total else np.repeat(values, parts)
        kept = (fine >= low) & (fine < high)
        return fine[kept], pieces[kept]


def _shared(values: Values, parts: int) -> Values:
    """Each value in `parts` nearly equal pieces; what does not divide goes to the first ones."""
    whole = np.rint(values * DIGITS).astype(np.int64)
    each, rest = np.divmod(whole, parts)
    pieces = each[:, None] + (np.arange(parts) < rest[:, None])
    shared: Values = pieces.ravel() / DIGITS
    return shared
