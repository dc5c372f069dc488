"""Synthetic signals: pure functions of (seed, time), so ten years at one minute cost no storage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from connectors.sandbox.world.noise import Values, chance, silent, smooth
from connectors.sandbox.zones import DAY, HOUR, Instants, wall

YEAR_DAYS = 365.2425


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """The shape of one series: a base, what drives it, and gaps."""

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

    def at(self, times: Instants, step: int) -> Values:
        """The values at `times`; NaN where nothing was recorded."""
        if times.size == 0:
            return np.empty(0)
        clean = self._shape(times, step)
        if self.gaps:
            clean[silent(times, self.seed)] = np.nan
        return clean

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
            drift = smooth(times, self.seed + 1, HOUR)  # weather and people change slowly
            values += self.noise * (0.6 * drift + 0.4 * chance(times, self.seed))
        if self.floor is not None:
            np.maximum(values, self.floor, out=values)
        if self.total:
            values *= step / HOUR
        return np.round(values, self.digits, out=values)

    def _local(self, times: Instants) -> tuple[Values, Instants]:
        """Hour of the day with its fraction, and day of the week from Monday 0, both local."""
        local = wall(times, self.zone)
        days = local // DAY
        return (local - days * DAY) / HOUR, (days + 3) % 7


def _working_day(hour: Values) -> Values:
    """0 at night, 1 in the middle of the day, with a small dip at lunch."""
    rise = np.clip((hour - 6.0) / 3.0, 0.0, 1.0)
    fall = np.clip((20.0 - hour) / 3.0, 0.0, 1.0)
    lunch = np.clip(1.0 - np.abs(hour - 12.5), 0.0, 1.0)
    shape: Values = rise * fall * (1.0 - 0.12 * lunch)
    return shape
