# ruff: noqa: N803 - arguments have the names that the platform's schema gives them
"""The values of IoT endpoints: latest, by time range, published and live (sections 2.5, 3.8)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from connectors.sandbox.avista import exports
from connectors.sandbox.avista.access import must_read
from connectors.sandbox.avista.iot import ENDPOINTS, GROUPS, KINDS, found, held, shown
from connectors.sandbox.avista.models import hub
from connectors.sandbox.avista.queries import cancelled, following, page
from connectors.sandbox.avista.ranges import RangeQuery, recalled
from connectors.sandbox.avista.records import READINGS, Row
from connectors.sandbox.avista.resolvers import Call, Fault, Resolvers, unauthorized
from connectors.sandbox.avista.series import sealed, unsealed
from connectors.sandbox.avista.state import Platform
from connectors.sandbox.avista.values import Value, instant, parsed, sql, told
from connectors.sandbox.store import Record

RESOLVERS = Resolvers()
NOTICE = "onNotifyIotQueryExportComplete"
DURATION = re.compile(r"P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?")

Given = Sequence[Mapping[str, Any] | None]
Errors = list[dict[str, str]]


@RESOLVERS.field("Query", "iot_listEndpointLastValues")
def endpoint_values(
    call: Call,
    *,
    iotEndpointId: str,
    nextToken: str | None = None,
    **_echoed: str | None,
) -> Record | None:
    """The newest value of each telemetry of one endpoint."""
    record = found(call, iotEndpointId)
    return _latest(call, [record], nextToken) if record else None


@RESOLVERS.field("Query", "iot_listGroupsEndpointsLastValues")
def group_values(
    call: Call,
    *,
    iotGroupId: str,
    nextToken: str | None = None,
    **_echoed: str | None,
) -> Record | None:
    """Those of every endpoint of a group."""
    group = call.platform.store.records(GROUPS).get(iotGroupId)
    if group is None:
        return None
    must_read(call, group["ownerUserId"], iotGroupId)
    endpoints = call.platform.store.records(ENDPOINTS)
    return _latest(call, [endpoints[one] for one in group["iotEndpointIds"]], nextToken)


@RESOLVERS.field("Query", "iot_listHubsEndpointsLastValues")
def hub_values(
    call: Call,
    *,
    iotHubId: str,
    nextToken: str | None = None,
    **_echoed: str | None,
) -> Record | None:
    """Those of every endpoint of a hub."""
    if hub(call, iotHubId) is None:
        return None
    every = call.platform.store.records(ENDPOINTS).all()
    return _latest(call, [one for one in every if one["iotHubId"] == iotHubId], nextToken)


def _latest(call: Call, records: Sequence[Record], token: str | None) -> Record:
    """One page of endpoints in the shape of IotEndpointsLastValuesQueryResult."""
    at = unsealed("iot latest", token) if token else _first(call)
    begin = int(at["from"])
    end = begin + call.platform.series.latest_page
    drift = int("page_drift" in call.spoiled and begin > 0)
    again = "cursor_loop" in call.spoiled
    after = at if again else {**at, "from": end, "chunk": at["chunk"] + 1}
    return {
        "clientToken": at["client"],
        "nextToken": sealed("iot latest", after) if again or end < len(records) else None,
        "presignedUrl": None,
        "queryId": at["query"],
        "resultChunkIndex": str(at["chunk"]),
        "resultStoredInS3": False,
        "data": [_values(call.platform, one) for one in records[begin - drift : end]],
    }


def _first(call: Call) -> dict[str, Any]:
    query = call.platform.new_id("queryId")
    return {"client": secrets.token_hex(16), "query": query, "from": 0, "chunk": 0}


def _values(platform: Platform, record: Record) -> Record:
    """The telemetry that has a value; times are milliseconds since 1970."""
    asset = held(platform, record)
    values = []
    for one in shown(platform, record)["telemetry"]:
        latest = asset.latest(one["name"])
        if latest is not None:
            time, value = latest
            values.append({"telemetryModel": one, "timestamp": str(time // 10**6),
                           "value": told(asset.types[one["name"]], value)})  # fmt: skip
    return {"iotEndpointId": record["iotEndpointId"], "telemetryValues": values}


@RESOLVERS.field("Query", "iot_queryByTimeRange")
def query_range(
    call: Call,
    *,
    endpointQueryFilters: Given,
    startTime: str,
    endTime: str,
    nextToken: str | None = None,
    **_echoed: str | None,
) -> Record | None:
    """One page of a query: how far it has come. The rows come by an export only."""
    picks = []
    for one in endpointQueryFilters:
        if one is None or found(call, one["iotEndpointId"]) is None:
            return None
        names = tuple(dict.fromkeys(name for name in one["attributeNames"] if name))
        picks.append((one["iotEndpointId"], names or None))
    if nextToken:
        return following(call, nextToken, "iot", None)
    low, high = _milliseconds("startTime", startTime), _milliseconds("endTime", endTime)
    if low > high:
        raise Fault("ValidationException", "startTime must not be after endTime.")
    text = f"SELECT * FROM iot WHERE time BETWEEN '{sql(low)}' AND '{sql(high)}'"  # noqa: S608
    query = RangeQuery(
        query_id=f"AEQI{secrets.token_hex(20).upper()}", client_token=secrets.token_hex(16),
        user_id=call.actor.user_id, table="iot", picks=tuple(picks), start=low, end=high,
        text=text, reached=(0, low),
    )  # fmt: skip
    return page(call, query, None)


def _milliseconds(name: str, text: str) -> int:
    try:
        return instant(text, "MILLISECONDS")
    except ValueError:
        raise Fault("ValidationException", f"{name} must be milliseconds since 1970.") from None


@RESOLVERS.field("Mutation", "iot_generateQueryResultExport")
def generate_export(
    call: Call,
    *,
    queryId: str,
    fileFormat: str | None = None,
) -> Record | None:
    """Orders the CSV file of what a query has read so far."""
    query = recalled(call.platform, queryId)
    if query is None or query.table != "iot":
        return None
    for endpoint_id, _ in query.picks:
        found(call, endpoint_id)
    form = fileFormat or "CSV"

    def tell(url: str, size: int) -> None:
        notice = {"queryId": queryId, "fileFormat": form, "fileSizeBytes": size, "url": url}
        call.platform.hub.publish(NOTICE, {"queryId": queryId}, notice, keep=True)

    exports.ordered(call, query, call.platform.series.iot, form, tell)
    return {"queryId": queryId, "fileFormat": form}


@RESOLVERS.field("Mutation", "iot_cancelQuery")
def cancel_query(call: Call, *, queryId: str) -> Record:
    """Reads no further."""
    query = recalled(call.platform, queryId)
    if query is not None and query.user_id != call.actor.user_id:
        raise unauthorized()
    return cancelled(call, queryId, "iot")


@RESOLVERS.field("Mutation", "iot_publish")
def publish(call: Call, *, iotEndpointId: str, data: Given) -> Record | None:
    """Writes the records that are right; a record with any mistake is not written at all."""
    record = found(call, iotEndpointId, to_write=True)
    if record is None:
        return None
    telemetry = {
        one["name"]: one["schemaType"] for one in shown(call.platform, record)["telemetry"]
    }
    asset = held(call.platform, record)
    written, failed = [], []
    for one in data:
        given = one or {}
        time, values, errors = _read(call, given, telemetry)
        if not errors:
            row = Row(time=time, measure=READINGS, dimensions=(), version=1, values=values)
            if call.platform.series.iot.write(iotEndpointId, [row], asset.types):
                errors = [_error("DUPLICATE_ENTRY", "There is another value at this time.")]
        if errors:
            failed.append({"record": _echo(iotEndpointId, given, telemetry), "errors": errors})
        else:
            written.append(data_record(iotEndpointId, time, values, telemetry))
    return {"iotEndpointId": iotEndpointId, "recordsWritten": written, "failedRecords": failed}


def _read(
    call: Call, given: Mapping[str, Any], telemetry: Mapping[str, str]
) -> tuple[int, dict[str, Value], Errors]:
    """The time in nanoseconds and the values of a record, and what is wrong with it."""
    time, errors = _time(call, given)
    values: dict[str, Value] = {}
    attributes = [one for one in given.get("attributes") or () if one]
    if not attributes:
        errors.append(_error("MISSING_DATA", "The record has no attributes."))
    for one in attributes:
        name = one["name"]
        if name not in telemetry:
            errors.append(_error("UNEXPECTED_ATTRIBUTE", f"The model has no telemetry {name}."))
        elif name in values:
            errors.append(_error("DUPLICATE_ENTRY", f"{name} is given twice."))
        else:
            try:
                values[name] = value_of(telemetry[name], one["value"])
            except ValueError:
                message = f"The value of {name} is no {telemetry[name]}."
                errors.append(_error("INCORRECT_VALUE_TYPE", message))
    return time, values, errors


def _time(call: Call, given: Mapping[str, Any]) -> tuple[int, Errors]:
    """The time of a record; that of its arrival when it has none [G]."""
    if given.get("timestamp") is None:
        return call.platform.clock.now_us() // 1000 * 10**6, []
    if given.get("timeUnit") is None:
        return 0, [_error("MISSING_TIME_UNIT", "A timestamp needs its timeUnit.")]
    try:
        return instant(given["timestamp"], given["timeUnit"]), []
    except ValueError:
        return 0, [_error("INVALID_TIMESTAMP", "The timestamp is no integer that fits.")]


def value_of(schema: str, text: str) -> Value:
    """A value of a schema type. Raises ValueError."""
    if schema == "dateTime":
        datetime.fromisoformat(text)
    if schema == "duration" and not DURATION.fullmatch(text):
        raise ValueError(text)
    return parsed(KINDS[schema], text)


def _error(kind: str, message: str) -> dict[str, str]:
    return {"errorType": kind, "errorMessage": message}


def data_record(
    endpoint_id: str, time: int, values: Mapping[str, Value], telemetry: Mapping[str, str]
) -> Record:
    """Written values in the shape of IotDataRecord; the time is in milliseconds."""
    attributes = [
        {"name": name, "schemaType": telemetry[name], "value": told(KINDS[telemetry[name]], value)}
        for name, value in values.items()
    ]
    return {"iotEndpointId": endpoint_id, "timestamp": str(time // 10**6),
            "attributes": attributes}  # fmt: skip


def _echo(endpoint_id: str, given: Mapping[str, Any], telemetry: Mapping[str, str]) -> Record:
    """A refused record as it came."""
    attributes = [
        {"name": one["name"], "schemaType": telemetry.get(one["name"]), "value": one["value"]}
        for one in given.get("attributes") or ()
        if one
    ]
    return {"iotEndpointId": endpoint_id, "timestamp": given.get("timestamp"),
            "attributes": attributes}  # fmt: skip


RESOLVERS.fan_out("iot_publish", "onIotPublish", "iotEndpointId")


@RESOLVERS.subscription("onIotPublish")
def subscribe(call: Call, *, iotEndpointId: str) -> None:
    """Whoever may read an endpoint may listen to it. Raises Fault."""
    if found(call, iotEndpointId) is None:
        raise unauthorized()


@RESOLVERS.subscription(NOTICE)
def await_export(call: Call, *, queryId: str) -> None:
    """Whoever knows the id of a query may wait for its file; it need not exist yet."""
