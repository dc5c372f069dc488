"""Organizations that ask to be let into a collaborative, and what its host decides."""

from __future__ import annotations

from connectors.sandbox.avista import users
from connectors.sandbox.avista.collaboratives import collaboratives
from connectors.sandbox.avista.resolvers import Call, Resolvers, refused, unauthorized
from connectors.sandbox.store import Record

RESOLVERS = Resolvers()


def _hosts(call: Call, collaborative: Record) -> bool:
    """Whether the caller belongs to the organization that decides."""
    own = users.user(call.platform, call.actor.user_id) or {}
    return call.actor.admin or own.get("organizationId") == collaborative["hostOrganizationId"]


@RESOLVERS.field("Query", "collaborative_listCollaborativeMemberOrganizationRequests")
def list_requests(
    call: Call,
    *,
    collaborativeId: str | None = None,  # noqa: N803
    includeApprovedRequests: bool = False,  # noqa: N803
    includeDeniedRequests: bool = False,  # noqa: N803
) -> list[Record]:
    """The collaboratives of the caller's organization, with the members that wait, and others."""
    states = {"PENDING_APPROVAL"}
    states |= {"APPROVED"} if includeApprovedRequests else set()
    states |= {"DENIED_ACCESS"} if includeDeniedRequests else set()
    return [
        {**one, "memberOrganizations": _in_states(one, states)}
        for one in collaboratives(call.platform).all()
        if _hosts(call, one) and collaborativeId in (None, one["collaborativeId"])
    ]


def _in_states(collaborative: Record, states: set[str]) -> list[Record]:
    return [one for one in collaborative["memberOrganizations"] if one["memberState"] in states]


@RESOLVERS.field("Mutation", "collaborative_updateCollaborativeMemberOrganization")
def decide(
    call: Call,
    *,
    collaborativeId: str,  # noqa: N803
    organizationId: str,  # noqa: N803
    memberState: str,  # noqa: N803
) -> Record | None:
    """Lets an organization in, or keeps it out. The host's own place cannot change."""
    found = collaboratives(call.platform).get(collaborativeId)
    if found is None:
        return None
    if not _hosts(call, found):
        raise unauthorized()
    if "HOST_ORGANIZATION" in (memberState, _state(found, organizationId)):
        raise refused("The host organization of a collaborative cannot change.")
    members = [
        _decided(call, one, memberState) if one["organizationId"] == organizationId else one
        for one in found["memberOrganizations"]
    ]
    collaboratives(call.platform)[collaborativeId] = {**found, "memberOrganizations": members}
    return next((one for one in members if one["organizationId"] == organizationId), None)


def _state(collaborative: Record, organization_id: str) -> str | None:
    for member in collaborative["memberOrganizations"]:
        if member["organizationId"] == organization_id:
            return str(member["memberState"])
    return None


def _decided(call: Call, member: Record, state: str) -> Record:
    """The membership in its new state; who asked for it reads from then on [G]."""
    first = [{"userId": member["submittedByUserId"], "permission": "READ_ONLY"}]
    inside = member["usersInCollaborative"] or first
    approved = state == "APPROVED"
    return {
        **member,
        "memberState": state,
        "usersInCollaborative": inside if approved else member["usersInCollaborative"],
        "accessApprovedByUserId": call.actor.user_id if approved else None,
    }
