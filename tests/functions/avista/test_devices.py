"""IoT endpoints, groups and models, over a real socket, read back by the bare wire."""

from __future__ import annotations

import csv
import io
import threading
import time
from datetime import UTC, datetime, timedelta
from socket import SHUT_RDWR
from typing import Any

import pytest

from connectors.contract import NodeId, Window
from connectors.errors import NotFound, Rejected, Unavailable
from tests.conformance.points import stored as points_of
from tests.conformance.sandbox_avista import node
from tests.functions.avista.shared import ENDPOINT, Ours, fresh, saying
from tests.sandbox.avista.wire import Wire
from tests.sandbox.server import SandboxServer

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
MS = 1_714_564_800_000
GROUP = """query($id: ID!) { iot_getGroup(iotGroupId: $id, includeEndpoints: true) {
  iotGroupId iotHubId name iotEndpointIds endpoints { iotEndpointId } } }"""
NEW_GROUP = """mutation { iot_createGroup(iotHubId: "iotHubId.1", name: "New") { iotGroupId } }"""
MODEL = """query($id: ID!) { iot_getModel(modelId: $id) { modelId dtmi displayName description
  properties { name schemaType description index defaultValue writable }
  telemetry { name schemaType description index } } }"""
LATEST = """query($id: ID!) { iot_listEndpointLastValues(iotEndpointId: $id) {
  data { telemetryValues { timestamp value telemetryModel { name } } } } }"""
PUBLISH = """mutation($id: ID!, $data: [IotDataRecordInput]!) {
  iot_publish(iotEndpointId: $id, data: $data) { iotEndpointId
    recordsWritten { iotEndpointId timestamp attributes { name schemaType value } }
    failedRecords { record { timestamp } errors { errorType } } } }"""
SCHEMAS = {"kW": "double", "count": "integer", "on": "boolean", "word": "string"}


@pytest.fixture
def model(ours: Ours) -> Any:
    """The record of a new one."""
    return ours.do(
        "model.create", name=fresh("Meter"), description="Measures.",
        properties=[
            {"name": "place", "schema_type": "string", "default_value": "roof", "writable": True},
            {"name": "step", "schema_type": "integer"},
        ],
        telemetry=[{"name": name, "schema_type": kind} for name, kind in SCHEMAS.items()],
    )  # fmt: skip


@pytest.fixture
def device(ours: Ours, model: Any) -> Any:
    """The record of a new endpoint."""
    return ours.do("endpoint.create", hub=node("hub", "iotHubId.1"), model=model.id, name="meter")


def key(record: Any) -> str:
    return str(record.fields["iotEndpointId"])


def telemetry(device: Any, name: str) -> NodeId:
    return node("telemetry", key(device), name, SCHEMAS[name])


@pytest.mark.covers("avista.iot.create_model")
@pytest.mark.covers("avista.type.digital_twin_model")
@pytest.mark.covers("avista.type.model_property")
@pytest.mark.covers("avista.type.model_telemetry")
def test_a_model_keeps_its_properties_and_telemetry_in_order(
    ours: Ours, wire: Wire, model: Any
) -> None:
    told = wire.data(MODEL, id=model.fields["modelId"])
    assert told["dtmi"] == f"dtmi:avista:{told['displayName']};1"
    assert [(one["name"], one["schemaType"], one["index"]) for one in told["telemetry"]] == [
        (name, kind, place) for place, (name, kind) in enumerate(SCHEMAS.items())
    ]
    assert [
        (one["name"], one["schemaType"], one["defaultValue"], one["writable"])
        for one in told["properties"]
    ] == [("place", "string", "roof", True), ("step", "integer", None, False)]
    fields = ours.do("model.get", model=model.id).fields
    assert (fields["modelId"], fields["dtmi"]) == (told["modelId"], told["dtmi"])
    for part in ("properties", "telemetry"):
        assert [{name: one[name] for name in told[part][0]} for one in fields[part]] == told[part]
    assert model.id in [row["node"] for row in ours.rows("models.list")]
    for wrong in ("with space", "a-b", "", "é"):
        with pytest.raises(Rejected) as refused:
            ours.do("model.create", name=wrong)
        assert "name" in refused.value.fields


@pytest.mark.covers("avista.iot.create_endpoint")
@pytest.mark.covers("avista.iot.get_endpoint")
@pytest.mark.covers("avista.type.iot_endpoint")
@pytest.mark.covers("avista.type.endpoint_telemetry")
def test_an_endpoint_is_made_after_a_model_and_has_a_series_for_each_telemetry(
    ours: Ours, wire: Wire, model: Any, device: Any
) -> None:
    told = wire.data(ENDPOINT, id=key(device))
    assert (told["iotHubId"], told["modelId"], told["name"], told["ownerUserId"]) == (
        "iotHubId.1", model.fields["modelId"], "meter", "userId.1",
    )  # fmt: skip
    fields = ours.do("endpoint.get", endpoint=device.id).fields
    assert {name: fields[name] for name in told} == told
    assert [(one["name"], one["schemaType"]) for one in told["telemetry"]] == list(SCHEMAS.items())
    series = ours.opened.children(device.id).items
    assert [(one.id, one.role) for one in series] == [
        (telemetry(device, name), "series") for name in SCHEMAS
    ]
    values = {"kW": 1.5, "count": 3, "on": True, "word": "x"}
    record = {"timestamp": MS, "attributes": values}
    ours.do("endpoint.publish", endpoint=device.id, records=[record])
    window = Window(start=NOON, end=NOON + timedelta(seconds=1))
    found = points_of(ours.opened.read([one.id for one in series], window))
    assert {one.name: found[one.id][1] for one in series} == {
        name: [value] for name, value in values.items()
    }
    with pytest.raises(NotFound):
        ours.do("endpoint.get", endpoint=node("endpoint", "iotEndpointId.0"))


@pytest.mark.covers("avista.iot.get_group")
@pytest.mark.covers("avista.type.iot_group")
def test_a_group_comes_with_or_without_its_endpoints(ours: Ours, wire: Wire) -> None:
    told = wire.data(GROUP, id="iotGroupId.1")
    place = node("group", "iotGroupId.1")
    whole = ours.do("group.get", group=place).fields
    assert [one["iotEndpointId"] for one in whole["endpoints"]] == told["iotEndpointIds"]
    bare = ours.do("group.get", group=place, endpoints=False).fields
    assert (bare["endpoints"], bare["name"]) == ([], told["name"])
    empty = wire.data(NEW_GROUP)["iotGroupId"]
    assert ours.do("group.get", group=node("group", empty)).fields["endpoints"] == []
    assert ours.opened.children(node("group", empty)).items == ()
    assert len(ours.opened.children(place).items) == len(told["iotEndpointIds"])


@pytest.mark.covers("avista.iot.add_endpoints_to_group")
def test_one_or_many_endpoints_are_added_to_a_group(ours: Ours, wire: Wire) -> None:
    group = wire.data(NEW_GROUP)["iotGroupId"]
    place = node("group", group)
    ours.do("group.add_endpoints", group=place, endpoints=["iotEndpointId.1"])
    assert wire.data(GROUP, id=group)["iotEndpointIds"] == ["iotEndpointId.1"]
    many = [node("endpoint", f"iotEndpointId.{number}") for number in (2, 3)]
    made = ours.do("group.add_endpoints", group=place, endpoints=many).fields
    told = wire.data(GROUP, id=group)
    assert told["iotEndpointIds"] == [f"iotEndpointId.{number}" for number in (1, 2, 3)]
    assert [one["iotEndpointId"] for one in made["endpoints"]] == told["iotEndpointIds"]


@pytest.mark.covers("avista.iot.list_endpoint_last_values")
def test_last_values_have_a_name_a_value_and_a_time(ours: Ours, wire: Wire) -> None:
    for number in (1, 15, 17):
        (told,) = wire.data(LATEST, id=f"iotEndpointId.{number}")["data"]
        rows = ours.rows(
            "endpoint.last_values", endpoint=node("endpoint", f"iotEndpointId.{number}")
        )
        assert [
            (row["attribute"], row["lastValue"], int(row["time"].timestamp() * 1000))
            for row in rows
        ] == [
            (one["telemetryModel"]["name"], one["value"], int(one["timestamp"]))
            for one in told["telemetryValues"]
        ]
        assert rows


@pytest.mark.covers("avista.iot.query_by_time_range")
@pytest.mark.covers("avista.iot.query_data_by_time_range")
def test_a_range_is_a_file_of_the_asked_attributes_and_the_same_as_points(
    ours: Ours, wire: Wire, device: Any
) -> None:
    data = [
        {"timestamp": str(MS + minute * 60_000), "timeUnit": "MILLISECONDS",
         "attributes": [{"name": "kW", "value": f"{minute}.5"},
                        {"name": "count", "value": str(minute)},
                        {"name": "word", "value": "a,\n\"b\""}]}
        for minute in range(6)
    ]  # fmt: skip
    assert wire.data(PUBLISH, id=key(device), data=data)["failedRecords"] == []
    end = NOON + timedelta(minutes=3)
    ranged = {"endpoint": device.id, "start": NOON, "end": end}
    content = ours.content("endpoint.export", **ranged, attributes=["count", "kW"]).decode()
    rows = list(csv.reader(io.StringIO(content)))
    assert rows[0] == ["iotEndpointId", "name", "timestamp", "count", "kW"]
    assert [(row[0], row[2], row[3], row[4]) for row in rows[1:]] == [
        (key(device), f"2024-05-01 12:0{minute}:00.000000000", str(minute), f"{minute}.5")
        for minute in range(4)
    ]
    found = points_of(ours.do("endpoint.points", **ranged, attributes=["count", "kW", "word"]))
    assert found[telemetry(device, "count")][1] == [0, 1, 2]
    assert found[telemetry(device, "kW")][1] == [0.5, 1.5, 2.5]
    assert found[telemetry(device, "word")][1] == ['a,\n"b"'] * 3
    with pytest.raises(Rejected) as refused:
        ours.content("endpoint.export", **ranged, attributes=["nothing"])
    assert "attributes" in refused.value.fields


@pytest.mark.covers("avista.iot.publish")
@pytest.mark.covers("avista.type.iot_endpoint_publish_data_result")
@pytest.mark.covers("avista.type.iot_endpoint_data_record")
@pytest.mark.covers("avista.type.iot_endpoint_attribute_value")
def test_records_are_written_whatever_their_unit_of_time_and_now_without_one(
    ours: Ours, wire: Wire, device: Any
) -> None:
    stamps = {
        "SECONDS": MS // 1000, "MILLISECONDS": MS + 1_000, "MICROSECONDS": MS * 1000 + 2 * 10**6,
        "NANOSECONDS": MS * 10**6 + 3 * 10**9, "ISO8601": "2024-05-01T12:00:04.000Z",
    }  # fmt: skip
    records = [
        {"timestamp": stamp, "time_unit": unit, "attributes": {"kW": 1.5, "on": True}}
        for unit, stamp in stamps.items()
    ]
    told = ours.do("endpoint.publish", endpoint=device.id, records=records).fields
    assert (told["iotEndpointId"], told["success"], told["recordsFailed"]) == (
        key(device), True, [],
    )  # fmt: skip
    assert [int(one["timestamp"]) for one in told["recordsWritten"]] == [
        MS + 1000 * number for number in range(5)
    ]
    assert told["recordsWritten"][0]["attributes"] == [
        {"name": "kW", "schemaType": "double", "value": "1.5"},
        {"name": "on", "schemaType": "boolean", "value": "true"},
    ]
    window = Window(start=NOON, end=NOON + timedelta(seconds=10))
    place = telemetry(device, "kW")
    times, values = points_of(ours.opened.read([place], window))[place]
    assert (times, values) == ([(MS + 1000 * number) * 1000 for number in range(5)], [1.5] * 5)
    before = time.time()
    ours.do("endpoint.publish", endpoint=device.id, records=[{"attributes": {"count": 7}}])
    (latest,) = wire.data(LATEST, id=key(device))["data"]
    (count,) = [one for one in latest["telemetryValues"] if one["value"] == "7"]
    assert before - 1 < int(count["timestamp"]) / 1000 < time.time() + 1
    for wrong in ({"timestamp": "soon"}, {"timestamp": 1, "time_unit": "HOURS"},
                  {"timestamp": "2024-05-01", "time_unit": "ISO8601"}):  # fmt: skip
        with pytest.raises(Rejected):
            ours.do("endpoint.publish", endpoint=device.id,
                    records=[{"attributes": {"kW": 1}, **wrong}])  # fmt: skip


@pytest.mark.covers("avista.type.iot_endpoint_publish_data_failed_record")
@pytest.mark.covers("avista.type.iot_endpoint_data_record_error")
def test_failed_records_stand_beside_their_errors_and_the_others_are_written(
    server: SandboxServer, ours: Ours, device: Any
) -> None:
    records = [
        {"timestamp": MS, "attributes": {"kW": 1.5}},
        {"timestamp": MS + 1, "attributes": {"kW": "no number"}},
        {"timestamp": MS + 2, "attributes": {"nothing": 1}},
    ]
    values: dict[str, Any] = {"endpoint": device.id, "records": records}
    told = ours.do("endpoint.publish", **values).fields
    assert told["success"] is False
    assert [int(one["timestamp"]) for one in told["recordsWritten"]] == [MS]
    assert [
        (int(one["record"]["timestamp"]), [each["errorType"] for each in one["errors"]])
        for one in told["recordsFailed"]
    ] == [(MS + 1, ["INCORRECT_VALUE_TYPE"]), (MS + 2, ["UNEXPECTED_ATTRIBUTE"])]
    assert "no double" in told["recordsFailed"][0]["errors"][0]["errorMessage"]
    assert told["recordsFailed"][1]["record"]["attributes"][0]["name"] == "nothing"
    with saying(server, "UNEXPECTED_ATTRIBUTE", "SOMETHING_NEW") as newer:
        failed = newer.do("endpoint.publish", **values).fields["recordsFailed"]
    assert failed[-1]["errors"][0]["errorType"] == "SOMETHING_NEW"


@pytest.mark.covers("avista.iot.update_endpoint_properties")
@pytest.mark.covers("avista.type.endpoint_property")
def test_properties_get_new_values_with_their_time(ours: Ours, wire: Wire, device: Any) -> None:
    fields = ours.do("endpoint.get", endpoint=device.id).fields
    place, step = fields["properties"]
    assert (place["value"], place["defaultValue"], place["writable"]) == ("roof", "roof", True)
    assert (step["value"], step["writable"]) == (None, False)
    before = time.time() * 1000
    changes = {"place": {"value": "cellar"}, "step": {"value": 60, "timestamp": MS}}
    changed = ours.do("endpoint.set_properties", endpoint=device.id, properties=changes).fields
    told = wire.data(ENDPOINT, id=key(device))["properties"]
    assert [(one["name"], one["value"]) for one in told] == [("place", "cellar"), ("step", "60")]
    assert before - 1 <= int(told[0]["timestamp"]) <= time.time() * 1000
    assert told[1]["timestamp"] == str(MS)
    assert changed["properties"] == told
    shown = ours.opened.node(device.id).details
    assert (shown["Property place"], shown["Property step"]) == ("cellar", "60")
    with pytest.raises(Rejected):
        ours.do("endpoint.set_properties", endpoint=device.id,
                properties={"nothing": {"value": "1"}})  # fmt: skip


def say(wire: Wire, device: Any, minute: int) -> None:
    """One record more."""
    data = [{"timestamp": str(MS + minute * 60_000), "timeUnit": "MILLISECONDS",
             "attributes": [{"name": "kW", "value": f"{minute}.5"}]}]  # fmt: skip
    assert wire.data(PUBLISH, id=key(device), data=data)["failedRecords"] == []


@pytest.mark.covers("avista.iot.subscribe_to_endpoint")
def test_a_published_record_arrives_live_and_a_break_is_told_and_mended(
    server: SandboxServer, ours: Ours, wire: Wire, device: Any
) -> None:
    place = telemetry(device, "kW")
    with ours.opened.subscribe([place]) as feed:
        say(wire, device, 1)
        found = next(iter(feed))
        assert (found.series, found.batch.to_pylist()) == (
            place, [{"time": NOON + timedelta(minutes=1), "value": 1.5}],
        )  # fmt: skip
        ours.opened.sockets[-1].shutdown(SHUT_RDWR)
        with pytest.raises(Unavailable):
            list(feed)
    with ours.opened.subscribe([place]) as again:
        say(wire, device, 2)
        assert next(iter(again)).batch.column("value").to_pylist() == [2.5]


@pytest.mark.covers("avista.iot.subscribe_to_endpoint")
def test_who_listens_is_connected_again_after_a_drop(
    server: SandboxServer, ours: Ours, wire: Wire, device: Any
) -> None:
    hub = server.standin("avista").platform.hub
    heard: list[Any] = []
    first, second = threading.Event(), threading.Event()

    def listen() -> None:
        table = ours.do("endpoint.listen", endpoint=device.id, seconds=20, most=2)
        for row in table.rows:
            heard.append(row)
            (second if first.is_set() else first).set()

    def listening() -> None:
        until = time.monotonic() + 10
        while not hub.listening("onIotPublish") and time.monotonic() < until:
            time.sleep(0.01)  # a poll: the platform tells nobody who listens

    listener = threading.Thread(target=listen)
    listener.start()
    listening()
    say(wire, device, 1)
    assert first.wait(10)
    before = len(ours.opened.sockets)
    ours.opened.sockets[-1].shutdown(SHUT_RDWR)
    until = time.monotonic() + 10
    while len(ours.opened.sockets) == before and time.monotonic() < until:
        time.sleep(0.01)  # a poll, as above
    until = time.monotonic() + 10
    minute = 2
    while not second.is_set() and time.monotonic() < until:
        say(wire, device, minute)  # until the new subscription is confirmed, nothing is told
        minute += 1
        second.wait(0.1)
    listener.join(10)
    assert not listener.is_alive()
    assert [row[1:] for row in heard[:1]] == [("kW", "double", "1.5")]
    assert heard[0][0] == NOON + timedelta(minutes=1)
    assert len(heard) == 2
    assert len(ours.opened.sockets) > before
