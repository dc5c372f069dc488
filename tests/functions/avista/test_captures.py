"""Data captures, over a real socket, read back by the bare wire."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.contract import NodeId
from connectors.errors import NotFound, Rejected
from connectors.sandbox.avista import capture as captures
from tests.conformance.sandbox_avista import KIND, node
from tests.functions.avista.shared import Ours, fresh
from tests.sandbox.avista.wire import Wire
from tests.sandbox.server import SandboxServer

MS = 1_714_564_800_000
CAPTURE = """query($id: ID!) { dataCapture_getCapture(captureId: $id) { captureId state
  stateHistory { newState } timeSettings { actualStartTime actualStopTime } } }"""
ATTRIBUTES = {"t": "double", "n": "integer", "on": "boolean"}


@pytest.fixture
def ready(server: SandboxServer) -> NodeId:
    """A new capture that is ready."""
    attributes = [
        {"userDefinedId": key, "displayName": key, "description": None,
         "attributeType": "TELEMETRY", "schemaType": kind, "unit": None}
        for key, kind in ATTRIBUTES.items()
    ]  # fmt: skip
    item = {"userDefinedId": "asset", "displayName": "Asset", "description": None,
            "attributes": attributes}  # fmt: skip
    made = captures.created(server.standin(KIND).platform, owner="userId.1", name=fresh("Trial"),
                            description=None, items=[item])  # fmt: skip
    return node("capture", made["captureId"])


@pytest.fixture
def running(ours: Ours, ready: NodeId) -> NodeId:
    ours.do("capture.start", capture=ready)
    return ready


def told(wire: Wire, capture: NodeId) -> Any:
    return wire.data(CAPTURE, id=capture.partition("/")[2])


def ordered(ours: Ours, wire: Wire, function: str, capture: NodeId, moment: str) -> Any:
    """The capture as the platform keeps it after an order, whose answer was that state and time."""
    fields = ours.do(function, capture=capture).fields
    kept = told(wire, capture)
    assert fields["state"] == kept["state"]
    assert fields["timeSettings"][moment] == kept["timeSettings"][moment]
    assert fields["timeSettings"][moment]
    return kept


@pytest.mark.covers("avista.data_capture.start_capture")
@pytest.mark.covers("avista.type.start_capture_result")
def test_a_capture_that_is_ready_starts_and_any_other_is_refused_with_its_state(
    ours: Ours, wire: Wire, ready: NodeId
) -> None:
    kept = ordered(ours, wire, "capture.start", ready, "actualStartTime")
    assert kept["state"] == "CAPTURING"
    with pytest.raises(Rejected, match="READY; it is CAPTURING"):
        ours.do("capture.start", capture=ready)
    with pytest.raises(NotFound):
        ours.do("capture.start", capture=node("capture", "dataCaptureId.0"))


@pytest.mark.covers("avista.data_capture.stop_capture")
@pytest.mark.covers("avista.type.stop_capture_result")
def test_a_running_capture_ends_and_any_other_is_refused_with_its_state(
    ours: Ours, wire: Wire, running: NodeId
) -> None:
    kept = ordered(ours, wire, "capture.stop", running, "actualStopTime")
    assert kept["state"] == "COMPLETE"
    assert [one["newState"] for one in kept["stateHistory"]][:2] == ["READY", "CAPTURING"]
    with pytest.raises(Rejected, match="CAPTURING; it is COMPLETE"):
        ours.do("capture.stop", capture=running)


@pytest.mark.covers("avista.data_capture.publish_data")
@pytest.mark.covers("avista.type.publish_capture_data_result")
@pytest.mark.covers("avista.type.publish_capture_data_successful_record")
@pytest.mark.covers("avista.type.publish_capture_data_failed_record")
def test_values_are_written_and_each_failure_points_at_what_was_sent(
    server: SandboxServer, ours: Ours, running: NodeId
) -> None:
    good = [{"timestamp": MS, "values": {"t": 1.5, "n": 2, "on": True}}]
    fields = ours.do("capture.publish", capture=running, records=good).fields
    assert (fields["success"], fields["failedRecords"]) == (True, [])
    assert fields["dataWritten"] == [
        {"timestamp": str(MS), "userDefinedId": key, "value": value}
        for key, value in (("t", "1.5"), ("n", "2"), ("on", "true"))
    ]
    mixed = [
        {"timestamp": MS + 1, "values": {"t": 2.5}},
        {"timestamp": MS + 2, "values": {"n": "no number", "nobody": 1, "t": 3.5}},
        {"timestamp": MS, "values": {"t": 9}},
    ]
    fields = ours.do("capture.publish", capture=running, records=mixed).fields
    assert fields["success"] is False
    assert [(one["timestamp"], one["value"]) for one in fields["dataWritten"]] == [
        (str(MS + 1), "2.5"),
        (str(MS + 2), "3.5"),
    ]
    assert [
        (one["recordIndex"], one["userDefinedId"], one["value"], one["errorType"])
        for one in fields["failedRecords"]
    ] == [
        (1, "n", "no number", "ValueTypeError"),
        (1, "nobody", "1", "InvalidAttributeId"),
        (2, "t", "9", "RecordExists"),
    ]
    assert all(one["message"] for one in fields["failedRecords"])
    held = server.standin(KIND).platform.series.captures.asset(running.partition("/")[2])
    assert [row.values for row in held.between(0, MS * 10**7)][1:] == [{"t": 2.5}, {"t": 3.5}]


def test_a_capture_that_does_not_run_takes_nothing(ours: Ours, ready: NodeId) -> None:
    with pytest.raises(Rejected, match="CAPTURING"):
        ours.do("capture.publish", capture=ready, records=[{"timestamp": 1, "values": {"t": 1}}])


def test_a_captures_attributes_are_shown_and_cannot_be_read_as_series(
    ours: Ours, ready: NodeId
) -> None:
    nodes = ours.opened.children(ready).items
    assert [(one.name, one.role) for one in nodes] == [(key, "record") for key in ATTRIBUTES]
    with pytest.raises(NotFound):
        ours.opened.subscribe([nodes[0].id])
    listed = {row["node"]: row["state"] for row in ours.rows("captures.list")}
    assert listed[ready] == "READY"
    assert ours.do("capture.get", capture=ready).fields["dataModel"]["items"]


@pytest.mark.covers("avista.data_capture.subscribe_to_data")
def test_each_publish_on_a_capture_arrives_live(
    server: SandboxServer, ours: Ours, running: NodeId
) -> None:
    hub = server.standin(KIND).platform.hub
    heard: list[Any] = []

    def listen() -> None:
        table = ours.do("capture.listen", capture=running, seconds=20, most=2)
        heard.extend(table.rows)

    listener = threading.Thread(target=listen)
    listener.start()
    until = time.monotonic() + 10
    while not hub.listening("onCapturePublishData") and time.monotonic() < until:
        time.sleep(0.01)  # a poll: the platform tells nobody who listens
    for number in (1, 2):
        record = {"timestamp": MS + number, "values": {"t": number + 0.5, "n": number}}
        Ours(server).do("capture.publish", capture=running, records=[record])
    listener.join(10)
    assert not listener.is_alive()
    assert [(row[0], row[1], row[2]) for row in heard] == [
        (datetime.fromtimestamp((MS + number) / 1000, UTC), key, value)
        for number in (1, 2)
        for key, value in (("t", f"{number}.5"), ("n", str(number)))
    ]
