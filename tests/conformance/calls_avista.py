"""Right values for the operations of Avista: each call makes on the platform what it needs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from uuid import uuid4

from connectors.contract import NodeId, Upload
from connectors.operations import operations
from tests.conformance.sandbox_avista import node
from tests.conformance.subject import Opened, Values
from tests.sandbox.avista.series import Database, record
from tests.sandbox.avista.wire import Wire

START, END = datetime(2031, 1, 1, tzinfo=UTC), datetime(2031, 1, 2, tzinfo=UTC)
STORE, DEVICE, MODEL, HUB, GROUP = (
    NodeId(f"{sort}/{key}")
    for sort, key in (
        ("store", "dataStoreId.1"),
        ("endpoint", "iotEndpointId.1"),
        ("model", "modelId.1"),
        ("hub", "iotHubId.1"),
        ("group", "iotGroupId.1"),
    )
)
LIVE, READY = NodeId("capture/dataCaptureId.1"), NodeId("capture/dataCaptureId.2")
PORTFOLIO = NodeId("collaborative/collaborativeId.1")
INTERNAL = NodeId("collaborative/collaborativeId.3")
TELEMETRY = "illinoisOutdoorTemperature"


def done(opened: Opened, name: str, /, **values: object) -> Any:
    """What an operation of this name gives."""
    named = {one.name: one for one in operations(type(opened))}
    return named[name].call(opened, values)


def file(content: bytes = b"a,b\n") -> Upload:
    return Upload(name=f"{uuid4().hex}.csv", content=BytesIO(content), size=len(content))


def uploaded(opened: Opened) -> dict[str, object]:
    return {"file": done(opened, "store.upload", folder=STORE, file=file()).id}


def named(opened: Opened) -> dict[str, object]:
    """A new file by its name."""
    fields = done(opened, "store.upload", folder=STORE, file=file()).fields
    return {"folder": STORE, "name": f"{fields['name']}.{fields['fileExtension']}"}


def a_folder(opened: Opened) -> dict[str, object]:
    made = done(opened, "store.make_folder", folder=STORE, name=uuid4().hex)
    return {"directory": made.id}


def a_token(opened: Opened) -> dict[str, object]:
    return {"token": done(opened, "tokens.create", name="short", days=1).id}


def shared(opened: Opened) -> dict[str, object]:
    values = {"collaborative": INTERNAL, "service": STORE}
    done(opened, "collaborative.add_service", **values)
    return dict(values)


def calls(wire: Wire) -> Mapping[str, Values]:
    """By name; the first of each danger is what faults are tried on."""
    database = Database(wire)
    database.publish("a1", record(1_924_992_000_000, "kW", "DOUBLE", "1.5"))
    base = node("database", database.id)
    ranged = {"database": base, "start": START, "end": END, "assets": {"a1": ["kW"]}}
    several: dict[str, Values] = {
        "account.get": lambda opened: {},
        "tokens.list": lambda opened: {},
        "tokens.create": lambda opened: {"name": "short", "days": 1},
        "tokens.delete": a_token,
        **{name: lambda opened: {} for name in (
            "stores.list", "databases.list", "collaboratives.list", "hubs.list", "models.list",
            "captures.list")},
        "store.get": lambda opened: {"store": STORE},
        "directory.get": a_folder,
        "directory.delete": a_folder,
        "file.get": uploaded, "file.download": uploaded, "file.delete": uploaded,
        "store.contents": lambda opened: {"folder": STORE},
        "store.ls": lambda opened: {"folder": STORE, "path": "."},
        "store.cd": lambda opened: {"folder": STORE, "path": "."},
        "store.pwd": lambda opened: {"folder": STORE},
        "store.upload": lambda opened: {"folder": STORE, "file": file(), "description": "x"},
        "store.download": named, "store.delete_file": named,
        "store.make_folder": lambda opened: {"folder": STORE, "name": uuid4().hex},
        "database.get": lambda opened: {"database": base},
        "database.last_values": lambda opened: {"database": base},
        "database.last_values_file": lambda opened: {"database": base},
        "database.export": lambda opened: {**ranged, "format": "JSON"},
        "database.query": lambda opened: ranged,
        "database.query_file": lambda opened: {
            "database": base,
            "query": done(opened, "database.query", **ranged).fields["queryId"]},
        "database.sql": lambda opened: {
            "database": base, "query": f"SELECT time FROM {database.table}"},  # noqa: S608
        "database.sql_page": lambda opened: {
            "database": base, "query": f"SELECT time FROM {database.table}"},  # noqa: S608
        "database.publish": lambda opened: {"database": base, "asset": "a1", "records": [
            {"time": 1, "measure_name": "kW", "measure_value_type": "DOUBLE",
             "measure_value": 1.5}]},
    }  # fmt: skip
    return several | shared_calls() | device_calls()


def shared_calls() -> dict[str, Values]:
    return {
        "collaborative.get": lambda opened: {"collaborative": PORTFOLIO},
        "collaborative.members": lambda opened: {"collaborative": PORTFOLIO},
        "collaborative.services": lambda opened: {"collaborative": PORTFOLIO},
        "service.shared_with": lambda opened: {"service": STORE},
        "collaborative.add_service": lambda opened: {
            "collaborative": INTERNAL, "service": STORE},
        "collaborative.remove_service": shared,
        "collaborative.requests": lambda opened: {"collaborative": PORTFOLIO},
        "collaborative.decide": lambda opened: {
            "collaborative": INTERNAL, "organization": "organizationId.3",
            "state": "DENIED_ACCESS"},
        "graphql.request": lambda opened: {
            "query": "query { user_getUserSession { user { userId } } }"},
    }  # fmt: skip


def device_calls() -> dict[str, Values]:
    ranged = {"endpoint": DEVICE, "start": START, "end": END}
    return {
        "model.get": lambda opened: {"model": MODEL},
        "model.create": lambda opened: {"name": f"m{uuid4().hex}", "telemetry": [
            {"name": "kW", "schema_type": "double"}]},
        "group.get": lambda opened: {"group": GROUP},
        "group.add_endpoints": lambda opened: {"group": GROUP, "endpoints": [DEVICE]},
        "endpoint.create": lambda opened: {"hub": HUB, "model": MODEL, "name": "one more"},
        "endpoint.get": lambda opened: {"endpoint": DEVICE},
        "endpoint.token": lambda opened: {"endpoint": DEVICE},
        "endpoint.set_properties": lambda opened: {
            "endpoint": DEVICE, "properties": {"location": {"value": "roof"}}},
        "endpoint.last_values": lambda opened: {"endpoint": DEVICE},
        "endpoint.export": lambda opened: ranged,
        "endpoint.points": lambda opened: ranged,
        "endpoint.publish": lambda opened: {
            "endpoint": DEVICE, "records": [{"attributes": {TELEMETRY: 7.5}}]},
        "endpoint.listen": lambda opened: {"endpoint": DEVICE, "seconds": 1},
        "capture.get": lambda opened: {"capture": LIVE},
        "capture.start": lambda opened: {"capture": READY},
        "capture.stop": lambda opened: {"capture": READY},
        "capture.publish": lambda opened: {"capture": LIVE, "records": [
            {"timestamp": 1, "values": {"nobody": 1}}]},
        "capture.listen": lambda opened: {"capture": LIVE, "seconds": 1},
    }  # fmt: skip
