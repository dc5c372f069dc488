"""Who may read and write what (section 5 of the reference). Admins may everything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from connectors.sandbox.bemserver.store import Store
from connectors.sandbox.bemserver.table import Resource, Row


@dataclass(frozen=True)
class Actor:
    """The signed-in user, and what the groups they are in open to them."""

    store: Store
    id: int
    admin: bool

    @cached_property
    def groups(self) -> frozenset[int]:
        """The groups the user is in."""
        rows = self.store.where("users_by_user_groups", user_id=self.id)
        return frozenset(row["user_group_id"] for row in rows)

    @cached_property
    def campaigns(self) -> frozenset[int]:
        """The campaigns that a group of theirs is tied to."""
        return self._granted("user_groups_by_campaigns", "campaign_id")

    @cached_property
    def scopes(self) -> frozenset[int]:
        """The scopes that a group of theirs is tied to; independent of the campaigns."""
        return self._granted("user_groups_by_campaign_scopes", "campaign_scope_id")

    def _granted(self, path: str, key: str) -> frozenset[int]:
        rows = self.store.all(path)
        return frozenset(row[key] for row in rows if row["user_group_id"] in self.groups)

    def may(self, rule: str, resource: Resource, row: Row) -> bool:
        """Whether a rule lets this user at a row."""
        return self.admin or RULES[rule](self, resource, row)

    def reads(self, path: str, row: Row) -> bool:
        """Whether the user sees a row of a resource."""
        resource = self.store.catalogue[path]
        return self.may(resource.read, resource, row)


Rule = Callable[[Actor, Resource, Row], bool]


def _campaign(actor: Actor, resource: Resource, row: Row) -> bool:
    campaign = actor.store.ancestor(resource, row, "campaigns")
    return campaign is not None and campaign["id"] in actor.campaigns


def _scope(actor: Actor, resource: Resource, row: Row) -> bool:
    scope = actor.store.ancestor(resource, row, "campaign_scopes")
    return scope is not None and scope["id"] in actor.scopes


def _scope_and_campaign(actor: Actor, resource: Resource, row: Row) -> bool:
    return _scope(actor, resource, row) and _campaign(actor, resource, row)


def _group(actor: Actor, resource: Resource, row: Row) -> bool:
    key = "id" if resource.path == "user_groups" else "user_group_id"
    return row[key] in actor.groups


RULES: Mapping[str, Rule] = {
    "anyone": lambda _actor, _resource, _row: True,
    "nobody": lambda _actor, _resource, _row: False,
    "self": lambda actor, _resource, row: bool(row["id"] == actor.id),
    "own": lambda actor, _resource, row: bool(row["user_id"] == actor.id),
    "group": _group,
    "campaign": _campaign,
    "scope": _scope,
    "scope_and_campaign": _scope_and_campaign,
}
