# ruff: noqa: N803 - arguments have the names that the platform's schema gives them
"""Groups of IoT endpoints: what a collaborative shares (section 2.5)."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.sandbox.avista.access import may_read, must_own, must_read
from connectors.sandbox.avista.iot import ENDPOINTS, GROUPS, shown
from connectors.sandbox.avista.models import hub
from connectors.sandbox.avista.resolvers import Call, Resolvers, unauthorized
from connectors.sandbox.avista.state import Platform
from connectors.sandbox.store import Record

RESOLVERS = Resolvers()


def created(
    platform: Platform, *, owner: str, hub_id: str, name: str, description: str | None
) -> Record:
    """A new group without endpoints."""
    group_id = platform.new_id("iotGroupId")
    record: Record = {
        "iotGroupId": group_id, "iotHubId": hub_id, "ownerUserId": owner, "name": name,
        "description": description, "iotEndpointIds": [],
    }  # fmt: skip
    platform.store.records(GROUPS)[group_id] = record
    return record


def listed(platform: Platform, record: Record, *, whole: bool) -> Record:
    """A group in the shape of IotEndpointGroup; without its endpoints the list is empty."""
    endpoints = platform.store.records(ENDPOINTS)
    held = [endpoints[one] for one in record["iotEndpointIds"]] if whole else []
    return {**record, "endpoints": [shown(platform, one) for one in held]}


def owned(call: Call, group_id: str) -> Record | None:
    """A group that the caller may change; None for one that does not exist. Raises Fault."""
    record = call.platform.store.records(GROUPS).get(group_id)
    if record is not None:
        must_own(call, record["ownerUserId"])
    return record


@RESOLVERS.field("Query", "iot_getGroup")
def get_group(
    call: Call,
    *,
    iotGroupId: str,
    includeEndpoints: bool | None = None,
) -> Record | None:
    """One group; its endpoints only when they are asked for."""
    record = call.platform.store.records(GROUPS).get(iotGroupId)
    if record is None:
        return None
    must_read(call, record["ownerUserId"], iotGroupId)
    return listed(call.platform, record, whole=bool(includeEndpoints))


@RESOLVERS.field("Query", "iot_listGroups")
def list_groups(
    call: Call,
    *,
    iotHubId: str,
    includeEndpoints: bool | None = None,
) -> list[Record]:
    """The groups of a hub that the caller may read."""
    return [
        listed(call.platform, one, whole=bool(includeEndpoints))
        for one in call.platform.store.records(GROUPS).all()
        if one["iotHubId"] == iotHubId and may_read(call, one["ownerUserId"], one["iotGroupId"])
    ]


@RESOLVERS.nested("Service", "iotEndpointGroup")
def service_group(call: Call, parent: Record) -> Record | None:
    """The group that a shared service is."""
    record = call.platform.store.records(GROUPS).get(parent["serviceId"])
    if parent["serviceType"] != "IOT_GROUP" or record is None:
        return None
    return listed(call.platform, record, whole=True)


@RESOLVERS.field("Mutation", "iot_createGroup")
def create_group(
    call: Call,
    *,
    iotHubId: str,
    name: str,
    description: str | None = None,
) -> Record | None:
    """A new group in a hub of the caller."""
    if hub(call, iotHubId) is None:
        return None
    record = created(call.platform, owner=call.actor.user_id, hub_id=iotHubId, name=name,
                     description=description)  # fmt: skip
    return listed(call.platform, record, whole=True)


@RESOLVERS.field("Mutation", "iot_updateGroup")
def update_group(
    call: Call,
    *,
    iotGroupId: str,
    **changes: str | None,
) -> Record | None:
    """A group with another name or description."""
    record = owned(call, iotGroupId)
    if record is None:
        return None
    changed = {**record, **{key: value for key, value in changes.items() if value}}
    call.platform.store.records(GROUPS)[iotGroupId] = changed
    return listed(call.platform, changed, whole=True)


@RESOLVERS.field("Mutation", "iot_deleteGroup")
def delete_group(call: Call, *, iotGroupId: str) -> Record | None:
    """The group as it was; its endpoints stay."""
    record = owned(call, iotGroupId)
    if record is None:
        return None
    before = listed(call.platform, record, whole=True)
    del call.platform.store.records(GROUPS)[iotGroupId]
    return before


@RESOLVERS.field("Mutation", "iot_addEndpointsToGroup")
def add_endpoints(
    call: Call,
    *,
    iotGroupId: str,
    iotEndpointIds: Sequence[str | None],
) -> Record | None:
    """The group with more of the caller's endpoints: all of them, or none when one is foreign."""
    record = owned(call, iotGroupId)
    if record is None:
        return None
    endpoints = call.platform.store.records(ENDPOINTS)
    for one in iotEndpointIds:
        if one is None or one not in endpoints:
            raise unauthorized()
        must_own(call, endpoints[one]["ownerUserId"])
    held = record["iotEndpointIds"]
    return _with(call, record, list(dict.fromkeys([*held, *iotEndpointIds])))


@RESOLVERS.field("Mutation", "iot_removeEndpointsFromGroup")
def remove_endpoints(
    call: Call,
    *,
    iotGroupId: str,
    iotEndpointIds: Sequence[str | None],
) -> Record | None:
    """The group without some endpoints; one that it does not hold is ignored."""
    record = owned(call, iotGroupId)
    if record is None:
        return None
    left = [one for one in record["iotEndpointIds"] if one not in iotEndpointIds]
    return _with(call, record, left)


def _with(call: Call, record: Record, endpoint_ids: Sequence[str | None]) -> Record:
    changed = {**record, "iotEndpointIds": list(endpoint_ids)}
    call.platform.store.records(GROUPS)[record["iotGroupId"]] = changed
    return listed(call.platform, changed, whole=True)
