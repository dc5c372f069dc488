"""The rooms of a building: who sits there, and what that does to the air."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from connectors.sandbox.world.building import ON, QUARTER, Building, Running
from connectors.sandbox.world.noise import Values, chance, silent, smooth
from connectors.sandbox.zones import HOUR, Instants

MEMORY = 24  # quarters of an hour after which a room has forgotten
FRESH = 420.0  # ppm CO2 outdoors
EACH = 38.0  # ppm that one person adds, after some hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """One of the rooms of a building."""

    building: Building
    seed: int
    setpoint: float

    def people(self, running: Running, quarters: Instants) -> Values:
        """A part of the people in the building: four rooms never hold more than all."""
        part = 0.1 + 0.05 * smooth(quarters, self.seed, HOUR)
        there: Values = np.floor(running.people * part)
        return there

    def carbon(self, running: Running, quarters: Instants) -> Values:
        """CO2, ppm: follows the people with a lag of about an hour."""
        air: Values = FRESH + EACH * lagged(self.people(running, quarters), 1.0)
        return air

    def temperature(self, running: Running, quarters: Instants) -> Values:
        """°C: set back while nobody is in, warmer with people and in summer."""
        wanted = np.where(running.fans == ON, self.setpoint, self.setpoint - 2.4)
        summer = 0.16 if self.building.chiller else 0.34
        gains = summer * np.maximum(running.outdoor - 15.0, 0.0)
        gains += 0.035 * self.people(running, quarters)
        air: Values = lagged(wanted + gains, 2.0)
        return air


def lagged(values: Values, hours: float) -> Values:
    """Each value with the MEMORY before it, weighted the less the longer ago; so much shorter."""
    weights = np.exp(-np.arange(MEMORY + 1) * QUARTER / (hours * HOUR))
    weights /= weights.sum()
    held = np.zeros(values.size - MEMORY)
    for ago, weight in enumerate(weights):
        held += weight * values[MEMORY - ago : values.size - ago]
    return held


@dataclass(frozen=True, slots=True)
class People:
    """How many are in a room, each quarter of an hour."""

    room: Room

    def at(self, times: Instants, _step: int) -> Values:
        """The counts; NaN while the sensor is silent."""
        if not times.size:
            return np.empty(0)
        values = self.room.people(Running(self.room.building, times), times)
        values[silent(times, self.room.seed)] = np.nan
        return values


@dataclass(frozen=True, slots=True)
class Air:
    """A slow quantity of a room, told every few minutes by a sensor with a little noise."""

    room: Room
    quantity: Callable[[Room, Running, Instants], Values]
    noise: float
    digits: int

    def at(self, times: Instants, _step: int) -> Values:
        """The values; NaN while the sensor is silent."""
        if not times.size:
            return np.empty(0)
        first = times[0] // QUARTER - MEMORY
        quarters = np.arange(first, times[-1] // QUARTER + 2, dtype=np.int64) * QUARTER
        slow = self.quantity(self.room, Running(self.room.building, quarters), quarters)
        values = np.interp(times, quarters[MEMORY:], slow)
        values += self.noise * chance(times, self.room.seed + 1)
        values[silent(times, self.room.seed)] = np.nan
        return np.round(values, self.digits)
