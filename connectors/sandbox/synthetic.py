"""Synthetic signals: pure functions of (seed, time), so ten years at one minute cost no storage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from connectors.sandbox.zones import DAY, HOUR, Instants, to_local

Values = NDArray[np.float64]

QUARTER = HOUR // 4  # clock changes fall on quarter hours, so offsets are looked up once for each
YEAR_DAYS = 365.2425


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """The shape of one series: a base, what drives it, and what is wrong with it."""

    seed: int
    zone: str
    base: float
    daytime: float = 0.0
    """Added at the height of a working day."""
    weekend: float = 0.25
    """The share of `daytime` that is left on Saturday and Sunday."""
    season: float = 0.0
    """Added in January and taken away in July."""
    swing: float = 0.0
    """Added at three in the afternoon and taken away at night, on every day."""
    noise: float = 0.0
    digits: int = 2
    floor: float | None = None
    total: bool = False
    """True for a quantity summed over the step (energy): scaled by the step in hours."""
    gaps: bool = True
    """Whether about one day in fifty has a gap of a few hours."""
    lost: tuple[int, int] | None = None
    """A window, in microseconds, in which nothing was recorded."""
    stuck: tuple[int, int] | None = None
    """A window in which the sensor repeated its last value."""

    def at(self, times: Instants, step: int) -> Values:
        """The values at `times`; NaN where nothing was recorded."""
        if times.size == 0:
            return np.empty(0)
        clean = self._shape(self._unstuck(times), step)
        missing = self._missing(times)
        if missing is not None:
            clean[missing] = np.nan
        return clean

    def _unstuck(self, times: Instants) -> Instants:
        if self.stuck is None:
            return times
        start, end = self.stuck
        held: Instants = np.where((times >= start) & (times < end), start, times)
        return held

    def _shape(self, times: Instants, step: int) -> Values:
        hour, weekday = self._local(times)
        values = np.full(times.shape, self.base, dtype=np.float64)
        if self.daytime:
            share = np.where(weekday >= 5, self.weekend, 1.0)
            values += self.daytime * share * _working_day(hour)
        if self.swing:
            values += self.swing * np.cos((hour - 15.0) * (np.pi / 12))
        if self.season:
            days = times / DAY
            values += self.season * np.cos((days - 19.0) * (2 * np.pi / YEAR_DAYS))
        if self.noise:
            values += self.noise * (
                0.6 * _drift(times, self.seed) + 0.4 * _chance(times, self.seed)
            )
        if self.floor is not None:
            np.maximum(values, self.floor, out=values)
        if self.total:
            values *= step / HOUR
        return np.round(values, self.digits, out=values)

    def _local(self, times: Instants) -> tuple[Values, Instants]:
        """Hour of the day with its fraction, and day of the week from Monday 0, both local."""
        first = times[0] // QUARTER
        grid = np.arange(first, times[-1] // QUARTER + 1, dtype=np.int64)
        offsets = to_local(grid * QUARTER, self.zone) - grid * QUARTER
        if np.all(offsets == offsets[0]):
            local = times + offsets[0]
        else:
            local = times + offsets[times // QUARTER - first]
        days = local // DAY
        return (local - days * DAY) / HOUR, (days + 3) % 7

    def _missing(self, times: Instants) -> NDArray[np.bool_] | None:
        missing: NDArray[np.bool_] | None = None
        if self.gaps:
            days = np.arange(times[0] // DAY, times[-1] // DAY + 1, dtype=np.int64)
            draw = _hash(days, self.seed + 7)
            for day in days[draw % np.uint64(50) == 0]:
                length = int(draw[day - days[0]] >> np.uint64(32)) % 5 + 1
                inside = (times >= day * DAY + 9 * HOUR) & (times < day * DAY + (9 + length) * HOUR)
                missing = inside if missing is None else missing | inside
        if self.lost is not None:
            inside = (times >= self.lost[0]) & (times < self.lost[1])
            missing = inside if missing is None else missing | inside
        return missing


def _working_day(hour: Values) -> Values:
    """0 at night, 1 in the middle of the day, with a small dip at lunch."""
    rise = np.clip((hour - 6.0) / 3.0, 0.0, 1.0)
    fall = np.clip((20.0 - hour) / 3.0, 0.0, 1.0)
    lunch = np.clip(1.0 - np.abs(hour - 12.5), 0.0, 1.0)
    shape: Values = rise * fall * (1.0 - 0.12 * lunch)
    return shape


def _hash(numbers: Instants, seed: int) -> NDArray[np.uint64]:
    """Well-mixed 64 bits for each number: the finaliser of splitmix64 (Steele et al., 2014)."""
    mixed = numbers.astype(np.uint64) + np.uint64((seed * 0x9E3779B97F4A7C15) % 2**64)
    mixed ^= mixed >> np.uint64(30)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return mixed


def _chance(times: Instants, seed: int) -> Values:
    """An independent draw in [-1, 1) for each time."""
    draws = (_hash(times, seed) >> np.uint64(11)).astype(np.float64)
    return draws * (2.0 / 2**53) - 1.0


def _drift(times: Instants, seed: int) -> Values:
    """A draw for each hour, joined by straight lines: weather and people change slowly."""
    first = times[0] // HOUR
    knots = np.arange(first, times[-1] // HOUR + 2, dtype=np.int64)
    level = _chance(knots, seed + 1)
    spot = times // HOUR - first
    part = (times - (spot + first) * HOUR) / HOUR
    drift: Values = level[spot] * (1.0 - part) + level[spot + 1] * part
    return drift
