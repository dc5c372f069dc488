"""A row of every resource of BEMServer: a body that makes it, and one that changes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.sandbox.bemserver.catalogue import KINDS
from tests.official.wire import NOBODY, Wire

MOMENT = "2025-03-01T00:00:00+00:00"
Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One resource: a body that makes a row, and one that changes it."""

    path: str
    name: str
    body: Body
    change: Body | None = None


def plans(wire: Wire) -> Iterator[Plan]:
    """Parents first. Each plan is made when the ids it needs are known."""
    ids = wire.ids
    yield Plan(path="user_groups", name="group", body={"name": "G"}, change={"name": "G 2"})
    yield Plan(
        path="users", name="user", body={"name": "U", "email": "u@wire.example", "password": "p"},
        change={"name": "U 2", "email": "v@wire.example", "password": "q"},
    )  # fmt: skip
    yield Plan(path="users_by_user_groups", name="membership",
               body={"user_id": ids["user"], "user_group_id": ids["group"]})  # fmt: skip
    yield Plan(
        path="campaigns", name="other", body={"name": "Other", "timezone": "Europe/Paris"},
        change={"name": "Other 2", "timezone": "UTC", "start_time": MOMENT, "description": "d"},
    )  # fmt: skip
    yield Plan(path="campaign_scopes", name="other scope",
               body={"name": "S", "campaign_id": ids["other"]}, change={"name": "S 2"})  # fmt: skip
    yield Plan(path="user_groups_by_campaigns", name="grant",
               body={"user_group_id": ids["group"], "campaign_id": ids["other"]})  # fmt: skip
    yield Plan(
        path="user_groups_by_campaign_scopes", name="scope grant",
        body={"user_group_id": ids["group"], "campaign_scope_id": ids["other scope"]},
    )  # fmt: skip
    yield from _structure(ids)
    yield from _series(ids)
    yield from _events(ids)
    yield from _services(ids)


def _structure(ids: Mapping[str, int]) -> Iterator[Plan]:
    parents = {"site": "campaign", "building": "site", "storey": "building", "space": "storey",
               "zone": "campaign"}  # fmt: skip
    for kind in KINDS:
        up = parents[kind]
        more = {"latitude": 48.5, "longitude": 2} if kind == "site" else {}
        yield Plan(
            path=f"{kind}s",
            name=kind,
            change={"name": f"{kind} 2", "ifc_id": "x", **more},
            body={"name": kind, f"{up}_id": ids[up], "description": "d", **more},
        )
    yield Plan(path="structural_element_properties", name="area",
               body={"name": "Area", "value_type": "float", "unit_symbol": "m²"},
               change={"name": "Area 2", "unit_symbol": "m^2"})  # fmt: skip
    for kind in KINDS:
        yield Plan(path=f"{kind}_properties", name=f"{kind} area",
                   body={"structural_element_property_id": ids["area"]})  # fmt: skip
        body: dict[str, Any] = {f"{kind}_id": ids[kind], f"{kind}_property_id": ids[f"{kind} area"]}
        yield Plan(path=f"{kind}_property_data", name=f"{kind} size", body=body | {"value": "12.5"},
                   change=body | {"value": "13"})  # fmt: skip


def _series(ids: Mapping[str, int]) -> Iterator[Plan]:
    body: dict[str, Any]
    yield Plan(
        path="timeseries", name="ts",
        body={"name": "T", "unit_symbol": "kWh", "campaign_scope_id": ids["scope"],
              "campaign_id": ids["campaign"], "description": "Élan"},
        change={"name": "T 2", "unit_symbol": "Wh"},
    )  # fmt: skip
    yield Plan(path="timeseries_properties", name="calibre",
               body={"name": "Calibre", "value_type": "integer", "unit_symbol": "s"},
               change={"name": "Calibre 2"})  # fmt: skip
    body = {"timeseries_id": ids["ts"], "property_id": ids["calibre"]}
    yield Plan(path="timeseries_property_data", name="calibrated", body=body | {"value": "900"},
               change=body | {"value": "60"})  # fmt: skip
    yield Plan(path="timeseries_data_states", name="state", body={"name": "Guessed"},
               change={"name": "Guessed 2"})  # fmt: skip
    for kind in KINDS:
        yield Plan(path=f"timeseries_by_{kind}s", name=f"ts at {kind}",
                   body={"timeseries_id": ids["ts"], f"{kind}_id": ids[kind]})  # fmt: skip
    body = {"site_id": ids["site"], "parameter": "WIND_SPEED", "timeseries_id": ids["ts"],
            "forecast": False}  # fmt: skip
    yield Plan(path="weather_timeseries_by_sites", name="wind", body=body,
               change=body | {"forecast": True})  # fmt: skip
    for flow, use in (("consumption", "end_use_id"), ("production", "prod_tech_id")):
        for kind in ("site", "building"):
            body = {f"{kind}_id": ids[kind], "energy_id": 1, use: 1, "timeseries_id": ids["ts"]}
            yield Plan(path=f"energy_{flow}_timeseries_by_{kind}s", name=f"{flow} of {kind}",
                       body=body, change=body | {"energy_id": 2})  # fmt: skip


def _events(ids: Mapping[str, int]) -> Iterator[Plan]:
    yield Plan(
        path="events", name="event",
        body={"campaign_scope_id": ids["scope"], "category_id": 1, "source": "wire",
              "level": "DEBUG", "timestamp": "2025-03-01T01:00:00+01:00"},
        change={"category_id": 2, "source": "wire 2", "level": "INFO", "description": "d"},
    )  # fmt: skip
    for kind in KINDS:
        yield Plan(path=f"events_by_{kind}s", name=f"event at {kind}",
                   body={"event_id": ids["event"], f"{kind}_id": ids[kind]})  # fmt: skip
    yield Plan(path="timeseries_by_events", name="ts in event",
               body={"event_id": ids["event"], "timeseries_id": ids["ts"]})  # fmt: skip
    yield Plan(path="event_categories", name="category", body={"name": "C", "description": "d"},
               change={"name": "C 2"})  # fmt: skip
    yield Plan(
        path="event_categories_by_users", name="subscription",
        body={"user_id": ids["member"], "category_id": ids["category"],
              "notification_level": "INFO"},
        change={"category_id": ids["category"], "notification_level": "ERROR"},
    )  # fmt: skip
    yield Plan(path="notifications", name="notice",
               body={"user_id": ids["member"], "event_id": ids["event"], "timestamp": MOMENT},
               change={"read": True})  # fmt: skip


def _services(ids: Mapping[str, int]) -> Iterator[Plan]:
    for what in ("cleanups", "check_missings", "check_outliers"):
        yield Plan(path=f"st_{what}_by_campaigns", name=what,
                   body={"campaign_id": ids["campaign"]}, change={"is_enabled": False})  # fmt: skip
    for what in ("weather", "weather_forecast"):
        yield Plan(path=f"st_download_{what}_data_by_sites", name=what,
                   body={"site_id": ids["site"]}, change={"is_enabled": False})  # fmt: skip
    task = {"offset_unit": "day", "start_offset": -2, "end_offset": 0, "is_enabled": True,
            "parameters": {"a": 1}}  # fmt: skip
    yield Plan(
        path="tasks_by_campaigns", name="task",
        body={"campaign_id": ids["campaign"], "task_name": "Cleanup", **task},
        change=task | {"is_enabled": False},
    )  # fmt: skip


class _Later(dict[str, int]):
    """Ids by name; of a row that is not yet made, nobody's."""

    def __missing__(self, key: str) -> int:
        return NOBODY


def each_plan(wire: Wire) -> Iterator[Plan]:
    """Plans one after another, each with the ids known by then."""
    wire.ids = _Later(wire.ids)
    count = sum(1 for _ in plans(wire))
    for number in range(count):
        yield next(plan for at, plan in enumerate(plans(wire)) if at == number)
