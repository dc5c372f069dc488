"""Selecting with every option, and exports in every form."""

from __future__ import annotations

import csv
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.contract import NodeId
from connectors.errors import BadAnswer, Rejected
from connectors.openergy import exports
from connectors.openergy.selecting import Select
from tests.conformance.calls_openergy import Plant
from tests.conformance.faults import FaultProxy, _Handler
from tests.conformance.sandbox_openergy import id_of
from tests.functions.openergy.ground import Ground, ground

OPTIONS: dict[str, object] = {
    "resample": "2H", "resample_rule": "sum", "dropna": True, "closed": "left",
    "convention": "right", "start_mode": "right", "utc_now": "2024-02-01T00:00+00:00",
    "max_acceptable_delay": "6H", "max_rows_nb": 5, "clock": "gmt", "with_tags": False,
    "unfilter": True,
}  # fmt: skip
BODY = {
    "series", "start", "end", "out_freq", "clock", "out_mode", "sep", "decimal", "time_grouper",
    "with_tags", "in_start_mode", "in_end_mode",
}  # fmt: skip


class Stage(Ground):
    plant: Plant
    ids: list[NodeId]


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with ground() as found:
        made = Stage(found.server)
        made.plant = Plant(made.bare)
        made.ids = [id_of("series", row) for row in made.plant.series]
        yield made


class Listening:
    """Notes each request that passes a proxy."""

    def __init__(self) -> None:
        self.queries: list[dict[str, list[str]]] = []
        self.bodies: list[bytes] = []

    def __call__(self, handler: _Handler, ask: Any) -> None:
        self.queries.append(parse_qs(urlsplit(handler.path).query))
        self.bodies.append(handler.sent_body)
        handler.reply(ask())


@pytest.mark.covers("openergy.series.select_options")
@pytest.mark.parametrize("name", ["series.select", "series.select_many"])
def test_each_option_reaches_the_query_and_is_left_out_when_empty(stage: Stage, name: str) -> None:
    series: Any = stage.ids[0] if name == "series.select" else stage.ids
    assert set(OPTIONS) | {"start", "end"} == set(Select.model_fields)
    heard = Listening()
    with FaultProxy(stage.subject.settings["url"]) as proxy:
        opened = stage.subject.open(proxy.url)
        with proxy.failing(heard):
            declared = stage.operation(name)
            found = list(declared.call(opened, {"series": series, **OPTIONS}))  # type: ignore[arg-type]
            list(declared.call(opened, {"series": series}))  # type: ignore[arg-type]
    assert found
    full, bare = (query for query in (heard.queries[-1 - len_of(series)], heard.queries[-1]))
    assert set(full) == set(OPTIONS)
    assert full["dropna"] == ["True"]
    assert full["utc_now"] == ["2024-02-01T00:00:00+00:00"]
    assert bare == {}


def len_of(series: object) -> int:
    """Look-ups of series, and one request for the points, of each call."""
    return len(series) + 1 if isinstance(series, list) else 2


def test_resampled_steps_of_a_clock_are_shown_as_instants(stage: Stage) -> None:
    one = stage.ids[0]
    for clock in ("tzt", "dst"):
        found = stage.points("series.select", series=one, resample="1D", clock=clock)[one]
        assert found == [(datetime(2023, 12, 31, 23, tzinfo=UTC), 2.0)]
    found = stage.points("series.select", series=one, resample="1D", clock="gmt")[one]
    assert found[0][0] == datetime(2023, 12, 31, tzinfo=UTC)


def test_series_of_one_name_stay_apart(stage: Stage) -> None:
    row = stage.bare.importer(stage.plant.data, stage.plant.gate, "twin")
    twins = stage.bare.rows("odata/series", generator=row["id"], name="a")
    ids = [stage.ids[0], id_of("series", twins[0])]
    found = stage.points("series.select_many", series=ids)
    assert set(found) == set(ids)
    assert all(len(points) == 3 for points in found.values())


@pytest.mark.covers("openergy.series.export_data")
def test_an_export_is_followed_without_a_download(stage: Stage) -> None:
    heard = Listening()
    with FaultProxy(stage.subject.settings["url"]) as proxy:
        opened = stage.subject.open(proxy.url)
        with proxy.failing(heard):
            found = stage.operation("series.export").call(opened, {"series": stage.ids})
    task: Any = found
    row = stage.bare("GET", f"odata/series_export_tasks/{task.fields['id']}")
    assert row["base"]["status"] == task.fields["base.status"] == "finished"
    assert len(opened.sockets) == 1


@pytest.mark.covers("openergy.series.export_options")
def test_all_twelve_keys_are_sent_and_grouped_files_are_kept(stage: Stage) -> None:
    heard = Listening()
    values: dict[str, object] = {
        "series": stage.ids, "start": "2024-01-01T00:00+01:00", "end": "2024-01-01T01:00+01:00",
        "sep": ";", "decimal": ",", "time_grouper": "1H", "with_tags": True,
        "in_start_mode": "left", "in_end_mode": "right",
    }  # fmt: skip
    with FaultProxy(stage.subject.settings["url"]) as proxy:
        stage.subject = type(stage.subject)(
            kind="openergy", settings=stage.subject.settings, besides=stage.subject.besides
        )
        opened = stage.subject.open(proxy.url)
        with proxy.failing(heard):
            file: Any = stage.operation("series.export_file").call(opened, values)
        content = b"".join(file)
    (body,) = (json.loads(one) for one in heard.bodies if b'"out_mode"' in one)
    assert set(body) == BODY
    assert (body["start"], body["out_freq"]) == ("2024-01-01T00:00:00+01:00", None)
    assert (body["sep"], body["in_start_mode"]) == (";", "left")
    box = zipfile.ZipFile(io.BytesIO(content))
    assert box.testzip() is None
    assert len(box.namelist()) == 4
    with pytest.raises(Rejected) as refused:
        stage.do("series.export_file", series=stage.ids, sep=",", decimal=",")
    assert "decimal" in refused.value.fields


def test_of_two_exports_at_once_each_gets_its_own_file(stage: Stage) -> None:
    got: dict[int, set[str]] = {}

    def fetch(number: int) -> None:
        opened = stage.subject.open(seconds=120)
        declared = stage.operation("series.export_table")
        table: Any = declared.call(opened, {"series": [stage.ids[number]]})
        got[number] = {row[0] for row in table.rows}

    threads = [threading.Thread(target=fetch, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    wanted = {number: {exports.label(stage.plant.series[number])} for number in (0, 1)}
    assert got == wanted


def test_another_persons_export_meanwhile_is_not_taken_for_ours(stage: Stage) -> None:
    """The other one is made by the bare client while ours is under way, and sorts after it."""
    struck: list[str] = []

    def meanwhile(handler: _Handler, ask: Any) -> None:
        handler.reply(ask())
        if "export/" in handler.path and handler.command == "POST":
            struck.append(handler.path)
            stage.bare("POST", "odata/series/export", {"series": [stage.plant.series[1]["id"]]})

    with FaultProxy(stage.subject.settings["url"]) as proxy:
        opened = stage.subject.open(proxy.url)
        with proxy.failing(meanwhile):
            declared = stage.operation("series.export_table")
            table: Any = declared.call(opened, {"series": [stage.ids[0]]})
    assert struck
    assert {row[0] for row in table.rows} == {exports.label(stage.plant.series[0])}


def test_a_zip_with_something_else_in_it_is_not_taken() -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as box:
        box.writestr("a.csv", "date,a\n")
        box.writestr("run.sh", "echo")
    for content in (held.getvalue(), b"no zip"):
        with pytest.raises(BadAnswer):
            exports.members(content)


def test_a_long_window_of_lines_is_the_points_that_read_gives(stage: Stage) -> None:
    text = stage.bytes("series.export_file", series=[stage.ids[0]], clock="gmt").decode()
    lines = list(csv.reader(text.splitlines()))[1:]
    found = [
        (datetime.fromisoformat(time).replace(tzinfo=UTC), float(value)) for time, value in lines
    ]
    start = datetime(2023, 12, 31, 23, tzinfo=UTC)
    assert found == [(start + timedelta(hours=n), n + 1.0) for n in range(3)]
