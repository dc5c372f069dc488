"""The arithmetic, held against sets of whole minutes."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import Window
from dashboard.series.windows import EPOCH, clip, floored, hull, layered, merge, micros, subtract

MINUTE = timedelta(minutes=1)


def window(edges: tuple[int, int]) -> Window:
    start, end = sorted(edges)
    return Window(start=EPOCH + start * MINUTE, end=EPOCH + end * MINUTE)


edge = st.integers(0, 60)
one = st.tuples(edge, edge).map(window)
several = st.lists(one, max_size=12)


def minutes(*windows: Window) -> set[int]:
    return {
        minute
        for w in windows
        for minute in range((w.start - EPOCH) // MINUTE, (w.end - EPOCH) // MINUTE)
    }


def tidy(windows: tuple[Window, ...]) -> bool:
    """Rising, apart, none empty."""
    return all(not w.empty for w in windows) and all(
        a.end <= b.start for a, b in itertools.pairwise(windows)
    )


@given(several)
def test_a_union_covers_the_same_minutes_in_pieces_that_do_not_touch(windows: list[Window]) -> None:
    merged = merge(windows)
    assert minutes(*merged) == minutes(*windows)
    assert all(a.end < b.start for a, b in itertools.pairwise(merged))


@given(several, several)
def test_a_difference_is_what_the_one_has_and_the_other_has_not(
    windows: list[Window], holes: list[Window]
) -> None:
    left = subtract(windows, holes)
    assert minutes(*left) == minutes(*windows) - minutes(*holes)
    assert tidy(left)


@given(several, one)
def test_clipping_keeps_what_lies_within(windows: list[Window], within: Window) -> None:
    clipped = clip(merge(windows), within)
    assert minutes(*clipped) == minutes(*windows) & minutes(within)
    assert tidy(clipped)


@given(several)
def test_of_layers_every_minute_shows_the_topmost(windows: list[Window]) -> None:
    seen = layered([(w, rank) for rank, w in enumerate(windows)])
    shown = {minute: rank for w, rank in seen for minute in minutes(w)}
    assert shown == {m: rank for rank, w in enumerate(windows) for m in minutes(w)}
    assert tidy(tuple(w for w, _ in seen))


@given(st.lists(one, min_size=1))
def test_a_hull_is_the_smallest_window_around_all(windows: list[Window]) -> None:
    around = hull(windows)
    assert around.start == min(w.start for w in windows)
    assert around.end == max(w.end for w in windows)


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_microseconds_are_exact_and_floors_lie_on_the_grid(moment: datetime) -> None:
    assert EPOCH + timedelta(microseconds=micros(moment)) == moment
    floor = floored(moment, timedelta(hours=6))
    assert floor <= moment < floor + timedelta(hours=6)
    assert floor.hour % 6 == floor.minute == floor.second == floor.microsecond == 0
