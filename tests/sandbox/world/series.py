"""The series of the world by name, and what tests compute with them."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

import numpy as np

from connectors.sandbox.clock import Clock, microseconds
from connectors.sandbox.world import world
from connectors.sandbox.world.noise import Values
from connectors.sandbox.world.places import Meter
from connectors.sandbox.zones import DAY, Instants

NOW = datetime(2026, 5, 20, 10, 30, tzinfo=UTC)
"""What the clock of these tests shows when they start."""
CLOCK = Clock.starting_at(NOW)
Readings = tuple[Instants, Values]


@cache
def meters(seed: int = 1) -> dict[str, Meter]:
    """Every meter by name."""
    return {name: each for campaign in world(CLOCK, seed=seed)
            for name, each in campaign.meters().items()}  # fmt: skip


def us(text: str) -> int:
    """A date or time in UTC as microseconds."""
    return microseconds(datetime.fromisoformat(text).replace(tzinfo=UTC))


def read(name: str, start: str, end: str, *, seed: int = 1) -> Readings:
    """The readings of a meter; an invented one goes without the end of its name."""
    found = meters(seed).get(name) or meters(seed)[f"{name} (synthetic)"]
    return found.source.read(us(start), us(end))


def correlation(one: Readings, other: Readings) -> float:
    """Of the values at the times that both have."""
    _, ours, theirs = np.intersect1d(one[0], other[0], return_indices=True)
    return float(np.corrcoef(one[1][ours], other[1][theirs])[0, 1])


def daily(readings: Readings) -> Readings:
    """The mean of each UTC day."""
    days, at = np.unique(readings[0] // DAY, return_index=True)
    return days, np.add.reduceat(readings[1], at) / np.diff(np.append(at, readings[0].size))
