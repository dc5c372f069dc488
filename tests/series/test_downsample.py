"""No peak is lost, no gap is bridged, and what is given is small."""

from __future__ import annotations

import itertools
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.contract import Window
from dashboard.series.downsample import GAP, downsample, usual_step
from dashboard.series.windows import EPOCH, micros

Arrays = tuple[np.ndarray, np.ndarray]
STEP = 60_000_000


def around(times: np.ndarray) -> Window:
    last = int(times[-1]) if times.size else 1
    return Window(start=EPOCH, end=EPOCH + timedelta(microseconds=last + 1))


def columns(times: np.ndarray, window: Window, pixels: int) -> np.ndarray:
    """Of each time the number of its pixel column, by Python's unbounded whole numbers."""
    start, width = micros(window.start), micros(window.end) - micros(window.start)
    edges = [start + width * column // pixels for column in range(1, pixels + 1)]
    return np.searchsorted(edges, times, side="right")


@st.composite
def series(draw: st.DrawFn) -> Arrays:
    """Up to 3,000 points with runs of nulls, absences and steps that jitter."""
    size = draw(st.integers(0, 3_000))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    steps = np.full(size, STEP)
    if draw(st.booleans()):
        steps += random.integers(-STEP // 4, STEP // 4, size)
    for place in draw(st.lists(st.integers(0, max(size - 1, 0)), max_size=5)):
        steps[place : place + 1] += STEP * draw(st.integers(2, 2_000))
    values = random.normal(size=size).cumsum()
    for place in draw(st.lists(st.integers(0, max(size - 1, 0)), max_size=5)):
        values[place : place + draw(st.integers(1, 400))] = np.nan
    return np.cumsum(steps) - STEP // 2, values


@settings(deadline=None)
@given(series(), st.integers(1, 400))
def test_every_pixel_column_keeps_its_true_extremes(points: Arrays, pixels: int) -> None:
    times, values = points
    window = around(times)
    kept_times, kept = downsample(times, values, window=window, pixels=pixels)
    whole, few = columns(times, window, pixels), columns(kept_times, window, pixels)
    for column in np.unique(whole[values == values]):
        assert np.nanmax(values[whole == column]) == np.nanmax(kept[few == column])
        assert np.nanmin(values[whole == column]) == np.nanmin(kept[few == column])


@settings(deadline=None)
@given(series(), st.integers(1, 400))
def test_times_rise_nothing_is_invented_and_little_is_given(points: Arrays, pixels: int) -> None:
    times, values = points
    kept_times, kept = downsample(times, values, window=around(times), pixels=pixels)
    assert (np.diff(kept_times) > 0).all()
    real = kept == kept
    assert np.array_equal(kept[real], values[np.searchsorted(times, kept_times[real])])
    assert kept.size <= 5 * pixels + 5
    if times.size:
        first, last = np.searchsorted(kept_times, (times[0], times[-1]))
        assert kept_times[first] == times[0]
        assert kept_times[last] == times[-1]


@settings(deadline=None)
@given(series(), st.integers(1, 400))
def test_no_line_bridges_a_gap_as_wide_as_a_column(points: Arrays, pixels: int) -> None:
    times, values = points
    window = around(times)
    kept_times, kept = downsample(times, values, window=window, pixels=pixels)
    width = (micros(window.end) - micros(window.start)) / pixels
    limit = max(GAP * usual_step(times), width + 1)
    numbers = times[values == values]
    if usual_step(times) == 0:
        return
    for before, after in itertools.pairwise(numbers):
        nulls = (times > before) & (times < after)
        if after - before > limit and (nulls.any() or after - before > GAP * usual_step(times)):
            between = (kept_times > before) & (kept_times < after)
            assert np.isnan(kept[between]).any()


def test_a_peak_beside_a_null_is_kept() -> None:
    times = np.arange(10_000) * STEP
    values = np.zeros(10_000)
    values[5_000], values[5_001] = np.nan, 99.0
    _, kept = downsample(times, values, window=around(times), pixels=10)
    assert np.nanmax(kept) == 99.0


def test_points_that_fit_the_screen_are_given_as_they_are() -> None:
    times = np.arange(100) * STEP
    values = np.sin(times)
    given_times, given_values = downsample(times, values, window=around(times), pixels=100)
    assert np.array_equal(given_times, times)
    assert np.array_equal(given_values, values)


def test_an_absence_becomes_a_break_one_step_after_the_last_point() -> None:
    times = np.array([0, 1, 2, 3, 7, 8, 9]) * STEP
    given_times, given_values = downsample(times, np.ones(7), window=around(times), pixels=100)
    assert given_times.tolist() == [t * STEP for t in (0, 1, 2, 3, 4, 7, 8, 9)]
    assert np.flatnonzero(np.isnan(given_values)).tolist() == [4]


def test_one_missing_point_breaks_the_line_and_jitter_does_not() -> None:
    times = np.array([0, 60, 121, 179, 240, 301, 421, 480]) * 1_000_000
    _, values = downsample(times, np.ones(8), window=around(times), pixels=100)
    assert np.isnan(values).sum() == 1


def test_points_outside_the_window_are_left_out() -> None:
    times = np.arange(100) * STEP
    window = Window(start=EPOCH + timedelta(minutes=10), end=EPOCH + timedelta(minutes=20))
    given_times, _ = downsample(times, np.ones(100), window=window, pixels=100)
    assert given_times.tolist() == [t * STEP for t in range(10, 20)]


def test_centuries_by_thousands_of_pixels_do_not_overflow() -> None:
    window = Window(start=EPOCH - timedelta(days=60_000), end=EPOCH + timedelta(days=60_000))
    times = np.linspace(micros(window.start), micros(window.end) - 1, 50_000).astype(np.int64)
    values = np.arange(50_000.0)
    kept_times, _ = downsample(times, values, window=window, pixels=8_000)
    assert np.unique(columns(kept_times, window, 8_000)).size == 8_000


def test_a_chart_without_a_pixel_is_refused() -> None:
    empty = np.array([], dtype=np.int64)
    with pytest.raises(ValueError, match="pixel"):
        downsample(empty, np.array([]), window=around(empty), pixels=0)
