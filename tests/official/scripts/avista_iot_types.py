# ruff: noqa: E731, FBT003 - the client takes its flags by position
"""The types that the client of 1.2.1 makes of the platform's answers about devices."""

from __future__ import annotations

from typing import Any

from avista_iot import ENDPOINT, GROUP
from avista_kinds import builders, kind
from avista_selections import NEW
from avista_side import ERRORS

TELEMETRY = "name attributeType schemaType description index"
MODEL = f"""{{ iot_getModel(modelId: "modelId.1") {{ modelId dtmi ownerUserId displayName
  description telemetry {{ {TELEMETRY} }}
  properties {{ {TELEMETRY} defaultValue writable }} }} }}"""
LATEST = f"""{{ iot_listEndpointLastValues(iotEndpointId: "iotEndpointId.1") {{
  clientToken nextToken presignedUrl queryId resultChunkIndex resultStoredInS3 data {{ iotEndpointId
  telemetryValues {{ telemetryModel {{ {TELEMETRY} }} timestamp value }} }} }} }}"""
GROUPED = f"""{{ iot_getGroup(iotGroupId: "{GROUP}", includeEndpoints: true) {{ iotGroupId iotHubId
  ownerUserId name description iotEndpointIds endpoints {{ {ENDPOINT} }} }} }}"""
RANGE = """{ iot_queryByTimeRange(endpointQueryFilters: [], startTime: "1", endTime: "2") {
  clientToken queryId queryString startTime endTime nextToken presignedUrl resultChunkIndex } }"""
PUBLISH = """mutation { iot_publish(iotEndpointId: "iotEndpointId.1", data: [{attributes: []},
  {timestamp: "7", timeUnit: SECONDS, attributes: [{name: "none", value: "1"}]}]) { iotEndpointId
  recordsWritten { iotEndpointId } failedRecords { record { iotEndpointId timestamp attributes {
  name schemaType value } } errors { errorMessage errorType } } } }"""


def judge_all(judge: Any, dx: Any, side: Any) -> None:
    """All of them."""
    answers = answered(side)
    nested(
        judge,
        dx,
        {name: answers.pop(name) for name in ("IotDataRecordWithErrors", "PublishIotDataResult")},
    )
    builders(
        judge,
        dx,
        {name: (f"data_types.{NEW[name]}", answer) for name, answer in answers.items()},
    )
    unused(judge, dx)
    inputs(judge)


def answered(side: Any) -> dict[str, Any]:
    """An answer of the platform for each type."""
    model, latest, group = side.data(MODEL), side.data(LATEST), side.data(GROUPED)
    values = latest["data"][0]
    failed = side.data(PUBLISH)["failedRecords"][1]
    endpoint = group["endpoints"][0]
    return {
        "DigitalTwinModel": model,
        "ModelProperty": model["properties"][0],
        "ModelTelemetry": model["telemetry"][0],
        "EndpointTelemetry": endpoint["telemetry"][0],
        "EndpointProperty": endpoint["properties"][0],
        "IotEndpoint": endpoint,
        "IotGroup": group,
        "IotEndpointsLastValuesQueryResult": latest,
        "EndpointLastValues": values,
        "EndpointTelemetryDataRecord": values["telemetryValues"][0],
        "IotQueryByTimeRangeResult": side.data(RANGE),
        "PublishIotDataResult": {**side.data(PUBLISH), "recordsWritten": []},
        "IotDataRecordWithErrors": failed,
        "IotDataRecordError": failed["errors"][0],
        "IotDataRecord": failed["record"],
        "IotAttributeValue": failed["record"]["attributes"][0],
        "IotGenerateQueryResultExport": {"queryId": "q", "fileFormat": "CSV"},
        "IotQueryExport": {
            "queryId": "q",
            "fileFormat": "CSV",
            "fileSizeBytes": 7,
            "url": side.url,
        },
    }


def nested(judge: Any, dx: Any, answers: dict[str, Any]) -> None:
    """Two types that hold nothing but others."""
    failed = answers["PublishIotDataResult"]["failedRecords"]
    told = lambda made: [(made.record.timestamp, one.errorType) for one in made.errors]
    checks = {
        "IotDataRecordWithErrors": lambda made: told(made) == [("7", "UNEXPECTED_ATTRIBUTE")],
        "PublishIotDataResult": lambda made: len(made.failedRecords) == len(failed) == 2,
    }
    for name, answer in answers.items():
        cls = kind(f"data_types.{NEW[name]}", name)
        build = lambda given, cls=cls: cls(given, dx._client, False)
        function = f"{name}.buildFromDictionary"
        judge.right(function, lambda build=build, answer=answer: build(answer), checks[name])
        judge.wrong(function, lambda build=build: build({}), raises=KeyError)


def unused(judge: Any, dx: Any) -> None:
    """A type that the client ships and no operation of the platform has."""
    cls = kind("data_types.iot_endpoint_data", "IotEndpointData")
    name = "IotEndpointData"
    given = {"iotEndpointId": "e", "includedAttributeNames": ["a"], "records": []}
    build = lambda what: cls(what, dx._client, False)
    judge.right(
        f"{name}.buildFromDictionary",
        lambda: build(given),
        lambda made: (made.iotEndpointId, made.records) == ("e", []),
    )
    judge.wrong(f"{name}.buildFromDictionary", lambda: build({}), raises=KeyError)


def inputs(judge: Any) -> None:
    """What is sent, as texts in a document."""
    made = {
        "EndpointPropertyInput": (
            "endpoint_property_input",
            ('a "b"', "v", "1"),
            'name: "a \\"b\\"", value: "v"',
        ),
        "EndpointQueryFilterInput": (
            "endpoint_query_filter_input",
            ("e", ["a", "b"]),
            'attributeNames: ["a", "b"]',
        ),
        "IotAttributeValueInput": ("iot_attribute_value_input", ("a", 1.5), 'value: "1.5"'),
        "IotDataRecordInput": (
            "iot_data_record_input",
            ("2023-11-14T22:13:20.250Z", "ISO8601", []),
            'timestamp: "1700000000250", timeUnit: MILLISECONDS',
        ),
        "ModelPropertyInput": (
            "model_property_input",
            ("p", "d", "double", "1", "true", 2),
            "writable: true, index: 2",
        ),
        "ModelTelemetryInput": (
            "model_telemetry_input",
            ("t", "d", "double", 3),
            "schemaType: double, index: 3",
        ),
    }
    for name, (module, arguments, wanted) in made.items():
        one = kind(f"data_types.{module}", name)(*arguments)
        function = f"{name}.getMutationParameterString"
        judge.right(
            function,
            lambda one=one: one.getMutationParameterString(1),
            lambda got, wanted=wanted: wanted in " ".join(got.split()),
        )
        judge.wrong(function, lambda one=one: one.getMutationParameterString("x"), raises=TypeError)
    checks(judge)


def checks(judge: Any) -> None:
    """What the client looks at before it asks."""
    good = {"name": "a", "value": "1", "timestamp": "1", "schemaType": "double", "attributes": {}}
    for name, module, lacking in (
        ("EndpointPropertyInput", "endpoint_property_input", "timestamp"),
        ("ModelPropertyInput", "model_property_input", "schemaType"),
        ("ModelTelemetryInput", "model_telemetry_input", "schemaType"),
        ("IotDataRecordInput", "iot_data_record_input", "attributes"),
    ):
        check = kind(f"data_types.{module}", name).checkDictForCorrectFields
        less = {key: value for key, value in good.items() if key != lacking}
        judge.right(f"{name}.checkDictForCorrectFields", lambda check=check: check(good), bool)
        judge.wrong(
            f"{name}.checkDictForCorrectFields",
            lambda check=check, less=less: check(less),
            raises=ERRORS.InvalidParameterException,
        )
    value = kind("data_types.iot_attribute_value_input", "IotAttributeValueInput")("a", "1")
    record = kind("data_types.iot_data_record_input", "IotDataRecordInput")
    judge.right(
        "IotDataRecordInput.addAttributes",
        lambda: record("1", "SECONDS", [value]),
        lambda made: made.attributes == [value],
    )
    judge.wrong(
        "IotDataRecordInput.addAttributes",
        lambda: record("1", "SECONDS", ["a"]),
        raises=ERRORS.InvalidParameterException,
    )
