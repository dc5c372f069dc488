# ruff: noqa: N803 - arguments have the names that the platform's schema gives them
"""Digital-twin models and IoT hubs (section 2.5)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from connectors.sandbox.avista.access import must_own, owns
from connectors.sandbox.avista.resolvers import Call, Resolvers, refused
from connectors.sandbox.avista.state import Platform
from connectors.sandbox.store import Record

RESOLVERS = Resolvers()
MODELS, HUBS = "iotModels", "iotHubs"
SEGMENT = re.compile(r"[A-Za-z](?:[A-Za-z0-9_]*[A-Za-z0-9])?")
"""One part of a model's DTMI, as Azure's digital twin language has it [A]."""
LONGEST_NAME = 512
CONTEXT = "dtmi:dtdl:context;2"

Parts = Sequence[Mapping[str, Any] | None] | None


def parts(given: Parts, kind: str) -> list[Record]:
    """Properties or telemetry by their index. Raises Fault for a name given twice."""
    found = []
    for place, one in enumerate(one for one in given or () if one):
        if not 0 < len(one["name"]) <= LONGEST_NAME:
            raise refused(f"A name must have 1 to {LONGEST_NAME} characters.")
        index = one.get("index")
        found.append({"name": one["name"], "attributeType": kind, "schemaType": one["schemaType"],
                      "description": one.get("description"),
                      "index": place if index is None else index} | _more(one, kind))  # fmt: skip
    if len({one["name"] for one in found}) < len(found):
        raise refused("A name is used twice in the model.")
    return sorted(found, key=lambda one: one["index"])


def _more(one: Mapping[str, Any], kind: str) -> Record:
    if kind == "Telemetry":
        return {}
    return {"defaultValue": one.get("defaultValue"), "writable": bool(one.get("writable"))}


def created(
    platform: Platform, *, owner: str, name: str, segment: str, description: str | None,
    properties: Parts, telemetry: Parts, version: int = 1,
) -> Record:  # fmt: skip
    """A new model. Raises Fault for a name that no DTMI can hold."""
    if not SEGMENT.fullmatch(segment):
        raise refused("dtmiSegment must be letters, digits and underscores, a letter first.")
    held = parts(properties, "Property"), parts(telemetry, "Telemetry")
    if {one["name"] for one in held[0]} & {one["name"] for one in held[1]}:
        raise refused("A name is used twice in the model.")
    model_id = platform.new_id("modelId")
    record = {
        "modelId": model_id,
        "dtmi": f"dtmi:avista:{segment};{version}",
        "ownerUserId": owner,
        "displayName": name,
        "description": description,
        "properties": held[0],
        "telemetry": held[1],
    }
    platform.store.records(MODELS)[model_id] = record
    return record


def model(platform: Platform, model_id: str) -> Record | None:
    """A model by its id."""
    return platform.store.records(MODELS).get(model_id)


@RESOLVERS.field("Query", "iot_listModels")
def list_models(call: Call) -> list[Record]:
    """The caller's own."""
    every = call.platform.store.records(MODELS).all()
    return [one for one in every if owns(call, one["ownerUserId"])]


@RESOLVERS.field("Query", "iot_getModel")
def get_model(call: Call, *, modelId: str) -> Record | None:
    """One model."""
    found = model(call.platform, modelId)
    if found is not None:
        must_own(call, found["ownerUserId"])
    return found


@RESOLVERS.field("Query", "iot_getModelInDTDLFormat")
def get_dtdl(call: Call, *, modelId: str) -> str | None:
    """A model as a text of JSON in the digital twin definition language, version 2."""
    found = get_model(call, modelId=modelId)
    if found is None:
        return None
    contents = [
        {"@type": one["attributeType"], "name": one["name"], "schema": one["schemaType"]}
        | ({"writable": one["writable"]} if one["attributeType"] == "Property" else {})
        for one in (*found["properties"], *found["telemetry"])
    ]
    return json.dumps({"@context": CONTEXT, "@id": found["dtmi"], "@type": "Interface",
                       "displayName": found["displayName"], "contents": contents})  # fmt: skip


@RESOLVERS.field("Mutation", "iot_createModel")
def create_model(
    call: Call,
    *,
    displayName: str,
    dtmiSegment: str,
    description: str | None = None,
    properties: Parts = None,
    telemetry: Parts = None,
) -> Record:
    """A new model of the caller."""
    return created(call.platform, owner=call.actor.user_id, name=displayName, segment=dtmiSegment,
                   description=description, properties=properties,
                   telemetry=telemetry)  # fmt: skip


@RESOLVERS.field("Mutation", "iot_createNewModelVersion")
def create_version(
    call: Call,
    *,
    modelId: str,
    displayName: str | None = None,
    description: str | None = None,
    properties: Parts = None,
    telemetry: Parts = None,
) -> Record | None:
    """A model like another, with the next version in its DTMI; what is not given stays."""
    found = get_model(call, modelId=modelId)
    if found is None:
        return None
    segment, _, version = found["dtmi"].removeprefix("dtmi:avista:").partition(";")
    return created(
        call.platform, owner=call.actor.user_id, name=displayName or found["displayName"],
        segment=segment, description=description or found["description"],
        properties=found["properties"] if properties is None else properties,
        telemetry=found["telemetry"] if telemetry is None else telemetry,
        version=int(version) + 1,
    )  # fmt: skip


@RESOLVERS.field("Mutation", "iot_updateModel")
def update_model(call: Call, *, modelId: str, **changes: str | None) -> Record | None:
    """A model with another name or description; its properties and telemetry stay."""
    found = get_model(call, modelId=modelId)
    if found is None:
        return None
    changed = {**found, **{key: value for key, value in changes.items() if value}}
    call.platform.store.records(MODELS)[modelId] = changed
    return changed


@RESOLVERS.field("Mutation", "iot_deleteModel")
def delete_model(call: Call, *, modelId: str) -> Record | None:
    """The model as it was. Raises Fault while an endpoint uses it."""
    found = get_model(call, modelId=modelId)
    if found is None:
        return None
    endpoints = call.platform.store.records("iotEndpoints").all()
    if any(endpoint["modelId"] == modelId for endpoint in endpoints):
        raise refused("The model is used by an endpoint.")
    del call.platform.store.records(MODELS)[modelId]
    return found


def hub_created(platform: Platform, *, owner: str, name: str, description: str | None) -> Record:
    """A new hub."""
    hub_id = platform.new_id("iotHubId")
    record = {"iotHubId": hub_id, "name": name, "description": description, "ownerUserId": owner}
    platform.store.records(HUBS)[hub_id] = record
    return record


def hub(call: Call, hub_id: str) -> Record | None:
    """A hub of the caller; None for one that does not exist. Raises Fault."""
    found = call.platform.store.records(HUBS).get(hub_id)
    if found is not None:
        must_own(call, found["ownerUserId"])
    return found


@RESOLVERS.field("Query", "iot_listHubs")
def list_hubs(call: Call) -> list[Record]:
    """The caller's own."""
    every = call.platform.store.records(HUBS).all()
    return [one for one in every if owns(call, one["ownerUserId"])]


@RESOLVERS.field("Query", "iot_getHub")
def get_hub(call: Call, *, iotHubId: str) -> Record | None:
    """One hub."""
    return hub(call, iotHubId)


@RESOLVERS.field("Mutation", "iot_createHub")
def create_hub(call: Call, *, name: str, description: str | None = None) -> Record:
    """A new hub of the caller."""
    owner = call.actor.user_id
    return hub_created(call.platform, owner=owner, name=name, description=description)


@RESOLVERS.field("Mutation", "iot_updateHub")
def update_hub(call: Call, *, iotHubId: str, **changes: str | None) -> Record | None:
    """A hub with another name or description."""
    found = hub(call, iotHubId)
    if found is None:
        return None
    changed = {**found, **{key: value for key, value in changes.items() if value}}
    call.platform.store.records(HUBS)[iotHubId] = changed
    return changed


@RESOLVERS.field("Mutation", "iot_deleteHub")
def delete_hub(call: Call, *, iotHubId: str) -> Record | None:
    """The hub as it was. Raises Fault while it has endpoints or groups."""
    found = hub(call, iotHubId)
    if found is None:
        return None
    for name in ("iotEndpoints", "iotGroups"):
        held = call.platform.store.records(name).all()
        if any(one["iotHubId"] == iotHubId for one in held):
            raise refused("The hub is not empty.")
    del call.platform.store.records(HUBS)[iotHubId]
    return found
