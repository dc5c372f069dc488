"""Who calls the API: a program with a key, or a person's own browser with its session."""

from __future__ import annotations

from typing import Any, TypeVar
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja.errors import HttpError
from ninja.security import HttpBearer, SessionAuth

from dashboard import access
from dashboard.access import Role
from dashboard.accounts.keys import Bearer, key_open
from dashboard.accounts.models import Person

M = TypeVar("M", bound=Model)

ONCE = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "format": "uuid"},
    "description": "One that was used before gives the call it was used for, and does nothing.",
}
"""The header that `once` reads, as OpenAPI describes it."""


class Asked(HttpRequest):
    """A type only: a request whose caller is known."""

    auth: Bearer


class ByKey(HttpBearer):
    """`Authorization: Bearer tieline_…`."""

    def authenticate(self, request: HttpRequest, token: str) -> Bearer | None:
        return key_open(token, now=timezone.now())


class BySession(SessionAuth):
    """A signed-in browser, in the workspace it works in; changes need the CSRF token."""

    def authenticate(self, request: HttpRequest, key: str | None) -> Bearer | None:
        person: Any = request.user
        workspace: Any = getattr(request, "workspace", None)
        if not isinstance(person, Person) or not workspace:
            return None
        role = next(place.role for place in person.places if place.workspace_id == workspace.pk)
        return Bearer(person=person, workspace=workspace, role=Role(role))


def reach(asked: Asked, model: type[M], id: UUID | int, *, role: Role = Role.VIEWER) -> M:
    """The object, within the caller's workspace and role. Raises Http404 and PermissionDenied."""
    row: Any = access.get(model, asked.auth.person, id)
    if row.workspace_id != asked.auth.workspace.pk:
        raise Http404
    if asked.auth.role < role:
        raise PermissionDenied(f"This key may not: it needs the role {role.label}.")
    found: M = row
    return found


def once(asked: Asked) -> UUID | None:
    """The `Idempotency-Key` that was sent. Raises HttpError for what is none."""
    given = asked.headers.get("Idempotency-Key", "")
    try:
        return UUID(given) if given else None
    except ValueError:
        raise HttpError(422, "An Idempotency-Key is a UUID.") from None
