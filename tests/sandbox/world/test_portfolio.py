"""The portfolio as a whole: what is in it, that it is reproducible, and that it is quick."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.sandbox.clock import Clock, microseconds
from connectors.sandbox.world import ODD_NAMES, SINCE, world
from connectors.sandbox.world.places import KINDS, Meter
from connectors.sandbox.zones import DAY, HOUR, MINUTE, from_local, to_local, wall
from tests.sandbox.world.series import CLOCK, NOW, meters, us

NAMES = sorted(meters())
YEARS = (us("2015-01-01"), us("2025-01-01"))


def test_the_portfolio_is_small_and_every_name_is_one_meter() -> None:
    campaigns = world(CLOCK)
    assert [each.name for each in campaigns] == [
        "Illinois homes", "UK homes", "Campus (synthetic)", "Odd names",
    ]  # fmt: skip
    assert sum(len(each.meters()) for each in campaigns) == len(NAMES)
    assert 90 <= len(NAMES) <= 138
    assert {name[:80] for name in ODD_NAMES} <= set(NAMES)


def test_every_meter_says_what_it_measures_and_in_a_scope_of_its_campaign() -> None:
    for campaign in world(CLOCK):
        for meter in campaign.meters().values():
            assert meter.kind in KINDS, meter.name
            assert meter.scope in campaign.scopes, meter.name
            assert meter.about, meter.name
            assert bool(meter.codes) == (meter.kind == "state"), meter.name


def test_the_states_are_the_integers_of_their_codes() -> None:
    states = [each for each in meters().values() if each.kind == "state"]
    assert len(states) == 9
    for meter in states:
        _, values = meter.source.read(us("2024-01-01"), us("2025-01-01"))
        assert set(values.tolist()) == set(range(len(meter.codes))), meter.name
        for code, word in enumerate(meter.codes):
            assert f"{code} {word}" in meter.about


@pytest.mark.parametrize("name", NAMES)
def test_every_series_goes_on_until_now_and_not_on(name: str) -> None:
    meter = meters()[name]
    now = CLOCK.now_us()
    extent = meter.source.extent()
    assert extent is not None
    assert extent[0] <= SINCE
    times, values = meter.source.read(now - 3 * DAY, now + 3 * DAY)
    assert not np.isnan(values).any()
    assert (np.diff(times) > 0).all()
    assert (times % meter.source.step == 0).all()
    if meter.kind != "price":
        assert now - 6 * HOUR - meter.source.step < times[-1] <= CLOCK.now_us()


def test_a_reading_comes_when_its_time_has_come() -> None:
    for name in ("Home 1, heating and cooling: electricity", "Library electric power (synthetic)"):
        seen = []
        for moment in (NOW, NOW + timedelta(hours=1)):
            clock = Clock.starting_at(moment)
            meter = {n: m for c in world(clock) for n, m in c.meters().items()}[name]
            seen.append(meter.source.read(microseconds(NOW) - HOUR, us("2100-01-01"))[0].size)
        assert seen[1] - seen[0] == HOUR // meter.source.step


@st.composite
def windows(draw: st.DrawFn) -> tuple[str, int, int]:
    """A meter, and two times within a month around an edge that matters."""
    edge = draw(st.sampled_from((
        "2012-10-12", "2015-11-22", "2018-02-08", "2020-04-01", "2022-12-06", "2024-03-31",
        "2024-06-01", "2024-10-27", "2025-09-08", "2026-05-10",
    )))  # fmt: skip
    start = us(edge) + draw(st.integers(-20 * DAY, 5 * DAY))
    return draw(st.sampled_from(NAMES)), start, start + draw(st.integers(0, 15 * DAY))


@settings(max_examples=150, deadline=None)
@given(windows(), st.integers(0, 1_000_000))
def test_a_window_is_the_sum_of_its_parts(window: tuple[str, int, int], share: int) -> None:
    name, start, end = window
    cut = start + (end - start) * share // 1_000_000
    source = meters()[name].source
    whole, parts = source.read(start, end), (source.read(start, cut), source.read(cut, end))
    for position in (0, 1):
        joined = np.concatenate([part[position] for part in parts])
        assert np.array_equal(joined, whole[position])


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others() -> None:
    week = us("2019-05-06"), us("2019-05-13")
    again = {n: m for c in world(Clock(), seed=1) for n, m in c.meters().items()}
    for name in NAMES:
        first = meters()[name].source.read(*week)[1]
        assert np.array_equal(first, again[name].source.read(*week)[1]), name
        other = meters(2)[name].source.read(*week)[1]
        told = meters()[name].kind == "state" or meters()[name].unit == "count"
        assert told or not np.array_equal(first, other), name


def test_no_two_invented_series_are_the_same() -> None:
    spring = us("2024-04-15"), us("2024-06-15")  # days to heat, and days to cool
    seen = [(each.name, each.source.read(*spring)[1].tobytes()) for each in meters().values()
            if each.kind != "state"]  # fmt: skip
    assert len({values for _, values in seen}) == len(seen)


def test_the_world_is_built_in_no_time() -> None:
    world(CLOCK)
    start = time.thread_time()
    world(CLOCK)
    assert time.thread_time() - start < 0.05


def fastest(meter: Meter, start: int, end: int) -> float:
    """The least of three times that a reading took, in CPU seconds: others use this machine too."""
    spent = []
    for _ in range(3):
        began = time.thread_time()
        meter.source.read(start, end)
        spent.append(time.thread_time() - began)
    return min(spent)


@pytest.mark.parametrize(
    "name", [n for n in NAMES if meters()[n].source.step == HOUR and ("Home" in n or "camp" in n)]
)
def test_ten_years_by_the_hour_take_tens_of_milliseconds(name: str) -> None:
    assert fastest(meters()[name], *YEARS) < 0.1


def test_a_year_of_minutes_takes_no_longer_than_a_second() -> None:
    power = meters()["Library electric power (synthetic)"]
    assert power.source.step == MINUTE
    assert fastest(power, us("2024-01-01"), us("2025-01-01")) < 1


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/Chicago", "Australia/Lord_Howe", "UTC"])
def test_wall_clocks_are_told_alike_the_quick_way_and_the_long_one(zone: str) -> None:
    times = np.arange(us("2023-12-30"), us("2025-01-02"), 7 * MINUTE, dtype=np.int64)
    assert np.array_equal(wall(times, zone), to_local(times, zone))
    assert wall(times[:0], zone).size == 0
    back = from_local(wall(times, zone), zone)
    assert (np.abs(back - times) <= HOUR).all()


def test_a_clock_before_the_recordings_hides_them() -> None:
    clock = Clock.starting_at(datetime(2016, 3, 1, tzinfo=UTC))
    for campaign in world(clock):
        for meter in campaign.meters().values():
            times, _ = meter.source.read(us("2014-01-01"), us("2030-01-01"))
            assert times[-1] < us("2016-03-02T23:30")
