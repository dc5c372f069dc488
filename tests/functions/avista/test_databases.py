"""Time-series databases, over a real socket, filled and read back by the bare wire."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from connectors.avista import exports
from connectors.contract import TIME, NodeId, Window
from connectors.errors import BadAnswer, Forbidden, NotFound, Rejected, Unavailable
from connectors.sandbox.accounts import OUTSIDER
from tests.conformance.points import stored as points_of
from tests.conformance.sandbox_avista import CAMPUS, KIND, WEEK, node, points, series
from tests.functions.avista.shared import Ours
from tests.sandbox.avista.series import MANY_PAGES, Database, multi
from tests.sandbox.avista.wire import Wire
from tests.sandbox.server import SandboxServer

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
MS = 1_714_564_800_000
ROOMS = "campus-synthetic.server-rooms"
DATABASES = """query { timeSeriesDb_listDatabases {
  timeSeriesDbId name description ownerUserId databaseName tableName } }"""


@pytest.fixture
def trial(wire: Wire) -> Database:
    """A new database with two assets of two numbers, a point a minute."""
    database = Database(wire)
    for asset in ("a1", "a2"):
        database.publish(asset, *(
            multi(MS + minute * 60_000, "all", {
                "kW": ("DOUBLE", str(minute + 0.5)), "count": ("BIGINT", str(minute))})
            for minute in range(6)
        ))  # fmt: skip
    return database


@pytest.fixture
def place(trial: Database) -> NodeId:
    return node("database", trial.id)


@pytest.mark.covers("avista.list_time_series_databases")
@pytest.mark.covers("avista.get_time_series_database")
def test_databases_have_six_properties_in_the_list_and_by_id(
    server: SandboxServer, ours: Ours, wire: Wire
) -> None:
    told = wire.data(DATABASES)
    listed = ours.rows("databases.list")
    assert [{name: row[name] for name in told[0]} for row in listed] == told
    for row, one in zip(listed, told, strict=True):
        fields = ours.do("database.get", database=row["node"]).fields
        assert {name: fields[name] for name in one} == one
    with pytest.raises(Forbidden):
        Ours(server, OUTSIDER).do("database.get", database=node("database", CAMPUS))
    with pytest.raises(NotFound):
        ours.do("database.get", database=node("database", "timeSeriesDbId.0"))


@pytest.mark.covers("avista.type.time_series_db")
def test_a_databases_names_are_quoted_for_sql(
    server: SandboxServer, ours: Ours, trial: Database, place: NodeId
) -> None:
    fields = ours.do("database.get", database=place).fields
    assert fields["sql"] == trial.table
    found = ours.rows("database.sql", database=place, query=f"SELECT kW FROM {fields['sql']}")  # noqa: S608
    assert len(found) == 12
    kept = server.standin(KIND).platform.store.records("timeSeriesDbs")
    kept[trial.id] = {**kept[trial.id], "tableName": 'a "b"'}
    assert ours.do("database.get", database=place).fields["sql"].endswith('."a ""b"""')


@pytest.mark.covers("avista.list_time_series_assets_and_latest_values")
@pytest.mark.covers("avista.type.time_series_asset_attribute")
def test_latest_values_come_from_all_pages_and_as_a_file(
    server: SandboxServer, ours: Ours, wire: Wire
) -> None:
    state = server.standin(KIND).platform.series
    state.latest_page = 4
    try:
        campus = Database(wire, CAMPUS)
        assert len(list(campus.latest_pages())) > 2
        told = {
            (asset, name): found
            for asset, held in campus.latest().items()
            for name, found in held.items()
        }
        place = node("database", CAMPUS)
        listed = ours.rows("database.last_values", database=place)
        found = {(row["asset"], row["attribute"]): row for row in listed}
        assert len(listed) == len(told) == len(found)
        for key, (kind, value, at) in told.items():
            row = found[key]
            assert (row["type"], row["lastValue"]) == (kind, value)
            assert row["lastValueTime"] == datetime.fromisoformat(at)
            assert row["node"] == node("series", CAMPUS, *key, kind)
        file = json.loads(ours.content("database.last_values_file", database=place))
        assert {
            (asset["assetId"], one["name"]): (
                one["attributeType"], one["lastValue"], one["lastValueTime"])
            for asset in file for one in asset["attributes"]
        } == told  # fmt: skip
    finally:
        state.latest_page = 1000


@pytest.mark.covers("avista.type.time_series_asset_data")
def test_assets_and_attributes_are_nodes(ours: Ours, trial: Database, place: NodeId) -> None:
    assets = ours.opened.children(place).items
    assert [(one.id, one.name) for one in assets] == [
        (node("asset", trial.id, "a1"), "a1"),
        (node("asset", trial.id, "a2"), "a2"),
    ]
    attributes = ours.opened.children(assets[0].id).items
    assert [(one.id, one.role, one.last_seen) for one in attributes] == [
        (series(trial, "a1", name, kind), "series", NOON + timedelta(minutes=5))
        for name, kind in (("kW", "DOUBLE"), ("count", "BIGINT"))
    ]


@pytest.mark.covers("avista.type.time_series_asset_attribute_data")
def test_texts_become_points_of_their_types(ours: Ours, wire: Wire) -> None:
    database = Database(wire)
    database.publish("a", multi(MS * 10**6 + 1_500, "m", {
        "d": ("DOUBLE", "1.0E-7"), "i": ("BIGINT", "-9007199254740993"),
        "b": ("BOOLEAN", "true"), "t": ("VARCHAR", 'two\nlines, "quoted"'),
    }, unit="NANOSECONDS"))  # fmt: skip
    window = Window(start=NOON, end=NOON + timedelta(seconds=1))
    wanted = {"d": ("DOUBLE", 1e-7), "i": ("BIGINT", -9007199254740993), "b": ("BOOLEAN", True),
              "t": ("VARCHAR", 'two\nlines, "quoted"')}  # fmt: skip
    places = {name: series(database, "a", name, kind) for name, (kind, _) in wanted.items()}
    batches = list(ours.opened.read(list(places.values()), window))
    assert sum(one.notes.floored for one in batches) == 4
    found = {one.series: one.batch.to_pylist() for one in batches}
    for name, (_, value) in wanted.items():
        (row,) = found[places[name]]
        assert (row["time"], row["value"]) == (NOON + timedelta(microseconds=1), value)


@pytest.mark.covers("avista.get_time_series_asset_attribute_data")
def test_export_files_hold_exactly_the_points_of_several_assets_and_pages(
    ours: Ours, trial: Database, place: NodeId
) -> None:
    asked = {"a1": ["kW", "count"], "a2": ["kW"]}
    end = NOON + timedelta(minutes=3)
    common = {"database": place, "start": NOON, "end": end, "assets": asked}
    content = ours.content("database.export", **common, max_rows=2).decode()
    rows = list(csv.reader(io.StringIO(content)))
    assert rows[0] == ["assetId", "name", "timestamp", "kW", "count"]
    assert [(row[0], row[2][:16], row[3], row[4]) for row in rows[1:]] == [
        (asset, f"2024-05-01 12:0{minute}", f"{minute}.5", str(minute) if asset == "a1" else "")
        for asset in ("a1", "a2")
        for minute in range(4)
    ]
    told = json.loads(ours.content("database.export", **common, format="JSON"))
    assert [
        (asset["assetId"], one["name"], [entry["value"] for entry in one["data"]])
        for asset in told
        for one in asset["attributes"]
    ] == [
        ("a1", "kW", ["0.5", "1.5", "2.5", "3.5"]),
        ("a1", "count", ["0", "1", "2", "3"]),
        ("a2", "kW", ["0.5", "1.5", "2.5", "3.5"]),
    ]


@pytest.mark.covers("avista.get_time_series_asset_attribute_data")
def test_what_cannot_be_asked_is_refused_first_and_waiting_has_an_end(
    server: SandboxServer, ours: Ours, wire: Wire, place: NodeId, monkeypatch: pytest.MonkeyPatch
) -> None:
    assets = {"a1": ["kW"]}
    for start, end, fields in (
        ("2024-05-01", NOON, {"start"}),
        (NOON.replace(tzinfo=None), NOON, {"start"}),
        (NOON, NOON - timedelta(hours=1), {"end"}),
    ):
        with pytest.raises(Rejected) as refused:
            ours.do("database.export", database=place, start=start, end=end, assets=assets)
        assert set(refused.value.fields) == fields
    monkeypatch.setattr(exports, "WAIT", 0.3)
    monkeypatch.setattr(exports.Exports, "_order", lambda *anything: None)
    with pytest.raises(Unavailable, match="in time"):
        ours.content("database.export", database=place, start=NOON, end=NOON, assets=assets)
    held = server.standin(KIND).platform.store.records("rangeQueries")
    assert list(held.all())[-1]["cancelled"]  # nothing reads on for nobody
    monkeypatch.undo()
    with (
        server.faults.on("cursor_loop"),
        pytest.raises(BadAnswer, match="circle"),
    ):
        ours.content("database.export", database=place, start=NOON, end=NOON, assets=assets)


@pytest.mark.covers("avista.get_time_series_asset_attribute_data")
def test_reading_gives_the_same_points_half_open_and_typed(
    ours: Ours, wire: Wire, trial: Database
) -> None:
    campus = Database(wire, CAMPUS)
    name = "Supply temperature, stuck sensor (synthetic)"
    place = series(campus, ROOMS, name)
    times, values = points_of(ours.opened.read([place], WEEK))[place]
    told = points(campus, ROOMS, name, WEEK)
    assert [f"{datetime.fromtimestamp(at / 1e6, UTC):%Y-%m-%d %H:%M:%S}" for at in times] == [
        at[:19] for at, _ in told
    ]
    assert values == [float(value) for _, value in told]
    both = [series(trial, "a1", "kW"), series(trial, "a2", "count", "BIGINT")]
    window = Window(start=NOON, end=NOON + timedelta(minutes=3))
    found = points_of(ours.opened.read(both, window))
    assert [found[one][1] for one in both] == [[0.5, 1.5, 2.5], [0, 1, 2]]
    for wrong in (series(trial, "a1", "kWh"), series(trial, "nobody", "kW")):
        with pytest.raises(NotFound):
            list(ours.opened.read([wrong], window))


@pytest.mark.covers("avista.generate_query_result_file")
def test_the_file_of_an_earlier_query_is_given_again(
    ours: Ours, wire: Wire, trial: Database, place: NodeId
) -> None:
    end = NOON + timedelta(minutes=1)
    query = ours.do(
        "database.query", database=place, start=NOON, end=end, assets={"a1": ["kW"]}
    ).fields["queryId"]
    first = ours.content("database.query_file", database=place, query=query)
    assert first.decode().splitlines()[1:] == [
        "a1,a1,2024-05-01 12:00:00.000000000,0.5",
        "a1,a1,2024-05-01 12:01:00.000000000,1.5",
    ]
    assert ours.content("database.query_file", database=place, query=query) == first
    assert trial.export(query) == first
    told = json.loads(ours.content("database.query_file", database=place, query=query,
                                   format="JSON"))  # fmt: skip
    assert [one["value"] for one in told[0]["attributes"][0]["data"]] == ["0.5", "1.5"]
    with pytest.raises(NotFound):
        ours.content("database.query_file", database=place, query="AEQANOBODY")


@pytest.mark.covers("avista.query_time_series_database_timestream_format")
@pytest.mark.covers("avista.type.query_result_timestream_variables")
def test_queries_in_sql_give_typed_rows_and_walk_every_row_once(
    ours: Ours, trial: Database, place: NodeId
) -> None:
    text = f'SELECT assetId, time, "count", kW FROM {trial.table} ORDER BY assetId, time'  # noqa: S608
    page = ours.do("database.sql_page", database=place, query=text, max_rows=5).fields
    assert page["columns"] == [
        ["assetId", "VARCHAR"], ["time", "TIMESTAMP"], ["count", "BIGINT"], ["kW", "DOUBLE"],
    ]  # fmt: skip
    assert len(page["rows"]) == 5
    assert page["rows"][1] == ["a1", "2024-05-01 12:01:00.000000000", 1, 1.5]
    assert page["queryStatus"]["ProgressPercentage"] <= 100
    assert page["queryId"]
    seen = list(page["rows"])
    for _ in range(MANY_PAGES):
        if page["nextToken"] is None:
            break
        tokens = {"next_token": page["nextToken"], "client_token": page["clientToken"]}
        page = ours.do("database.sql_page", database=place, query=text, max_rows=5, **tokens).fields
        seen += page["rows"]
    assert page["nextToken"] is None
    told = trial.cells(text)
    assert [[str(cell) for cell in row] for row in seen] == told
    walked = ours.rows("database.sql", database=place, query=text, max_rows=5)
    assert [list(row.values()) for row in walked] == seen
    nothing = f"SELECT kW FROM {trial.table} WHERE assetId = 'nobody'"  # noqa: S608
    assert ours.rows("database.sql", database=place, query=nothing) == []
    with pytest.raises(Rejected):
        ours.rows("database.sql", database=place, query="SELECT nonsense")


@pytest.mark.covers("avista.publish_to_time_series_database")
@pytest.mark.parametrize("style", ["variables", "inline"])
def test_published_records_are_read_back_whatever_their_unit_and_letters(
    server: SandboxServer, wire: Wire, style: str
) -> None:
    ours, database = Ours(server, style=style), Database(wire)
    place = node("database", database.id)
    factors = {"SECONDS": 1, "MILLISECONDS": 10**3, "MICROSECONDS": 10**6, "NANOSECONDS": 10**9}
    records: list[dict[str, Any]] = [
        {"time": MS // 1000 * factor, "time_unit": unit, "measure_name": unit,
         "measure_value_type": "DOUBLE", "measure_value": 1.5,
         "dimensions": [{"name": "name", "value": 'Asset "1"\n\\'}]}
        for unit, factor in factors.items()
    ]  # fmt: skip
    records.append({"time": MS, "measure_name": "several", "measure_value_type": "MULTI",
                    "measure_values": [{"type": "VARCHAR", "name": "word", "value": 'a "b"\n'},
                                       {"type": "BIGINT", "name": "n", "value": 7}]})  # fmt: skip
    ours.do("database.publish", database=place, asset="asset1", records=records)
    latest = database.latest()["asset1"]
    at = "2024-05-01T12:00:00.000Z"
    assert {name: latest[name] for name in factors} == dict.fromkeys(factors, ("DOUBLE", "1.5", at))
    assert latest["word"] == ("VARCHAR", 'a "b"\n', at)
    assert latest["n"] == ("BIGINT", "7", at)
    (asset,) = ours.opened.children(place).items
    assert asset.name == 'Asset "1"\n\\'
    (row,) = ours.rows("database.sql", database=place,
                       query=f"SELECT n FROM {database.table} WHERE n = 7")  # noqa: S608  # fmt: skip
    assert row == {"n": 7}


@pytest.mark.covers("avista.publish_to_time_series_database")
def test_another_value_needs_a_higher_version_and_the_refused_record_is_named(
    ours: Ours, trial: Database, place: NodeId
) -> None:
    def publish(value: str, version: int) -> Any:
        single = {"time": MS, "measure_name": "x", "measure_value_type": "DOUBLE"}
        record = {**single, "measure_value": value, "version": version}
        return ours.do("database.publish", database=place, asset="b", records=[record])

    publish("1.0", 1)
    with pytest.raises(Rejected) as refused:
        publish("2.0", 1)
    assert "Record 0" in refused.value.fields["records"]
    assert trial.latest()["b"]["x"][1] == "1.0"
    told = publish("2.0", 2).fields
    (attribute,) = told["attributes"]
    assert (told["assetId"], attribute["name"], attribute["lastValue"]) == ("b", "x", "2.0")
    assert trial.latest()["b"]["x"][1] == "2.0"


def test_written_points_replace_what_is_there_and_make_no_new_series(
    ours: Ours, wire: Wire, trial: Database
) -> None:
    from_us = points_batch([9.5, None, 8.5], [90, 91, None])
    both = [series(trial, "a1", "kW"), series(trial, "a1", "count", "BIGINT")]
    assert ours.opened.write(both, [from_us]).accepted == 4
    window = Window(start=NOON, end=NOON + timedelta(minutes=4))
    found = points_of(ours.opened.read(both, window))
    assert found[both[0]][1] == [9.5, 1.5, 8.5, 3.5]
    assert found[both[1]][1] == [90, 91, 2, 3]
    assert ours.opened.write(both, [points_batch([7.5, 6.5], [90, 92])]).accepted == 4
    found = points_of(ours.opened.read(both, window))
    assert found[both[0]][1] == [7.5, 6.5, 8.5, 3.5]
    assert found[both[1]][1] == [90, 92, 2, 3]
    before = trial.latest()
    for wrong in (series(trial, "a1", "kWh"), series(trial, "nobody", "kW")):
        with pytest.raises(NotFound):
            ours.opened.write([wrong], [points_batch([1.0])])
    with pytest.raises(Rejected) as refused:
        ours.opened.write([both[1]], [points_batch([1.5])])
    assert "value" in refused.value.fields
    assert trial.latest() == before


def points_batch(*columns: list[Any]) -> Any:
    """Points of each series, a minute apart, beginning at noon."""
    times = pa.array([NOON + timedelta(minutes=n) for n in range(len(columns[0]))], TIME)
    names = ["time", *(f"v{place}" for place in range(len(columns)))]
    return pa.RecordBatch.from_arrays([times, *map(pa.array, columns)], names=names)
