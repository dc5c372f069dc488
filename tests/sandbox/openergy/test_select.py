"""`select` and `multi_select` of the Openergy stand-in, on the wire."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from connectors.sandbox.accounts import OUTSIDER
from connectors.sandbox.faults import Fault
from connectors.sandbox.openergy.settings import Settings
from tests.sandbox.openergy.plant import HOUR_MS, Plant, Vbp, csv, ms, plant
from tests.sandbox.server import SandboxServer

DAY = ms("2012-01-01")
POINTS = 30
SETTINGS = {"openergy": Settings(instant=True, points=POINTS)}
SIZE = 28


@pytest.fixture(scope="module")
def made() -> Iterator[Plant]:
    """28 hours of `a` rising from 0 and `b` falling to 1; points are few on this platform."""
    columns: dict[str, list[float | None]] = {
        "a": [float(n) for n in range(SIZE)],
        "b": [float(SIZE - n) for n in range(SIZE)],
        "c": [float(n) if n % 7 else None for n in range(SIZE)],
    }
    with SandboxServer("openergy", settings=SETTINGS) as server:
        planted = plant(Vbp(server), csv(columns))
        planted.clean("c", "c clean")
        yield planted


@pytest.fixture
def a(made: Plant) -> dict[str, Any]:
    return made.vbp.output(made.importer, "a")


def asked(made: Plant, series: list[dict[str, Any]], **query: Any) -> tuple[int, Any]:
    keys = {"otsdb_pk": [each["otsdb_pk"] for each in series]}
    return made.vbp.call("POST", "odata/series/multi_select", keys, query)


def test_the_body_is_split_with_milliseconds_of_naive_time(made: Plant, a: dict[str, Any]) -> None:
    path = f"odata/series/{a['id']}/select"
    answer = made.vbp.call("GET", path, query={"end": "2012-01-01 01:00:00"})
    assert answer == (200, {"name": "a", "index": [DAY, DAY + HOUR_MS], "data": [0.0, 1.0]})


@pytest.mark.parametrize(
    ("start", "hour"),
    [("2012-01-01 06:00:00", 6), ("2012-01-01T06:00:00", 6), ("2012-01-01 05:30", 6),
     ("2012-01-01 06:00:00.000005", 7), ("2012-01-01 06:00:00+00:00", 7),
     ("2012-01-01T06:00:00Z", 7), ("2012-01-01T06:00:00.0+01:00", 6), ("2012-01-01", 0),
     ("2012-01", 0), ("2012", 0), (DAY + HOUR_MS, 1), (f"{DAY + HOUR_MS}.0", 1),
     ("1066-10-14", 0), ("", 0)],
)  # fmt: skip
def test_start_in_every_form_that_a_client_prints(
    made: Plant, a: dict[str, Any], start: Any, hour: int
) -> None:
    """With an offset it is an instant, which the standard time of Paris shows an hour later."""
    assert made.vbp.select(a, start=start)[0][0] == DAY + hour * HOUR_MS


@pytest.mark.parametrize(
    ("closed", "values"),
    [(None, [2.0, 3.0, 4.0]), ("both", [2.0, 3.0, 4.0]), ("left", [2.0, 3.0]),
     ("right", [3.0, 4.0])],
)  # fmt: skip
def test_bounds_are_inclusive_unless_a_side_is_named(
    made: Plant, a: dict[str, Any], closed: str | None, values: list[float]
) -> None:
    query = {"start": "2012-01-01T02:00", "end": "2012-01-01T04:00"}
    assert made.vbp.select(a, **query, **({"closed": closed} if closed else {}))[1] == values


@pytest.mark.parametrize(
    ("query", "first", "values"),
    [
        ({"resample": "D"}, "2012-01-01", [11.5, 25.5]),
        ({"resample": "1D", "resample_rule": "sum"}, "2012-01-01", [276.0, 102.0]),
        ({"resample": "D", "resample_rule": "first"}, "2012-01-01", [0.0, 24.0]),
        ({"resample": "D", "convention": "right"}, "2012-01-02", [11.5, 25.5]),
        ({"resample": "D", "clock": "gmt"}, "2011-12-31", [0.0, 12.5, 26.0]),
        ({"resample": "30T", "end": "2012-01-01T01:00"}, "2012-01-01", [0.0, None, 1.0]),
        ({"resample": "30T", "end": "2012-01-01T01:00", "dropna": "True"}, "2012-01-01",
         [0.0, 1.0]),
        ({"resample": "2H", "start": "2012-01-01T01:00", "max_rows_nb": 2}, "2012-01-01",
         [1.0, 2.5]),
        ({"resample": "MS"}, "2012-01-01", [13.5]),
        ({"resample": "M"}, "2012-01-31", [13.5]),
        ({"max_rows_nb": 2, "clock": "gmt"}, "2011-12-31T23:00", [0.0, 1.0]),
        ({"max_rows_nb": 2, "clock": "dst", "with_tags": "True", "unfilter": "False"},
         "2012-01-01", [0.0, 1.0]),
    ],
)  # fmt: skip
def test_each_option_by_its_numbers(
    made: Plant, a: dict[str, Any], query: dict[str, Any], first: str, values: list[float | None]
) -> None:
    index, data = made.vbp.select(a, **query)
    assert (index[0], data) == (ms(first), values)


def test_empty_steps_are_null_rows_unless_they_are_dropped(made: Plant) -> None:
    series = made.vbp.output(made.cleaner, "c clean")
    window = {"start": "2012-01-01T06:00", "end": "2012-01-01T08:00"}
    assert made.vbp.select(series, **window)[1] == [6.0, None, 8.0]
    assert made.vbp.select(series, **window, dropna="True")[1] == [6.0, 8.0]
    raw = made.vbp.output(made.importer, "c")
    assert made.vbp.select(raw, **window)[1] == [6.0, 8.0]


def test_missing_data_counts_as_late_at_an_age(made: Plant) -> None:
    """`utc_now` pretends the time; rows older than the limit are shown empty [G]."""
    series = made.vbp.output(made.cleaner, "c clean")
    last = {"start": "2012-01-02T02:00"}
    assert made.vbp.select(series, **last)[1] == [26.0]
    late = {"utc_now": "2012-01-02T10:30", "max_acceptable_delay": "6H"}  # 11:30 in Paris
    assert made.vbp.select(series, **last, **late)[1] == [26.0, None, None, None]


def test_an_answer_is_cut_without_a_word(made: Plant, a: dict[str, Any]) -> None:
    """The points of an answer are shared equally by its series (3.4)."""
    b = made.vbp.output(made.importer, "b")
    assert len(made.vbp.select(a)[0]) == SIZE
    assert len(made.vbp.select(a, resample="10T")[0]) == POINTS
    status, answer = asked(made, [a, b])
    assert status == 200
    assert {len(one["index"]) for one in answer.values()} == {POINTS // 2}
    status, answer = asked(made, [a, b], max_rows_nb=2)
    assert [one["data"] for one in answer.values()] == [[0.0, 1.0], [28.0, 27.0]]


def test_many_series_are_keyed_by_their_store_key(made: Plant, a: dict[str, Any]) -> None:
    clean = made.vbp.output(made.cleaner, "c clean")
    status, answer = asked(made, [a, clean, a], end="2012-01-01T03:00")
    assert status == 200
    assert list(answer) == [a["otsdb_pk"], clean["otsdb_pk"]]
    assert answer[clean["otsdb_pk"]] == {
        "name": "c clean", "index": [DAY + 2 * HOUR_MS, DAY + 3 * HOUR_MS], "data": [2.0, 3.0],
    }  # fmt: skip
    _, answer = asked(made, [a, clean], end="2012-01-01T03:00", start_mode="right")
    assert answer[a["otsdb_pk"]]["data"] == [2.0, 3.0]


def test_the_night_clocks_change_in_each_clock(made: Plant) -> None:
    lines = ["date,spring,autumn"]
    lines += [f"2012-03-25T{hour:02d}:00,{hour}," for hour in range(6)]
    lines += [f"2012-10-28T{hour:02d}:00,,{hour}" for hour in range(6)]
    made.feed("b.csv", "\n".join(lines).encode())
    spring, autumn = (made.vbp.output(made.importer, name) for name in ("spring", "autumn"))
    index, data = made.vbp.select(spring, clock="dst")
    assert [at - ms("2012-03-25") for at in index] == [h * HOUR_MS for h in (0, 1, 3, 4, 5, 6)]
    assert data == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    index, data = made.vbp.select(autumn, clock="dst")
    assert [at - ms("2012-10-28") for at in index] == [h * HOUR_MS for h in (1, 2, 2, 3, 4, 5)]
    index, data = made.vbp.select(spring, clock="dst", resample="H")
    assert [at - ms("2012-03-25") for at in index] == [h * HOUR_MS for h in (0, 1, 3, 4, 5, 6)]
    index, data = made.vbp.select(autumn, clock="dst", resample="H", resample_rule="sum")
    assert data == [0.0, 3.0, 3.0, 4.0, 5.0]
    assert index[1] == ms("2012-10-28T02:00")


@pytest.mark.parametrize(
    ("name", "text"),
    [("start", "noon"), ("end", "2012-13-01"), ("start", "99999999999999999999"),
     ("end", "0000-01-01"), ("start", "2012-01-01T00:00:00+99:00"), ("resample", "1X"),
     ("resample_rule", "median"), ("closed", "ajar"), ("clock", "utc"), ("max_rows_nb", "-1"),
     ("max_rows_nb", "1e3"), ("max_rows_nb", "²"), ("max_acceptable_delay", "soon"),
     ("dropna", "maybe"), ("convention", "up"), ("start_mode", "x"), ("utc_now", "now"),
     ("with_tags", "2"), ("unfilter", "\x00")],
)  # fmt: skip
def test_wrong_parameters_are_refused_by_name(
    made: Plant, a: dict[str, Any], name: str, text: str
) -> None:
    path = f"odata/series/{a['id']}/select"
    status, answer = made.vbp.call("GET", path, query={name: text})
    assert (status, list(answer)) == (400, [name])
    assert asked(made, [a], **{name: text}) == (status, answer)


def test_every_wrong_parameter_is_named_at_once(made: Plant, a: dict[str, Any]) -> None:
    wrong = {"start": "x", "clock": "y", "resample": "z", "unknown": "passed over"}
    status, answer = made.vbp.call("GET", f"odata/series/{a['id']}/select", query=wrong)
    assert (status, sorted(answer)) == (400, ["clock", "resample", "start"])


@pytest.mark.parametrize(
    "body", [{}, {"otsdb_pk": []}, {"otsdb_pk": "a"}, {"otsdb_pk": None}, {"otsdb_pk": ["a"]},
             {"otsdb_pk": [7]}, {"otsdb_pk": [["a"]]}, {"otsdb_pk": [{}]}, {"otsdb_pk": {"a": 1}}],
)  # fmt: skip
def test_wrong_keys_are_refused(made: Plant, body: dict[str, Any]) -> None:
    status, answer = made.vbp.call("POST", "odata/series/multi_select", body)
    assert (status, list(answer)) == (400, ["otsdb_pk"])


def test_somebody_elses_series_does_not_exist(made: Plant, a: dict[str, Any]) -> None:
    stranger = Vbp(made.vbp.server, OUTSIDER)
    path = f"odata/series/{a['id']}/select"
    assert stranger.call("GET", path) == (404, {"detail": "Not found."})
    keys = {"otsdb_pk": [a["otsdb_pk"]]}
    status, answer = stranger.call("POST", "odata/series/multi_select", keys)
    assert (status, list(answer)) == (400, ["otsdb_pk"])


def test_a_window_without_samples_is_an_empty_answer(made: Plant, a: dict[str, Any]) -> None:
    assert made.vbp.select(a, start="2031-01-01") == ([], [])
    assert made.vbp.select(a, start="2012-01-02", end="2012-01-01") == ([], [])
    assert made.vbp.select(a, max_rows_nb=0) == ([], [])


def test_a_tiny_step_over_a_long_range_is_cut_and_not_worked_out(made: Plant) -> None:
    """Two readings centuries apart, by microseconds: 3 · 10^15 steps."""
    made.feed("d.csv", b"date,far\n1850-01-01,1\n2150-01-01,2\n")
    far = made.vbp.output(made.importer, "far")
    index, data = made.vbp.select(far, resample="1U")
    assert (len(index), data[0]) == (POINTS, 1.0)
    assert made.vbp.select(far)[1] == [1.0, 2.0]


@pytest.mark.parametrize("kind", ["nan", "duplicate_stamps", "unsorted_stamps"])
def test_content_faults_reach_the_samples(made: Plant, a: dict[str, Any], kind: str) -> None:
    made.vbp.server.faults.add(Fault(kind=kind, path="/api/v2/odata/series/", times=1))
    index, data = made.vbp.select(a, max_rows_nb=9)
    wrong = {
        "nan": data[4] is None,
        "duplicate_stamps": index[4] == index[5],
        "unsorted_stamps": index[0] > index[1],
    }
    assert wrong == {name: name == kind for name in wrong}
    assert made.vbp.select(a, max_rows_nb=9)[1] == [float(n) for n in range(9)]
