"""The only way to an object: what a person may see, and with which role.

Works on every model with a `workspace` foreign key and knows none of them. What a person may not
see does not exist for them (404); what they may see but not change is refused (403).
"""

from __future__ import annotations

from typing import Any, TypeVar
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404


class Role(models.IntegerChoices):
    """What a member may do; each role includes those below it."""

    VIEWER = 1, "viewer"
    EDITOR = 2, "editor"
    OWNER = 3, "owner"


M = TypeVar("M", bound=models.Model)
Someone = AbstractBaseUser | AnonymousUser


def visible(model: type[M], person: Someone) -> models.QuerySet[M]:
    """The rows of the person's workspaces."""
    return model._default_manager.filter(workspace__memberships__person=person.pk)


def get(model: type[M], person: Someone, id: UUID | int, *, role: Role = Role.VIEWER) -> M:
    """The row, or 404 when it is not the person's, or 403 when their role is too small.

    Every member may look, so a viewer's role costs no further query.
    """
    found = visible(model, person).filter(pk=id).first()
    if found is None:
        raise Http404
    if role > Role.VIEWER:
        demand(found, person, role)
    return found


def demand(row: models.Model, person: Someone, role: Role) -> None:
    """Raises PermissionDenied when the person's role in the row's workspace is too small."""
    workspace: Any = getattr(row, "workspace", row)
    if not workspace.memberships.filter(person=person.pk, role__gte=role).exists():
        raise PermissionDenied(f"This needs the role {role.label}.")
