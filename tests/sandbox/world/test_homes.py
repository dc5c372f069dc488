"""The real homes: measured values unchanged, and a believable rest around them."""

from __future__ import annotations

import numpy as np
import pytest

from connectors.sandbox.world.extension import Extended
from connectors.sandbox.world.homes import LICENCE
from connectors.sandbox.world.noise import Values
from connectors.sandbox.zones import DAY, HOUR, to_local
from tests.sandbox.world.series import correlation, daily, meters, read, us

HOMES = [name for name, each in meters().items() if isinstance(each.source, Extended)]
ILLINOIS, KINGDOM, OLD = (
    "Illinois outdoor temperature", "UK outdoor temperature 0", "UK outdoor temperature 1_2",
)  # fmt: skip


def source(name: str) -> Extended:
    found = meters()[name].source
    assert isinstance(found, Extended)
    return found


@pytest.mark.parametrize("name", HOMES)
def test_what_was_measured_stands_unchanged(name: str) -> None:
    recorded = source(name).pattern.recorded
    extent = recorded.extent()
    assert extent is not None
    times, values = source(name).read(*extent)
    assert np.array_equal(times, recorded.read(*extent)[0])
    assert np.array_equal(values, recorded.read(*extent)[1])


@pytest.mark.parametrize("name", HOMES)
def test_a_meter_says_up_to_when_it_was_measured(name: str) -> None:
    extent = source(name).pattern.recorded.extent()
    assert extent is not None
    zone = source(name).pattern.zone if name.startswith(("Ill", "Home 1")) else "UTC"
    ends = to_local(np.array([extent[0], extent[1] - 1]), zone) // DAY
    first, last = (str(day.astype("M8[D]")) for day in ends)
    about = meters()[name].about
    assert about.startswith(f"{LICENCE} Measured from {first} to {last}")
    assert about.endswith("it is computed from that recording.")


@pytest.mark.parametrize("name", HOMES)
def test_around_the_recording_nothing_is_missing(name: str) -> None:
    held = source(name)
    for start, end in (("2015-01-01", "2015-11-22"), ("2023-01-01", "2026-01-01")):
        times, values = read(name, start, end)
        assert times.size == (us(end) - us(start)) // held.step
        assert np.isfinite(values).all()
    assert np.all(np.diff(held.read(us("2014-12-01"), us("2015-03-01"))[0]) % held.step == 0)


@pytest.mark.parametrize("name", HOMES)
def test_the_computed_part_keeps_the_level_and_the_spread_of_the_measured_one(name: str) -> None:
    recorded = source(name).pattern.recorded
    extent = recorded.extent()
    assert extent is not None
    real = recorded.read(extent[0], extent[0] + (extent[1] - extent[0]) // (365 * DAY) * 365 * DAY)
    made = read(name, "2023-01-01", "2026-01-01")
    size = max(abs(float(real[1].mean())), float(real[1].std()))
    assert abs(made[1].mean() - real[1].mean()) < 0.15 * size
    assert made[1].std() == pytest.approx(real[1].std(), rel=0.15)
    assert meters()[name].kind == "temperature" or made[1].min() >= 0


@pytest.mark.parametrize(
    ("gas", "air", "measured"),
    [
        ("Home 3, gas heating: gas", ILLINOIS, ("2016-01-01", "2018-01-01")),
        ("Home A: gas", KINGDOM, ("2020-06-01", "2022-06-01")),
        ("Home B: electricity", OLD, ("2012-11-01", "2014-01-01")),
    ],
)
def test_a_home_follows_the_weather_as_it_did_when_it_was_measured(
    gas: str, air: str, measured: tuple[str, str]
) -> None:
    real = correlation(daily(read(gas, *measured)), daily(read(air, *measured)))
    made = correlation(
        daily(read(gas, "2023-01-01", "2026-01-01")), daily(read(air, "2023-01-01", "2026-01-01"))
    )
    assert real < -0.3
    assert abs(made - real) < 0.12


def test_cooking_follows_the_hours_and_not_the_weather() -> None:
    gas = read("Home 4, gas for cooking: gas", "2023-01-01", "2026-01-01")
    assert abs(correlation(daily(gas), daily(read(ILLINOIS, "2023-01-01", "2026-01-01")))) < 0.2


def test_the_local_day_keeps_its_shape_on_both_sides_of_a_clock_change() -> None:
    """The mean of each local hour over a season before and after, against the measured one."""

    def shape(start: str, end: str) -> Values:
        times, values = read("Home 2, cooling: electricity", start, end)
        hour = to_local(times, "America/Chicago") % DAY // HOUR
        means = np.bincount(hour, values, 24) / np.bincount(hour)
        shares: Values = means / means.sum()
        return shares

    for start, end in (("03-01", "05-31"), ("09-15", "12-15")):
        real = shape(f"2017-{start}", f"2017-{end}")
        made = shape(f"2024-{start}", f"2024-{end}")
        assert np.corrcoef(real, made)[0, 1] > 0.7


@pytest.mark.parametrize(("day", "hours"), [("2024-03-10", 23), ("2024-11-03", 25)])
def test_a_computed_day_has_as_many_hours_as_it_has(day: str, hours: int) -> None:
    times, _ = read("Home 2, cooling: electricity", "2024-01-01", "2025-01-01")
    local = (to_local(times, "America/Chicago") // DAY).astype("M8[D]")
    assert (local == np.datetime64(day)).sum() == hours


@pytest.mark.parametrize("name", [ILLINOIS, KINGDOM, OLD])
def test_the_weather_goes_on_without_jumps_and_with_its_seasons(name: str) -> None:
    recorded = source(name).pattern.recorded
    extent = recorded.extent()
    assert extent is not None
    jumps = np.abs(np.diff(recorded.read(*extent)[1]))
    _, values = read(name, "2023-01-01", "2026-01-01")
    assert np.abs(np.diff(values)).max() < 1.3 * jumps.max()
    january, july = (read(name, f"2025-{m}-01", f"2025-{m}-28")[1].mean() for m in ("01", "07"))
    assert july - january > 8


def test_computed_days_are_not_copies_of_one_another() -> None:
    _, values = read("Home 2, cooling: electricity", "2024-06-01", "2024-08-30")
    days = values.reshape(-1, 24)
    assert len({day.tobytes() for day in days}) == len(days)
