"""Chance that is a pure function of (seed, number): the same for whoever asks, however often."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from connectors.sandbox.zones import DAY, HOUR, Instants

Values = NDArray[np.float64]


def hashed(numbers: Instants, seed: int) -> NDArray[np.uint64]:
    """Well-mixed 64 bits for each number: the finaliser of splitmix64 (Steele et al., 2014)."""
    mixed = numbers.astype(np.uint64) + np.uint64((seed * 0x9E3779B97F4A7C15) % 2**64)
    mixed ^= mixed >> np.uint64(30)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return mixed


def chance(numbers: Instants, seed: int) -> Values:
    """An independent draw in [-1, 1) for each number."""
    draws = (hashed(numbers, seed) >> np.uint64(11)).astype(np.float64)
    return draws * (2.0 / 2**53) - 1.0


def smooth(times: Instants, seed: int, width: int) -> Values:
    """A draw in [-1, 1) every `width` microseconds, joined by straight lines. `times` rise."""
    first = times[0] // width
    level = chance(np.arange(first, times[-1] // width + 2, dtype=np.int64), seed)
    spot = times // width - first
    part = (times - (spot + first) * width) / width
    low = level[spot]
    joined: Values = low + (level[spot + 1] - low) * part
    return joined


def silent(times: Instants, seed: int) -> NDArray[np.bool_]:
    """When a sensor says nothing: one to five hours from nine (UTC), on about one day in fifty."""
    mask = np.zeros(times.shape, dtype=np.bool_)
    days = np.arange(times[0] // DAY, times[-1] // DAY + 1, dtype=np.int64)
    draw = hashed(days, seed + 7)
    for nth in np.flatnonzero(draw % np.uint64(50) == 0):
        start = days[nth] * DAY + 9 * HOUR
        length = int(draw[nth] >> np.uint64(32)) % 5 + 1
        low, high = np.searchsorted(times, [start, start + length * HOUR])
        mask[low:high] = True
    return mask
