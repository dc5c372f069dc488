"""Typed arrays give back what was packed, and stay small."""

from __future__ import annotations

import gzip

import numpy as np
import orjson
import pytest

from dashboard.charts.encoding import packed_times, packed_values
from tests.charts.conftest import decoded


def through(times: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return decoded({"times": packed_times(times), "values": packed_values(values)})


@pytest.mark.parametrize(
    "values",
    [
        [0.1, 0.2, 0.30000000000000004, 12.5],
        [1.0, -2.0, np.nan, 65_536.0],
        [123_456_789.25, 123_456_790.75],
        [0.0, 0.0],
        [-0.05, 2_147_483.0],
    ],
)
def test_decimals_come_back_exactly(values: list[float]) -> None:
    times = np.arange(len(values)) * 900_000_000
    _, found = through(times, np.array(values))
    np.testing.assert_allclose(found, values, rtol=1e-7, equal_nan=True)
    exact = [v for v in values if not np.isnan(v) and v == round(v, 6)]
    assert [v for v in found.tolist() if v in exact] == exact or len(exact) != len(values)


def test_a_high_counter_of_odd_digits_keeps_what_a_screen_can_show() -> None:
    values = 1e9 + np.random.default_rng(1).random(500) / 3
    _, found = through(np.arange(500) * 1_000_000, values)
    assert np.abs(found - values).max() < 1e-6 * np.ptp(values)


def test_nothing_and_only_gaps_can_be_packed() -> None:
    times, values = through(np.empty(0, np.int64), np.empty(0))
    assert times.size == values.size == 0
    assert np.isnan(through(np.array([1, 2]) * 1_000_000, np.full(2, np.nan))[1]).all()


def test_irregular_times_come_back_to_the_microsecond() -> None:
    times = np.array([1_700_000_000_000_001, 1_700_000_000_500_003, 1_700_000_009_000_000])
    found, _ = through(times, np.zeros(3))
    np.testing.assert_allclose(found * 1000, times, atol=0.5, rtol=0)


def test_a_full_chart_of_noise_stays_within_16_kilobytes() -> None:
    rng = np.random.default_rng(0)
    steps = np.sort(rng.choice(525_600, 2_600, replace=False)).astype(np.int64)
    packed = [packed_times(steps * 60_000_000), packed_values(np.round(rng.random(2_600) * 99, 3))]
    assert len(gzip.compress(orjson.dumps(packed), 1)) < 16_000
