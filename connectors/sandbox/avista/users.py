"""People and their organizations."""

from __future__ import annotations

from typing import Any

from connectors.sandbox.accounts import PEOPLE, Person
from connectors.sandbox.avista.resolvers import Call, Resolvers
from connectors.sandbox.avista.state import Platform
from connectors.sandbox.store import Record

RESOLVERS = Resolvers()

USER_IDS = {person.slug: f"userId.{number}" for number, person in enumerate(PEOPLE, 1)}


def user_id(person: Person) -> str:
    """The id of one of the sandbox's people on this platform."""
    return USER_IDS[person.slug]


def user(platform: Platform, user_id: str | None) -> Record | None:
    """A person in the shape of User, with the organization inside."""
    found = platform.store.records("users").get(user_id or "")
    if found is None:
        return None
    return {**found, "organization": organization(platform, found["organizationId"])}


def organization(platform: Platform, organization_id: str) -> Record | None:
    """An organization in the shape of Organization."""
    return platform.store.records("organizations").get(organization_id)


@RESOLVERS.field("Query", "user_getUserSession")
def session(call: Call) -> dict[str, Any]:
    """Who the token belongs to."""
    return {"user": user(call.platform, call.actor.user_id)}
