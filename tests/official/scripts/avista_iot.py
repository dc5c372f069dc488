# ruff: noqa: E731, FBT003 - the client takes its flags by position
"""IoT endpoints, groups and models by the client of 1.2.1."""

from __future__ import annotations

import csv
from typing import Any

from avista_kinds import kind
from avista_records import NOON
from avista_side import ERRORS

HUB, GROUP = "iotHubId.1", "iotGroupId.1"
FIELDS = "iotEndpointId iotHubId modelId ownerUserId name description"
TELEMETRY = "name attributeType schemaType description index"
PROPERTIES = "name attributeType schemaType description defaultValue value timestamp writable"
ENDPOINT = f"{FIELDS} properties {{ {PROPERTIES} }} telemetry {{ {TELEMETRY} }}"
ONE = f"query($id: ID!) {{ iot_getEndpoint(iotEndpointId: $id) {{ {ENDPOINT} }} }}"
HELD = """query($id: ID!) { iot_getGroup(iotGroupId: $id, includeEndpoints: true) {
  iotGroupId name iotEndpointIds endpoints { iotEndpointId } } }"""
LATEST = """query($id: ID!) { iot_listEndpointLastValues(iotEndpointId: $id) { data {
  telemetryValues { telemetryModel { name } timestamp value } } } }"""
START, END = "2023-11-14T22:00:00.000Z", "2023-11-14T23:00:00.000Z"


class Devices:
    """The client's functions, on a model and an endpoint of their own."""

    def __init__(self, judge: Any, dx: Any, side: Any) -> None:
        self.judge, self.dx, self.side = judge, dx, side
        self.outside = side.connect("sandbox-avista-outsider")
        self.endpoint = ""

    def both(self, function: str, call: Any, check: Any, inside: str = "") -> None:
        """Right input for a function, and for the class inside that does it."""
        for name in (f"IoTUtil.{function}", inside):
            if name:
                self.judge.right(name, call, check)

    def refused(self, function: str, call: Any, raises: Any, inside: str = "") -> None:
        """Wrong input for both."""
        for name in (f"IoTUtil.{function}", inside):
            if name:
                self.judge.wrong(name, call, raises=raises)


def judge_all(judge: Any, dx: Any, side: Any) -> None:
    """All of it."""
    held = Devices(judge, dx, side)
    model = models(held)
    endpoints(held, model)
    groups(held)
    properties(held)
    values(held)
    ranges(held)
    ended(held)
    name = "EndpointUtil.publish"
    judge.broken(name, lambda: dx.iot.endpoint.publish("x"), NotImplementedError, "2.5")


def models(held: Devices) -> str:
    telemetry = [
        {"name": name, "schemaType": schema}
        for name, schema in (
            ("kW", "double"),
            ("count", "integer"),
            ("note", "string"),
            ("on", "boolean"),
        )
    ]
    given = [
        {"name": "location", "schemaType": "string", "defaultValue": 'a "b"', "writable": True},
        {"name": "limit", "schemaType": "double", "description": "kW"},
    ]
    make = lambda name="Judged", what=telemetry, dx=held.dx: dx.iot.createModel(
        name, "Of the judge", given, what
    )
    inside = "iot_createModel.performMutation"
    held.both(
        "createModel",
        make,
        lambda made: (
            made.displayName == "Judged"
            and made.dtmi == "dtmi:avista:Judged;1"
            and [(one.name, one.schemaType, one.index) for one in made.telemetry]
            == [(one["name"], one["schemaType"], place) for place, one in enumerate(telemetry)]
            and [(one.name, one.defaultValue, one.writable) for one in made.properties]
            == [("location", 'a "b"', True), ("limit", None, False)]
        ),
        inside,
    )
    held.refused("createModel", lambda: make("no name"), ERRORS.InvalidParameterException)
    twice = [*telemetry, telemetry[0]]
    held.refused("createModel", lambda: make(what=twice), ERRORS.MutationFailed, inside)
    return str(make().modelId)


def endpoints(held: Devices, model: str) -> None:
    make = lambda dx=held.dx, of=model: dx.iot.createEndpoint(HUB, of, "judged", "Of the judge")
    same = lambda made: shown(made) == held.side.data(ONE, id=made.iotEndpointId)
    inside = "iot_createEndpoint.performMutation"
    held.both("createEndpoint", make, lambda made: same(made) and made.modelId == model, inside)
    held.refused("createEndpoint", lambda: make(held.outside), ERRORS.Unauthorized, inside)
    held.refused(
        "createEndpoint", lambda: make(of="modelId.0"), ERRORS.MissingDataInResultException
    )
    held.endpoint = make().iotEndpointId
    ask = lambda key, dx=held.dx: dx.iot.getEndpoint(key)
    inside = "iot_getEndpoint.performQuery"
    held.both("getEndpoint", lambda: ask("iotEndpointId.1"), same, inside)
    held.refused(
        "getEndpoint", lambda: ask("iotEndpointId.1", held.outside), ERRORS.Unauthorized, inside
    )
    held.refused("getEndpoint", lambda: ask("iotEndpointId.0"), ERRORS.MissingDataInResultException)


def shown(made: Any) -> dict[str, Any]:
    """An endpoint as the platform tells it."""
    pick = lambda one, fields: {key: getattr(one, key) for key in fields.split()}
    return {
        **pick(made, FIELDS),
        "properties": [pick(one, PROPERTIES) for one in made.properties],
        "telemetry": [pick(one, TELEMETRY) for one in made.telemetry],
    }


def groups(held: Devices) -> None:
    ask = lambda whole, dx=held.dx: dx.iot.getGroup(GROUP, whole)
    inside = "iot_getGroup.performQuery"
    wanted = held.side.data(HELD, id=GROUP)
    ids = lambda group: [one.iotEndpointId for one in group.endpoints]
    held.both(
        "getGroup",
        lambda: ask(True),
        lambda group: group.name == wanted["name"] and ids(group) == wanted["iotEndpointIds"],
        inside,
    )
    held.both("getGroup", lambda: ask(False), lambda group: group.endpoints == [], inside)
    held.refused("getGroup", lambda: ask(True, held.outside), ERRORS.Unauthorized, inside)
    add = lambda what, dx=held.dx: dx.iot.addEndpointsToGroup(GROUP, what)
    inside = "iot_addEndpointsToGroup.performMutation"
    for what in (held.endpoint, [held.endpoint, "iotEndpointId.2"]):
        held.both(
            "addEndpointsToGroup",
            lambda what=what: add(what),
            lambda group: (
                held.endpoint in ids(group)
                and ids(group) == held.side.data(HELD, id=GROUP)["iotEndpointIds"]
            ),
            inside,
        )
    held.refused("addEndpointsToGroup", lambda: add("iotEndpointId.0"), ERRORS.Unauthorized, inside)


def properties(held: Devices) -> None:
    update = lambda given, dx=held.dx: dx.iot.updateEndpointProperties(held.endpoint, given)
    inside = "iot_updateEndpointProperties.performMutation"
    given = {"location": {"value": "roof", "timestamp": "1700000000000"}, "limit": {"value": "2.5"}}
    found = lambda made: {one.name: (one.value, one.timestamp) for one in made.properties}
    held.both(
        "updateEndpointProperties",
        lambda: update(given),
        lambda made: (
            found(made)["location"] == ("roof", "1700000000000")
            and found(made)["limit"][0] == "2.5"
            and shown(made) == held.side.data(ONE, id=held.endpoint)
        ),
        inside,
    )
    held.refused(
        "updateEndpointProperties",
        lambda: update({"limit": {"value": "heavy"}}),
        ERRORS.MutationFailed,
        inside,
    )
    held.refused("updateEndpointProperties", lambda: update({"limit": {}}), Exception)


def values(held: Devices) -> None:
    send = lambda *records, dx=held.dx: dx.iot.publish(held.endpoint, list(records))
    inside = "iot_publish.performMutation"
    at = iter(range(1000))

    def good() -> Any:
        n = next(at)
        stamp = NOON + n
        return send(
            {"timestamp": str(stamp), "attributes": {"kW": 1.5 + n, "count": n}},
            {
                "timestamp": str(stamp // 1000 * 1000 - n * 1000 - 1000),
                "timeUnit": "MILLISECONDS",
                "attributes": {"note": 'a "b"'},
            },
            {
                "timestamp": f"2023-11-14T22:30:{n:02d}.250Z",
                "timeUnit": "ISO8601",
                "attributes": {"on": "true"},
            },
        )

    held.both(
        "publish",
        good,
        lambda done: (
            done["recordsFailed"] == []
            and len(done["recordsWritten"]) == 3
            and done["recordsWritten"][2]["timestamp"].endswith("250")
            and [one["value"] for one in done["recordsWritten"][1]["attributes"]] == ['a "b"']
        ),
        inside,
    )
    held.judge.right(
        "IoTUtil.publish",
        lambda: units(send),
        lambda done: (
            [one["timestamp"] for one in done["recordsWritten"]]
            == [f"{NOON + 60_000 * n}" for n in range(1, 5)]
        ),
    )
    mistakes(held, send)
    latest(held)


def mistakes(held: Devices, send: Any) -> None:
    """Records that are refused, each with its reasons."""
    held.judge.wrong(
        "IoTUtil.publish",
        lambda: send(
            {"timestamp": "1", "attributes": {"kW": "heavy", "other": 1}},
            {"timestamp": "soon", "attributes": {"kW": 1}},
            {"timestamp": "2", "attributes": {}},
            {"timestamp": f"{NOON}", "attributes": {"kW": 77}},
        ),
        lambda done: (
            done["recordsWritten"] == []
            and kinds(done)
            == [
                ["INCORRECT_VALUE_TYPE", "UNEXPECTED_ATTRIBUTE"],
                ["INVALID_TIMESTAMP"],
                ["MISSING_DATA"],
                ["DUPLICATE_ENTRY"],
            ]
        ),
    )
    held.refused("publish", lambda: send({"timestamp": "1"}), ERRORS.InvalidParameterException)
    held.judge.wrong(
        "iot_publish.performMutation",
        lambda: send({"attributes": {"kW": 1}}, dx=held.outside),
        raises=ERRORS.Unauthorized,
    )


def latest(held: Devices) -> None:
    last = lambda key, dx=held.dx: dx.iot.listEndpointLastValues(key)
    inside = "iot_listEndpointLastValues.performQuery"
    told = lambda: {
        one["telemetryModel"]["name"]: (one["value"], one["timestamp"])
        for one in held.side.data(LATEST, id=held.endpoint)["data"][0]["telemetryValues"]
    }
    listed = lambda found: {
        one["attributeName"]: (one["lastValue"], one["timestamp"]) for one in found
    }
    held.judge.right(
        "IoTUtil.listEndpointLastValues",
        lambda: last(held.endpoint),
        lambda found: listed(found) == told() and "count" in listed(found),
    )
    ask = kind("graphql_queries.iot_listEndpointLastValues", "iot_listEndpointLastValues")
    held.judge.right(
        inside,
        lambda: ask(held.dx._client, False, held.endpoint).performQuery(),
        lambda got: got.nextToken is None and not got.resultStoredInS3,
    )
    held.refused(
        "listEndpointLastValues",
        lambda: last(held.endpoint, held.outside),
        ERRORS.Unauthorized,
        inside,
    )


def units(send: Any) -> Any:
    """The same kind of record in each unit of time, a minute apart."""
    scales = (
        ("SECONDS", 1 / 1000),
        ("MILLISECONDS", 1),
        ("MICROSECONDS", 1000),
        ("NANOSECONDS", 10**6),
    )
    return send(
        *(
            {
                "timestamp": str(int((NOON + 60_000 * n) * scale)),
                "timeUnit": unit,
                "attributes": {"on": "false"},
            }
            for n, (unit, scale) in enumerate(scales, 1)
        )
    )


def kinds(done: Any) -> list[list[str]]:
    """The kinds of the errors of each refused record."""
    return [sorted(error["errorType"] for error in one["errors"]) for one in done["recordsFailed"]]


def ranges(held: Devices) -> None:
    target = held.side.folder / "range.csv"
    names = ["kW", "count"]
    save = lambda start=START, dx=held.dx: dx.iot.queryByTimeRange(
        held.endpoint, names, start, END, str(target)
    )
    load = lambda dx=held.dx, end=END: dx.iot.queryDataByTimeRange(held.endpoint, names, START, end)
    inner = ("iot_queryByTimeRange.performQuery", "iot_generateQueryResultExport.performMutation")

    def saved(done: Any) -> bool:
        with target.open(newline="") as file:
            rows = list(csv.reader(file))
        return (
            done is True
            and rows[0] == ["iotEndpointId", "name", "timestamp", *names]
            and rows[1] == [held.endpoint, "judged", "2023-11-14 22:13:20.000000000", "1.5", "0"]
        )

    for name in ("IoTUtil.queryByTimeRange", *inner):
        held.judge.right(name, save, saved)
    held.judge.right(
        "IoTUtil.queryDataByTimeRange",
        load,
        lambda rows: (
            rows[0]
            == {
                "iotEndpointId": held.endpoint,
                "name": "judged",
                "kW": 1.5,
                "count": 0,
                "timestamp": "2023-11-14 22:13:20.000000000",
            }
        ),
    )
    for name, call in (("queryByTimeRange", save), ("queryDataByTimeRange", load)):
        held.refused(name, lambda call=call: call(dx=held.outside), ERRORS.Unauthorized)
    held.judge.wrong("IoTUtil.queryByTimeRange", lambda: save("yesterday"), raises=ValueError)
    backwards = lambda: load(end="2020-01-01T00:00:00.000Z")
    held.refused("queryDataByTimeRange", backwards, ERRORS.QueryFailed, inner[0])
    made = kind("graphql_queries.iot_queryByTimeRange", "iot_queryByTimeRange")
    quoted = made(held.dx._client, False, [], 1, 2).getAttributeNamesListString
    name = "iot_queryByTimeRange.getAttributeNamesListString"
    held.judge.right(name, lambda: quoted(['a "b"', "c"]), lambda got: got == '"a \\"b\\"", "c"')
    held.judge.wrong(name, lambda: quoted([]), raises=IndexError)


def ended(held: Devices) -> None:
    """Two orders by their classes."""
    run = lambda name, *rest: kind(f"graphql_mutations.{name}", name)(
        held.dx._client, False, *rest
    ).performMutation()
    made = kind("graphql_queries.iot_queryByTimeRange", "iot_queryByTimeRange")
    asked = kind("data_types.endpoint_query_filter_input", "EndpointQueryFilterInput")(
        held.endpoint, ["kW"]
    )
    query_id = made(held.dx._client, False, [asked], NOON, NOON + 1).performQuery().queryId
    name = "iot_generateQueryResultExport"
    held.judge.wrong(
        f"{name}.performMutation",
        lambda: run(name, "none", "CSV"),
        raises=ERRORS.MissingDataInResultException,
    )
    name = "iot_cancelQuery"
    held.judge.right(
        f"{name}.performMutation",
        lambda: run(name, query_id),
        lambda got: got.httpStatusCode == 200,
    )
    held.judge.wrong(
        f"{name}.performMutation", lambda: run(name, "none"), lambda got: got.httpStatusCode == 404
    )
