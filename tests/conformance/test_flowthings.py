"""flowthings.io, on its stand-in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

import pytest

from connectors.contract import NodeId
from connectors.operations import operations
from tests.conformance.sandbox_flowthings import (
    CROWD,
    KIND,
    LONG,
    WEEK,
    Bare,
    count,
    crowd,
    settings,
)
from tests.conformance.subject import Known, Opened, Subject, Values
from tests.conformance.suite import Conformance
from tests.sandbox.server import SandboxServer

POWER = "Library electric power (synthetic)"
HEAT = "Laboratory electric power (synthetic)"


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer(KIND) as server:
        crowd(Bare(server))
        yield server


@pytest.fixture(scope="module")
def service(server: SandboxServer) -> Subject:
    return Subject(kind=KIND, settings=settings(server))


def done(opened: Opened, name: str, **values: object) -> Any:
    """What an operation of this name gives."""
    named = {one.name: one for one in operations(type(opened))}
    return named[name].call(opened, values)


def a_flow(opened: Opened) -> dict[str, object]:
    """A new one."""
    return {"id": done(opened, "flow.create", path=f"/admin/made/{uuid4().hex}").id}


def a_drop(opened: Opened) -> dict[str, object]:
    """In a new flow."""
    flow = a_flow(opened)["id"]
    made = done(opened, "drop.create", flow=flow, elems={"n": 1})
    return {"flow": flow, "drop": made.id.rpartition("/")[2]}


def changed(opened: Opened, values: Mapping[str, object]) -> dict[str, object]:
    """The drop of `a_drop` as MPUT wants it."""
    return {"flow": values["flow"], "changes": {values["drop"]: {"elems": {"n": 2}}}}


def of_track(opened: Opened) -> dict[str, object]:
    ((key, *_), *_), _ = done(opened, "track.find_many").first(1)
    return {"track": f"track/{key}"}


def of_me(opened: Opened) -> dict[str, object]:
    ((key, *_), *_), _ = done(opened, "identity.find_many").first(1)
    return {"identity": f"identity/{key}"}


def in_flow(opened: Opened) -> dict[str, object]:
    return {"flow": a_drop(opened)["flow"]}


CALLS: dict[str, Values] = {
    "flow.find_many": lambda opened: {"limit": 3, "filter": ["capacity == 100000"]},
    "flow.create": lambda opened: {"path": f"/admin/made/{uuid4().hex}"},
    "flow.delete": a_flow,
    "flow.find": a_flow,
    "flow.read": a_flow,
    "flow.read_or_else": a_flow,
    "flow.read_many": lambda opened: {"ids": [a_flow(opened)["id"]]},
    "flow.update": lambda opened: a_flow(opened) | {"capacity": 5},
    "flow.update_many": lambda opened: {"changes": {a_flow(opened)["id"]: {"capacity": 5}}},
    "flow.save": lambda opened: a_flow(opened) | {"capacity": 5},
    "drop.find_many": in_flow,
    "drop.find": in_flow,
    "drop.create": lambda opened: in_flow(opened) | {"elems": {"n": 2}},
    "drop.update": lambda opened: a_drop(opened) | {"elems": {"n": 2}},
    "drop.save": lambda opened: in_flow(opened) | {"elems": {"n": 2}},
    "drop.read": a_drop,
    "drop.read_or_else": lambda opened: a_drop(opened) | {"default": "none"},
    "drop.read_many": lambda opened: in_flow(opened) | {"ids": [a_drop(opened)["drop"]]},
    "drop.update_many": lambda opened: changed(opened, a_drop(opened)),
    "drop.delete": a_drop,
    "drop.delete_all": in_flow,
    "drop.create_by_path": lambda opened: {"path": "/admin/playground", "elems": {"n": 1}},
    "drop.find_many_flows": lambda opened: {"flows": {in_flow(opened)["flow"]: {"limit": 2}}},
    "aggregate.run": lambda opened: in_flow(opened) | {"output": ["$count"]},
    "statistics.flow_drop_added": in_flow,
    "statistics.flow_tracked": lambda opened: in_flow(opened) | {"year": 2026},
    "statistics.track_hit": of_track,
    "statistics.track_pass": of_track,
    "statistics.api_call_by_identity": of_me,
    "statistics.drop_created_by": of_me,
    "root.request": lambda opened: {"method": "GET", "path": "flow"},
    "service.request": lambda opened: {"service": "group", "method": "GET"},
    "api.add_service": lambda opened: {"path": "group"},
    "async.results": lambda opened: {"paths": ["flow", "group"]},
    "websocket.send": lambda opened: {"type": "findmany", "object": "flow"},
}


@pytest.fixture(scope="module")
def known(server: SandboxServer) -> Known:
    bare = Bare(server)
    power, other = bare.named(POWER)["id"], bare.named(HEAT)["id"]
    group = bare("GET", "/group")[0]["id"]
    drops = bare.flow("written/points", capacity=10_000)
    return Known(
        folder=NodeId("path/admin/crowd"), children=CROWD, missing=NodeId("flow/f" + "0" * 24),
        missing_series=NodeId("series/f" + "0" * 24 + "/value"), window=WEEK, long=LONG,
        series=(NodeId(f"series/{power}/value"), NodeId(f"series/{other}/value")),
        rows=count(bare, power, WEEK), writable=NodeId(f"series/{drops}/n"),
        live=NodeId(f"series/{bare.flow('written/live')}/n"), text="Library electric pow",
        shareable=NodeId(f"flow/{drops}"), audience=group, calls=CALLS,
    )  # fmt: skip


class TestFlowthings(Conformance):
    """No exemptions."""
