"""How the buildings of the campus behave: people, machines, power, heat, sun.

All quantities stand on quarters of an hour. Energies are whole Wh, so that a building's electricity
is exactly the sum of what its parts used.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from connectors.sandbox.world.noise import Values, chance, smooth
from connectors.sandbox.world.weather import Climate, hourly, hours_around
from connectors.sandbox.world.workdays import Profile, local
from connectors.sandbox.zones import HOUR, Instants

QUARTER = HOUR // 4
OFF, ON, ECO = 0, 1, 2
FAN_CODES = ("off", "on", "eco")
LIGHT_CODES = ("off", "on", "dimmed")
PUMP_CODES = ("standby", "heating", "defrost")
CHILLER_CODES = ("off", "half", "full")
Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Building:
    """What a building is; powers in kW, heat in kW per K."""

    name: str
    seed: int
    zone: str
    climate: Climate
    profile: Profile
    people: int
    base: float
    fans: float
    lights: float
    loss: float
    pump: bool = False
    """Heated by a heat pump, not by the network."""
    chiller: float = 0.0
    """Electric power of the chiller; 0 without one."""
    panels: float = 0.0
    """kW peak on the roof."""


class Running:
    """A building over some consecutive quarters of an hour; computes what is asked for, once."""

    def __init__(self, building: Building, quarters: Instants) -> None:
        self._is = building
        self._times = quarters
        self._hours = hours_around(quarters)

    @cached_property
    def _local(self) -> tuple[Values, Instants]:
        return local(self._times, self._is.zone)

    @cached_property
    def outdoor(self) -> Values:
        """°C."""
        return hourly(self._is.climate.temperature(self._hours), self._hours, self._times)

    @cached_property
    def sun(self) -> Values:
        """W/m²."""
        return hourly(self._is.climate.irradiance(self._hours), self._hours, self._times)

    @cached_property
    def presence(self) -> Values:
        """The share of the building's people that is there."""
        return self._is.profile.presence(*self._local, self._is.seed + 21)

    @cached_property
    def people(self) -> Whole:
        """How many are there."""
        drawn = 1.0 + 0.12 * smooth(self._times, self._is.seed + 22, HOUR)
        return _whole(self._is.people * self.presence * drawn)

    @cached_property
    def fans(self) -> Whole:
        """The air handling unit: on around opening hours, eco in frost and for a summer's night."""
        hour, day = self._local
        profile = self._is.profile
        awake = (hour >= profile.opens - 1.5) & (hour < profile.closes + 0.5)
        works = profile.share(day, self._is.seed + 21) > 0.1
        frost = self.outdoor < 2.0
        purge = (self.outdoor > 17.0) & (self.outdoor < 22.0) & ((hour < 6.0) | (hour > 22.0))
        return np.select([awake & works, frost | purge], [ON, ECO], OFF)

    @cached_property
    def lights(self) -> Whole:
        """On while people are there, dimmed by day."""
        lit = self.presence > 0.06
        return np.select([lit & (self.sun > 220.0), lit], [2, 1], 0)

    @cached_property
    def chiller(self) -> Whole:
        """Half or full while the air handling unit runs on a warm day."""
        warm = (self.fans == ON) & (self.outdoor > 20.0) & (self._is.chiller > 0)
        return np.select([warm & (self.outdoor > 26.0), warm], [2, 1], 0)

    @cached_property
    def pump(self) -> Whole:
        """The heat pump: defrosts now and then near freezing."""
        draw = chance(self._times, self._is.seed + 23)
        frost = (self.outdoor > -6.0) & (self.outdoor < 3.0) & (draw > 0.75)
        return np.select([(self.heat > 0) & frost, self.heat > 0], [2, 1], 0)

    @cached_property
    def heat(self) -> Whole:
        """Delivered, Wh: by what is missing to 16 °C outside, or to 14 °C while nobody is in."""
        wanted = np.where(self.fans == ON, 16.5, 15.0)
        noise = 1.0 + 0.06 * smooth(self._times, self._is.seed + 24, 2 * HOUR)
        return _whole(250.0 * self._is.loss * np.maximum(wanted - self.outdoor, 0.0) * noise)

    @cached_property
    def heat_pump(self) -> Whole:
        """Electricity for the heat, Wh: the colder, the more for each unit of it."""
        if not self._is.pump:
            return np.zeros_like(self._times)
        yields = np.clip(2.7 + 0.09 * self.outdoor, 1.8, 4.6)
        return _whole(self.heat / yields * np.where(self.pump == 2, 1.15, 1.0))

    @cached_property
    def cooling(self) -> Whole:
        """Electricity of the chiller, Wh."""
        share = np.clip((self.outdoor - 17.0) / 16.0, 0.15, 1.0) * (0.6 + 0.4 * self.presence)
        return _whole(250.0 * self._is.chiller * share * (self.chiller > 0))

    @cached_property
    def ventilation(self) -> Whole:
        """Electricity of the fans, Wh."""
        return _whole(250.0 * self._is.fans * np.array([0.0, 1.0, 0.35])[self.fans])

    @cached_property
    def lighting(self) -> Whole:
        """Electricity of the lights, Wh."""
        level = np.array([0.04, 1.0, 0.45])[self.lights]
        return _whole(250.0 * self._is.lights * level * (0.55 + 0.45 * self.presence))

    @cached_property
    def appliances(self) -> Whole:
        """What always runs, and what people plug in, Wh."""
        steady = self._is.base * (1.0 + 0.07 * smooth(self._times, self._is.seed + 25, HOUR))
        return _whole(250.0 * (steady + 0.11 * self.people))

    @cached_property
    def electricity(self) -> Whole:
        """All of it, Wh."""
        machines = self.ventilation + self.lighting + self.cooling + self.heat_pump
        return machines + self.appliances

    @cached_property
    def panels(self) -> Values:
        """Power of the panels, kW: the sun on them, and a little less when they are hot."""
        hot = np.maximum(self.outdoor + 0.03 * self.sun - 25.0, 0.0)
        power: Values = self._is.panels * self.sun / 1000.0 * 0.86 * (1.0 - 0.004 * hot)
        return power


def _whole(values: Values) -> Whole:
    return np.rint(values).astype(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One quantity of a building as a series: at quarters, or summed over longer steps."""

    building: Building
    quantity: str
    """The name of a property of Running."""
    scale: float = 1.0
    digits: int = 0

    def at(self, times: Instants, step: int) -> Values:
        """The values at `times`, which are consecutive multiples of `step`."""
        if not times.size:
            return np.empty(0)
        quarters = np.arange(times[0], times[-1] + step, QUARTER, dtype=np.int64)
        found = getattr(Running(self.building, quarters), self.quantity)
        if step > QUARTER:
            found = found.reshape(times.size, -1).sum(axis=1)
        values: Values = np.round(found * self.scale, self.digits)
        return values


@dataclass(frozen=True, slots=True)
class Minutes:
    """Electric power each minute, kW; over a quarter it is exactly the energy of that quarter."""

    building: Building

    def at(self, times: Instants, step: int) -> Values:
        """The values at `times`; `step` is a minute."""
        if not times.size:
            return np.empty(0)
        per = QUARTER // step
        first, last = times[0] // QUARTER * QUARTER, times[-1] // QUARTER * QUARTER
        quarters = np.arange(first, last + 1, QUARTER, dtype=np.int64)
        used = Running(self.building, quarters).electricity
        spread = _spread(used, quarters, per, self.building.seed + 26)
        low = int((times[0] - first) // step)
        powers: Values = spread.ravel()[low : low + times.size] / 100.0
        return powers


def _spread(used: Whole, quarters: Instants, per: int, seed: int) -> Whole:
    """Wh of quarters as hundredths of kW of their minutes, shape (quarters, per): the sum holds."""
    total = used * per * 2 // 5  # E Wh in a quarter are 4 E W, or 0.4 E hundredths of a kW
    fine = quarters[:, None] + np.arange(per) * (QUARTER // per)
    draws = chance(fine.ravel(), seed).reshape(fine.shape)
    draws -= draws.mean(axis=1, keepdims=True)
    mean = (total / per)[:, None]
    spread = _whole(mean * (1.0 + 0.07 * draws))
    rest = total - spread.sum(axis=1)
    spread += np.sign(rest)[:, None] * (np.arange(per) < np.abs(rest)[:, None])
    return spread
