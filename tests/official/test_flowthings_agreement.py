"""What the published client 1.0.5 reads from the sandbox equals what our service reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from connectors.contract import NodeId, Window
from connectors.sandbox.accounts import ADMIN, token
from tests.conformance.points import stored
from tests.conformance.sandbox_flowthings import KIND, WEEK, Bare
from tests.functions.flowthings.shared import NOWHERE, Ours
from tests.official.clients import client_python, run_script
from tests.sandbox.server import SandboxServer

pytestmark = pytest.mark.official

POWER = "Library electric power (synthetic)"
SERVICES = (
    "flow", "track", "group", "identity", "api_task", "mqtt_task", "rss_task", "device", "token",
    "share",
)  # fmt: skip
MOVING = {"expiresInMs", "timeSinceLastSeen", "runCt", "lastRun", "nextRun"}


@dataclass(frozen=True)
class Sides:
    """Ours, and what the published client printed."""

    ours: Ours
    theirs: dict[str, Any]
    flow: str


@pytest.fixture(scope="module")
def sides() -> Iterator[Sides]:
    python = client_python("requirements-flowthings-1.0.5.txt")
    with SandboxServer(KIND) as server:
        flow = str(Bare(server).named(POWER)["id"])
        edges = (str(int(edge.timestamp() * 1000)) for edge in (WEEK.start, WEEK.end))
        host = server.url.removeprefix("http://")
        lines = run_script(
            python, "flowthings_agreement.py", host, token(KIND, ADMIN), flow, *edges, seconds=300
        )
        yield Sides(Ours(server), lines[0], flow)


@pytest.mark.parametrize("name", SERVICES)
def test_objects_are_the_same(sides: Sides, name: str) -> None:
    ours, theirs = sides.ours, sides.theirs
    ids = [row["id"] for row in ours.rows(f"{name}.find_many")]
    assert ids == theirs[f"{name}.find_many"]
    (one,) = ours.rows(f"{name}.find", id=ids[0])
    assert one["id"] == theirs[f"{name}.find"]
    record, told = ours.do(f"{name}.read", id=ids[-1]), theirs[f"{name}.read"]
    for member in told.keys() - MOVING:
        value = record.fields[member]
        plain = value.get_secret_value() if hasattr(value, "get_secret_value") else value
        assert plain == told[member], member
    nobody = ours.do(f"{name}.read_or_else", id=ids[0][0] + NOWHERE, default="none")
    assert nobody.fields["default"] == theirs[f"{name}.read_or_else"]
    several = ours.rows(f"{name}.read_many", ids=ids[:3])
    assert sorted(row["id"] for row in several) == theirs[f"{name}.read_many"]


def test_points_are_the_drops_of_the_client(sides: Sides) -> None:
    series = NodeId(f"series/{sides.flow}/value")
    times, values = stored(sides.ours.opened.read([series], WEEK))[series]
    found = [[at // 1000, value] for at, value in zip(times, values, strict=True)]
    assert len(found) > 1000
    assert found == sides.theirs["drop.find_many"]


def test_single_drops_and_filtered_ones_are_the_same(sides: Sides) -> None:
    first = sides.theirs["drop.read"]
    record = sides.ours.do("drop.read", flow=sides.flow, drop=first["id"])
    assert record.fields == first
    start, end = (int(edge.timestamp() * 1000) for edge in (WEEK.start, WEEK.end))
    asked = [
        f"creationDate >= {start}",
        f"creationDate < {end}",
        f"elems.value > {first['elems']['value']}",
    ]
    found = sides.ours.rows("drop.find_many", flow=sides.flow, filter=asked)
    assert sorted(row["id"] for row in found) == sides.theirs["filter"]


def test_buckets_are_the_rows_of_the_client(sides: Sides) -> None:
    series = NodeId(f"series/{sides.flow}/value")
    window = Window(start=WEEK.start, end=WEEK.end)
    (found,) = sides.ours.opened.aggregate(
        [series], window, timedelta(hours=1), ["mean", "min", "count"]
    )
    rows = [row for row in found.batch.to_pylist() if row["count"]]
    told = sides.theirs["aggregate"]
    assert [row["time"].hour for row in rows] == [row["id"]["$hour"] for row in told]
    for ours, theirs in zip(rows, told, strict=True):
        assert ours["mean"] == pytest.approx(theirs["$avg:value"])
        assert (ours["min"], ours["count"]) == (theirs["$min:value"], theirs["$count"])


def test_counts_and_references_are_the_same(sides: Sides) -> None:
    points = sides.ours.points("statistics.flow_drop_added", flow=sides.flow, year=2026, month=11)
    settled = 20  # days of that month that were over when this was written
    assert [value for _, value in points][:settled] == sides.theirs["statistics"][:settled]
    named, ids = sides.theirs["refs"]
    rows = sides.ours.rows("flow.find_many", limit=3, refs=True)
    assert [row["id"] for row in rows] == ids
    assert {row["references"] for row in rows} == {"admin"}
    assert {row["creatorId"] for row in rows} == set(named)
