"""Known flaws stand in known places, and nowhere else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from connectors.sandbox.clock import Clock
from connectors.sandbox.world import world
from connectors.sandbox.world.flaws import CLOCKS, FLAWS, LATE, LOST, SPIKE, STUCK, UNIT, Flawed
from connectors.sandbox.world.places import Meter
from connectors.sandbox.zones import DAY, HOUR, MINUTE
from tests.sandbox.world.series import meters, us

LONG = us("2023-01-01"), us("2026-05-01")


def flawed(name: str) -> Flawed:
    source = meters()[name].source
    assert isinstance(source, Flawed)
    return source


def at(moment: datetime) -> Meter:
    """The meter that is corrected late, as the clock shows this moment."""
    return {n: m for c in world(Clock.starting_at(moment)) for n, m in c.meters().items()}[LATE]


@pytest.mark.parametrize("flaw", FLAWS, ids=lambda flaw: f"{flaw.kind} {flaw.start}")
def test_each_flaw_is_told_beside_its_meter(flaw: object) -> None:
    (found,) = [each for each in FLAWS if each is flaw]
    assert found.about in meters()[found.meter].about
    assert not meters()[found.meter].cleaned


@pytest.mark.parametrize("name", sorted({flaw.meter for flaw in FLAWS}))
def test_outside_its_windows_a_flawed_meter_is_right(name: str) -> None:
    source = flawed(name)
    right, told = source.source.read(*LONG), source.read(*LONG)
    assert right[0].size == (LONG[1] - LONG[0]) // source.step
    _, ours, theirs = np.intersect1d(right[0], told[0], return_indices=True)
    wrong = right[0][ours][right[1][ours] != told[1][theirs]]
    gone = np.setdiff1d(right[0], told[0])
    windows = [flaw.window() for flaw in source.flaws]
    for time in (*wrong.tolist(), *gone.tolist()):
        assert any(start <= time < end for start, end in windows)


def test_a_stuck_sensor_repeats_its_last_value() -> None:
    times, values = flawed(STUCK).read(us("2024-03-03T23:50"), us("2024-03-18"))
    assert times.size == 14 * 144 + 1
    assert len(set(values.tolist())) == 1


def test_three_weeks_are_lost() -> None:
    times, _ = flawed(LOST).read(us("2024-09-01"), us("2024-09-24"))
    (gap,) = np.diff(times)[np.diff(times) > 15 * MINUTE]
    assert gap == 21 * DAY + 15 * MINUTE


def test_a_week_is_served_wrong_until_its_correction_and_right_from_then_on() -> None:
    corrected = datetime(2025, 9, 10, 9, tzinfo=UTC)
    week = us("2025-09-01"), us("2025-09-08")
    before, after = (at(corrected + timedelta(seconds=by)) for by in (-30, 0))
    wrong, right = before.source.read(*week), after.source.read(*week)
    assert np.array_equal(wrong[0], right[0])
    assert np.allclose(wrong[1], 0.6 * right[1], atol=1e-3)
    assert (wrong[1] < right[1]).all()
    for start, end in ((week[0] - DAY, week[0]), (week[1], week[1] + DAY)):
        assert np.array_equal(before.source.read(start, end)[1], after.source.read(start, end)[1])


def test_the_correction_comes_while_the_clock_runs_over_it() -> None:
    """One world, one meter: nothing is built anew when the moment comes."""
    meter = at(datetime(2025, 9, 10, 8, 59, 59, 500_000, tzinfo=UTC))
    day = us("2025-09-01"), us("2025-09-02")
    wrong = meter.source.read(*day)[1]
    assert isinstance(meter.source, Flawed)
    until = meter.source.clock.now() + timedelta(seconds=2)
    while np.array_equal(meter.source.read(*day)[1], wrong):
        assert meter.source.clock.now() < until
    assert meter.source.clock.now() >= datetime(2025, 9, 10, 9, tzinfo=UTC)


def test_one_month_is_in_wh() -> None:
    may, june, july = (flawed(UNIT).read(us(f"2024-0{n}-01"), us(f"2024-0{n + 1}-01"))[1].mean()
                       for n in (5, 6, 7))  # fmt: skip
    assert june / may == pytest.approx(1000, rel=0.15)
    assert july / may == pytest.approx(1, rel=0.15)


def test_an_hour_is_missing_in_spring_and_one_is_doubled_in_autumn() -> None:
    times, _ = flawed(CLOCKS).read(us("2024-03-31"), us("2024-04-01"))
    assert times.size == 92
    assert np.diff(times).max() == HOUR + 15 * MINUTE
    _, values = flawed(CLOCKS).read(us("2024-10-27"), us("2024-10-27T02:00"))
    assert np.array_equal(values[:4], values[4:])
    _, others = flawed(CLOCKS).read(us("2024-10-26"), us("2024-10-26T02:00"))
    assert not np.array_equal(others[:4], others[4:])


def test_one_reading_is_a_spike() -> None:
    times, values = flawed(SPIKE).read(us("2024-05-14"), us("2024-05-15"))
    assert times[values > 100].tolist() == [us("2024-05-14T10:00")]
    assert values.max() > 500
