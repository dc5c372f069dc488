# ruff: noqa: N803 - arguments have the names that the platform's schema gives them
"""IoT endpoints, their properties and tokens (section 2.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.sandbox.avista.access import must_own, must_read, must_write
from connectors.sandbox.avista.models import hub, model
from connectors.sandbox.avista.records import Asset
from connectors.sandbox.avista.resolvers import Call, Resolvers, refused
from connectors.sandbox.avista.state import Platform
from connectors.sandbox.avista.tokens import ENDPOINT, issue, revoke
from connectors.sandbox.avista.values import instant, parsed
from connectors.sandbox.store import Record

RESOLVERS = Resolvers()
ENDPOINTS, GROUPS, TOKENS = "iotEndpoints", "iotGroups", "iotEndpointTokens"
KINDS = {"double": "DOUBLE", "integer": "BIGINT", "boolean": "BOOLEAN", "string": "VARCHAR",
         "dateTime": "VARCHAR", "duration": "VARCHAR"}  # fmt: skip
"""How the values of each schema type are kept."""
TOKEN_DAYS = 365.0

Properties = Sequence[Mapping[str, Any] | None]


def created(
    platform: Platform, *, owner: str, hub_id: str, model_id: str, name: str,
    description: str | None,
) -> Record:  # fmt: skip
    """A new endpoint, with its properties at their defaults."""
    endpoint_id = platform.new_id("iotEndpointId")
    record: Record = {"iotEndpointId": endpoint_id, "iotHubId": hub_id, "modelId": model_id,
              "ownerUserId": owner, "name": name, "description": description,
              "values": {}}  # fmt: skip
    platform.store.records(ENDPOINTS)[endpoint_id] = record
    held(platform, record)
    return record


def held(platform: Platform, record: Record) -> Asset:
    """The asset under which an endpoint's values are kept, typed by its model."""
    endpoint_id, name = record["iotEndpointId"], record["name"]
    asset = platform.series.iot.add(Asset(endpoint_id, name))
    asset.name = name
    used = model(platform, record["modelId"])
    for one in used["telemetry"] if used else ():
        asset.types.setdefault(one["name"], KINDS[one["schemaType"]])
    return asset


def shown(platform: Platform, record: Record) -> Record:
    """An endpoint in the shape of IotEndpoint."""
    used = model(platform, record["modelId"]) or {"properties": [], "telemetry": []}
    unset = {"timestamp": None}
    properties = [
        {**one, "value": one["defaultValue"], **unset, **record["values"].get(one["name"], {})}
        for one in used["properties"]
    ]
    return {**record, "properties": properties, "telemetry": used["telemetry"]}


def groups_of(platform: Platform, endpoint_id: str) -> list[str]:
    """The groups that hold an endpoint: it is shared through them."""
    every = platform.store.records(GROUPS).all()
    return [one["iotGroupId"] for one in every if endpoint_id in one["iotEndpointIds"]]


def found(call: Call, endpoint_id: str, *, to_write: bool = False) -> Record | None:
    """An endpoint that the caller may use; None for one that does not exist. Raises Fault."""
    record = call.platform.store.records(ENDPOINTS).get(endpoint_id)
    if record is not None:
        must = must_write if to_write else must_read
        must(call, record["ownerUserId"], *groups_of(call.platform, endpoint_id))
    return record


@RESOLVERS.field("Query", "iot_getEndpoint")
def get_endpoint(call: Call, *, iotEndpointId: str) -> Record | None:
    """One endpoint with its properties and telemetry."""
    record = found(call, iotEndpointId)
    return shown(call.platform, record) if record else None


@RESOLVERS.field("Query", "iot_listEndpointsInHub")
def list_endpoints(call: Call, *, iotHubId: str) -> list[Record] | None:
    """Those of a hub of the caller."""
    if hub(call, iotHubId) is None:
        return None
    every = call.platform.store.records(ENDPOINTS).all()
    return [shown(call.platform, one) for one in every if one["iotHubId"] == iotHubId]


@RESOLVERS.field("Mutation", "iot_createEndpoint")
def create_endpoint(
    call: Call,
    *,
    iotHubId: str,
    modelId: str,
    name: str,
    description: str | None = None,
) -> Record | None:
    """A new endpoint of the caller, in a hub of his and after a model of his."""
    used = model(call.platform, modelId)
    if hub(call, iotHubId) is None or used is None:
        return None
    must_own(call, used["ownerUserId"])
    return shown(call.platform, created(
        call.platform, owner=call.actor.user_id, hub_id=iotHubId, model_id=modelId, name=name,
        description=description))  # fmt: skip


@RESOLVERS.field("Mutation", "iot_updateEndpoint")
def update_endpoint(
    call: Call,
    *,
    iotEndpointId: str,
    **changes: str | None,
) -> Record | None:
    """An endpoint with another name or description."""
    record = found(call, iotEndpointId, to_write=True)
    if record is None:
        return None
    return _changed(call, record, {key: value for key, value in changes.items() if value})


def _changed(call: Call, record: Record, changes: Mapping[str, Any]) -> Record:
    changed = {**record, **changes}
    call.platform.store.records(ENDPOINTS)[record["iotEndpointId"]] = changed
    held(call.platform, changed)
    return shown(call.platform, changed)


@RESOLVERS.field("Mutation", "iot_deleteEndpoint")
def delete_endpoint(call: Call, *, iotEndpointId: str) -> Record | None:
    """The endpoint as it was; its values are gone, and no group holds it."""
    record = call.platform.store.records(ENDPOINTS).get(iotEndpointId)
    if record is None:
        return None
    must_own(call, record["ownerUserId"])
    before = shown(call.platform, record)
    groups = call.platform.store.records(GROUPS)
    for group_id in groups_of(call.platform, iotEndpointId):
        left = [one for one in groups[group_id]["iotEndpointIds"] if one != iotEndpointId]
        groups[group_id] = {**groups[group_id], "iotEndpointIds": left}
    del call.platform.store.records(ENDPOINTS)[iotEndpointId]
    call.platform.series.iot.drop(iotEndpointId)
    return before


@RESOLVERS.field("Mutation", "iot_updateModelUsedByEndpoint")
def update_model(
    call: Call,
    *,
    iotEndpointId: str,
    modelId: str,
) -> Record | None:
    """An endpoint with another model; values of attributes that it lacks are kept unseen."""
    record, used = found(call, iotEndpointId, to_write=True), model(call.platform, modelId)
    if record is None or used is None:
        return None
    must_own(call, used["ownerUserId"])
    known = held(call.platform, record).types
    for one in used["telemetry"]:
        if known.get(one["name"], KINDS[one["schemaType"]]) != KINDS[one["schemaType"]]:
            raise refused(f"{one['name']} has values of another type.")
    return _changed(call, record, {"modelId": modelId})


@RESOLVERS.field("Mutation", "iot_updateEndpointProperties")
def update_properties(
    call: Call,
    *,
    iotEndpointId: str,
    properties: Properties,
) -> Record | None:
    """New values of properties; all of them, or none when one is wrong [G].

    Properties that are not writable can be set here, too: `writable` tells what a device lets
    the cloud change, and the publisher speaks for the device [G].
    """
    record = found(call, iotEndpointId, to_write=True)
    if record is None:
        return None
    known = {one["name"]: one for one in shown(call.platform, record)["properties"]}
    values = dict(record["values"])
    for one in properties:
        if one is None or one["name"] not in known:
            raise refused(f"The endpoint has no property {one and one['name']}.")
        _check(one, known[one["name"]]["schemaType"])
        values[one["name"]] = {"value": one["value"], "timestamp": one["timestamp"]}
    return _changed(call, record, {"values": values})


def _check(one: Mapping[str, Any], schema: str) -> None:
    """Raises Fault for a value or a time that is none."""
    try:
        parsed(KINDS[schema], one["value"])
    except ValueError:
        raise refused(f"The value of property {one['name']} is no {schema}.") from None
    try:
        instant(one["timestamp"], "MILLISECONDS")
    except ValueError:
        raise refused("A timestamp must be milliseconds since 1970.") from None


@RESOLVERS.field("Query", "iot_getEndpointToken")
def get_token(call: Call, *, iotEndpointId: str) -> Record | None:
    """The token of an endpoint; the first time it is made."""
    record = call.platform.store.records(ENDPOINTS).get(iotEndpointId)
    if record is None:
        return None
    must_own(call, record["ownerUserId"])
    kept = call.platform.store.records(TOKENS)
    if iotEndpointId not in kept:
        kept[iotEndpointId] = issue(
            call.platform, user_id=record["ownerUserId"], name=record["name"], days=TOKEN_DAYS,
            token_type=ENDPOINT, scope=(iotEndpointId,),
        )  # fmt: skip
    return kept[iotEndpointId]


@RESOLVERS.field("Mutation", "iot_regenerateEndpointToken")
def renew_token(call: Call, *, iotEndpointId: str) -> Record | None:
    """A new token; the old one ends."""
    record = call.platform.store.records(ENDPOINTS).get(iotEndpointId)
    if record is None:
        return None
    must_own(call, record["ownerUserId"])
    before = call.platform.store.records(TOKENS).pop(iotEndpointId, None)
    if before is not None:
        revoke(call.platform, before["tokenId"])
    return get_token(call, iotEndpointId=iotEndpointId)
