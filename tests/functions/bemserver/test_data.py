"""The data of series: sent, fetched, summed up, counted and deleted, by id and by name."""

from __future__ import annotations

import csv
import json
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest

from connectors.errors import NotFound, Rejected
from connectors.operations import Operation, operations
from connectors.registry import load
from tests.functions.bemserver.ground import CLEAN, DAY, Ground, every, node, upload
from tests.functions.bemserver.shared import KIND, NOBODY, Bare, Ours, asked, fresh
from tests.sandbox.server import SandboxServer

HOUR = timedelta(hours=1)
SPAN: dict[str, Any] = {"start_time": DAY, "end_time": DAY + 3 * HOUR}
PARIS = "Europe/Paris"


@pytest.fixture(scope="module")
def ground(server: SandboxServer) -> Ground:
    return Ground(Bare(server))


@pytest.fixture
def series(ground: Ground) -> dict[str, Any]:
    return ground.series()


def read(file: Any) -> str:
    with file:
        return b"".join(file).decode()


def both(server: SandboxServer, series: dict[str, Any], ground: Ground) -> tuple[Any, Any]:
    """How a series is named in each of the two families of functions."""
    by_id = {"series": node(series["id"])}
    by_name = {"campaign": ground.node, "names": [series["name"]]}
    return by_id, by_name


# -- in


@pytest.mark.covers("bemserver.timeseries_data.upload")
@pytest.mark.parametrize("format", ["csv", "json"])
def test_points_of_a_file_are_stored_and_those_that_were_there_are_told(
    ours: Ours, ground: Ground, series: dict[str, Any], format: str
) -> None:
    number, other = series["id"], ground.series()["id"]
    ground.fill(number, {DAY: 100.0})
    columns: dict[int, list[Any]] = {number: [1.5, 2.5], other: [None, 4.0]}
    times = ["2025-01-15T01:00:00+01:00", "2025-01-15T01:00:00Z"]
    if format == "csv":
        lines = [f"Datetime,{number},{other}", f"{times[0]},1.5,", f"{times[1]},2.5,4"]
        text = "\n".join([*lines, ""])
    else:
        text = json.dumps({str(k): dict(zip(times, v, strict=True)) for k, v in columns.items()})
    told = ours.do("timeseries_data.upload", file=upload(text)).fields
    assert told == {"stored": 2, "unchanged": 1}
    assert list(ground.stored(number).values()) == [100.0, 2.5]
    assert list(ground.stored(other).values()) == [4.0]
    again = ours.do("timeseries_data.upload", file=upload(text)).fields
    assert again == {"stored": 0, "unchanged": 3}
    ours.do("timeseries_data.upload", file=upload(text), data_state="Clean")
    assert list(ground.stored(number, CLEAN).values()) == [1.5, 2.5]


@pytest.mark.covers("bemserver.timeseries_data.upload")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Datetime,{0}\n2025-01-15T00:00:00,1\n", "zone"),
        ("Datetime,{0}\n2025-01-15T00:00:00Z,one\n", "no number"),
        ("Datetime,{0}\n2025-01-15T00:00:00Z,nan\n", "finite"),
        ("Datetime,{0}\n2025-01-15T00:00:00Z,1,2\n", "cells"),
        ("Time,{0}\n2025-01-15T00:00:00Z,1\n", "Datetime"),
        ("Datetime,{0},\n2025-01-15T00:00:00Z,1,1\n", "name of its own"),
        ("Datetime,power\n2025-01-15T00:00:00Z,1\n", "numbers of series"),
        ('{{"{0}": {{"2025-01-15T00:00:00": 1}}}}', "zone"),
        ('{{"{0}": {{"2025-01-15T00:00:00Z": "one"}}}}', "no number"),
        ('{{"{0}": [1]}}', "series: {time: value}"),
        ("[1, 2]", "series: {time: value}"),
        ("Datetime,{0}\n1600-01-15T00:00:00Z,1\n", "1680"),
    ],
)
def test_a_file_with_a_fault_is_refused_beside_its_field_and_nothing_is_stored(
    ours: Ours, ground: Ground, series: dict[str, Any], text: str, said: str
) -> None:
    with pytest.raises(Rejected) as wrong:
        ours.do("timeseries_data.upload", file=upload(text.format(series["id"])))
    assert said in wrong.value.fields["file"]
    assert ground.stored(series["id"]) == {}


@pytest.mark.covers("bemserver.timeseries_data.upload")
def test_an_unknown_series_or_state_stops_a_file_before_anything_is_stored(
    ours: Ours, ground: Ground, series: dict[str, Any]
) -> None:
    text = f"Datetime,{series['id']},{NOBODY}\n2025-01-15T00:00:00Z,1,1\n"
    with pytest.raises(NotFound):
        ours.do("timeseries_data.upload", file=upload(text))
    text = f"Datetime,{series['id']}\n2025-01-15T00:00:00Z,1\n"
    with pytest.raises(Rejected) as wrong:
        ours.do("timeseries_data.upload", file=upload(text), data_state="Cooked")
    assert "Cooked" in wrong.value.fields["data_state"]
    assert ground.stored(series["id"]) == {}


@pytest.mark.covers("bemserver.timeseries_data.upload_by_names")
def test_points_by_name_are_stored_and_an_unknown_name_stores_nothing(
    ours: Ours, ground: Ground, caplog: pytest.LogCaptureFixture
) -> None:
    odd = ground.series(fresh('Power, "total" (kW)'))
    ground.fill(odd["id"], {DAY: 100.0})
    head = StringIO()
    csv.writer(head, lineterminator="\n").writerow(["Datetime", odd["name"]])
    text = f"{head.getvalue()}2025-01-15T00:00:00Z,1\n2025-01-15T01:00:00Z,2\n"
    with caplog.at_level("DEBUG", "connectors.http"):
        told = ours.do("timeseries_data.upload_by_names", campaign=ground.node, file=upload(text))
    sent = [path for verb, path, _ in asked(caplog) if verb == "POST" and "auth" not in path]
    assert sent == [f"/timeseries_data/campaign/{ground.campaign}/"]
    assert told.fields == {"stored": 1, "unchanged": 1}
    assert list(ground.stored(odd["id"]).values()) == [100.0, 2.0]
    wrong_text = f"Datetime,{ground.series()['name']},nobody\n2025-01-15T05:00:00Z,1,1\n"
    with pytest.raises(Rejected) as wrong:
        ours.do("timeseries_data.upload_by_names", campaign=ground.node, file=upload(wrong_text))
    assert "nobody" in wrong.value.fields["file"]
    assert all(len(ground.stored(row["id"])) < 3 for row in ground.bare.every(
        "timeseries", campaign_id=ground.campaign))  # fmt: skip


# -- out


@pytest.mark.covers("bemserver.timeseries_data.download")
@pytest.mark.covers("bemserver.timeseries_data.download_by_names")
def test_files_hold_what_was_sent_with_offsets_and_units_as_asked(
    server: SandboxServer, ours: Ours, ground: Ground, series: dict[str, Any]
) -> None:
    sent = every(HOUR, 4)
    ground.fill(series["id"], sent)
    ground.fill(series["id"], {DAY: 7.0}, CLEAN)
    by_id, by_name = both(server, series, ground)
    for label, name, given in (
        (str(series["id"]), "timeseries_data.download", by_id),
        (series["name"], "timeseries_data.download_by_names", by_name),
    ):
        plain = read(ours.do(name, **given, **SPAN))
        rows = list(csv.reader(StringIO(plain)))
        assert rows[0] == ["Datetime", label]
        assert [float(row[1]) for row in rows[1:]] == [0.0, 1.0, 2.0]
        told = [datetime.fromisoformat(row[0]) for row in rows[1:]]
        assert told == list(sent)[:3]
        found = read(ours.do(name, **given, **SPAN, format="json", timezone=PARIS,
                             convert_to=["Wh"]))  # fmt: skip
        assert json.loads(found) == {
            label: {f"2025-01-15T0{n + 1}:00:00+01:00": n * 1000.0 for n in range(3)}
        }
        paris = read(ours.do(name, **given, **SPAN, timezone=PARIS)).splitlines()
        assert paris[1].startswith("2025-01-15T01:00:00+0100,")
    clean = read(ours.do("timeseries_data.download", series=node(series["id"], CLEAN), **SPAN))
    same = ours.do("timeseries_data.download_by_names", **by_name, **SPAN, data_state="Clean")
    assert clean == read(same).replace(series["name"], str(series["id"]))
    assert clean.splitlines()[1].endswith(",7.0")


@pytest.mark.covers("bemserver.timeseries_data.download")
@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"convert_to": ["°C"]}, None),
        ({"convert_to": ["no unit"]}, "convert_to"),
        ({"convert_to": ["Wh", "Wh"]}, "convert_to"),
        ({"timezone": "Mars/Base"}, "timezone"),
        ({"others": [f"timeseries/1@{CLEAN}"]}, "others"),
        ({"end_time": DAY}, "end_time"),
        ({"format": "xml"}, "format"),
    ],
)
def test_what_cannot_be_fetched_is_told_beside_its_field(
    ours: Ours, series: dict[str, Any], more: dict[str, Any], field: str | None
) -> None:
    with pytest.raises(Rejected) as wrong:
        ours.do("timeseries_data.download", series=node(series["id"]), **SPAN | more)
    assert field is None or field in wrong.value.fields
    assert wrong.value.message


@pytest.mark.covers("bemserver.timeseries_data.download_by_names")
def test_an_unknown_name_is_not_found_and_too_many_names_are_not_sent(
    ours: Ours, ground: Ground
) -> None:
    with pytest.raises(NotFound):
        ours.do("timeseries_data.download_by_names", campaign=ground.node, names=["nobody"], **SPAN)
    with pytest.raises(Rejected) as wrong:
        ours.do("timeseries_data.download_by_names", campaign=ground.node,
                names=[f"{n:080}" for n in range(20)], **SPAN)  # fmt: skip
    assert set(wrong.value.fields) == {"names"}


# -- summed up


@pytest.mark.covers("bemserver.timeseries_data.download_aggregate")
@pytest.mark.covers("bemserver.timeseries_data.download_aggregate_by_names")
@pytest.mark.parametrize("function", ["avg", "sum", "min", "max", "count"])
@pytest.mark.parametrize("unit", ["second", "minute", "hour", "day", "week", "month", "year"])
def test_five_functions_by_seven_units_are_those_of_a_bare_client(
    server: SandboxServer, ours: Ours, ground: Ground, function: str, unit: str
) -> None:
    series = ground.series()
    ground.fill(series["id"], every(timedelta(seconds=20), 10))
    by_id, by_name = both(server, series, ground)
    window = {"start_time": DAY, "end_time": DAY + timedelta(seconds=200)}
    asked: dict[str, Any] = {"aggregation": function, "timezone": PARIS}
    told = ground.bare(
        "GET", "timeseries_data/aggregate", timeseries=series["id"], data_state=1,
        bucket_width_value=1, bucket_width_unit=unit, **asked,
        **{name: at.isoformat() for name, at in window.items()},
    )[str(series["id"])]  # fmt: skip
    more = {**window, **asked, "bucket_width": f"1 {unit}"}
    rows = ours.rows("timeseries_data.download_aggregate", **by_id, **more)
    assert {row["time"]: row[node(series["id"])] for row in rows} == told
    named = ours.rows("timeseries_data.download_aggregate_by_names", **by_name, **more)
    assert {row["time"]: row[series["name"]] for row in named} == told
    assert any(value is not None for value in told.values())


@pytest.mark.covers("bemserver.timeseries_data.download_aggregate")
@pytest.mark.parametrize(("day", "hours"), [("2025-03-30", 23), ("2025-10-26", 25)])
def test_days_on_which_clocks_change_have_23_and_25_hours(
    ours: Ours, ground: Ground, day: str, hours: int
) -> None:
    series = ground.series()
    start = datetime.fromisoformat(f"{day}T00:00:00+{'01' if hours == 23 else '02'}:00")
    end = start + hours * HOUR
    ground.fill(series["id"], {start + n * HOUR: 1.0 for n in range(hours)})
    span = {"series": node(series["id"]), "start_time": start, "end_time": end, "timezone": PARIS}
    rows = ours.rows("timeseries_data.download_aggregate", **span, aggregation="count")
    assert [list(row.values())[1] for row in rows] == [1] * hours
    assert len({row["time"] for row in rows}) == hours
    (whole,) = ours.rows("timeseries_data.download_aggregate", **span, aggregation="sum",
                         bucket_width="1 day")  # fmt: skip
    assert whole[node(series["id"])] == hours


@pytest.mark.covers("bemserver.timeseries_data.download_aggregate")
def test_means_and_sums_over_several_units_are_exact(ours: Ours, ground: Ground) -> None:
    series = ground.series()
    points = {DAY: 1.0, DAY + timedelta(minutes=20): 1.0, DAY + timedelta(minutes=70): 4.0}
    ground.fill(series["id"], points)
    span = {"series": node(series["id"]), "start_time": DAY, "end_time": DAY + 4 * HOUR,
            "bucket_width": "2 hours"}  # fmt: skip
    for function, value in (("avg", 2.0), ("sum", 6.0), ("count", 3), ("max", 4.0)):
        rows = ours.rows("timeseries_data.download_aggregate", **span, aggregation=function)
        found = [row[node(series["id"])] for row in rows]
        assert found == [value, 0 if function == "count" else None]
    converted = ours.rows("timeseries_data.download_aggregate", **span, aggregation="sum",
                          convert_to=["Wh"])  # fmt: skip
    assert converted[0][node(series["id"])] == 6000.0


@pytest.mark.covers("bemserver.timeseries_data.download_aggregate")
@pytest.mark.parametrize(
    "more",
    [
        {"bucket_width": "5 hours"},
        {"bucket_width": "1 second", "end_time": DAY + timedelta(days=30)},
        {"convert_to": ["Wh"], "aggregation": "count"},
        {"convert_to": ["Wh"], "bucket_width": "2 hours"},
        {"convert_to": ["°C"]},
    ],
)
def test_only_what_the_platform_answers_rightly_is_asked(
    ours: Ours, series: dict[str, Any], more: dict[str, Any]
) -> None:
    with pytest.raises(Rejected) as wrong:
        ours.do("timeseries_data.download_aggregate", series=node(series["id"]), **SPAN | more)
    assert set(wrong.value.fields) <= set(more)


# -- told, and away


@pytest.mark.covers("bemserver.timeseries_data.get_stats")
def test_statistics_are_those_of_the_history_and_an_empty_series_says_no_data(
    ours: Ours, ground: Ground, series: dict[str, Any]
) -> None:
    empty = ground.series()["id"]
    ground.fill(series["id"], every(HOUR, 5))
    full, none = ours.rows(
        "timeseries_data.get_stats", series=node(series["id"]), others=[node(empty)]
    )
    assert full == {
        "series": node(series["id"]), "first": DAY, "last": DAY + 4 * HOUR, "count": 5,
        "min": 0.0, "max": 4.0, "avg": 2.0, "stddev": pytest.approx(2.5**0.5), "remark": "",
    }  # fmt: skip
    assert none == dict.fromkeys(full) | {"series": node(empty), "count": 0, "remark": "no data"}


@pytest.mark.covers("bemserver.timeseries_data.delete")
@pytest.mark.covers("bemserver.timeseries_data.delete_by_names")
@pytest.mark.parametrize("by", ["id", "name"])
def test_a_window_is_emptied_without_its_end_and_twice_is_harmless(
    server: SandboxServer, ours: Ours, ground: Ground, series: dict[str, Any], by: str
) -> None:
    ground.fill(series["id"], every(HOUR, 5))
    ground.fill(series["id"], {DAY: 7.0}, CLEAN)
    given = both(server, series, ground)[by == "name"]
    name = "timeseries_data.delete" if by == "id" else "timeseries_data.delete_by_names"
    declared = named(name)
    assert declared.danger == "destroys"
    assert declared.preview is not None
    (before,) = ours.rows(declared.preview, **given, **SPAN)
    assert (before["points"], before["first"], before["last"]) == (3, DAY, DAY + 2 * HOUR)
    for _ in range(2):
        ours.do(name, **given, **SPAN)
        assert list(ground.stored(series["id"]).values()) == [3.0, 4.0]
    assert list(ground.stored(series["id"], CLEAN).values()) == [7.0]
    assert ours.rows(declared.preview, **given, **SPAN)[0]["points"] == 0


@pytest.mark.covers("bemserver.timeseries_data.delete_by_names")
def test_an_unknown_name_deletes_nothing(
    ours: Ours, ground: Ground, series: dict[str, Any]
) -> None:
    ground.fill(series["id"], every(HOUR, 5))
    for name in ("timeseries_data.delete_by_names", "timeseries_data.count_by_names"):
        with pytest.raises(NotFound):
            ours.do(name, campaign=ground.node, names=[series["name"], "nobody"], **SPAN)
    assert len(ground.stored(series["id"])) == 5


@pytest.mark.covers("bemserver.timeseries_data.delete")
def test_a_folder_or_another_thing_is_no_series(ours: Ours) -> None:
    for wrong in ("site/1", "user/1", "timeseries/1"):
        with pytest.raises(NotFound):
            ours.do("timeseries_data.delete", series=wrong, **SPAN)


def named(name: str) -> Operation:
    (found,) = [one for one in operations(load(KIND)) if one.name == name]
    return found
