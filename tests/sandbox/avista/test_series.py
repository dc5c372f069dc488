# ruff: noqa: S608 - queries of the sandbox's own table, by its own language
"""Avista's time-series databases: what is published is what every way of reading gives back."""

from __future__ import annotations

import csv
import io
import json
import resource
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.sandbox.accounts import MEMBER, OUTSIDER
from connectors.sandbox.avista.exports import written_csv
from connectors.sandbox.avista.ranges import RangeQuery
from connectors.sandbox.avista.records import Asset, Table
from connectors.sandbox.clock import Clock
from connectors.sandbox.store import Database as Store
from connectors.sandbox.world import world
from connectors.sandbox.zones import MINUTE
from tests.sandbox.avista.series import Database, multi, record
from tests.sandbox.avista.wire import Wire
from tests.sandbox.server import SandboxServer

NOON = 1_700_000_000_000
NOON_ISO = "2023-11-14T22:13:20.000Z"
START, END = "2023-11-14T22:00:00.000Z", "2023-11-14T23:00:00.000Z"
CAMPUS = "timeSeriesDbId.3"
LIBRARY = "campus-synthetic.north-campus.library"
POWER = "Library electric power (synthetic)"


def test_a_published_value_comes_back_by_the_answer_the_latest_values_an_export_and_sql(
    database: Database,
) -> None:
    sent = record(NOON, "kW", "DOUBLE", "1.5", dimensions={"name": "Asset 1", "room": "north"})
    answer = database.publish("asset1", sent)
    point = {"timestamp": NOON_ISO, "value": "1.5"}
    assert answer == {"assetId": "asset1", "name": "Asset 1", "attributes": [
        {"name": "kW", "attributeType": "DOUBLE", "lastValue": "1.5", "lastValueTime": NOON_ISO,
         "data": [point]}]}  # fmt: skip
    assert database.latest() == {"asset1": {"kW": ("DOUBLE", "1.5", NOON_ISO)}}
    assert database.rows([("asset1", ["kW"])], START, END) == [
        ["assetId", "name", "timestamp", "kW"],
        ["asset1", "Asset 1", "2023-11-14 22:13:20.000000000", "1.5"],
    ]
    assert database.cells(f"SELECT * FROM {database.table}") == [
        ["asset1", "Asset 1", "north", "kW", "2023-11-14 22:13:20.000000000", "1.5"]
    ]


@pytest.mark.parametrize(
    ("time", "unit"),
    [("1700000000", "SECONDS"), ("1700000000000", "MILLISECONDS"),
     ("1700000000000000", "MICROSECONDS"), ("1700000000000000000", "NANOSECONDS")],
)  # fmt: skip
def test_all_units_of_time_name_the_same_instant(database: Database, time: str, unit: str) -> None:
    database.publish("a", record(time, "kW", "DOUBLE", "2", unit=unit))
    assert database.latest()["a"]["kW"] == ("DOUBLE", "2.0", NOON_ISO)


def test_nanoseconds_survive(database: Database) -> None:
    database.publish("a", record(f"{NOON}000007", "n", "BIGINT", "7", unit="NANOSECONDS"))
    assert database.latest()["a"]["n"] == ("BIGINT", "7", "2023-11-14T22:13:20.000000007Z")
    (row,) = database.cells(f"SELECT time, n FROM {database.table}")
    assert row == ["2023-11-14 22:13:20.000000007", "7"]


def test_every_type_is_told_as_it_was_given(database: Database) -> None:
    values = {
        "d": ("DOUBLE", "1E-7"), "big": ("BIGINT", "-9007199254740993"),
        "text": ("VARCHAR", 'a "quoted", text\nof two lines'), "yes": ("BOOLEAN", "TRUE"),
        "at": ("TIMESTAMP", "1700000000000000001"),
    }  # fmt: skip
    database.publish("a", multi(NOON, "all", values))
    told = {name: latest[1] for name, latest in database.latest()["a"].items()}
    assert told == {
        "d": "1.0E-7", "big": "-9007199254740993", "text": 'a "quoted", text\nof two lines',
        "yes": "true", "at": "2023-11-14T22:13:20.000000001Z",
    }  # fmt: skip
    header, row = database.rows([("a", [])], START, END)
    assert dict(zip(header[3:], row[3:], strict=True)) == {
        **told, "at": "2023-11-14 22:13:20.000000001"}  # fmt: skip
    (cells,) = database.cells(f"SELECT d, big, text, yes, at FROM {database.table}")
    assert cells == [*row[3:7], "2023-11-14 22:13:20.000000001"]


def test_a_higher_version_replaces_and_any_other_is_refused(database: Database) -> None:
    database.publish("a", record(NOON, "kW", "DOUBLE", "1", version=3))
    same = database.publish("a", record(NOON, "kW", "DOUBLE", "1", version=3))
    assert same["attributes"][0]["lastValue"] == "1.0"
    (conflict,) = database.refused("a", record(NOON, "kW", "DOUBLE", "2", version=3))
    (lower,) = database.refused("a", record(NOON, "kW", "DOUBLE", "2", version=2))
    assert conflict["ExistingVersion"] == lower["ExistingVersion"] == 3
    assert database.latest()["a"]["kW"][1] == "1.0"
    database.publish("a", record(NOON, "kW", "DOUBLE", "2", version=4))
    assert database.latest()["a"]["kW"][1] == "2.0"
    assert database.cells(f"SELECT kW FROM {database.table}") == [["2.0"]]


def test_a_refused_record_is_named_and_the_others_are_kept(database: Database) -> None:
    refused = database.refused(
        "a",
        record(NOON, "kW", "DOUBLE", "1"),
        record(NOON + 1, "kW", "DOUBLE", "heavy"),
        record("noon", "kW", "DOUBLE", "1"),
        record(NOON + 2, "kW", "BIGINT", "1"),
        multi(NOON + 3, "several", {}),
        {**record(NOON + 4, "kW", "DOUBLE", "1"), "MeasureValues": []} | {"MeasureValue": None},
        record(NOON + 5, "time", "DOUBLE", "1"),
        record(NOON + 6, "kW", "DOUBLE", "NaN"),
        record(NOON + 7, "kW", "DOUBLE", "4"),
    )
    assert [one["RecordIndex"] for one in refused] == [1, 2, 3, 4, 5, 6, 7]
    assert all(one["Reason"] for one in refused)
    assert database.cells(f"SELECT kW FROM {database.table}") == [["1.0"], ["4.0"]]


def test_a_published_correction_lies_over_the_meter_beneath_it(admin: Wire) -> None:
    campus = Database(admin, CAMPUS)
    at = "2024-05-06 10:00:00.000000000"
    text = f"SELECT \"{POWER}\" FROM {campus.table} WHERE assetId = '{LIBRARY}' AND time = '{at}'"
    (before,) = campus.cells(text)
    milliseconds = int(datetime(2024, 5, 6, 10, tzinfo=UTC).timestamp() * 1000)
    dimensions = {"name": "North campus / Library", "site": "North campus"}
    fix = multi(milliseconds, "readings", {POWER: ("DOUBLE", "-1")}, dimensions=dimensions)
    (conflict,) = campus.refused(LIBRARY, fix)
    assert conflict["ExistingVersion"] == 1
    campus.publish(LIBRARY, {**fix, "Version": 2})
    assert campus.cells(text) == [["-1.0"]] != [before]
    rows = campus.rows([(LIBRARY, [POWER])], "2024-05-06T09:59:00.000Z", "2024-05-06T10:01:00.000Z")
    assert [row[3] for row in rows[1:]][1] == "-1.0"
    assert len(rows) == 4


def test_an_export_holds_what_was_read_and_no_more(database: Database) -> None:
    database.publish("a", *(record(NOON + n, "m", "BIGINT", str(n)) for n in range(10)))
    database.publish("b", *(record(NOON + n, "m", "BIGINT", str(n)) for n in range(5)))
    asked = [("a", ["m"]), ("b", ["m"])]
    pages = database.query(asked, START, END, rows=4)
    assert [page["resultChunkIndex"] for page in pages] == [0, 1, 2, 3]
    assert len({page["queryId"] for page in pages}) == 1
    assert pages[-1]["queryProgressPercentage"] == 100.0
    lines = database.export(pages[0]["queryId"]).decode().splitlines()
    assert len(lines) == 16
    assert lines[-1] == "b,b,2023-11-14 22:13:20.004000000,4"
    half = database.wire.data(
        "query($id: ID!, $a: [TimeSeriesQueryAssetInput]!) { timeSeriesDb_queryDatabase("
        "timeSeriesDbId: $id, queryType: TIME_PERIOD, assets: $a, maxRows: 4) { queryId } }",
        id=database.id, a=[{"assetId": "a"}],
    )  # fmt: skip
    assert len(database.export(half["queryId"]).decode().splitlines()) == 5


def test_the_json_file_is_an_array_of_assets(database: Database) -> None:
    text = 'say "hi", ü'
    database.publish("a", multi(NOON, "r", {"x": ("DOUBLE", "1"), "y": ("VARCHAR", text)},
                                dimensions={"name": "One"}))  # fmt: skip
    pages = database.query([("a", []), ("nobody", ["x"])], START, END)
    assert json.loads(database.export(pages[0]["queryId"], "JSON")) == [
        {"assetId": "a", "name": "One", "attributes": [
            {"name": name, "attributeType": kind, "lastValue": value, "lastValueTime": NOON_ISO,
             "data": [{"timestamp": NOON_ISO, "value": value}]}
            for name, kind, value in (("x", "DOUBLE", "1.0"), ("y", "VARCHAR", text))]}
    ]  # fmt: skip


def test_a_range_holds_both_of_its_ends(database: Database) -> None:
    database.publish("a", *(record(NOON + n, "m", "BIGINT", str(n)) for n in range(4)))
    rows = database.rows([("a", ["m"])], "2023-11-14T22:13:20.001Z", "2023-11-14T22:13:20.002Z")
    assert [row[3] for row in rows] == ["m", "1", "2"]


def test_the_last_rows_are_counted_from_the_end(database: Database) -> None:
    database.publish("a", *(record(NOON + n, "m", "BIGINT", str(n)) for n in range(50)))
    (page,) = database.query([("a", ["m"])], None, END, rows=3, kind="LAST_X_ROWS")
    lines = database.export(page["queryId"]).decode().splitlines()
    assert [line.rpartition(",")[2] for line in lines] == ["m", "47", "48", "49"]


def test_a_cancelled_query_reads_no_further(database: Database) -> None:
    database.publish("a", *(record(NOON + n, "m", "BIGINT", str(n)) for n in range(4)))
    asked = {"id": database.id, "a": [{"assetId": "a"}]}
    ask = (
        "query($id: ID!, $a: [TimeSeriesQueryAssetInput]!, $n: String) { "
        "timeSeriesDb_queryDatabase(timeSeriesDbId: $id, queryType: TIME_PERIOD, assets: $a, "
        "maxRows: 1, nextToken: $n) "
        "{ queryId nextToken } }"
    )
    page = database.wire.data(ask, **asked)
    cancel = (
        "mutation($id: ID!, $q: String!) { timeSeriesDb_cancelDatabaseQuery(timeSeriesDbId: $id, "
        "queryId: $q) { httpStatusCode errorMessage } }"
    )
    done = database.wire.data(cancel, id=database.id, q=page["queryId"])
    assert done == {"httpStatusCode": 200, "errorMessage": None}
    refusal = database.wire.refusal(ask, **asked, n=page["nextToken"])
    assert refusal == (None, "ValidationException")
    assert database.wire.data(cancel, id=database.id, q="none")["httpStatusCode"] == 404


@pytest.mark.parametrize("bad", ["yesterday", "2022-13-01T00:00:00.000Z", "2022-09-25"])
def test_a_time_that_is_none_is_refused(database: Database, bad: str) -> None:
    ask = (
        "query($id: ID!, $t: String) { timeSeriesDb_queryDatabase(timeSeriesDbId: $id, "
        "queryType: TIME_PERIOD, assets: [], startTime: $t) { queryId } }"
    )
    assert database.wire.refusal(ask, id=database.id, t=bad) == (None, "ValidationException")


def test_the_latest_values_come_in_pages_when_there_are_many(
    server: SandboxServer, admin: Wire
) -> None:
    server.standin("avista").platform.series.latest_page = 4
    campus = Database(admin, CAMPUS)
    pages = list(campus.latest_pages())
    names = [asset["assetId"] for page in pages for asset in page["data"]]
    assert len(names) == len(set(names)) > 12
    assert [len(page["data"]) for page in pages[:-1]] == [4] * (len(pages) - 1)
    assert [page["resultChunkIndex"] for page in pages] == list(range(len(pages)))
    assert len({page["queryId"] for page in pages}) == 1


def test_names_that_pages_must_survive_are_told_as_they_are(admin: Wire) -> None:
    odd = Database(admin, "timeSeriesDbId.4")
    latest = odd.latest()
    names = {name for attributes in latest.values() for name in attributes}
    assert 'Comma, "quote" and ; semicolon' in names
    asset = next(key for key, found in latest.items() if 'Comma, "quote" and ; semicolon' in found)
    rows = odd.rows([(asset, [])], "2024-01-01T00:00:00.000Z", "2024-01-01T05:00:00.000Z")
    assert rows[0][3:] == ['Comma, "quote" and ; semicolon']
    assert {len(row) for row in rows} == {4}


def test_members_see_what_is_shared_and_outsiders_nothing(server: SandboxServer) -> None:
    ask = "{ timeSeriesDb_listDatabases { timeSeriesDbId name ownerUserId tableName } }"
    every = Wire(server).data(ask)
    assert [one["name"] for one in every] == [campaign.name for campaign in world(Clock())]
    assert Wire(server, MEMBER).data(ask) == every[:-1]
    outsider = Wire(server, OUTSIDER)
    assert outsider.data(ask) == []
    one = "query($id: ID!) { timeSeriesDb_getDatabase(timeSeriesDbId: $id) { name } }"
    assert outsider.refusal(one, id=CAMPUS) == (None, "Unauthorized")
    assert outsider.ask(one, id="timeSeriesDbId.99") == {"data": {"timeSeriesDb_getDatabase": None}}


def test_what_was_published_is_there_when_the_folder_is_opened_again(tmp_path: Path) -> None:
    with SandboxServer("avista", folder=tmp_path) as server:
        database = Database(Wire(server))
        database.publish("a", record(NOON, "kW", "DOUBLE", "1"))
        database.publish("a", record(NOON, "kW", "DOUBLE", "2", version=2))
        pages = database.query([("a", [])], START, END)
    with SandboxServer("avista", folder=tmp_path) as server:
        again = Database(Wire(server), database.id)
        assert again.latest() == {"a": {"kW": ("DOUBLE", "2.0", NOON_ISO)}}
        assert again.export(pages[0]["queryId"]).endswith(b",2.0\n")
        assert POWER in Database(Wire(server), CAMPUS).latest()[LIBRARY]
        server.reset()
        assert Wire(server).data("{ timeSeriesDb_listDatabases { name } }")[-1]["name"] != "Trial"


def resident() -> int:
    """Bytes of memory that this process holds now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def test_ten_years_at_one_minute_are_exported_in_bounded_memory() -> None:
    now = datetime(2025, 1, 1, tzinfo=UTC)
    clock = Clock.starting_at(now)
    meter = world(clock)[2].meters()[POWER]
    table = Table("t", Store().store("avista").journal("rows"))
    asset = table.add(Asset("library", "Library", (), {"kW": "DOUBLE"}, {"kW": meter.source}))
    start = int(datetime(2015, 1, 1, tzinfo=UTC).timestamp()) * 10**9
    end = int(now.timestamp()) * 10**9 - 1
    query = RangeQuery(query_id="q", client_token="c", user_id="u", table="t", text="",
                       picks=(("library", None),), start=start, end=end)  # fmt: skip
    before, lines, size, most = resident(), 0, 0, 0
    for piece in written_csv(query, table, "assetId"):
        lines += piece.count(b"\n")
        size += len(piece)
        most = max(most, resident() - before)
    times, _ = meter.source.read(start // 1000, end // 1000 + 1)
    assert lines == 1 + times.size > 5_000_000
    assert meter.source.step == MINUTE
    assert most < 100 * 2**20 < size / 2
    assert asset.latest("kW") is not None


@pytest.mark.parametrize(
    ("kind", "sign"),
    [("duplicate_stamps", "duplicate"), ("unsorted_stamps", "unsorted"), ("nan", "nan")],
)
def test_content_faults_reach_an_export(
    server: SandboxServer, admin: Wire, kind: str, sign: str
) -> None:
    database = Database(admin)
    database.publish("a", *(record(NOON + n, "m", "DOUBLE", str(n)) for n in range(5)))
    pages = database.query([("a", ["m"])], START, END)
    with server.faults.on(kind, platform="avista"):
        content = database.export(pages[0]["queryId"])
    rows = list(csv.reader(io.StringIO(content.decode())))[1:]
    times = [row[2] for row in rows]
    assert {
        "duplicate": len(times) == 6 and len(set(times)) == 5,
        "unsorted": sorted(times) != times,
        "nan": [row[3] for row in rows][2] == "NaN",
    }[sign]
