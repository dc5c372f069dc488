"""Real readings, carried on before and after their recording, out of the recording itself.

A day that was not recorded takes the local hours of one that was. Weather takes whole weeks from
the same time of some recorded year, so that its spells stay whole. A meter takes the day of the
same kind (working day, Saturday, Sunday) and season whose outdoor temperature was nearest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from connectors.sandbox.clock import Clock
from connectors.sandbox.world.noise import Values, chance, hashed, smooth
from connectors.sandbox.world.readings import Recorded
from connectors.sandbox.zones import DAY, HOUR, Instants, wall

YEAR_DAYS = 365.2425
SEASON = 40.0  # days to either side that count as the same season
SPELL = 12.0  # the same for a week of weather
FADE = 12
BLOCK = 366  # days that are matched at a time
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Days:
    """A recording as local days; only complete ones."""

    day: Instants
    """Counted from 1970, rising."""
    values: Values
    """Shape (days, readings of a day)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """How one recording is carried on. Depends on nothing but its fields."""

    recorded: Recorded
    zone: str
    seed: int
    digits: int
    noise: float
    """Added at most: a share of the value for meters, degrees for the weather."""
    air: Pattern | None = None
    """The outdoor temperature that a meter follows; None for a temperature itself."""

    def at(self, times: Instants) -> Values:
        """The computed values at rising times; NaN where no like hour was recorded."""
        if not times.size:
            return np.empty(0)
        step = self.recorded.step
        local = wall(times, self.zone)
        day = local // DAY
        first = int(day[0]) - 1
        rows = self.rows(np.arange(first, int(day[-1]) + 1, dtype=np.int64))
        values = self._days().values[rows[day - first], local % DAY // step]
        if self.air is None:
            values = self._joined(values, rows[day - 1 - first], local % DAY)
        return np.round(self._disturbed(times, values), self.digits)

    def _joined(self, values: Values, before: Rows, into: Instants) -> Values:
        """No jump at midnight: for FADE hours the day that truly followed yesterday's fades out."""
        held = self._days().values
        after = held[np.minimum(before + 1, len(held) - 1), into // self.recorded.step]
        joined: Values = after + (values - after) * np.minimum(into / (FADE * HOUR), 1.0)
        return joined

    def rows(self, days: Instants) -> Rows:
        """For each of consecutive days the recorded day that it is taken from."""
        blocks = range(int(days[0]) // BLOCK, int(days[-1]) // BLOCK + 1)
        found = np.concatenate([_matched(self, block) for block in blocks])
        low = int(days[0]) - blocks[0] * BLOCK
        return found[low : low + days.size]

    def day_means(self, days: Instants) -> Values:
        """Of each of consecutive days the mean: as recorded, else as it is carried on."""
        held = self._days()
        rows = self.rows(days)
        own = np.minimum(np.searchsorted(held.day, days), held.day.size - 1)
        rows = np.where(held.day[own] == days, own, rows)
        means: Values = held.values.mean(axis=1)[rows]
        return means

    def matched(self, days: Instants) -> Rows:
        """`rows`, worked out."""
        return self._weeks(days) if self.air is None else self._alike(days, self.air)

    def _weeks(self, days: Instants) -> Rows:
        """Whole weeks of a like time of year; which of the years is drawn."""
        held = self._days()
        week = (days + 3) // 7
        wanted = np.unique(week)
        starts = held.day[np.isin((held.day + 3) % 7, 0)]
        starts = starts[np.isin(starts + 6, held.day)]
        far = _circle(wanted[:, None] * 7 - 3 - starts[None, :])
        near = np.argsort(far, axis=1, kind="stable")
        choices = np.maximum((far <= SPELL).sum(axis=1), 1)
        drawn = (hashed(wanted, self.seed) % choices.astype(np.uint64)).astype(np.int64)
        chosen = starts[near[np.arange(wanted.size), drawn]]
        return _nearest(held.day, chosen[np.searchsorted(wanted, week)] + (days + 3) % 7)

    def _alike(self, days: Instants, air: Pattern) -> Rows:
        """The day of its kind and season with the nearest outdoor temperature."""
        held = self._days()
        first = int(held.day[0])
        every = np.arange(first, int(held.day[-1]) + 1, dtype=np.int64)
        was = air.day_means(every)[held.day - first]
        wanted = air.day_means(days)
        chosen = np.zeros_like(days)
        for kind in range(3):
            ours, theirs = _kind(days) == kind, np.flatnonzero(_kind(held.day) == kind)
            cost = np.abs(wanted[ours][:, None] - was[theirs][None, :])
            cost += self._unlike(days[ours], held.day[theirs])
            chosen[ours] = theirs[np.argmin(cost, axis=1)]
        return chosen

    def _unlike(self, days: Instants, held: Instants) -> Values:
        """In degrees: what another season counts, and a draw, so that days do not recur often."""
        apart = days[:, None] - held[None, :]
        least, most = int(apart.min()), int(apart.max())
        season = 0.1 * np.maximum(_circle(np.arange(least, most + 1)) - SEASON, 0.0)
        both = (days[:, None] + held[None, :]) - int(days[0] + held[0])
        draw = 0.4 * (chance(np.arange(int(both.max()) + 1) + days[0], self.seed) + 1.0)
        unlike: Values = season[apart - least] + draw[both]
        return unlike

    def _disturbed(self, times: Instants, values: Values) -> Values:
        if self.air is None:
            return values + self.noise * smooth(times, self.seed + 1, DAY)
        return values * (1.0 + self.noise * chance(times, self.seed + 1))

    def _days(self) -> Days:
        return _complete_days(self.recorded, self.zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extended:
    """A recording at its own dates, and its pattern around it: from `since` to now."""

    pattern: Pattern
    since: int
    clock: Clock

    @property
    def step(self) -> int:
        """As recorded."""
        return self.pattern.recorded.step

    def extent(self) -> tuple[int, int] | None:
        """From `since`, or from the recording's start if that was before, to now."""
        first, _ = _ends(self.pattern.recorded)
        return min(first, self.since), self.clock.now_us() + 1

    def read(self, start: int, end: int) -> tuple[Instants, Values]:
        """Within the recording exactly what was measured, gaps too; elsewhere what is computed."""
        low, high = self.extent() or (start, start)
        low, high = max(low, start), min(high, end)
        first, last = _ends(self.pattern.recorded)
        parts = (
            self._computed(low, min(high, first)),
            self.pattern.recorded.read(low, max(low, high)),
            self._computed(max(low, last), high),
        )
        filled = [part for part in parts if part[0].size] or [parts[1]]
        if len(filled) == 1:
            return filled[0]
        times, values = zip(*filled, strict=True)
        return np.concatenate(times), np.concatenate(values)

    def _computed(self, start: int, end: int) -> tuple[Instants, Values]:
        step = self.step
        times = np.arange(-(-start // step) * step, end, step, dtype=np.int64)
        values = self.pattern.at(times)
        kept = ~np.isnan(values)
        return (times, values) if kept.all() else (times[kept], values[kept])


def extended(pattern: Pattern, *, since: int, clock: Clock, air: Pattern | None = None) -> Extended:
    """A source of the recording and of its pattern, which follows `air` if that is given."""
    return Extended(pattern=replace(pattern, air=air), since=since, clock=clock)


def _ends(recorded: Recorded) -> tuple[int, int]:
    """The first time of a recording, and the one just after its last."""
    extent = recorded.extent()
    if extent is None:
        raise ValueError(f"{recorded.file} holds nothing")
    return extent


@cache
def _complete_days(recorded: Recorded, zone: str) -> Days:
    times, values = recorded.read(*_ends(recorded))
    local = wall(times, zone)
    day, slot = local // DAY, local % DAY // recorded.step
    first = int(day[0])
    table = np.full((int(day[-1]) - first + 1, DAY // recorded.step), np.nan)
    table[day - first, slot] = values
    whole = ~np.isnan(table).any(axis=1)
    return Days(first + np.flatnonzero(whole), table[whole])


@lru_cache(maxsize=1024)
def _matched(pattern: Pattern, block: int) -> Rows:
    return pattern.matched(np.arange(block * BLOCK, (block + 1) * BLOCK, dtype=np.int64))


def _circle(days: Instants) -> Values:
    """How far so many days lead round the circle of the year, either way."""
    apart = np.abs(days) % YEAR_DAYS
    least: Values = np.minimum(apart, YEAR_DAYS - apart)
    return least


def _kind(days: Instants) -> Instants:
    """0 for a working day, 1 for Saturday, 2 for Sunday."""
    kind: Instants = np.maximum((days + 3) % 7 - 4, 0)
    return kind


def _nearest(held: Instants, wanted: Instants) -> Rows:
    """The position of each wanted day among those held, or of the next one after it."""
    return np.minimum(np.searchsorted(held, wanted), held.size - 1)
