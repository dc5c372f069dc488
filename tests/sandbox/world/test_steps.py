"""A meter at another step: sums and means agree."""

from __future__ import annotations

import numpy as np
import pytest

from connectors.sandbox.world.readings import Recorded
from connectors.sandbox.world.stepped import Stepped
from connectors.sandbox.zones import DAY, HOUR, MINUTE
from tests.sandbox.world.series import CLOCK, meters, us

WEEK = us("2024-03-28"), us("2024-04-04")
HOME, POWER = "Home 2, cooling: electricity", "Library electric power (synthetic)"


@pytest.mark.parametrize("step", [MINUTE, 7 * 60 * 1_000_000 // 7, 15 * MINUTE, 2 * HOUR, DAY])
@pytest.mark.parametrize("name", [HOME, "Home 3, gas heating: gas"])
def test_energy_keeps_its_sum(name: str, step: int) -> None:
    meter = meters()[name]
    other = meter.every(step, CLOCK)
    assert other.source.step == step
    times, values = other.source.read(*WEEK)
    assert times.size == (WEEK[1] - WEEK[0]) // step
    assert (np.diff(times) == step).all()
    assert values.sum() == pytest.approx(meter.source.read(*WEEK)[1].sum(), abs=1e-7)


def test_a_split_value_adds_up_to_the_last_digit() -> None:
    hours, whole = meters()[HOME].source.read(*WEEK)
    _, parts = meters()[HOME].every(MINUTE, CLOCK).source.read(*WEEK)
    assert np.array_equal(np.round(parts.reshape(-1, 60).sum(axis=1), 9), whole)
    assert hours.size == whole.size


def test_power_keeps_its_mean_both_ways() -> None:
    meter = meters()[POWER]
    _, minutes = meter.source.read(*WEEK)
    _, hours = meter.every(HOUR, CLOCK).source.read(*WEEK)
    assert np.allclose(hours, minutes.reshape(-1, 60).mean(axis=1))
    _, fine = meter.every(10 * 1_000_000, CLOCK).source.read(*WEEK)
    assert np.array_equal(fine.reshape(-1, 6), np.repeat(minutes[:, None], 6, axis=1))


def test_the_same_step_is_the_same_meter() -> None:
    assert meters()[HOME].every(HOUR, CLOCK) is meters()[HOME]


def test_a_step_that_does_not_fit_is_refused() -> None:
    for step in (0, -HOUR, 7 * MINUTE, 90 * MINUTE):
        with pytest.raises(ValueError, match="divide"):
            meters()[HOME].every(step, CLOCK)


@pytest.mark.parametrize(("name", "step"), [(HOME, 15 * MINUTE), (HOME, DAY), (POWER, HOUR)])
def test_another_step_can_be_read_in_parts(name: str, step: int) -> None:
    source = meters()[name].every(step, CLOCK).source
    cut = WEEK[0] + 3 * DAY + 7 * HOUR + 11 * MINUTE
    parts = source.read(WEEK[0], cut), source.read(cut, WEEK[1])
    for position in (0, 1):
        joined = np.concatenate([part[position] for part in parts])
        assert np.array_equal(joined, source.read(*WEEK)[position])


def test_a_coarse_reading_comes_when_it_is_over_and_a_fine_one_at_its_time() -> None:
    now = CLOCK.now_us()
    days, _ = meters()[HOME].every(DAY, CLOCK).source.read(now - 10 * DAY, now + 10 * DAY)
    assert days[-1] + DAY <= now + HOUR
    assert days[-1] + 2 * DAY > now
    minutes, _ = meters()[HOME].every(MINUTE, CLOCK).source.read(now - DAY, now + DAY)
    assert now - 2 * MINUTE < minutes[-1] <= CLOCK.now_us()


def test_gaps_stay_gaps_and_edges_are_kept() -> None:
    real = Recorded("uk-electricity-hdd-only-hourly-sample-1.csv.gz", HOUR // 2)
    extent = real.extent()
    assert extent is not None
    start, end = extent
    whole = real.read(start, end)[1].sum()
    fine = Stepped(real, 10 * MINUTE, CLOCK, total=True)
    assert fine.extent() == (start, end - 1 + HOUR // 2)
    assert fine.read(0, end + DAY)[1].sum() == pytest.approx(whole)
    coarse = Stepped(real, HOUR, CLOCK, total=True)
    times, values = coarse.read(0, end + DAY)
    assert times[0] == -(-start // HOUR) * HOUR
    assert values.sum() == pytest.approx(whole, rel=1e-3)
    assert coarse.read(5, 5)[0].size == 0
