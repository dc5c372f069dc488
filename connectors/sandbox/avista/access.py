"""Who may do what with whose things."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.sandbox.avista.resolvers import Call, unauthorized
from connectors.sandbox.avista.state import Platform
from connectors.sandbox.store import Record

INSIDE = ("APPROVED", "HOST_ORGANIZATION")
"""The states in which a member organization's people may see what is shared."""


def owns(call: Call, owner_id: str | None) -> bool:
    """Whether the caller owns it; to a platform administrator everything belongs."""
    return call.actor.admin or call.actor.user_id == owner_id


def may_read(call: Call, owner_id: str | None, *service_ids: str) -> bool:
    """Whether it is the caller's, or shared with him under one of these service ids."""
    return owns(call, owner_id) or any(True for _ in _permissions(call, service_ids))


def may_write(call: Call, owner_id: str | None, *service_ids: str) -> bool:
    """Whether it is the caller's, or shared with him to read and write."""
    return owns(call, owner_id) or "READ_WRITE" in _permissions(call, service_ids)


def must_read(call: Call, owner_id: str | None, *service_ids: str) -> None:
    """Raises Fault unless `may_read`."""
    if not may_read(call, owner_id, *service_ids):
        raise unauthorized()


def must_write(call: Call, owner_id: str | None, *service_ids: str) -> None:
    """Raises Fault unless `may_write`."""
    if not may_write(call, owner_id, *service_ids):
        raise unauthorized()


def must_own(call: Call, owner_id: str | None) -> None:
    """Raises Fault unless `owns`."""
    if not owns(call, owner_id):
        raise unauthorized()


def permission_in(collaborative: Record, user_id: str) -> str | None:
    """`READ_ONLY` or `READ_WRITE`; None for somebody who is not inside."""
    for member in collaborative["memberOrganizations"]:
        if member["memberState"] in INSIDE:
            for user in member["usersInCollaborative"]:
                if user["userId"] == user_id:
                    return str(user["permission"])
    return None


def shared_with(platform: Platform, service_id: str) -> Iterator[Record]:
    """The collaboratives that a service is shared with."""
    for share in platform.store.records("shares").all():
        if share["serviceId"] == service_id:
            yield platform.store.records("collaboratives")[share["collaborativeId"]]


def _permissions(call: Call, service_ids: tuple[str, ...]) -> Iterator[str]:
    for service_id in service_ids:
        for collaborative in shared_with(call.platform, service_id):
            permission = permission_in(collaborative, call.actor.user_id)
            if permission is not None:
                yield permission
