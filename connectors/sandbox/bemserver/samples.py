"""The samples of every (series, data state): a source underneath, what clients wrote on top."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from connectors.sandbox.bemserver.store import Store
from connectors.sandbox.readings import Source
from connectors.sandbox.zones import MINUTE, Instants

Values = NDArray[np.float64]
Key = tuple[int, int]

BLOCK_CELLS = 50_000  # times × series held at once; a few megabytes
NO_TIMES: Instants = np.empty(0, dtype=np.int64)
NO_VALUES: Values = np.empty(0)


@dataclass(frozen=True, slots=True)
class Track:
    """The samples of one series in one data state. Changed by replacement only."""

    source: Source | None = None
    times: Instants = field(default_factory=lambda: NO_TIMES)
    values: Values = field(default_factory=lambda: NO_VALUES)
    deleted: tuple[tuple[int, int], ...] = ()
    """Windows in which the source counts no more."""

    def extent(self) -> tuple[int, int] | None:
        """A half-open range that holds every sample; None without any."""
        ranges = [(int(self.times[0]), int(self.times[-1]) + 1)] if self.times.size else []
        below = self.source.extent() if self.source else None
        if below is not None:
            ranges.append(below)
        if not ranges:
            return None
        return min(r[0] for r in ranges), max(r[1] for r in ranges)

    def spacing(self) -> int:
        """A small distance between samples, in microseconds, to size blocks by."""
        steps = [self.source.step] if self.source else []
        if self.times.size > 1:
            steps.append(int(self.times[-1] - self.times[0]) // (self.times.size - 1))
        return max(min(steps, default=MINUTE), 1)

    def read(self, start: int, end: int) -> tuple[Instants, Values]:
        """The samples in `[start, end)`, strictly rising."""
        low, high = np.searchsorted(self.times, [start, end])
        above = self.times[low:high], self.values[low:high]
        if self.source is None:
            return above
        below = self._undeleted(*self.source.read(start, end), start, end)
        if not above[0].size:
            return below
        return _merged(below, above)

    def with_new(self, times: Instants, values: Values) -> Track:
        """The samples plus those at times that hold none yet: nothing is ever overwritten."""
        order = np.argsort(times, kind="stable")
        times, values = times[order], values[order]
        first = np.append(True, times[1:] != times[:-1])
        times, values = times[first], values[first]
        held, _ = self.read(int(times[0]), int(times[-1]) + 1)
        fresh = ~np.isin(times, held)
        merged = _merged((self.times, self.values), (times[fresh], values[fresh]))
        return replace(self, times=merged[0], values=merged[1])

    def without(self, start: int, end: int) -> Track:
        """The samples outside `[start, end)`."""
        kept = (self.times < start) | (self.times >= end)
        deleted = self.deleted + (((start, end),) if self.source else ())
        return replace(self, times=self.times[kept], values=self.values[kept], deleted=deleted)

    def _undeleted(
        self, times: Instants, values: Values, start: int, end: int
    ) -> tuple[Instants, Values]:
        for low, high in self.deleted:
            if low < end and high > start:
                kept = (times < low) | (times >= high)
                times, values = times[kept], values[kept]
        return times, values


def _merged(
    one: tuple[Instants, Values], other: tuple[Instants, Values]
) -> tuple[Instants, Values]:
    times = np.concatenate([one[0], other[0]])
    order = np.argsort(times, kind="stable")
    return times[order], np.concatenate([one[1], other[1]])[order]


class Samples:
    """Every track, by (series id, data state id)."""

    def __init__(self) -> None:
        self._tracks: dict[Key, Track] = {}
        self._writing = Lock()

    def attach(self, key: Key, source: Source) -> None:
        """Puts a source under a series."""
        self._tracks[key] = Track(source)

    def track(self, key: Key) -> Track:
        """The samples of one series; an empty track where nothing was ever written."""
        return self._tracks.get(key, Track())

    def write(self, key: Key, times: Instants, values: Values) -> None:
        """Adds samples; those at times already held are dropped without a word."""
        if not times.size:
            return
        with self._writing:
            self._tracks[key] = self.track(key).with_new(times, values)

    def delete(self, key: Key, start: int, end: int) -> None:
        """Empties a window."""
        with self._writing:
            self._tracks[key] = self.track(key).without(start, end)

    def forget(self, store: Store) -> None:
        """Drops the samples of series and states that the store has deleted."""
        gone = {"timeseries": set[int](), "timeseries_data_states": set[int]()}
        for path, row_id in store.removed:
            if path in gone:
                gone[path].add(row_id)
        store.removed.clear()
        series, states = gone["timeseries"], gone["timeseries_data_states"]
        for key in [k for k in self._tracks if k[0] in series or k[1] in states]:
            del self._tracks[key]


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows of several series side by side; NaN where a series has no sample."""

    times: Instants
    values: Values
    """Shape (times, series)."""


def blocks(tracks: Sequence[Track], start: int, end: int) -> Iterator[Block]:
    """The union of several tracks in `[start, end)`, in order, in bounded memory."""
    for low, high in windows(tracks, start, end):
        block = _block([track.read(low, high) for track in tracks])
        if block.times.size:
            yield block


def windows(tracks: Sequence[Track], start: int, end: int) -> Iterator[tuple[int, int]]:
    """The window, cut so that no piece holds more than about BLOCK_CELLS cells."""
    extents = [extent for extent in (track.extent() for track in tracks) if extent]
    if not extents:
        return
    low = max(start, min(extent[0] for extent in extents))
    high = min(end, max(extent[1] for extent in extents))
    width = min(track.spacing() for track in tracks) * max(1, BLOCK_CELLS // len(tracks))
    while low < high:
        yield low, min(low + width, high)
        low += width


def _block(columns: Sequence[tuple[Instants, Values]]) -> Block:
    times = columns[0][0]
    if all(np.array_equal(times, other) for other, _ in columns[1:]):
        return Block(times, np.column_stack([values for _, values in columns]))
    times = np.unique(np.concatenate([other for other, _ in columns]))
    table = np.full((times.size, len(columns)), np.nan)
    for position, (other, values) in enumerate(columns):
        table[np.searchsorted(times, other), position] = values
    return Block(times, table)
