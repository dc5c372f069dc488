"""Collaboratives: who is in them, and which services they share."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.sandbox.avista import access, users
from connectors.sandbox.avista.resolvers import Call, Resolvers, unauthorized
from connectors.sandbox.avista.state import Platform
from connectors.sandbox.store import Record, Records

RESOLVERS = Resolvers()

TABLES: Mapping[str, str] = {
    "DATA_STORE": "dataStores",
    "TIME_SERIES_DB": "timeSeriesDbs",
    "IOT_GROUP": "iotGroups",
    "DATA_CAPTURE": "dataCaptures",
    "OCS_ADAPTER": "ocsAdapters",
}
"""Where the services of each type lie; every record there has its `ownerUserId`."""


def collaboratives(platform: Platform) -> Records:
    """Every collaborative by its id, in the shape of Collaborative but for ids of people."""
    return platform.store.records("collaboratives")


def share(platform: Platform, collaborative_id: str, kind: str, service_id: str) -> Record:
    """Shares a service, in the shape of Service. Sharing it again changes nothing."""
    made: Record = {
        "collaborativeId": collaborative_id,
        "serviceId": service_id,
        "serviceType": kind,
    }
    platform.store.records("shares")[_key(collaborative_id, service_id)] = made
    return made


def unshare_everywhere(platform: Platform, service_id: str) -> None:
    """For a service that is no more."""
    shares = platform.store.records("shares")
    for key, held in list(shares.items()):
        if held["serviceId"] == service_id:
            del shares[key]


def _key(collaborative_id: str, service_id: str) -> str:
    return f"{collaborative_id}|{service_id}"


def _inside(call: Call, collaborative: Record) -> bool:
    return call.actor.admin or bool(access.permission_in(collaborative, call.actor.user_id))


def _mine(call: Call, collaborative_id: str) -> Record | None:
    """A collaborative that the caller is in; None when there is none. Raises Fault."""
    found = collaboratives(call.platform).get(collaborative_id)
    if found is not None and not _inside(call, found):
        raise unauthorized()
    return found


def _service(call: Call, kind: str, service_id: str) -> Record | None:
    """A service of the caller's own; None when there is none. Raises Fault."""
    found = call.platform.store.records(TABLES[kind]).get(service_id)
    if found is not None:
        access.must_own(call, found["ownerUserId"])
    return found


@RESOLVERS.field("Query", "collaborative_listCollaboratives")
def list_collaboratives(call: Call) -> list[Record]:
    """Those that the caller is in."""
    return [one for one in collaboratives(call.platform).all() if _inside(call, one)]


@RESOLVERS.field("Query", "collaborative_getCollaborative")
def get_collaborative(call: Call, *, collaborativeId: str) -> Record | None:  # noqa: N803
    """One of them."""
    return _mine(call, collaborativeId)


@RESOLVERS.field("Query", "collaborative_listCollaborativeServices")
def list_services(call: Call, *, collaborativeId: str) -> list[Record] | None:  # noqa: N803
    """What is shared in one of them, of every type."""
    if _mine(call, collaborativeId) is None:
        return None
    shares = call.platform.store.records("shares").all()
    return [one for one in shares if one["collaborativeId"] == collaborativeId]


@RESOLVERS.field("Query", "collaborative_listCollaborativesServiceSharedWith")
def list_shared_with(
    call: Call,
    *,
    serviceType: str,  # noqa: N803
    serviceId: str,  # noqa: N803
) -> list[Record] | None:
    """Where the owner shares his service."""
    if _service(call, serviceType, serviceId) is None:
        return None
    return list(access.shared_with(call.platform, serviceId))


@RESOLVERS.field("Mutation", "collaborative_addServiceToCollaborative")
def add_service(
    call: Call,
    *,
    collaborativeId: str,  # noqa: N803
    serviceType: str,  # noqa: N803
    serviceId: str,  # noqa: N803
) -> Record | None:
    """Shares a service of the caller's in a collaborative that he is in."""
    found = _mine(call, collaborativeId) and _service(call, serviceType, serviceId)
    return share(call.platform, collaborativeId, serviceType, serviceId) if found else None


@RESOLVERS.field("Mutation", "collaborative_removeServiceFromCollaborative")
def remove_service(
    call: Call,
    *,
    collaborativeId: str,  # noqa: N803
    serviceType: str,  # noqa: N803
    serviceId: str,  # noqa: N803
) -> Record | None:
    """Shares it no more; what it holds stays. None for one that was not shared there."""
    if not (_mine(call, collaborativeId) and _service(call, serviceType, serviceId)):
        return None
    return call.platform.store.records("shares").pop(_key(collaborativeId, serviceId), None)


@RESOLVERS.nested("Service", "dataStore")
def data_store(call: Call, parent: Record) -> Record | None:
    """The data store of a shared service."""
    if parent["serviceType"] != "DATA_STORE":
        return None
    return call.platform.store.records("dataStores").get(parent["serviceId"])


@RESOLVERS.nested("Service", "ocsAdapter")
def ocs_adapter(_call: Call, parent: Record) -> Record | None:
    """An adapter, of which nothing but its id is known."""
    return {"ocsAdapterId": parent["serviceId"]} if parent["serviceType"] == "OCS_ADAPTER" else None


@RESOLVERS.nested("CollaborativeMemberOrganization", "organization")
def member_organization(call: Call, parent: Record) -> Record | None:
    """The organization of a membership."""
    return users.organization(call.platform, parent["organizationId"])


@RESOLVERS.nested("CollaborativeMemberOrganization", "submittedByUser")
def submitted_by(call: Call, parent: Record) -> Record | None:
    """Who asked for the membership."""
    return users.user(call.platform, parent["submittedByUserId"])


@RESOLVERS.nested("CollaborativeMemberUser", "user")
def member_user(call: Call, parent: Record) -> Record | None:
    """A person inside."""
    return users.user(call.platform, parent["userId"])
