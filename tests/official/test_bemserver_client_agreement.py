"""Data, analysis, files and tasks: what the published clients read equals what our service reads,
and what they send leaves the same behind as what our service sends."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest

from tests.functions.bemserver.ground import DAY, Ground, node, upload
from tests.functions.bemserver.shared import Bare, Ours, served, without
from tests.official.clients import client_python, run_script
from tests.sandbox.server import ADMIN

pytestmark = pytest.mark.official

CLIENTS = {"0.21.1": "0.24.3", "0.22.0": "0.26.0"}
SERVICES = (
    "st_cleanup_by_campaign", "st_check_missing_by_campaign", "st_check_outlier_by_campaign",
    "st_download_weather_by_site", "st_download_weather_forecast_by_site",
)  # fmt: skip
SERIES = (40, 52)
SPAN: dict[str, Any] = {
    "start_time": datetime.fromisoformat("2025-03-29T00:00:00+01:00"),
    "end_time": datetime.fromisoformat("2025-03-31T00:00:00+02:00"),
}
PARIS = "Europe/Paris"
TREE = {
    "sites_csv": "Name,Description,IFC_ID\nS1,One,\nS2,,\n",
    "buildings_csv": "Site,Name,Description,IFC_ID\nS1,B1,,\n",
    "storeys_csv": "Site,Building,Name,Description,IFC_ID\nS1,B1,F1,,\n",
    "spaces_csv": "Site,Building,Storey,Name,Description,IFC_ID\nS1,B1,F1,R1,,\n",
    "zones_csv": "Name,Description,IFC_ID\nZ1,,\n",
}
LIST = (
    "Campaign scope,Name,Description,Unit,Site,Building,Storey,Space,Zone,Interval\n"
    "All,Power,A meter,kWh,S1,B1,F1,R1,Z1,900\nAll,Loose,,°C,,,,,,\n"
)


@dataclass(frozen=True)
class Sides:
    """Ours, what the client printed, and a ground that each has filled."""

    ours: Ours
    theirs: dict[str, Any]
    here: Ground
    there: Ground
    old: bool
    building: int


@pytest.fixture(scope="module", params=CLIENTS)
def sides(request: pytest.FixtureRequest) -> Iterator[Sides]:
    flavour = CLIENTS[request.param]
    python = client_python(f"requirements-bemserver-{request.param}.txt")
    with served(flavour=flavour) as server:
        bare = Bare(server)
        here, there = Ground(bare), Ground(bare)
        by_id, by_name = _series(here), _series(there)
        metered = bare.every("energy_consumption_timeseries_by_buildings")[0]["building_id"]
        plan = {
            "series": SERIES, "start": SPAN["start_time"].isoformat(), "building": metered,
            "end": SPAN["end_time"].isoformat(), "campaign": there.campaign, "tree": TREE,
            "list": LIST, "points": {str(by_name["By id"]): _points()}, "named": _named(),
            "user": bare.named("users", ADMIN.name), "old": flavour < "0.26",
        }  # fmt: skip
        ours = Ours(server)
        _sent(ours, here, by_id["By id"])
        host = server.url.removeprefix("http://")
        (told,) = run_script(python, "bemserver_client_agreement.py", host, ADMIN.email,
                             ADMIN.password, json.dumps(plan), seconds=300)  # fmt: skip
        yield Sides(ours, told, here, there, flavour < "0.26", metered)


def _series(ground: Ground) -> dict[str, int]:
    return {name: ground.series(name)["id"] for name in ("By id", "By name")}


def _points() -> dict[str, float]:
    return {(DAY + n * timedelta(minutes=15)).isoformat(): n / 7 for n in range(96)}


def _named() -> str:
    lines = [f"{time},{value!r}" for time, value in _points().items()]
    return "\n".join(["Datetime,By name", *lines, ""])


def _sent(ours: Ours, ground: Ground, series: int) -> None:
    """The same as the client sends, by our service."""
    points = upload(json.dumps({str(series): _points()}))
    ours.do("timeseries_data.upload", file=points)
    ours.do("timeseries_data.upload_by_names", campaign=ground.node, file=upload(_named()))
    files = {part: upload(text) for part, text in TREE.items()}
    ours.do("io.upload_sites_csv", campaign=ground.node, **files)
    ours.do("io.upload_timeseries_csv", campaign=ground.node, timeseries_csv=upload(LIST))


def asked(**more: Any) -> dict[str, Any]:
    return {"series": node(SERIES[0]), "others": [node(SERIES[1])], **SPAN, **more}


def content(file: Any) -> str:
    with file:
        return b"".join(file).decode()


def test_points_are_those_of_the_client_in_both_formats(sides: Sides) -> None:
    lines = content(sides.ours.do("timeseries_data.download", **asked(timezone=PARIS)))
    assert lines == sides.theirs["csv"]
    assert len(list(csv.reader(StringIO(lines)))) > 47
    found = content(
        sides.ours.do("timeseries_data.download", **asked(timezone=PARIS, format="json"))
    )
    assert json.loads(found) == sides.theirs["json"]


def test_statistics_are_those_of_the_client(sides: Sides) -> None:
    rows = sides.ours.rows("timeseries_data.get_stats", **without(asked(), *SPAN))
    for number, row in zip(SERIES, rows, strict=True):
        told = sides.theirs["stats"][str(number)]
        for name in ("count", "min", "max", "avg", "stddev"):
            assert row[name] == told[name]
        assert row["first"] == datetime.fromisoformat(told["first_timestamp"])
        assert row["last"] == datetime.fromisoformat(told["last_timestamp"])


@pytest.mark.parametrize("function", ["avg", "sum", "min", "max", "count"])
def test_buckets_of_a_day_of_23_hours_are_those_of_the_client(sides: Sides, function: str) -> None:
    rows = sides.ours.rows(
        "timeseries_data.download_aggregate", **asked(timezone=PARIS, aggregation=function)
    )
    assert len(rows) == 24 + 23
    for number in SERIES:
        found = {row["time"]: row[node(number)] for row in rows}
        assert found == sides.theirs[function][str(number)]


def test_completeness_is_that_of_the_client(sides: Sides) -> None:
    rows = sides.ours.rows("analysis.get_completeness", **asked(timezone=PARIS))
    told = sides.theirs["completeness"]
    for number in SERIES:
        mine = [row for row in rows if row["series"] == node(number)]
        theirs = told["timeseries"][str(number)]
        assert [row["time"] for row in mine] == told["timestamps"]
        for ours, name in (("count", "count"), ("ratio", "ratio"), ("expected", "expected_count")):
            assert [row[ours] for row in mine] == theirs[name]
        assert {row["interval"] for row in mine} == {theirs["interval"]}
        assert {bool(row["remark"]) for row in mine} == {theirs["undefined_interval"]}


def test_the_energy_breakdown_is_that_of_the_client(sides: Sides) -> None:
    rows = sides.ours.rows(
        "analysis.building.get_energy_consumption_breakdown",
        where=f"building/{sides.building}", **SPAN, bucket_width="1 day", timezone=PARIS,
    )  # fmt: skip
    told = sides.theirs["breakdown"]
    assert [row["time"] for row in rows][:2] == told["timestamps"]
    found: dict[str, dict[str, list[float]]] = {}
    for row in rows:
        found.setdefault(row["energy"], {}).setdefault(row["use"], []).append(row["value"])
    assert found == told["energy"] != {}


def test_what_was_sent_left_the_same_behind(sides: Sides) -> None:
    """Points by id and by name, five files of elements, and a list of series."""

    def left(ground: Ground) -> dict[str, Any]:
        bare, campaign = ground.bare, {"campaign_id": ground.campaign}
        series = bare.every("timeseries", **campaign)
        found: dict[str, Any] = {
            path: sorted((row["name"], row.get("description")) for row in
                         bare.every(path, **campaign))
            for path in ("sites", "buildings", "storeys", "spaces", "zones", "timeseries")
        }  # fmt: skip
        found["points"] = {row["name"]: ground.stored(row["id"]) for row in series}
        found["ties"] = {
            (row["name"], path): len(bare.every(path, timeseries_id=row["id"]))
            for row in series
            for path in ("timeseries_by_spaces", "timeseries_by_zones", "timeseries_property_data")
        }
        return found

    mine, theirs = left(sides.here), left(sides.there)
    assert mine == theirs
    assert len(mine["points"]["By id"]) == len(mine["points"]["By name"]) == 96
    assert mine["ties"]["Power", "timeseries_by_spaces"] == 1


def test_versions_and_notices_are_those_of_the_client(sides: Sides) -> None:
    told = sides.ours.do("about.getall").fields
    assert told["API"] == sides.theirs["about"]["bemserver_api"]
    assert told["Core"] == sides.theirs["about"]["bemserver_core"]
    rows = sides.ours.rows("notifications.count_by_campaign")
    assert rows[0]["count"] == sides.theirs["notices"]["total"]


def test_what_the_server_does_by_itself_is_what_the_client_reads(sides: Sides) -> None:
    if not sides.old:
        assert sides.ours.rows("tasks.getall") == sides.theirs["tasks"]
        rows = sides.ours.rows("task_by_campaign.getall")
        assert [without(row, "node") for row in rows] == sides.theirs["task_by_campaign"]
        return
    for name in SERVICES:
        mine = [without(row, "node") for row in sides.ours.rows(f"{name}.get_full")]
        told = sides.theirs[name]
        assert mine == [{**row, "is_enabled": bool(row["is_enabled"])} for row in told]
    series = sides.ours.rows("st_cleanup_by_timeseries.get_full")
    assert [without(row, "node") for row in series] == sides.theirs["st_cleanup_by_timeseries"]
