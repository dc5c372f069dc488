"""What has been read, what has to be, and what has to be again."""

from __future__ import annotations

from datetime import timedelta

from connectors.contract import Window
from dashboard.connections.models import Connection
from dashboard.series.coverage import coverage, missing
from dashboard.series.models import Segment
from tests.series.clockwork.service import Dial
from tests.series.conftest import NOW, Maker, days, fill_now, holds

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def lacks(connection: Connection, window: Window, *, later: timedelta) -> tuple[Window, ...]:
    return missing(connection=connection, node="meter", window=window, now=NOW + later)


def test_everything_is_missing_at_first_and_nothing_after_a_fill(clock: Connection) -> None:
    window = days(3, 1)
    assert lacks(clock, window, later=timedelta(0)) == (window,)
    fill_now(clock, window)
    assert lacks(clock, window, later=timedelta(days=9)) == ()
    assert coverage(connection=clock, node="meter", window=days(9, 0)) == (window,)
    assert coverage(connection=clock, node="other", window=days(9, 0)) == ()


def test_nothing_is_missing_of_the_future(clock: Connection) -> None:
    assert lacks(clock, days(-1, -2), later=timedelta(0)) == ()
    assert lacks(clock, days(1, -2), later=timedelta(0)) == (days(1, 0),)
    fill_now(clock, days(1, -2))
    assert coverage(connection=clock, node="meter", window=days(9, -9)) == (days(1, 0),)


def test_an_empty_window_and_one_before_the_platform_began_are_answered(clock: Connection) -> None:
    assert lacks(clock, days(1, 1), later=timedelta(0)) == ()
    ancient = days(36_500, 36_499)
    fill_now(clock, ancient)
    assert lacks(clock, ancient, later=timedelta(days=1)) == ()
    segment = Segment.objects.get()
    assert (segment.rows, segment.file, segment.bytes) == (0, "", 0)


def test_what_had_not_settled_is_good_for_a_minute_only(clock: Connection) -> None:
    window = days(1, 0)
    fill_now(clock, window)
    assert lacks(clock, window, later=MINUTE) == ()
    unsettled = Window(start=NOW - HOUR, end=NOW)
    assert lacks(clock, window, later=MINUTE * 2) == (unsettled,)


def test_what_was_young_when_read_is_read_again_however_old_it_is_now(clock: Connection) -> None:
    window = days(1, 0)
    fill_now(clock, window)
    assert lacks(clock, window, later=timedelta(days=30)) == (Window(start=NOW - HOUR, end=NOW),)


def test_late_points_arrive(clock: Connection, dial: Dial) -> None:
    window = days(1, 0)
    fill_now(clock, window)
    dial.changed[int((NOW - 10 * MINUTE).timestamp()) * 1_000_000] = -7.0
    assert not holds(clock, window)
    fill_now(clock, window, now=NOW + 5 * MINUTE)
    assert holds(clock, window)


def test_a_series_watched_for_hours_leaves_a_segment_an_hour(connected: Maker) -> None:
    clock = connected(step=60)
    for minute in range(0, 600, 10):
        now = NOW + minute * MINUTE
        fill_now(clock, Window(start=now - HOUR, end=now), now=now)
    live = Segment.objects.filter(superseded_by=None)
    assert live.count() <= 12
    assert holds(clock, Window(start=NOW - HOUR, end=NOW + 590 * MINUTE))


def test_a_platform_whose_points_never_change_is_read_once(
    clock: Connection, settles_at_once: None
) -> None:
    fill_now(clock, days(1, 0))
    assert lacks(clock, days(1, 0), later=timedelta(days=1)) == ()
