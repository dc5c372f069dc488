"""What the platform's worker does after an event: one notification for each user it concerns."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.sandbox.bemserver.catalogue import LEVELS
from connectors.sandbox.bemserver.store import Store
from connectors.sandbox.bemserver.table import Row

DEFAULT_LEVEL = "WARNING"


def users_of(store: Store, event: Row) -> None:
    """Notifies the users of groups tied to the event's scope, by their own least level."""
    for user_id in sorted(set(_members(store, event["campaign_scope_id"]))):
        chosen = next(
            store.where(
                "event_categories_by_users", user_id=user_id, category_id=event["category_id"]
            ),
            None,
        )
        least = chosen["notification_level"] if chosen else DEFAULT_LEVEL
        if LEVELS.index(event["level"]) >= LEVELS.index(least):
            store.add(
                "notifications",
                user_id=user_id,
                event_id=event["id"],
                timestamp=event["timestamp"],
                read=False,
            )


def _members(store: Store, scope_id: int) -> Iterator[int]:
    for tie in store.where("user_groups_by_campaign_scopes", campaign_scope_id=scope_id):
        for member in store.where("users_by_user_groups", user_group_id=tie["user_group_id"]):
            yield member["user_id"]
