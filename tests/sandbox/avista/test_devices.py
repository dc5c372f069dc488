"""Avista's IoT endpoints, models and captures over the wire, and what comes live."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.sandbox.accounts import MEMBER, OUTSIDER
from connectors.sandbox.clock import Clock
from connectors.sandbox.zones import MINUTE
from tests.sandbox.avista.series import Database, record
from tests.sandbox.avista.wire import Frames, Wire
from tests.sandbox.server import SandboxServer

NOON = 1_700_000_000_000
HUB, GROUP, LIBRARY = "iotHubId.3", "iotGroupId.3", "campus-synthetic.north-campus.library"
LISTED = f"""{{ iot_getGroup(iotGroupId: "{GROUP}", includeEndpoints: true) {{ endpoints {{
  iotEndpointId name telemetry {{ name schemaType }} }} }} }}"""
PUBLISH = """mutation($id: ID!, $data: [IotDataRecordInput]!) {
  iot_publish(iotEndpointId: $id, data: $data) { iotEndpointId
    recordsWritten { timestamp attributes { name schemaType value } }
    failedRecords { record { timestamp attributes { name value } } errors { errorType } } } }"""
LATEST = """query($id: ID!) { iot_listEndpointLastValues(iotEndpointId: $id) { nextToken data {
  iotEndpointId telemetryValues { telemetryModel { name } timestamp value } } } }"""
RANGE = """query($filters: [EndpointQueryFilter]!, $start: String!, $end: String!, $next: String) {
  iot_queryByTimeRange(endpointQueryFilters: $filters, startTime: $start, endTime: $end,
    nextToken: $next) { queryId nextToken clientToken queryString startTime endTime } }"""
EXPORT = "mutation($of: ID!) { iot_generateQueryResultExport(queryId: $of) { fileFormat } }"
DONE = """subscription($id: String!) { onNotifyIotQueryExportComplete(queryId: $id) {
  queryId fileFormat fileSizeBytes url } }"""
LIVE = """subscription($id: ID!) { onIotPublish(iotEndpointId: $id) { iotEndpointId recordsWritten {
  iotEndpointId timestamp attributes { name schemaType value } } failedRecords {
  errors { errorType } } } }"""
MODEL = """mutation($name: String!, $telemetry: [ModelTelemetryInput]) { iot_createModel(
  displayName: $name, dtmiSegment: $name, telemetry: $telemetry) { modelId dtmi } }"""
ENDPOINT = """mutation($hub: ID!, $model: ID!) { iot_createEndpoint(iotHubId: $hub, modelId: $model,
  name: "made") { iotEndpointId properties { name } telemetry { name index } } }"""
FEED = """mutation($id: ID!, $data: [DataCaptureDataRecordInput]!) { dataCapture_publishData(
  captureId: $id, data: $data) { captureId dataWritten { timestamp userDefinedId value }
  failedRecords { recordIndex attributeIndex errorType } } }"""
CAPTURE = """query($id: ID!) { dataCapture_getCapture(captureId: $id, includeDataModel: true) {
  state timeSettings { actualStartTime } stateHistory { newState }
  dataModel { items { attributes { userDefinedId schemaType } } } } }"""


def library(wire: Wire) -> dict[str, Any]:
    """The endpoint of the library."""
    endpoints: list[dict[str, Any]] = wire.data(LISTED)["endpoints"]
    return next(one for one in endpoints if one["name"] == LIBRARY)


def made(wire: Wire, **telemetry: str) -> str:
    """A new endpoint with this telemetry: name → schema."""
    parts = [{"name": name, "schemaType": schema} for name, schema in telemetry.items()]
    model = wire.data(MODEL, name="Made", telemetry=parts)
    endpoint_id: str = wire.data(ENDPOINT, hub=HUB, model=model["modelId"])["iotEndpointId"]
    return endpoint_id


def rows(wire: Wire, endpoint: str, names: list[str], start: int, end: int) -> list[list[str]]:
    """The CSV file of a query."""
    filters = [{"iotEndpointId": endpoint, "attributeNames": names}]
    page = wire.data(RANGE, filters=filters, start=str(start), end=str(end))
    with wire.socket() as frames:
        assert frames.start(DONE, id=page["queryId"])["type"] == "start_ack"
        assert wire.data(EXPORT, of=page["queryId"]) == {"fileFormat": "CSV"}
        notice = frames.take()["payload"]["data"]["onNotifyIotQueryExportComplete"]
    content = wire.file("GET", notice["url"]).body
    assert len(content) == notice["fileSizeBytes"]
    return list(csv.reader(io.StringIO(content.decode())))


def test_devices_have_names_that_the_twin_language_takes(admin: Wire) -> None:
    telemetry = {one["name"]: one["schemaType"] for one in library(admin)["telemetry"]}
    assert telemetry["electricPower"] == "double"
    assert telemetry["people"] == "integer"
    for number in range(1, 5):
        group = admin.data(LISTED.replace(GROUP, f"iotGroupId.{number}"))
        for one in (one for endpoint in group["endpoints"] for one in endpoint["telemetry"]):
            assert one["name"].isalnum(), one


def test_a_published_record_comes_back_by_the_latest_values_and_an_export(admin: Wire) -> None:
    endpoint = made(admin, kW="double", n="integer", on="boolean", at="dateTime", long="duration")
    sent = {"kW": "1E-7", "n": "-3", "on": "TRUE", "at": "2023-11-14T22:13:20Z", "long": "PT5M"}
    attributes = [{"name": name, "value": value} for name, value in sent.items()]
    sent_at = {"timestamp": str(NOON), "timeUnit": "MILLISECONDS"}
    answer = admin.data(PUBLISH, id=endpoint, data=[{**sent_at, "attributes": attributes}])
    (written,) = answer["recordsWritten"]
    told = {one["name"]: one["value"] for one in written["attributes"]}
    assert answer["failedRecords"] == []
    assert (written["timestamp"], told) == (str(NOON), {**sent, "kW": "1.0E-7", "on": "true"})
    (values,) = admin.data(LATEST, id=endpoint)["data"]
    latest = {one["telemetryModel"]["name"]: one["value"] for one in values["telemetryValues"]}
    assert latest == told
    assert rows(admin, endpoint, ["n", "kW", "none"], NOON - 1, NOON + 1) == [
        ["iotEndpointId", "name", "timestamp", "n", "kW", "none"],
        [endpoint, "made", "2023-11-14 22:13:20.000000000", "-3", "1.0E-7", ""],
    ]


def test_a_record_with_a_mistake_is_not_written_and_says_which(admin: Wire) -> None:
    endpoint = made(admin, kW="double", n="integer", at="dateTime", long="duration")

    def one(name: str, value: str, **more: Any) -> dict[str, Any]:
        stamp = {"timestamp": str(NOON), "timeUnit": "MILLISECONDS"}
        return {**stamp, "attributes": [{"name": name, "value": value}], **more}

    answer = admin.data(PUBLISH, id=endpoint, data=[
        one("kW", "1"), one("kW", "1"), one("kW", "2"), one("other", "1"), one("n", "1.5"),
        one("at", "noon"), one("long", "P"), one("kW", "1", timestamp="x"),
        one("kW", "1", timeUnit=None), one("kW", "1", attributes=[]),
        one("kW", "1", attributes=[{"name": "n", "value": "1"}, {"name": "n", "value": "2"}]),
    ])  # fmt: skip
    errors = [[error["errorType"] for error in one["errors"]] for one in answer["failedRecords"]]
    assert len(answer["recordsWritten"]) == 2
    assert errors == [
        ["DUPLICATE_ENTRY"], ["UNEXPECTED_ATTRIBUTE"], ["INCORRECT_VALUE_TYPE"],
        ["INCORRECT_VALUE_TYPE"], ["INCORRECT_VALUE_TYPE"], ["INVALID_TIMESTAMP"],
        ["MISSING_TIME_UNIT"], ["MISSING_DATA"], ["DUPLICATE_ENTRY"],
    ]  # fmt: skip
    assert [row[3] for row in rows(admin, endpoint, [], NOON, NOON)[1:]] == ["1.0"]


def test_a_range_query_with_many_rows_comes_in_pages(admin: Wire) -> None:
    endpoint = library(admin)["iotEndpointId"]
    filters = [
        {"iotEndpointId": endpoint, "attributeNames": [name]}
        for name in ("people", "electricPower")
    ]
    start, end = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp() * 1000) for year in (2023, 2024))
    pages: list[Any] = []
    while not pages or pages[-1]["nextToken"]:
        following = pages[-1]["nextToken"] if pages else None
        pages.append(admin.data(RANGE, filters=filters, start=str(start), end=str(end),
                                next=following))  # fmt: skip
    assert len(pages) == 6
    assert len({page["queryId"] for page in pages}) == 1
    assert (pages[0]["startTime"], pages[0]["endTime"]) == (str(start), str(end))


def test_an_outsider_sees_no_device_and_a_member_may_not_write(server: SandboxServer) -> None:
    admin, member, outsider = Wire(server), Wire(server, MEMBER), Wire(server, OUTSIDER)
    endpoint = library(admin)["iotEndpointId"]
    assert outsider.refusal(LATEST, id=endpoint) == (None, "Unauthorized")
    assert outsider.refusal(LISTED) == (None, "Unauthorized")
    assert member.data(LATEST, id=endpoint)["data"][0]["iotEndpointId"] == endpoint
    assert member.refusal(PUBLISH, id=endpoint, data=[]) == (None, "Unauthorized")
    assert admin.ask(LATEST, id="iotEndpointId.0") == {"data": {"iot_listEndpointLastValues": None}}
    with outsider.socket() as frames:
        assert frames.start(LIVE, id=endpoint)["type"] == "error"


def test_an_endpoints_token_is_for_that_endpoint_alone(admin: Wire) -> None:
    endpoint = made(admin, kW="double")
    ask = """query($id: ID!) { iot_getEndpointToken(iotEndpointId: $id) {
      tokenValue tokenType scope } }"""
    token = admin.data(ask, id=endpoint)
    assert (token["tokenType"], token["scope"]) == ("IOT_ENDPOINT_READ_WRITE", [endpoint])
    device = Wire(admin.server, token["tokenValue"])
    sent = [{"attributes": [{"name": "kW", "value": "1"}]}]
    assert device.data(PUBLISH, id=endpoint, data=sent)["failedRecords"] == []
    assert device.refusal(PUBLISH, id="iotEndpointId.1", data=sent) == (None, "Unauthorized")
    assert device.refusal("{ timeSeriesDb_listDatabases { name } }") == (None, "Unauthorized")
    renew = "mutation($id: ID!) { iot_regenerateEndpointToken(iotEndpointId: $id) { tokenValue } }"
    fresh = admin.data(renew, id=endpoint)["tokenValue"]
    assert device.post({"query": "{ __typename }"}).status == 401
    assert Wire(admin.server, fresh).data(LATEST, id=endpoint)["nextToken"] is None


def test_a_deleted_endpoint_is_gone_with_its_values(admin: Wire) -> None:
    endpoint = library(admin)["iotEndpointId"]
    delete = "mutation($id: ID!) { iot_deleteEndpoint(iotEndpointId: $id) { name } }"
    assert admin.data(delete, id=endpoint) == {"name": LIBRARY}
    assert admin.ask(delete, id=endpoint)["data"] == {"iot_deleteEndpoint": None}
    assert LIBRARY not in [one["name"] for one in admin.data(LISTED)["endpoints"]]


@pytest.mark.parametrize("name", ["two words", "1st", "", "a.b", "tail_"])
def test_a_model_needs_a_name_that_a_dtmi_can_hold(admin: Wire, name: str) -> None:
    assert admin.refusal(MODEL, name=name, telemetry=[]) == (None, "BadRequest")


def test_a_publish_reaches_its_subscribers_and_no_others(admin: Wire) -> None:
    one, other = made(admin, kW="double"), made(admin, kW="double")
    with admin.socket() as frames, admin.socket() as elsewhere:
        frames.start(LIVE, id=one)
        elsewhere.start(LIVE, id=other)
        for endpoint, value in ((other, "1"), (one, "2")):
            record_of = {"timestamp": str(NOON), "timeUnit": "MILLISECONDS",
                         "attributes": [{"name": "kW", "value": value}]}  # fmt: skip
            admin.data(PUBLISH, id=endpoint, data=[record_of])
        got = [each.take()["payload"]["data"]["onIotPublish"] for each in (elsewhere, frames)]
    assert [one["recordsWritten"][0]["attributes"][0]["value"] for one in got] == ["1.0", "2.0"]


def test_new_readings_come_live_as_the_clock_brings_them() -> None:
    """The clock stands just before a full minute, at which the library's power is read."""
    clock = Clock.starting_at(datetime(2024, 5, 6, 9, 59, 58, tzinfo=UTC))
    with SandboxServer("avista", clock=clock) as server:
        wire = Wire(server)
        endpoint = library(wire)["iotEndpointId"]
        asset = {"id": "timeSeriesDbId.3", "asset": LIBRARY}
        database = """subscription($id: ID!, $asset: ID!) { onTimeSeriesDbPublish(assetId: $asset,
          timeSeriesDbId: $id) { assetId attributes { name data { timestamp value } } } }"""
        capture = """subscription($id: ID!) { onCapturePublishData(captureId: $id) {
          dataWritten { value } } }"""
        with wire.socket() as devices, wire.socket() as series, wire.socket() as captures:
            assert devices.start(LIVE, id=endpoint)["type"] == "start_ack"
            assert series.start(database, **asset)["type"] == "start_ack"
            assert captures.start(capture, id="dataCaptureId.5")["type"] == "start_ack"
            record_of = taken(devices, "onIotPublish")["recordsWritten"][0]
            (told,) = taken(series, "onTimeSeriesDbPublish")
            assert taken(captures, "onCapturePublishData")["dataWritten"]
        at = int(datetime(2024, 5, 6, 10, tzinfo=UTC).timestamp() * 1000)
        assert int(record_of["timestamp"]) % (MINUTE // 1000) == 0
        assert int(record_of["timestamp"]) == at
        live = {one["name"]: one["value"] for one in record_of["attributes"]}
        points = {one["name"]: one["data"][0]["value"] for one in told["attributes"]}
        assert live["electricPower"] == points["Library electric power (synthetic)"]
        assert rows(wire, endpoint, ["electricPower"], at, at)[1][3] == live["electricPower"]


def taken(frames: Frames, field: str) -> Any:
    """The next notice."""
    frame = frames.take()
    assert frame["type"] == "data", frame
    return frame["payload"]["data"][field]


def test_a_capture_is_started_fed_and_stopped_in_this_order_only(admin: Wire) -> None:
    capture = "dataCaptureId.6"
    held = admin.data(CAPTURE, id=capture)
    attribute = held["dataModel"]["items"][0]["attributes"][0]["userDefinedId"]
    start, stop = (
        f"mutation($id: ID!) {{ dataCapture_{verb}Capture(captureId: $id) {{ state }} }}"
        for verb in ("start", "stop")
    )
    value = [{"userDefinedId": attribute, "value": "1.5"}]
    feed = {"id": capture, "data": [{"timestamp": str(NOON), "attributeValues": value}]}
    assert admin.refusal(FEED, **feed) == (None, "BadRequest")
    assert admin.refusal(stop, id=capture) == (None, "BadRequest")
    assert admin.data(start, id=capture) == {"state": "CAPTURING"}
    assert admin.refusal(start, id=capture) == (None, "BadRequest")
    assert admin.data(FEED, **feed)["dataWritten"] == [{**value[0], "timestamp": str(NOON)}]
    assert admin.data(stop, id=capture) == {"state": "COMPLETE"}
    states = [one["newState"] for one in admin.data(CAPTURE, id=capture)["stateHistory"]]
    assert states == ["READY", "CAPTURING", "FINISHING", "COMPLETE"]


def test_failed_values_of_a_capture_are_named_by_their_places(admin: Wire) -> None:
    capture = "dataCaptureId.5"
    held = admin.data(CAPTURE, id=capture)
    attribute = held["dataModel"]["items"][0]["attributes"][0]["userDefinedId"]

    def one(stamp: object, *values: tuple[str, str]) -> dict[str, Any]:
        given = [{"userDefinedId": name, "value": value} for name, value in values]
        return {"timestamp": str(stamp), "attributeValues": given}

    answer = admin.data(FEED, id=capture, data=[
        one(NOON + 7, (attribute, "1"), ("none", "1")), one(NOON + 7, (attribute, "2")),
        one("noon", (attribute, "1")), one(NOON + 8, (attribute, "heavy")),
    ])  # fmt: skip
    assert [one["value"] for one in answer["dataWritten"]] == ["1.0"]
    assert [tuple(one.values()) for one in answer["failedRecords"]] == [
        (0, 1, "InvalidAttributeId"), (1, 0, "RecordExists"), (2, None, "InvalidTimestamp"),
        (3, 0, "ValueTypeError"),
    ]  # fmt: skip


def test_captures_are_listed_in_pages(admin: Wire) -> None:
    ask = """query($next: String) { dataCapture_listCaptures(limit: 3, nextToken: $next) {
      captures { captureId dataModel { version } } nextToken } }"""
    found: list[Any] = []
    following = None
    for _ in range(10):
        page = admin.data(ask, next=following)
        found += page["captures"]
        following = page["nextToken"]
        if following is None:
            break
    assert len({one["captureId"] for one in found}) == len(found) == 8
    assert all(one["dataModel"] is None for one in found)


def test_a_publish_to_a_database_reaches_its_subscribers(admin: Wire) -> None:
    database = Database(admin)
    live = """subscription($id: ID!, $asset: ID!) { onTimeSeriesDbPublish(assetId: $asset,
      timeSeriesDbId: $id) { assetId name attributes { name attributeType lastValue lastValueTime
      data { timestamp value } } } }"""
    with admin.socket() as frames:
        frames.start(live, id=database.id, asset="a")
        sent = database.publish("a", record(NOON, "kW", "DOUBLE", "1.5"))
        assert taken(frames, "onTimeSeriesDbPublish") == [sent]
