"""Texts as numbers and times: every spelling that people use, and none that means another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.filebox import words
from connectors.filebox.zones import Clock, known_zone, zone_of

MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(2199, 12, 31, 23, 59, 59))  # noqa: DTZ001
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001
ZONES = st.sampled_from(
    ["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Europe/Dublin",
     "America/Sao_Paulo", "Pacific/Apia", "Africa/Casablanca", "UTC", "UTC+05:30",
     "Antarctica/Troll"]
)  # fmt: skip
WAYS = {
    "iso": ["%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%f", "%Y/%m/%d %H:%M:%S,%f",
            "%Y%m%d %H%M%S.%f"],
    "day first": ["%d.%m.%Y %H:%M:%S.%f", "%d/%m/%Y %I:%M:%S.%f %p", "%d-%b-%Y %H:%M:%S.%f"],
    "month first": ["%m/%d/%Y %H:%M:%S.%f", "%b %d, %Y %I:%M:%S.%f %p"],
}  # fmt: skip


def micros(wall: datetime) -> int:
    return (wall - EPOCH) // timedelta(microseconds=1)


def walls(text: str, way: str) -> words.Walls:
    return words.walls(pa.array([text]), way, "point")


@settings(max_examples=150, deadline=None)
@given(wall=MOMENTS, data=st.data())
def test_a_time_reads_back_in_every_spelling(wall: datetime, data: st.DataObject) -> None:
    way = data.draw(st.sampled_from(sorted(WAYS)))
    text = wall.strftime(data.draw(st.sampled_from(WAYS[way])))
    found = walls(text.replace(", ", " ", 1) if way == "month first" else text, way)
    assert found.found[0], text
    assert found.micros[0] == micros(wall), text


@settings(max_examples=60, deadline=None)
@given(wall=MOMENTS, minutes=st.integers(-12 * 60, 14 * 60))
def test_an_offset_counts(wall: datetime, minutes: int) -> None:
    sign, rest = ("-" if minutes < 0 else "+"), abs(minutes)
    found = walls(f"{wall.isoformat()}{sign}{rest // 60:02}:{rest % 60:02}", "iso")
    assert found.fixed[0]
    assert found.micros[0] == micros(wall) - minutes * 60_000_000


@pytest.mark.parametrize(
    "text",
    ["2024-02-30", "2023-02-29", "2024-13-01", "2024-00-10", "2024-01-01 25:00", "2024-01-01 12:60",
     "0024-01-01", "20240-01-01", "2201-01-01", "", "yesterday", "12", "2024-01-01 24:01"],
)  # fmt: skip
def test_what_is_no_time_is_none(text: str) -> None:
    assert not walls(text, "iso").found[0]


def test_thirteen_o_clock_has_no_afternoon() -> None:
    assert not walls("1/2/2024 13:00 PM", "month first").found[0]
    assert walls("1/2/2024 12:00 AM", "month first").micros[0] == micros(datetime(2024, 1, 2))  # noqa: DTZ001


def test_what_is_finer_than_a_microsecond_is_floored_and_said() -> None:
    found = walls("2024-01-01 00:00:00.1234567", "iso")
    assert (found.micros[0] % 10**6, bool(found.floored[0])) == (123_456, True)


@settings(max_examples=100, deadline=None)
@given(value=st.floats(-1e9, 1e9, allow_nan=False), places=st.integers(0, 6))
def test_a_number_reads_back_with_either_sign(value: float, places: int) -> None:
    text = f"{value:,.{places}f}"
    swapped = text.translate(str.maketrans(",.", ".,"))
    for one, sign in ((text, "point"), (swapped, "comma")):
        found = words.numbers(pa.array([one]), sign)
        assert found.found[0], one
        assert found.values[0] == float(f"{value:.{places}f}")


@pytest.mark.parametrize(
    "text", ["NaN", "inf", "-Infinity", "1e999", "1,2,3", "abc", "12 %", "=A1"]
)
def test_what_is_no_finite_number_is_a_gap_that_is_counted(text: str) -> None:
    found = words.numbers(pa.array([text]), "point")
    assert (bool(found.found[0]), bool(found.strange[0])) == (False, True)


@pytest.mark.parametrize("text", ["", " ", "-", "n/a", "NULL", None])
def test_nothing_is_no_value_and_nothing_odd(text: str | None) -> None:
    found = words.numbers(pa.array([text], pa.string()), "point")
    assert (bool(found.found[0]), bool(found.strange[0])) == (False, False)


@settings(max_examples=60, deadline=None)
@given(
    start=st.builds(
        datetime, st.integers(1990, 2036), st.sampled_from([2, 3, 4, 9, 10, 11]), st.integers(1, 28)
    ),
    step=st.sampled_from([5, 15, 30, 60]),
    name=ZONES,
    falls=st.booleans(),
)
def test_a_regular_clock_is_told_apart_by_its_order_through_every_change(
    start: datetime, step: int, name: str, falls: bool
) -> None:
    """The wall times of regular instants, as a logger writes them, are those instants again."""
    zone = zone_of(name)
    first = start.replace(minute=0, second=0, microsecond=0, tzinfo=UTC)
    instants = [first + timedelta(minutes=step * at) for at in range(700 * 60 // step)]
    walls = [micros(one.astimezone(zone).replace(tzinfo=None)) for one in instants]
    truth = [micros(one.replace(tzinfo=None)) for one in instants]
    if falls:
        walls, truth = walls[::-1], truth[::-1]
    if max(np.abs(np.diff(walls))) > 6 * 3600 * 10**6:
        return  # a day that was left out of the calendar is no change of the clock
    clock = Clock(zone=zone, falls=falls)
    found = [clock.instants(np.array(part)) for part in np.array_split(walls, 3)]
    utc = np.concatenate([one.utc for one in found])
    doubled = np.concatenate([one.doubled for one in found])
    assert all(np.concatenate([one.there for one in found]))
    edge = doubled[0] or doubled[-1]  # it began in the middle of a doubled hour: nobody can know
    # Nor of a time that was written once: a whole hour's step falls once on a doubled half hour.
    times, written = np.unique(walls, return_counts=True)
    once = doubled & (written[np.searchsorted(times, walls)] == 1)
    assert edge or all((utc == truth) | once)


@settings(max_examples=80, deadline=None)
@given(wall=st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1)), name=ZONES)  # noqa: DTZ001
def test_an_instant_shows_the_wall_time_it_was_made_of_or_there_was_none(
    wall: datetime, name: str
) -> None:
    zone = zone_of(name)
    for doubled in ("first", "second"):
        found = Clock(zone=zone, doubled=doubled).instants(np.array([micros(wall)]))
        instant = (EPOCH + timedelta(microseconds=int(found.utc[0]))).replace(tzinfo=UTC)
        assert bool(found.there[0]) == (instant.astimezone(zone).replace(tzinfo=None) == wall)


@pytest.mark.parametrize("name", ["Europe/Nowhere", "../etc/passwd", "UTC+15", "", "+1:99", "\0"])
def test_a_zone_that_is_none_is_said_in_a_sentence(name: str) -> None:
    with pytest.raises(ValueError, match="There is no time zone of this name"):
        known_zone(name)
