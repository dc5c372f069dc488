"""Making people and finding the workspace they work in."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet

from dashboard.access import Role
from dashboard.accounts.models import Membership, Person, Workspace


@transaction.atomic
def person_create(*, email: str, password: str, name: str = "", staff: bool = False) -> Person:
    """A person with a workspace of their own."""
    person = Person.objects.create_user(
        email, password, name=name, is_staff=staff, is_superuser=staff
    )
    workspace_create(person)
    return person


@transaction.atomic
def workspace_create(person: Person) -> Workspace:
    """A workspace that the person owns."""
    workspace = Workspace.objects.create(name=f"{person}'s workspace"[:120])
    Membership.objects.create(workspace=workspace, person=person, role=Role.OWNER)
    return workspace


def workspace_current(*, person: Person, chosen: str | None) -> Workspace:
    """The chosen workspace if the person is still in it, else their first.

    Who is in none (made in the admin site, removed from the last one) gets one of their own.
    """
    mine = [place.workspace for place in person.places]
    if not mine:
        del person.places  # read before there was one
        return workspace_create(person)
    found = [workspace for workspace in mine if str(workspace.pk) == chosen]
    return (found or mine)[0]


def person_find(email: str) -> Person | None:
    return Person.objects.filter(email=email.strip().lower(), is_active=True).first()


def member_add(*, workspace: Workspace, person: Person, role: Role) -> bool:
    """False when the person is a member already; their role then stays as it is."""
    _, added = Membership.objects.get_or_create(
        workspace=workspace, person=person, defaults={"role": role}
    )
    return added


@transaction.atomic
def member_role(member: Membership, *, role: Role) -> bool:
    """Gives another role. False when that would leave the workspace without an owner."""
    if role < Role.OWNER and not _another_owner(member):
        return False
    Membership.objects.filter(pk=member.pk).update(role=role)
    return True


@transaction.atomic
def member_remove(member: Membership) -> bool:
    """Ends the membership. False when that would leave the workspace without an owner."""
    if not _another_owner(member):
        return False
    Membership.objects.filter(pk=member.pk).delete()
    return True


def owners_besides(member: Membership) -> QuerySet[Membership]:
    """The workspace's owners other than this member."""
    owners = Membership.objects.filter(workspace=member.workspace_id, role=Role.OWNER)
    return owners.exclude(pk=member.pk)


def _another_owner(member: Membership) -> bool:
    """Locks the workspace's row, so that two owners cannot remove each other at once."""
    Workspace.objects.select_for_update().get(pk=member.workspace_id)
    return owners_besides(member).exists()
