"""Cleaners of the Openergy stand-in: frequencies, clocks, the arithmetic, and when they run."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from connectors.sandbox.clock import Clock
from connectors.sandbox.openergy import clocks, freqs
from connectors.sandbox.openergy.cleaning import filled
from connectors.sandbox.openergy.settings import Settings
from connectors.sandbox.zones import DAY, HOUR, MINUTE, SECOND
from tests.sandbox.openergy.plant import HOUR_MS, Plant, Vbp, csv, ms, plant
from tests.sandbox.server import SandboxServer

SETTINGS = {"openergy": Settings(instant=True)}
RISING = csv({"a": [float(n) for n in range(24)], "b": [2.0] * 24})


@pytest.fixture(scope="module")
def vbp() -> Iterator[Vbp]:
    with SandboxServer("openergy", settings=SETTINGS) as server:
        yield Vbp(server)


@pytest.fixture
def plants(vbp: Vbp) -> Plant:
    """A day of hours in a project of its own, `a` rising from 0 and `b` always 2."""
    return plant(vbp, RISING)


def stamps(*texts: str) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.array([ms(text) * 1000 for text in texts], dtype=np.int64)


def texts(times: np.ndarray[Any, np.dtype[np.int64]]) -> list[str]:
    return [str(time) for time in times.astype("M8[us]").astype("M8[m]")]


@pytest.mark.parametrize(
    ("text", "size"),
    [("1H", HOUR), ("H", HOUR), ("3h", 3 * HOUR), ("T", MINUTE), ("10T", 10 * MINUTE),
     ("10min", 10 * MINUTE), ("S", SECOND), ("30s", 30 * SECOND), ("500L", SECOND // 2),
     ("1U", 1), ("D", DAY), ("2D", 2 * DAY), ("W", 7 * DAY), ("1H30T", 90 * MINUTE),
     ("1D 2H", 26 * HOUR)],
)  # fmt: skip
def test_frequency_texts_of_both_pandas_eras_are_known(text: str, size: int) -> None:
    step = freqs.frequency(text)
    assert (step.step, step.text) == (size, text)


@pytest.mark.parametrize(
    "text", ["", " ", "1X", "0H", "-1H", "H1", "1.5H", "MS-JAN", "1MS1H", "9999999999D", "D-MON",
             "\x00", "1H;", "Q-DEC", "é"],
)  # fmt: skip
def test_other_texts_are_no_frequency(text: str) -> None:
    with pytest.raises(ValueError, match="Invalid frequency"):
        freqs.frequency(text)


@pytest.mark.parametrize(
    ("text", "time", "start", "name", "following"),
    [
        ("3H", "2012-01-01T05:59", "2012-01-01T03:00", "2012-01-01T03:00", "2012-01-01T06:00"),
        ("W", "2012-01-04T12:00", "2012-01-02T00:00", "2012-01-08T00:00", "2012-01-09T00:00"),
        ("W-WED", "2012-01-05T12:00", "2012-01-05T00:00", "2012-01-11T00:00", "2012-01-12T00:00"),
        ("MS", "2012-02-29T12:00", "2012-02-01T00:00", "2012-02-01T00:00", "2012-03-01T00:00"),
        ("M", "2012-02-29T12:00", "2012-02-01T00:00", "2012-02-29T00:00", "2012-03-01T00:00"),
        ("Q", "2012-02-29T12:00", "2012-01-01T00:00", "2012-03-31T00:00", "2012-04-01T00:00"),
        ("QS", "1969-02-28T12:00", "1969-01-01T00:00", "1969-01-01T00:00", "1969-04-01T00:00"),
        ("A", "2012-02-29T12:00", "2012-01-01T00:00", "2012-12-31T00:00", "2013-01-01T00:00"),
        ("AS", "2012-02-29T12:00", "2012-01-01T00:00", "2012-01-01T00:00", "2013-01-01T00:00"),
    ],
)
def test_steps_start_and_are_named_as_in_pandas(
    text: str, time: str, start: str, name: str, following: str
) -> None:
    step = freqs.frequency(text)
    starts = step.floor(stamps(time))
    assert texts(starts) == [start]
    assert texts(step.named(starts)) == [name]
    assert texts(step.after(starts)) == [following]


def test_a_grid_holds_the_starts_between_two_stamps() -> None:
    step = freqs.frequency("MS")
    low, high = (int(time) for time in stamps("2012-01-15", "2012-04-01"))
    assert texts(step.grid(low, high)) == [f"2012-0{n}-01T00:00" for n in (2, 3, 4)]
    assert step.grid(high, low).size == 0
    assert freqs.frequency("U").covering(0, 10**15, 3).tolist() == [0, 1, 2]


def test_the_three_clocks_of_a_zone() -> None:
    """Europe/Paris: standard time all year, or legal time with its gap and its doubled hour."""
    summer = stamps("2012-07-01T12:00")
    assert texts(clocks.turned(summer, None, "gmt", "tzt")) == ["2012-07-01T13:00"]
    assert texts(clocks.turned(summer, None, "gmt", "dst")) == ["2012-07-01T14:00"]
    assert texts(clocks.turned(summer, None, "dst", "tzt")) == ["2012-07-01T11:00"]
    assert texts(clocks.turned(summer, "Asia/Kolkata", "tzt", "gmt")) == ["2012-07-01T06:30"]
    autumn = stamps("2012-10-28T00:00", "2012-10-28T01:00")
    assert texts(clocks.turned(autumn, None, "gmt", "dst")) == ["2012-10-28T02:00"] * 2


def test_standard_time_is_the_smaller_offset_in_both_hemispheres() -> None:
    zones = ("UTC", "Europe/Dublin", "Australia/Sydney", "America/Chicago")
    offsets = {zone: clocks.tzt_offset(zone) // HOUR for zone in zones}
    assert offsets == {"UTC": 0, "Europe/Dublin": 0, "Australia/Sydney": 10, "America/Chicago": -6}


@pytest.mark.parametrize(
    ("limit", "line"),
    [(0, [0, None, 2, None, None, 5, None]), (1, [0, 1, 2, None, None, 5, None]),
     (2, [0, 1, 2, 3, 4, 5, None])],
)  # fmt: skip
def test_only_short_runs_between_two_values_are_filled(
    limit: int, line: list[float | None]
) -> None:
    gaps = np.array([0, math.nan, 2, math.nan, math.nan, 5, math.nan])
    found = filled(gaps, limit)
    assert [None if value != value else value for value in found.tolist()] == line


def test_a_new_unitcleaner_has_a_series_at_once(plants: Plant) -> None:
    """The first and the last step may be incomplete, so they are left out (3.5)."""
    unit = plants.clean()
    index, data = plants.cleaned()
    assert index == [ms("2012-01-01T01:00") + n * HOUR_MS for n in range(22)]
    assert data == [float(n) for n in range(1, 23)]
    assert len(unit) == 29
    assert (unit["active"], unit["operation_fct"], unit["unit"]) == (True, None, "")
    series = plants.vbp.output(plants.cleaner, "a clean")
    assert (series["freq"], series["native_clock"], series["timezone"]) == (
        "1H", "tzt", "Europe/Paris")  # fmt: skip
    (entry,) = plants.vbp.rows("importer_series", unitcleaner=unit["id"])
    assert entry["external_name"] == "a"


@pytest.mark.parametrize(
    ("rules", "first", "values"),
    [
        ({"input_expected_regular": True}, "00:00", [float(n) for n in range(24)]),
        ({"freq": "4H"}, "04:00", [5.5, 9.5, 13.5, 17.5]),
        ({"freq": "4H", "resample_rule": "first"}, "04:00", [4.0, 8.0, 12.0, 16.0]),
        ({"freq": "4H", "resample_rule": "sum"}, "04:00", [22.0, 38.0, 54.0, 70.0]),
        ({"freq": "4H", "unit_type": "delta", "input_unit_type": "delta"}, "04:00",
         [22.0, 38.0, 54.0, 70.0]),
        ({"freq": "4H", "unit_type": "mean", "resample_rule": "sum"}, "04:00",
         [5.5, 9.5, 13.5, 17.5]),
        ({"freq": "4H", "unit_type": "delta", "input_unit_type": "delta",
          "input_convention": "right"}, "00:00", [10.0, 26.0, 42.0, 58.0, 74.0]),
        ({"freq": "4H", "input_convention": "right"}, "04:00", [5.5, 9.5, 13.5, 17.5]),
        ({"freq": "2H", "unit_type": "mean_derivate"}, "02:00", [1 / 3600] * 10),
        ({"clock": "gmt"}, "02:00", [float(n) for n in range(1, 23)]),
        ({"clock": "gmt", "timezone": "Asia/Kolkata", "freq": "30T"}, "06:00",
         [None, 1.0, None, 2.0]),
        ({"clock": "gmt", "timezone": "Asia/Kolkata", "freq": "30T", "interpolate_limit": 1},
         "06:00", [0.5, 1.0, 1.5, 2.0]),
        ({"freq": "W"}, "", []),
        ({"freq": "W", "input_expected_regular": True}, "00:00", [11.5]),
    ],
)  # fmt: skip
def test_each_rule_by_its_numbers(
    plants: Plant, rules: dict[str, Any], first: str, values: list[float | None]
) -> None:
    plants.clean(**rules)
    index, data = plants.cleaned()
    assert data[: len(values)] == pytest.approx(values)
    assert bool(data) == bool(values)
    if values:
        assert index[0] == ms(f"2012-01-01T{first}")


def test_a_gap_is_an_empty_row_until_it_is_filled(vbp: Vbp) -> None:
    made = plant(vbp, csv({"a": [0.0, 1.0, None, None, 4.0, 5.0, 6.0]}))
    unit = made.clean(interpolate_limit=1)
    assert made.cleaned()[1] == [1.0, None, None, 4.0, 5.0]
    for limit in (2, 10**9):
        vbp.change("unitcleaners", unit["id"], interpolate_limit=limit)
        assert made.cleaned()[1] == [1.0, 2.0, 3.0, 4.0, 5.0]


@pytest.mark.parametrize("kind", ["instantaneous", "delta", "mean_derivate"])
def test_numbers_too_large_to_add_are_left_out(vbp: Vbp, kind: str) -> None:
    made = plant(vbp, csv({"a": [-1e308, 1e308, 1e308, -1e308]}))
    made.clean(freq="2H", unit_type=kind, input_expected_regular=True)
    _, data = made.cleaned(resample="D", resample_rule="sum")
    assert all(value is None or abs(value) < 1e305 for value in data)
    assert vbp.output(made.cleaner, "a clean")["name"] == "a clean"


def test_stamps_of_legal_time_become_standard_time(vbp: Vbp) -> None:
    """The night the clocks go forward: 01:00 and 03:00 are one hour apart."""
    lines = (
        b"date,a\n2012-03-25T00:00,0\n2012-03-25T01:00,1\n2012-03-25T03:00,3\n2012-03-25T04:00,4\n"
    )
    made = plant(vbp, lines)
    made.clean(clock="dst", input_expected_regular=True)
    index, data = made.cleaned()
    assert index == [ms("2012-03-25T00:00") + n * HOUR_MS for n in range(4)]
    assert data == [0.0, 1.0, 3.0, 4.0]
    shown, _ = made.cleaned(clock="dst")
    assert shown[1:3] == [ms("2012-03-25T01:00"), ms("2012-03-25T03:00")]


def test_windows_of_a_cleaned_series_agree_with_the_whole(vbp: Vbp) -> None:
    """It is worked out window by window, and no window may show another value for that."""
    values = [float(n * n % 17) if n % 5 else None for n in range(200)]
    made = plant(vbp, csv({"a": values}))
    for rules in ({"interpolate_limit": 1}, {"unit_type": "mean_derivate"}, {"freq": "7H"}):
        unit = made.clean(**rules)
        index, data = made.cleaned()
        whole = dict(zip(index, data, strict=True))
        pieces: dict[int, float | None] = {}
        for low in range(index[0] - HOUR_MS, index[-1] + 1, 11 * HOUR_MS):
            part = made.cleaned(start=low, end=low + 11 * HOUR_MS, closed="left")
            pieces |= dict(zip(*part, strict=True))
        assert pieces == whole
        vbp.call("DELETE", f"odata/unitcleaners/{unit['id']}")


def test_a_changed_rule_shows_at_once_and_the_series_stays_the_same(plants: Plant) -> None:
    unit = plants.clean()
    before = plants.vbp.output(plants.cleaner, "a clean")
    plants.vbp.change("unitcleaners", unit["id"], freq="6H", name="renamed")
    after = plants.vbp.output(plants.cleaner, "renamed")
    assert (after["id"], after["freq"]) == (before["id"], "6H")
    assert plants.cleaned("renamed")[1] == [8.5, 14.5]


def test_another_input_is_linked_and_the_former_one_is_free_again(plants: Plant) -> None:
    unit = plants.clean()
    plants.vbp.change("unitcleaners", unit["id"], external_name="b")
    entries = plants.vbp.rows("importer_series", generator=plants.importer["id"])
    assert {row["name"]: row["unitcleaner"] for row in entries} == {"a": None, "b": unit["id"]}
    assert set(plants.cleaned()[1]) == {2.0}


def test_an_input_that_does_not_exist_yet_gives_an_empty_series(plants: Plant) -> None:
    plants.clean("late", "late clean")
    assert plants.cleaned("late clean") == ([], [])
    plants.feed("b.csv", csv({"late": [1.0, 2.0, 3.0]}))
    assert plants.cleaned("late clean")[1] == [2.0]
    (entry,) = plants.vbp.rows(
        "importer_series", generator=plants.importer["id"], external_name="late"
    )
    assert entry["unitcleaner"] is not None


def test_a_deleted_unitcleaner_takes_its_series_with_it(plants: Plant) -> None:
    unit = plants.clean()
    assert plants.vbp.call("DELETE", f"odata/unitcleaners/{unit['id']}") == (204, None)
    assert plants.vbp.rows("series", generator=plants.cleaner["id"]) == []
    (entry,) = plants.vbp.rows("importer_series", generator=plants.importer["id"], name="a")
    assert entry["unitcleaner"] is None


def test_a_deleted_importer_takes_all_that_hangs_on_it(plants: Plant) -> None:
    plants.clean()
    assert plants.vbp.call("DELETE", f"odata/importers/{plants.importer['id']}")[0] == 204
    for path in ("cleaners", "series", "importers"):
        assert plants.vbp.rows(path, project=plants.project) == []
    assert plants.vbp.rows("unitcleaners", cleaner=plants.cleaner["id"]) == []
    assert plants.vbp.rows("importer_series", generator=plants.importer["id"]) == []


def test_new_files_show_in_the_cleaned_series_without_a_run_of_the_cleaner(plants: Plant) -> None:
    plants.clean()
    plants.feed("b.csv", csv({"a": [100.0, 101.0]}, start="2012-01-02"))
    assert plants.cleaned()[1][-2:] == [23.0, 100.0]


def test_clear_run_and_reset(plants: Plant) -> None:
    plants.clean()
    act = plants.vbp.act
    key = plants.cleaner["id"]
    assert act("cleaners", key, "clear", partial_instant="2012-01-01T12:00:00")["status"] == (
        "finished")  # fmt: skip
    assert plants.cleaned()[1] == [float(n) for n in range(1, 12)]
    act("cleaners", key, "clear")
    assert plants.cleaned() == ([], [])
    assert plants.vbp.one("cleaners", key)["last_clear"].endswith("Z")
    act("cleaners", key)
    assert len(plants.cleaned()[1]) == 22
    act("cleaners", key, "reset")
    assert len(plants.cleaned()[1]) == 22


def test_an_inactive_unitcleaner_is_left_as_it_is(plants: Plant) -> None:
    unit = plants.clean()
    path = f"odata/unitcleaners/{unit['id']}"
    assert plants.vbp.call("PATCH", f"{path}/active", {"value": False})[0] == 200
    plants.vbp.change("unitcleaners", unit["id"], freq="6H")
    assert plants.vbp.output(plants.cleaner, "a clean")["freq"] == "1H"
    plants.vbp.call("PATCH", f"{path}/active", {"value": True})
    assert plants.vbp.output(plants.cleaner, "a clean")["freq"] == "6H"


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [({"freq": "often"}, "freq"), ({"timezone": "Mars/Base"}, "timezone"),
     ({"clock": "utc"}, "clock"), ({"unit_type": "x"}, "unit_type"), ({"freq": None}, "freq"),
     ({"input_unit_type": "mean_derivate"}, "input_unit_type"), ({"name": ""}, "name"),
     ({"interpolate_limit": -1}, "interpolate_limit"), ({"wait_offset": "6"}, "wait_offset"),
     ({"resample_rule": ["mean"]}, "resample_rule"), ({"filter_fct": "def fct(:"}, "filter_fct"),
     ({"operation_fct": "x = 1"}, "operation_fct"), ({"external_name": "a"}, "non_field_errors")],
)  # fmt: skip
def test_wrong_rules_are_refused_beside_their_field(
    plants: Plant, fields: dict[str, Any], wrong: str
) -> None:
    plants.clean()
    body = {"cleaner": plants.cleaner["id"], "external_name": "b", "name": "b clean"}
    status, answer = plants.vbp.call("POST", "odata/unitcleaners", {**body, **fields})
    assert (status, list(answer)) == (400, [wrong])
    assert len(plants.vbp.rows("unitcleaners", cleaner=plants.cleaner["id"])) == 1


@pytest.mark.parametrize(
    ("body", "wrong"),
    [({}, "name"), ({"name": "jump"}, "name"), ({"name": None}, "name"),
     ({"name": "clear", "partial_instant": "noon"}, "partial_instant"),
     ({"name": "clear", "partial_instant": 12}, "partial_instant")],
)  # fmt: skip
def test_wrong_orders_are_refused(plants: Plant, body: dict[str, Any], wrong: str) -> None:
    status, answer = plants.vbp.call("POST", f"odata/cleaners/{plants.cleaner['id']}/action", body)
    assert (status, list(answer)) == (400, [wrong])


def test_a_step_far_too_small_fails_and_is_not_worked_out(plants: Plant) -> None:
    """A day of microseconds."""
    plants.clean(freq="1U")
    task = plants.vbp.act("cleaners", plants.cleaner["id"])
    assert (task["status"], "more than" in task["message"]) == ("failed", True)
    assert plants.cleaned() == ([], [])
    plants.clean("b", "b clean", freq="1S")
    index, data = plants.cleaned("b clean")
    assert (len(index), data[3599], data[3600]) == (82_799, 2.0, None)


def test_functions_do_not_run_where_scripts_are_off(plants: Plant) -> None:
    """The switch of a demo: the task fails and says why, and so does a notification."""
    plants.clean(operation_fct="def fct(value):\n    return value\n")
    task = plants.vbp.act("cleaners", plants.cleaner["id"])
    assert task["status"] == "failed"
    assert "switched off" in task["message"]
    (note,) = plants.vbp.rows("notifications", project=plants.project, resolved=False)
    assert note["name"] == "Cleaner failed"
    assert "switched off" in note["text"]
    assert plants.cleaned() == ([], [])


def test_what_was_cleaned_and_cleared_is_there_again_after_a_restart(tmp_path: Path) -> None:
    with SandboxServer("openergy", settings=SETTINGS, folder=tmp_path) as server:
        made = plant(Vbp(server), RISING)
        made.clean()
        made.clean("b", "b clean")
        until = "2012-01-01T06:00:00"
        made.vbp.act("cleaners", made.cleaner["id"], "clear", partial_instant=until)
    with SandboxServer("openergy", settings=SETTINGS, folder=tmp_path) as server:
        again = Plant(Vbp(server), made.project, made.account, made.importer, made.cleaner)
        assert again.cleaned()[1] == [1.0, 2.0, 3.0, 4.0, 5.0]
        assert again.cleaned("b clean")[1] == [2.0] * 5
        again.vbp.act("cleaners", made.cleaner["id"])
        assert len(again.cleaned()[1]) == 22


def test_the_worlds_cleaned_series_go_on_with_the_clock() -> None:
    moment = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)
    with SandboxServer("openergy", settings=SETTINGS, clock=Clock.starting_at(moment)) as server:
        vbp = Vbp(server)
        cleaners = {row["id"] for row in vbp.platform.where("odata/cleaners")}
        made = (row for row in vbp.platform.where("odata/series") if row["generator"] in cleaners)
        live = [row for row in made if vbp.platform.samples.track(row["otsdb_pk"]).extent()]
        ends = [vbp.platform.samples.track(row["otsdb_pk"]).extent() for row in live]
        newest = max(end[1] for end in ends if end is not None) // 1000
        assert abs(newest - ms("2026-05-04T13:30")) < 12 * HOUR_MS
        row = live[[end is not None and end[1] // 1000 == newest for end in ends].index(True)]
        index, data = vbp.select(row, start=newest - 2 * HOUR_MS)
        assert index
        assert any(value is not None for value in data)


def test_a_custom_delay_holds_young_steps_back() -> None:
    moment = datetime(2012, 1, 1, 20, 30, tzinfo=UTC)  # 21:30 of standard time in Paris
    with SandboxServer("openergy", settings=SETTINGS, clock=Clock.starting_at(moment)) as server:
        made = plant(Vbp(server), RISING)
        made.clean(custom_delay="4H")
        assert made.cleaned()[0][-1] == ms("2012-01-01T17:00")
