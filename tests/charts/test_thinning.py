"""Which points of a line get a dot: those that nobody would see without one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from connectors.contract import Window
from dashboard.charts.drawing import thinned
from dashboard.series.windows import micros

END = datetime(2026, 1, 8, tzinfo=UTC)
WEEK = Window(start=END - timedelta(days=7), end=END)
PIXELS = 900


@pytest.mark.parametrize(
    ("number", "apart", "dotted"),
    [
        (2, timedelta(seconds=1), True),
        (1, timedelta(0), True),
        (50, timedelta(seconds=1), True),
        (7, timedelta(days=1), True),
        (7 * 24 * 60, timedelta(minutes=1), False),
    ],
    ids=["two in a second of a week", "one", "many in a minute", "one a day", "one a minute"],
)
def test_a_dot_is_drawn_where_a_line_would_not_be_seen_or_points_are_far_apart(
    number: int, apart: timedelta, dotted: bool
) -> None:
    times = np.array([micros(WEEK.start + apart * at) for at in range(number)], dtype=np.int64)
    drawn = thinned(times, np.full(number, 12.5), window=WEEK, pixels=PIXELS)
    assert drawn.times.size >= min(number, 2)
    assert drawn.dots is dotted
