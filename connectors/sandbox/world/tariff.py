"""Day-ahead electricity prices: what the market of an invented country agreed on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from connectors.sandbox.clock import Clock, microseconds
from connectors.sandbox.world.noise import Values, smooth
from connectors.sandbox.world.weather import Climate
from connectors.sandbox.world.workdays import local
from connectors.sandbox.zones import DAY, HOUR, Instants

PUBLISHED = time(13)
"""Local time of day at which tomorrow's prices are known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """EUR/MWh each hour: dear on winter evenings, cheap in wind, below zero on sunny Sundays."""

    seed: int
    zone: str
    climate: Climate

    def at(self, times: Instants, _step: int) -> Values:
        """The price of the hour that starts at each time."""
        if not times.size:
            return np.empty(0)
        hour, day = local(times, self.zone)
        morning, evening = _bump(hour, 8.0, 2.2), _bump(hour, 19.0, 2.6)
        weekday = (day + 3) % 7
        rest = np.select([weekday == 6, weekday == 5], [22.0, 9.0], 0.0)
        cold = np.maximum(16.0 - self.climate.temperature(times), 0.0)
        price = 62.0 + 24.0 * morning + 38.0 * evening + 1.6 * cold - rest
        price -= 0.075 * self.climate.irradiance(times)
        price -= 3.0 * (self.climate.wind(times) - 3.0)
        price += 9.0 * smooth(times, self.seed + 31, 4 * DAY)
        price += 5.0 * smooth(times, self.seed + 32, HOUR)
        rounded: Values = np.round(price, 2)
        return rounded


@dataclass(frozen=True, slots=True)
class DayAhead:
    """Prices from `since` to the last hour that was published: later than now."""

    tariff: Tariff
    since: int
    clock: Clock
    step: int = HOUR

    def extent(self) -> tuple[int, int] | None:
        """To the end of today, local; from PUBLISHED on to the end of tomorrow."""
        zone = ZoneInfo(self.tariff.zone)
        here = self.clock.now().astimezone(zone)
        days = 2 if here.time() >= PUBLISHED else 1
        midnight = datetime.combine(here.date() + timedelta(days=days), time(), zone)
        return self.since, microseconds(midnight)

    def read(self, start: int, end: int) -> tuple[Instants, Values]:
        """The published prices in `[start, end)`."""
        since, known = self.extent() or (self.since, self.since)
        first = -(-max(start, since) // HOUR) * HOUR
        times = np.arange(first, min(end, known), HOUR, dtype=np.int64)
        return times, self.tariff.at(times, HOUR)


def _bump(hour: Values, peak: float, width: float) -> Values:
    bump: Values = np.exp(-(((hour - peak) / width) ** 2))
    return bump
