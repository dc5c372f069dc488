# ruff: noqa: E731 - the client takes its flags by position
"""Data captures, and everything live, by the asynchronous client of 1.2.1."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from avista_kinds import kind

READY = "{ dataCapture_listCaptures { captures { captureId state displayName } } }"
ONE = """query($id: ID!) { dataCapture_getCapture(captureId: $id, includeDataModel: true) {
  state timeSettings { actualStartTime actualStopTime } dataModel { items { attributes {
  userDefinedId schemaType } } } } }"""
NOON = "1700000000000"
ENDPOINT = "iotEndpointId.1"
TELEMETRY = (
    f"""{{ iot_getEndpoint(iotEndpointId: "{ENDPOINT}") {{ telemetry {{ name schemaType }} }} }}"""
)
STOP_WAITING = 20


class Captures:
    """The captures that wait to be started, one for each function that starts one."""

    def __init__(self, judge: Any, dx: Any, side: Any) -> None:
        self.judge, self.dx, self.side = judge, dx, side
        self.errors = kind("async_graphql_client.exceptions", "GraphQLClientGraphQLMultiError")
        self.http = kind("async_graphql_client.exceptions", "GraphQLClientHttpError")
        listed = side.data(READY)["captures"]
        self.ready = [one["captureId"] for one in listed if one["state"] == "READY"]

    def both(self, function: str, inside: str, call: Any, check: Any) -> None:
        """Right input, done once, for a function and the one inside it."""
        for name in (f"DataCaptureUtil.{function}", f"Client.{inside}"):
            self.judge.right(name, call, check)

    def refused(self, function: str, inside: str, call: Any, raises: Any) -> None:
        """Wrong input for both."""
        for name in (f"DataCaptureUtil.{function}", f"Client.{inside}"):
            self.judge.wrong(name, call, raises=raises)

    def held(self, capture: str) -> Any:
        """What the platform has of a capture."""
        return self.side.data(ONE, id=capture)


def judge_all(judge: Any, dx: Any, side: Any) -> None:
    """All of it."""
    held = Captures(judge, dx, side)
    started(held)
    fed(held)
    heard(held)
    devices(held)
    stopped(held)
    plain(held)


LOOP = asyncio.new_event_loop()
"""One for all: the client keeps its connections in the loop of its first call."""


def run(awaited: Awaitable[Any]) -> Any:
    """Waits for it."""
    return LOOP.run_until_complete(asyncio.wait_for(awaited, STOP_WAITING))


def started(held: Captures) -> None:
    start = lambda capture, dx=held.dx: run(dx.dataCapture.startCapture(capture))
    waiting = iter(held.ready)

    def right() -> Any:
        return start(next(waiting))

    held.both(
        "startCapture",
        "data_capture_start_capture",
        right,
        lambda got: (
            got.success
            and held.held(got.captureId)["state"] == "CAPTURING"
            and got.startedAt == held.held(got.captureId)["timeSettings"]["actualStartTime"]
        ),
    )
    names = ("startCapture", "data_capture_start_capture")
    held.refused(*names, lambda: start(held.ready[0]), held.errors)
    held.refused(*names, lambda: start(held.ready[0], held.side.connect("nonsense")), held.http)


def stopped(held: Captures) -> None:
    stop = lambda capture: run(held.dx.dataCapture.stopCapture(capture))
    running = iter(held.ready)
    names = ("stopCapture", "data_capture_stop_capture")
    held.both(
        *names,
        lambda: stop(next(running)),
        lambda got: (
            got.success
            and held.held(got.captureId)["state"] == "COMPLETE"
            and got.stoppedAt == held.held(got.captureId)["timeSettings"]["actualStopTime"]
        ),
    )
    held.refused(*names, lambda: stop(held.ready[0]), held.errors)


def record(held: Captures, n: int) -> tuple[Any, str]:
    """A record with one value of the first attribute, and the attribute's id."""
    capture = held.held(held.ready[0])
    attribute = capture["dataModel"]["items"][0]["attributes"][0]["userDefinedId"]
    made = kind("DxTypes", "CaptureDataRecordInput")
    return made(str(int(NOON) + n), "MILLISECONDS", {attribute: 1.5}), attribute


def fed(held: Captures) -> None:
    made = kind("DxTypes", "CaptureDataRecordInput")
    send = lambda data: run(held.dx.dataCapture.publishData(held.ready[0], data))
    count = iter(range(100))
    names = ("publishData", "data_capture_publish_data")

    def right() -> Any:
        one, _ = record(held, next(count))
        other = made(one.timestamp, "MILLISECONDS", {"nothing": 1})
        return send([one, other])

    held.both(
        *names,
        right,
        lambda got: (
            [(one.attributeValue, one.timeUnit) for one in got.recordsWritten]
            == [("1.5", "MILLISECONDS")]
            and [(one.attributeId, one.attributeValue) for one in got.recordsFailed]
            == [("nothing", "1")]
        ),
    )
    one, attribute = record(held, 0)
    bad = [
        one,
        made("soon", "MILLISECONDS", {attribute: 1}),
        made("1", "MILLISECONDS", {attribute: "heavy"}),
    ]
    for name in (f"DataCaptureUtil.{names[0]}", f"Client.{names[1]}"):
        held.judge.wrong(
            name,
            lambda: send(bad),
            lambda got: (
                got.recordsWritten == []
                and len(got.recordsFailed) == 3
                and all(one.message for one in got.recordsFailed)
            ),
        )
    other = next(one for one in held.side.data(READY)["captures"] if one["state"] == "READY")
    wrong = lambda: run(held.dx.dataCapture.publishData(other["captureId"], [one]))
    held.refused(*names, wrong, held.errors)


async def listened(feed: Any, act: Callable[[], Any], tries: int = 8) -> Any:
    """The first notice of a subscription; `act` is done again until one comes."""
    waiting = asyncio.ensure_future(feed.__anext__())
    for _ in range(tries):
        await asyncio.wait({waiting}, timeout=0.5)
        if waiting.done():
            break
        await asyncio.to_thread(act)
    result = await asyncio.wait_for(waiting, STOP_WAITING)
    await feed.aclose()
    return result


def heard(held: Captures) -> None:
    count = iter(range(1000, 2000))
    publish = """mutation($id: ID!, $data: [DataCaptureDataRecordInput]!) {
      dataCapture_publishData(captureId: $id, data: $data) { captureId dataWritten { timestamp
      userDefinedId value } failedRecords { recordIndex attributeIndex errorType message } } }"""

    def feed() -> Any:
        one, attribute = record(held, next(count))
        values = [{"userDefinedId": attribute, "value": "2.5"}]
        held.side.data(
            publish,
            id=held.ready[0],
            data=[{"timestamp": one.timestamp, "attributeValues": values}],
        )

    listen = lambda dx=held.dx: run(listened(dx.dataCapture.subscribeToData(held.ready[0]), feed))
    check = lambda got: (
        got.captureId == held.ready[0]
        and [one.attributeValue for one in got.recordsWritten] == ["2.5"]
    )
    names = [
        "DataCaptureUtil.subscribeToData",
        "Client.on_capture_publish_data",
        "Client.execute_ws",
        "PublishCaptureDataResult.fromCapturePublishResult",
    ]
    for name in names:
        held.judge.right(name, listen, check)
    outside = held.side.connect("sandbox-avista-outsider")
    quiet = lambda: run(listened(outside.dataCapture.subscribeToData(held.ready[0]), lambda: None))
    for name in names[:3]:  # the client expects another shape of an error frame (section 6.2)
        held.judge.wrong(name, quiet, raises=AttributeError)
    build = kind("DxTypes", "PublishCaptureDataResult").fromCapturePublishResult
    held.judge.wrong(names[3], lambda: build(None), raises=AttributeError)


def devices(held: Captures) -> None:
    """The same of an IoT endpoint."""
    telemetry = held.side.data(TELEMETRY)["telemetry"][0]["name"]
    count = iter(range(100_000, 200_000))
    feed = lambda: held.dx.iot.publish(
        ENDPOINT, [{"timestamp": str(int(NOON) + next(count)), "attributes": {telemetry: "7.25"}}]
    )
    listen = lambda dx=held.dx: run(listened(dx.iot.subscribeToEndpoint(ENDPOINT), feed))
    names = [
        "IoTUtil.subscribeToEndpoint",
        "Client.on_iot_publish",
        "IotEndpointPublishDataResult.fromIotEndpointPublishResult",
    ]
    for name in names:
        held.judge.right(
            name,
            listen,
            lambda got: (
                got.iotEndpointId == ENDPOINT
                and got.failedRecords == []
                and got.recordsWritten[0].attributes[0].value in ("7.25", "7")
            ),
        )
    outside = held.side.connect("sandbox-avista-outsider")
    quiet = lambda: run(listened(outside.iot.subscribeToEndpoint(ENDPOINT), lambda: None))
    for name in names[:2]:
        held.judge.wrong(name, quiet, raises=AttributeError)
    build = kind("DxTypes", "IotEndpointPublishDataResult").fromIotEndpointPublishResult
    held.judge.wrong(names[2], lambda: build(None), raises=AttributeError)
    sent(held, telemetry)
    texts(held, listen())


def sent(held: Captures, telemetry: str) -> None:
    """The generated way to publish, which the client has and does not use."""
    kinds = "async_graphql_client.input_types"
    record_of, value = kind(kinds, "IotDataRecordInput"), kind(kinds, "IotAttributeValueInput")
    send = lambda name: run(
        held.dx._client.updatedGqlClient.iot_publish(
            data=[
                record_of(
                    timestamp="7000",
                    timeUnit="MILLISECONDS",
                    attributes=[value(name=name, value="7.25")],
                )
            ],
            iot_endpoint_id=ENDPOINT,
        )
    )
    name = "Client.iot_publish"
    held.judge.right(
        name,
        lambda: send(telemetry),
        lambda got: (
            got.iot_publish.records_written[0].timestamp == "7000"
            and not got.iot_publish.failed_records
        ),
    )
    held.judge.wrong(
        name,
        lambda: send("none"),
        lambda got: (
            not got.iot_publish.records_written
            and got.iot_publish.failed_records[0].errors[0].error_type == "UNEXPECTED_ATTRIBUTE"
        ),
    )


def texts(held: Captures, notice: Any) -> None:
    """What came live, as dictionaries."""
    dicts = lambda name, one, wanted: held.judge.right(f"{name}.toDict", one.toDict, wanted)
    made = notice.recordsWritten[0]
    value = kind("DxTypes", "IotEndpointAttributeValue")("a", "double", "1")
    dicts(
        "IotEndpointAttributeValue",
        value,
        lambda got: got == {"name": "a", "schemaType": "double", "value": "1"},
    )
    held.judge.nothing_wrong("IotEndpointAttributeValue.toDict", "takes no input")
    dicts("IotEndpointDataRecord", made, lambda got: got["iotEndpointId"] == ENDPOINT)
    dicts(
        "IotEndpointPublishDataResult",
        kind("DxTypes", "IotEndpointPublishDataResult")(ENDPOINT, [], []),
        lambda got: got == {"iotEndpointId": ENDPOINT, "recordsWritten": [], "failedRecords": []},
    )
    error = kind("DxTypes", "IotEndpointDataRecordError")
    dicts(
        "IotEndpointDataRecordError",
        error("m", "t"),
        lambda got: got == {"errorMessage": "m", "errorType": "t"},
    )
    held.judge.nothing_wrong("IotEndpointDataRecordError.toDict", "takes no input")
    record_of = kind("DxTypes", "IotEndpointDataRecord")
    failed = kind("DxTypes", "IotEndpointPublishDataFailedRecord")
    dicts(
        "IotEndpointPublishDataFailedRecord",
        failed(record_of([], "e", "1", "MILLISECONDS"), [error("m", "t")]),
        lambda got: got["errors"] == [{"errorMessage": "m", "errorType": "t"}],
    )
    for name, broken in (
        ("IotEndpointDataRecord", record_of(None, "e", "1", "x")),
        ("IotEndpointPublishDataResult", kind("DxTypes", "IotEndpointPublishDataResult")("e")),
        ("IotEndpointPublishDataFailedRecord", failed(record_of([], "e", "1", "x"), None)),
    ):
        held.judge.wrong(f"{name}.toDict", broken.toDict, raises=TypeError)


def plain(held: Captures) -> None:
    """The capture types as dictionaries: they take no input, and hold whatever they are given."""
    types = {
        "CaptureDataRecordInput": ("1", "MILLISECONDS", {"a": 1}),
        "PublishCaptureDataSuccessfulRecord": ("1", "MILLISECONDS", "a", "1"),
        "PublishCaptureDataFailedRecord": ("1", "MILLISECONDS", "a", "1", "m"),
        "PublishCaptureDataResult": (True, "c", [], []),
        "StartCaptureResult": ("c", True, "t"),
        "StopCaptureResult": ("c", True, "t"),
    }
    for name, arguments in types.items():
        one = kind("DxTypes", name)(*arguments)
        held.judge.right(
            f"{name}.toDict", one.toDict, lambda got, one=one: got == vars(one) and len(got) > 2
        )
        held.judge.nothing_wrong(f"{name}.toDict", "takes no input")
