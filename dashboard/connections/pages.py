"""What the pages of connections show, as plain dictionaries."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from connectors import registry
from dashboard.activity.models import Event
from dashboard.connections.drafts import twin_of
from dashboard.connections.models import Connection, Draft
from dashboard.connections.probe import STAGES, TITLES, next_stage

EVENTS = 8


def label(kind: str) -> str:
    """The platform's name; the kind itself where its package is not installed any more."""
    return registry.named(kind).label if kind in registry.packages() else kind


def detail(connection: Connection) -> dict[str, Any]:
    events = Event.objects.filter(workspace=connection.workspace_id, subject=connection.name)
    return {
        "connection": connection,
        "label": label(connection.kind),
        "reported": connection.kind in registry.packages(),
        "settings": settings_shown(connection),
        "events": events.select_related("person")[:EVENTS],
    }


def settings_shown(connection: Connection) -> list[tuple[str, object]]:
    """The plain settings under their titles; the sealed ones are not in the row's settings."""
    if connection.kind not in registry.packages():
        return list(connection.settings.items())
    declared = registry.load(connection.kind).Config.model_fields
    return [
        (declared[name].title or name, value)
        for name, value in connection.settings.items()
        if name in declared and declared[name].title not in connection.facts
    ]


def checklist(draft: Draft) -> dict[str, Any]:
    """The stages as `done`, `warned`, `failed`, `now` or `ahead`, and where to go on."""
    known = {outcome["stage"]: outcome for outcome in draft.outcomes}
    current = next_stage(draft.outcomes)
    stages = [
        {
            "title": TITLES[stage],
            "state": _state(known.get(stage), current == stage),
            "outcome": known.get(stage),
        }
        for stage in STAGES
    ]
    failed = known.get(current or "")
    return {
        "draft": draft,
        "platform": registry.named(draft.kind),
        "stages": stages,
        "running": current is not None and failed is None,
        "failed": failed,
    } | failure(draft)


def failure(draft: Draft | None) -> dict[str, Any]:
    """The sentence of the stage that failed, the settings it is about, and the account's owner."""
    failed = next((row for row in draft.outcomes if not row["passed"]), None) if draft else None
    if draft is None or failed is None:
        return {"trouble": None, "concerned": [], "twin": None}
    declared = registry.load(draft.kind).Config.model_fields
    titles = [declared[name].title or name for name in failed["fields"] if name in declared]
    return {"trouble": failed["says"], "concerned": titles, "twin": twin_of(draft)}


def uuid_of(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _state(outcome: dict[str, Any] | None, current: bool) -> str:  # noqa: FBT001
    if outcome is not None:
        return ("warned" if outcome["warns"] else "done") if outcome["passed"] else "failed"
    return "now" if current else "ahead"
