"""Readings as functions of time, and their stream in bounded memory."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from connectors.sandbox.bemserver import csvtext, units
from connectors.sandbox.samples import Track, blocks
from connectors.sandbox.world.readings import Computed
from connectors.sandbox.world.synthetic import Signal
from connectors.sandbox.zones import DAY, HOUR, MINUTE

POWER = Signal(seed=7, zone="Europe/Paris", base=10, daytime=30, season=4, noise=5, gaps=False)
START = 1_577_836_800_000_000  # 2020-01-01


def test_a_value_depends_on_its_time_and_seed_alone() -> None:
    source = Computed(POWER, START, MINUTE)
    times, values = source.read(START, START + 40 * DAY)
    part_times, part = source.read(START + 11 * DAY + 7 * HOUR, START + 12 * DAY)
    low = int(np.searchsorted(times, part_times[0]))
    assert np.array_equal(part, values[low : low + part.size])
    other = Computed(Signal(seed=8, zone="Europe/Paris", base=10, noise=5), START, MINUTE)
    assert not np.array_equal(other.read(START, START + DAY)[1], values[: DAY // MINUTE])


def test_gaps_are_absent_not_invented() -> None:
    gappy = Signal(seed=3, zone="UTC", base=1)
    times, values = Computed(gappy, START, 15 * MINUTE).read(START, START + 400 * DAY)
    assert 0.99 < values.size / (400 * 96) < 1
    assert not np.isnan(values).any()
    assert (np.diff(times) > 0).all()


def peak_of(days: int) -> int:
    """The most memory that a CSV stream of so many days at one minute held, in bytes."""
    track = Track(Computed(POWER, START, MINUTE))
    tracemalloc.start()
    try:
        for _ in csvtext.lines(blocks([track], START, START + days * DAY), "Europe/Paris"):
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_long_stream_holds_no_more_than_a_short_one() -> None:
    peak_of(1)  # what is loaded once, such as the zone database
    short, long = peak_of(80), peak_of(400)
    assert long < 1.1 * short


@pytest.mark.parametrize(
    ("source", "target", "value", "converted"),
    [
        ("kWh", "MJ", 1.0, 3.6),
        ("therm", "kWh", 1.0, 29.3071),
        ("°F", "°C", 212.0, 100.0),
        ("W/m²", "kW/m^2", 500.0, 0.5),
        ("%", "ratio", 50.0, 0.5),
        ("m³/h", "l/s", 3.6, 1.0),
    ],
)
def test_units_are_expressions(source: str, target: str, value: float, converted: float) -> None:
    scale = units.conversion(source, target)
    assert scale is not None
    assert value * scale.factor + scale.offset == pytest.approx(converted, rel=1e-5)


@pytest.mark.parametrize("symbol", ["m3", "m3/h", "euro", "VAR", "kgCO2", "k", "kWh*", "/h", "°"])
def test_what_is_no_unit_is_refused(symbol: str) -> None:
    assert not units.known(symbol)


@pytest.mark.parametrize(
    "symbol", ["", "kWh", "°C", "degC", "%", "percent", "ppm", "lux", "count", "m³", "°C_HDD"]
)
def test_the_platforms_units_are_known(symbol: str) -> None:
    assert units.known(symbol)
    assert units.conversion(symbol, symbol) is not None


def test_energy_and_power_do_not_convert() -> None:
    assert units.conversion("kWh", "kW") is None
