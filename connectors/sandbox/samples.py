"""The samples of every numeric series: a source underneath, what clients wrote on top."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from connectors.sandbox.store import Journal
from connectors.sandbox.world.readings import Source
from connectors.sandbox.zones import MINUTE, Instants

Values = NDArray[np.float64]
BLOCK_CELLS = 50_000  # times × series held at once; a few megabytes
NO_TIMES: Instants = np.empty(0, dtype=np.int64)
NO_VALUES: Values = np.empty(0)


@dataclass(frozen=True, slots=True)
class Track:
    """The samples of one series. Changed by replacement only."""

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
        return _over(below, above) if above[0].size else below

    def fresh(self, times: Instants, values: Values) -> tuple[Instants, Values]:
        """Those samples at times that hold none yet; of several at one time the first."""
        order = np.argsort(times, kind="stable")
        times, values = times[order], values[order]
        first = np.append(True, times[1:] != times[:-1])
        times, values = times[first], values[first]
        held, _ = self.read(int(times[0]), int(times[-1]) + 1)
        new = ~np.isin(times, held)
        return times[new], values[new]

    def with_new(self, times: Instants, values: Values) -> Track:
        """The samples with those put over what was there; of several at one time the last."""
        above = _last(times, values)
        merged = _over((self.times, self.values), above)
        return replace(self, times=merged[0], values=merged[1])

    def without(self, start: int, end: int) -> Track:
        """The samples outside `[start, end)`."""
        kept = (self.times < start) | (self.times >= end)
        times, values = self.times[kept], self.values[kept]
        return replace(self, times=times, values=values, deleted=(*self.deleted, (start, end)))

    def _undeleted(
        self, times: Instants, values: Values, start: int, end: int
    ) -> tuple[Instants, Values]:
        for low, high in self.deleted:
            if low < end and high > start:
                kept = (times < low) | (times >= high)
                times, values = times[kept], values[kept]
        return times, values


def _last(times: Instants, values: Values) -> tuple[Instants, Values]:
    """In order; of several samples at one time the last."""
    order = np.argsort(times, kind="stable")
    times, values = times[order], values[order]
    last = np.append(times[1:] != times[:-1], True)
    return times[last], values[last]


def _over(
    below: tuple[Instants, Values], above: tuple[Instants, Values]
) -> tuple[Instants, Values]:
    """Both in order; where both hold a time, the one above counts."""
    if not below[0].size or not above[0].size:
        return above if above[0].size else below
    return _last(np.concatenate([below[0], above[0]]), np.concatenate([below[1], above[1]]))


class Samples:
    """Every track, by a key that the platform chooses."""

    def __init__(self, journal: Journal) -> None:
        self._tracks: dict[str, Track] = {}
        self._journal = journal
        self._writing = Lock()
        for entry in journal:
            self._apply(*_read(entry))

    def attach(self, key: str, source: Source) -> None:
        """Puts a source under a series; what was written before stays on top."""
        self._tracks[key] = replace(self.track(key), source=source)

    def track(self, key: str) -> Track:
        """The samples of one series; an empty track where nothing was ever written."""
        return self._tracks.get(key, Track())

    def keys(self) -> list[str]:
        """The series that have a source or were written to."""
        return list(self._tracks)

    def write(self, key: str, times: Instants, values: Values, *, overwrite: bool) -> None:
        """Adds samples. Without `overwrite`, those at times already held are dropped."""
        with self._writing:
            if times.size and not overwrite:
                times, values = self.track(key).fresh(times, values)
            if times.size:
                self._record({"key": key, "size": int(times.size)}, times, values)

    def delete(self, key: str, start: int, end: int) -> None:
        """Empties `[start, end)`."""
        with self._writing:
            self._record({"key": key, "start": start, "end": end}, NO_TIMES, NO_VALUES)

    def drop(self, key: str) -> None:
        """Forgets a series, its source too."""
        with self._writing:
            if key in self._tracks:
                self._record({"key": key}, NO_TIMES, NO_VALUES)

    def _record(self, what: dict[str, Any], times: Instants, values: Values) -> None:
        """Journalled before it is applied."""
        head = json.dumps(what).encode() + b"\n"
        self._journal.append(head + times.astype("<i8").tobytes() + values.astype("<f8").tobytes())
        self._apply(what, times, values)

    def _apply(self, what: dict[str, Any], times: Instants, values: Values) -> None:
        key = what["key"]
        if "size" in what:
            self._tracks[key] = self.track(key).with_new(times, values)
        elif "start" in what:
            self._tracks[key] = self.track(key).without(what["start"], what["end"])
        else:
            self._tracks.pop(key, None)


def _read(entry: bytes) -> tuple[dict[str, Any], Instants, Values]:
    """One entry of the journal, taken apart."""
    head, _, body = entry.partition(b"\n")
    what: dict[str, Any] = json.loads(head)
    times = np.frombuffer(body, dtype="<i8", count=what.get("size", 0))
    values = np.frombuffer(body, dtype="<f8", offset=times.nbytes)
    return what, times, values


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
