"""Rules across rows that a declaration of fields cannot say."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from connectors.sandbox.bemserver.problems import Problem, invalid_body
from connectors.sandbox.bemserver.store import Store
from connectors.sandbox.bemserver.table import Resource, Row

Check = Callable[[Store, Resource, Row], None]


def _property_value(store: Store, resource: Resource, row: Row) -> None:
    """A value is a text that must read as its property's type."""
    definition = _definition(store, resource, row)
    if definition is None or reads_as(row["value"], definition["value_type"]):
        return
    if resource.path == "zone_property_data":
        raise Problem(422, message="Invalid value type")
    raise invalid_body({"value": ["Invalid type."]})


def _definition(store: Store, resource: Resource, row: Row) -> Row | None:
    if resource.path == "timeseries_property_data":
        return store.get("timeseries_properties", row["property_id"])
    return store.ancestor(resource, row, "structural_element_properties")


def reads_as(value: str, kind: str) -> bool:
    """Whether a text is a value of a property type."""
    if kind == "boolean":
        return value in ("true", "false")
    try:
        {"integer": int, "float": float, "string": str}[kind](value)
    except ValueError:
        return False
    return True


def _scope_in_campaign(store: Store, _resource: Resource, row: Row) -> None:
    """The pair of scope and campaign is one foreign key."""
    scope = store.get("campaign_scopes", row["campaign_scope_id"])
    if scope is None or scope["campaign_id"] != row["campaign_id"]:
        raise Problem(409, message="Foreign key constraint violation")


def _same_campaign(store: Store, resource: Resource, row: Row) -> None:
    """Both ends of an association lie in one campaign."""
    campaigns = set()
    for field in resource.fields:
        above = store.parent(resource, row, field.name)
        if above is None or field.to is None:
            if resource.path.startswith("events_by_"):
                raise Problem(500)  # an unknown id (section 8)
            return  # the missing row is a foreign key conflict, found later
        campaign = store.ancestor(store.catalogue[field.to], above, "campaigns")
        campaigns.add(campaign["id"] if campaign else None)
    if len(campaigns) > 1:
        raise invalid_body({"_schema": "Both must be in the same campaign."})


def _same_scope(store: Store, _resource: Resource, row: Row) -> None:
    """A series and an event tied to it share a scope; an unknown event id is a 500 (section 8)."""
    event = store.get("events", row["event_id"])
    series = store.get("timeseries", row["timeseries_id"])
    if event is None or series is None:
        raise Problem(500)
    if series["campaign_scope_id"] != event["campaign_scope_id"]:
        raise invalid_body({"_schema": "Both must be in the same campaign scope."})


def _read_given(_store: Store, _resource: Resource, row: Row) -> None:
    """A notification's PUT needs its `read` flag."""
    if row["read"] is None:
        raise Problem(409)


def _task_complete(_store: Store, _resource: Resource, row: Row) -> None:
    """A PUT that leaves a field out is a 500 (section 8)."""
    if any(row[key] is None for key in ("offset_unit", "start_offset", "end_offset", "is_enabled")):
        raise Problem(500)


def _enabled_given(_store: Store, _resource: Resource, row: Row) -> None:
    """A PUT without the switch is a 500 on the weather services."""
    if row["is_enabled"] is None:
        raise Problem(500)


CHECKS: Mapping[str, Check] = {
    "property_value": _property_value,
    "scope_in_campaign": _scope_in_campaign,
    "same_campaign": _same_campaign,
    "same_scope": _same_scope,
    "read_given": _read_given,
    "task_complete": _task_complete,
    "enabled_given": _enabled_given,
}
