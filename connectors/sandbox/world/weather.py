"""An invented climate: temperature, sun, humidity and wind that belong together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from connectors.sandbox.world.noise import Values, smooth
from connectors.sandbox.zones import DAY, HOUR, Instants

YEAR_DAYS = 365.2425
COLDEST = 19.0  # days after New Year
MAGNUS = (17.625, 243.04)  # Alduchov and Eskridge, 1996: saturation over water
TURN = 2 * np.pi


@dataclass(frozen=True, slots=True, kw_only=True)
class Climate:
    """The weather of one site, each quantity a function of rising instants."""

    seed: int
    latitude: float
    longitude: float
    mean: float
    """Of the outdoor temperature over the year, °C."""
    season: float
    """Half the difference of July and January, K."""
    swing: float = 4.6
    """Half the difference of a clear summer's afternoon and its night, K."""

    def temperature(self, times: Instants) -> Values:
        """Outdoor air, °C: the season, spells of several days, and the hour under this sky."""
        warmest = np.cos((self._hour(times) - 15.0) * (TURN / 24))
        clear = 0.35 + 0.65 * self.clearness(times)
        swing: Values = self.swing * (1.0 - 0.4 * _winter(times)) * clear * warmest
        return self._spell(times) + swing

    def clearness(self, times: Instants) -> Values:
        """The sky, from 0.05 overcast to 1 clear."""
        spell = smooth(times, self.seed + 11, 60 * HOUR)
        cloud = smooth(times, self.seed + 12, 4 * HOUR)
        clear: Values = np.clip(0.58 - 0.16 * _winter(times) + 0.6 * spell + 0.3 * cloud, 0.05, 1.0)
        return clear

    def irradiance(self, times: Instants) -> Values:
        """Global, on the horizontal, W/m²: Haurwitz' clear sky (1945) dimmed by the clouds."""
        tilt = np.radians(23.45) * np.sin((times / DAY + 284.0) * (TURN / YEAR_DAYS))
        noon = (self._hour(times) - 12.0) * (TURN / 24)
        lat = np.radians(self.latitude)
        height = np.sin(lat) * np.sin(tilt) + np.cos(lat) * np.cos(tilt) * np.cos(noon)
        up = np.maximum(height, 1e-3)
        clear = np.where(height > 0, 1098.0 * up * np.exp(-0.057 / up), 0.0)
        dimmed: Values = clear * (0.12 + 0.88 * self.clearness(times))
        return dimmed

    def humidity(self, times: Instants) -> Values:
        """Relative, %: the day's vapour at the hour's temperature."""
        dew = self._spell(times) - 2.0 - 6.0 * self.clearness(times)
        a, b = MAGNUS
        air = self.temperature(times)
        ratio = np.exp(a * dew / (b + dew) - a * air / (b + air))
        return np.clip(100.0 * ratio, 12.0, 100.0)

    def wind(self, times: Instants) -> Values:
        """Speed at ten metres, m/s: stronger in winter and by day."""
        gusts = 0.75 * smooth(times, self.seed + 13, 18 * HOUR)
        gusts += 0.35 * smooth(times, self.seed + 14, 2 * HOUR)
        by_day = 1.0 + 0.18 * np.cos((self._hour(times) - 14.0) * (TURN / 24))
        speed: Values = 3.1 * (1.0 + 0.25 * _winter(times)) * by_day * np.exp(gusts)
        return speed

    def _spell(self, times: Instants) -> Values:
        """The temperature without the hour of the day, °C."""
        change = 4.2 * smooth(times, self.seed + 15, 5 * DAY)
        change += 2.0 * smooth(times, self.seed + 16, 30 * HOUR)
        return self.mean - self.season * _winter(times) + change

    def _hour(self, times: Instants) -> Values:
        """By the sun, not by any clock."""
        hour: Values = times % DAY / HOUR + self.longitude / 15.0
        return hour


@dataclass(frozen=True, slots=True)
class Sky:
    """One quantity of a climate as a series."""

    climate: Climate
    quantity: Callable[[Climate, Instants], Values]
    digits: int

    def at(self, times: Instants, _step: int) -> Values:
        """What stands at each time."""
        if not times.size:
            return np.empty(0)
        return np.round(self.quantity(self.climate, times), self.digits)


def _winter(times: Instants) -> Values:
    """1 in the coldest days of January, -1 in July."""
    season: Values = np.cos((times / DAY - COLDEST) * (TURN / YEAR_DAYS))
    return season


def hourly(quantity: Values, hours: Instants, times: Instants) -> Values:
    """What was computed at whole hours, joined by straight lines: a quarter of the work."""
    joined: Values = np.interp(times, hours, quantity)
    return joined


def hours_around(times: Instants) -> Instants:
    """The whole hours from just before the first of `times` to just after the last."""
    return np.arange(times[0] // HOUR, times[-1] // HOUR + 2, dtype=np.int64) * HOUR
