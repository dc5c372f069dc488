"""Weather download (section 4.4): what a provider of weather would tell, taken from the world."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from starlette.responses import Response

from connectors.sandbox.bemserver import units
from connectors.sandbox.bemserver.call import Call, Platform
from connectors.sandbox.bemserver.fields import Flag, Moment
from connectors.sandbox.bemserver.problems import Problem, forbidden
from connectors.sandbox.bemserver.store import track_key
from connectors.sandbox.bemserver.table import Row
from connectors.sandbox.clock import Clock
from connectors.sandbox.world import Campaign
from connectors.sandbox.world.readings import Source
from connectors.sandbox.zones import DAY, HOUR, Instants

Values = NDArray[np.float64]

CLEAN = "Clean"
LAST_YEAR = 364 * DAY  # the same day of the week
MAGNUS = (17.625, 243.04)  # Alduchov and Eskridge, 1996
BASES = {"AIR_TEMPERATURE": "°C", "RELATIVE_HUMIDITY": "%", "SURFACE_SOLAR_RADIATION": "W/m^2",
         "WIND_SPEED": "m/s"}  # fmt: skip
"""What is read from the world, in these units."""


@dataclass(frozen=True, slots=True)
class Sky:
    """The hours asked for, and the world's weather in them; NaN where nothing is known."""

    times: Instants
    bases: Mapping[str, Values]

    @property
    def air(self) -> Values:
        """Outdoor temperature, °C."""
        return self.bases["AIR_TEMPERATURE"]

    @property
    def damp(self) -> Values:
        """Relative humidity, %."""
        return np.clip(self.bases["RELATIVE_HUMIDITY"], 1.0, 100.0)

    @property
    def sun(self) -> Values:
        """Global irradiance, W/m²."""
        return self.bases["SURFACE_SOLAR_RADIATION"]


def _dew(sky: Sky) -> Values:
    a, b = MAGNUS
    level = np.log(sky.damp / 100.0) + a * sky.air / (b + sky.air)
    point: Values = b * level / (a - level)
    return point


def _veering(sky: Sky) -> Values:
    """From the south-west, turning by forty degrees within three days."""
    turned: Values = 230.0 + 40.0 * np.sin(sky.times * (2 * np.pi / (3 * DAY)))
    return turned


DERIVED: Mapping[str, tuple[str, Callable[[Sky], Values]]] = {
    "DEWPOINT_TEMPERATURE": ("°C", _dew),
    "WETBULB_TEMPERATURE": ("°C", lambda sky: (2 * sky.air + _dew(sky)) / 3),
    "SURFACE_DIRECT_SOLAR_RADIATION": ("W/m^2", lambda sky: 0.65 * sky.sun),
    "SURFACE_DIFFUSE_SOLAR_RADIATION": ("W/m^2", lambda sky: 0.35 * sky.sun),
    "DIRECT_NORMAL_SOLAR_RADIATION": ("W/m^2", lambda sky: 0.9 * sky.sun),
    "WIND_DIRECTION": ("degree", _veering),
    "SURFACE_PRESSURE": ("Pa", lambda sky: 101_325.0 - 40.0 * (sky.damp - 70.0)),
    "TOTAL_PRECIPITATION": ("mm", lambda sky: 0.1 * np.maximum(sky.damp - 85.0, 0.0)),
}
"""Rough, and only here so that each parameter has a value: [G], the provider is not ours."""


@dataclass(frozen=True, slots=True)
class Provider:
    """Tells the hourly weather anywhere: that of the world's nearest site which has it."""

    world: tuple[Campaign, ...]
    clock: Clock

    def hourly(
        self, parameter: str, place: tuple[float, float], hours: Instants, *, forecast: bool
    ) -> tuple[Values, str]:
        """Values with NaN where none is known, and their unit. Raises Problem 500 when the world
        has no such weather anywhere."""
        bases = {
            name: self._base(name, unit, place, hours, forecast=forecast)
            for name, unit in BASES.items()
        }
        if parameter in bases:
            return bases[parameter], BASES[parameter]
        unit, derive = DERIVED[parameter]
        return np.round(derive(Sky(hours, bases)), 2), unit

    def _base(
        self, parameter: str, unit: str, place: tuple[float, float], hours: Instants, *,
        forecast: bool,
    ) -> Values:  # fmt: skip
        source, symbol = self._nearest(parameter, place)
        scale = units.conversion(symbol, unit)
        if scale is None:
            raise Problem(500)
        values = _at(source, hours)
        if forecast:
            later = hours > self.clock.now_us()
            values[later] = _at(source, hours[later] - LAST_YEAR)
        return np.round(values * scale.factor + scale.offset, 2)

    def _nearest(self, parameter: str, place: tuple[float, float]) -> tuple[Source, str]:
        found = sorted(self._stations(parameter), key=lambda each: _apart(each[0], place))
        if not found:
            raise Problem(500)
        _, source, unit = found[0]
        return source, unit

    def _stations(self, parameter: str) -> Iterator[tuple[tuple[float, float], Source, str]]:
        for campaign in self.world:
            for site in campaign.sites:
                for meter in site.meters:
                    if meter.weather == parameter:
                        yield site.position or (90.0, 0.0), meter.source, meter.unit


def _apart(one: tuple[float, float], other: tuple[float, float]) -> float:
    return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2


def _at(source: Source, hours: Instants) -> Values:
    """A source's values at whole hours; a forecast is what last year brought."""
    values = np.full(hours.shape, np.nan)
    if hours.size:
        times, found = source.read(int(hours[0]), int(hours[-1]) + 1)
        there = np.isin(hours, times)
        values[there] = found[np.searchsorted(times, hours[there])]
    return values


def download(call: Call) -> Response:
    """PUT of a site's weather: the data state Clean is replaced within the window."""
    query = call.asked()
    start = query.one("start_time", Moment(), required=True)
    end = query.one("end_time", Moment(), required=True)
    forecast = query.one("forecast", Flag(), default=False)
    query.settle()
    site = call.readable("sites", int(call.path["row"]))
    if not call.actor.admin:
        raise forbidden()
    fetched(call.platform, site, start, end, forecast=forecast)
    return call.done()


def fetched(platform: Platform, site: Row, start: int, end: int, *, forecast: bool) -> None:
    """Writes the weather of a site. Raises Problem 409, and 500 for units that do not convert."""
    store = platform.store
    rows = list(store.where("weather_timeseries_by_sites", site_id=site["id"], forecast=forecast))
    if not rows:
        return
    latitude, longitude = site.get("latitude"), site.get("longitude")
    if latitude is None or longitude is None:
        raise Problem(409, message="Missing site coordinates.")
    if platform.settings.weather == "off":
        raise Problem(409, message="Missing weather API settings.")
    if platform.settings.weather == "refused":
        raise Problem(409, message="Wrong API key.")
    provider = Provider(platform.world, platform.clock)
    hours = np.arange(-(-start // HOUR) * HOUR, end, HOUR, dtype=np.int64)
    state = next(store.where("timeseries_data_states", name=CLEAN))["id"]
    for row in rows:
        values, unit = provider.hourly(row["parameter"], (latitude, longitude), hours,
                                       forecast=forecast)  # fmt: skip
        _replace(platform, row["timeseries_id"], state, (start, end), hours, values, unit)


def _replace(
    platform: Platform, series: int, state: int, window: tuple[int, int], hours: Instants,
    values: Values, unit: str,
) -> None:  # fmt: skip
    row = platform.store.get("timeseries", series) or {}
    scale = units.conversion(unit, row.get("unit_symbol") or "")
    if scale is None:
        raise Problem(500)
    key, held = track_key(series, state), ~np.isnan(values)
    platform.samples.delete(key, *window)
    platform.samples.write(
        key, hours[held], values[held] * scale.factor + scale.offset, overwrite=False
    )
