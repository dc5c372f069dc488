"""The samples of a series by window, in any clock, for select, exports and analyses."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from connectors.sandbox.openergy import clocks
from connectors.sandbox.openergy.call import Platform, Record
from connectors.sandbox.openergy.cleaning import WINDOW, Readings, bounds, joined
from connectors.sandbox.samples import Track
from connectors.sandbox.zones import Instants


def track(platform: Platform, series: Record) -> Track:
    """What a series holds; its times are naive, of the series' own clock."""
    return platform.samples.track(series["otsdb_pk"])


def shown(series: Record, times: Instants, clock: str | None) -> Instants:
    """Stamps of a series as a clock shows them; None: the series' own."""
    native = series["native_clock"]
    return clocks.turned(times, series["timezone"], native, clock or native)


def native(series: Record, times: Instants, clock: str | None) -> Instants:
    """Stamps that a clock shows, in the series' own."""
    own = series["native_clock"]
    return clocks.turned(times, series["timezone"], clock or own, own)


def read(
    platform: Platform, series: Record, start: int | None, end: int | None, clock: str | None
) -> Readings:
    """The samples between two stamps of a clock, both inclusive, with that clock's stamps."""
    held = track(platform, series)
    extent = held.extent()
    if extent is None:
        return np.empty(0, dtype=np.int64), np.empty(0)
    low, high = extent
    if start is not None:
        low = max(low, _one(series, start, clock))
    if end is not None:
        high = min(high, _one(series, end, clock) + 1)
    times, values = joined([held.read(*window) for window in windows(low, high)])
    kept = ~np.isnan(values)
    return shown(series, times[kept], clock), values[kept]


def _one(series: Record, stamp: int, clock: str | None) -> int:
    return int(native(series, np.array([stamp], dtype=np.int64), clock)[0])


def windows(low: int, high: int, width: int = WINDOW) -> Iterator[tuple[int, int]]:
    """A window in pieces: a live series is worked out piece by piece."""
    return ((at, min(at + width, high)) for at in range(low, high, width))


def ends(platform: Platform, series: Record) -> tuple[int, int] | None:
    """The first and the last stamp of a series."""
    return bounds(track(platform, series))
