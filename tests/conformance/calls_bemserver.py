"""Right values for BEMServer's operations on rows, at least one of every method."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from connectors.contract import NodeId
from connectors.operations import operations
from tests.conformance.subject import Opened, Values

CAMPAIGN = NodeId("campaign/3")


def done(opened: Opened, operation: str, /, **values: object) -> Any:
    """What an operation gives."""
    named = {one.name: one for one in operations(type(opened))}
    return named[operation].call(opened, values)


def a_site(opened: Opened) -> dict[str, object]:
    """A new one."""
    return {"id": done(opened, "sites.create", name=uuid4().hex, campaign_id=CAMPAIGN).id}


def a_user(opened: Opened) -> dict[str, object]:
    """A new one."""
    name = uuid4().hex
    values = {"name": name, "email": f"{name}@sandbox.example", "password": "quiet-secret"}
    return {"id": done(opened, "users.create", **values).id}


def a_week(opened: Opened) -> dict[str, object]:
    """Of the weather of a site that has some."""
    ((_, _, site, *_), *_), _ = done(opened, "weather_ts_by_sites.getall").first(1)
    return {
        "id": f"site/{site}",
        "start_time": datetime(2024, 1, 1, tzinfo=UTC),
        "end_time": datetime(2024, 1, 8, tzinfo=UTC),
    }


ROWS: Mapping[str, Values] = {
    "sites.getone": lambda opened: {"id": "site/1"},
    "sites.create": lambda opened: {"name": uuid4().hex, "campaign_id": CAMPAIGN},
    "sites.delete": a_site,
    "sites.getall": lambda opened: {"campaign_id": CAMPAIGN, "sort": "-name"},
    "sites.update": lambda opened: a_site(opened) | {"description": "Changed."},
    "sites.dependents": lambda opened: {"id": "site/1"},
    "users.set_admin": lambda opened: a_user(opened) | {"value": True},
    "users.set_active": lambda opened: a_user(opened) | {"value": False},
    "users.delete": a_user,
    "sites.get_degree_days": lambda opened: {
        "id": a_week(opened)["id"], "start_date": "2024-01-01", "end_date": "2024-02-01",
    },
    "sites.download_weather_data": a_week,
}  # fmt: skip
"""The first of each danger is the one that faults strike."""
