# ruff: noqa: T201
"""Every resource of BEMServer through the published client: made, read, changed, taken away.

    python bemserver_resources.py HOST:PORT EMAIL PASSWORD

One JSON line for each entry point, without ids, so that two servers can be compared.
"""

import json
import sys
from collections.abc import Iterator
from typing import Any

from bemserver_api_client import BEMServerApiClient
from bemserver_api_client.exceptions import BEMServerAPIError
from bemserver_api_client.resources import RESOURCES_MAP

KINDS = ("site", "building", "storey", "space", "zone")
WRONG = "0" * 40
MOMENT = "2025-03-01T00:00:00+00:00"


def plans(ids: Any) -> Iterator[Any]:
    """(entry point, name of the new id, body, body of the change or None), parents first."""
    yield (
        "campaigns",
        "campaign",
        {"name": "Walk", "timezone": "Europe/Paris"},
        {"name": "Walk 2", "timezone": "UTC"},
    )
    campaign = {"campaign_id": ids["campaign"]}
    yield "campaign_scopes", "scope", {"name": "Scope", **campaign}, {"name": "Scope 2"}
    yield (
        "users",
        "user",
        {"name": "W", "email": "walk@official.example", "password": "pw"},
        {"name": "V", "email": "walk@official.example", "password": "pw"},
    )
    yield "user_groups", "group", {"name": "Walkers"}, {"name": "Walkers 2"}
    group = {"user_group_id": ids["group"]}
    yield "user_by_user_groups", "", {"user_id": ids["user"], **group}, None
    yield "user_groups_by_campaigns", "", {**campaign, **group}, None
    yield "user_groups_by_campaign_scopes", "", {"campaign_scope_id": ids["scope"], **group}, None
    yield from structure(ids, campaign)
    yield from series(ids, campaign)
    yield from events(ids)
    yield from services(ids, campaign)


def structure(ids: Any, campaign: Any) -> Iterator[Any]:
    above = {**campaign}
    for kind in KINDS:
        parent = campaign if kind == "zone" else above
        more = {"latitude": 48.5, "longitude": 2.0} if kind == "site" else {}
        yield (
            f"{kind}s",
            kind,
            {"name": kind, **more, **parent},
            {"name": f"{kind} 2", "description": "d", **more},
        )
        above = {f"{kind}_id": ids[kind]}
    prop = {"name": "Area", "value_type": "float", "unit_symbol": "m^2"}
    yield "structural_element_properties", "prop", prop, {"name": "Area 2"}
    for kind in KINDS:
        yield (
            f"{kind}_properties",
            f"{kind}_prop",
            {"structural_element_property_id": ids["prop"]},
            None,
        )
        body = {
            f"{kind}_id": ids[kind],
            f"{kind}_property_id": ids[f"{kind}_prop"],
            "value": "12.5",
        }
        yield f"{kind}_property_data", "", body, {**body, "value": "13"}


def series(ids: Any, campaign: Any) -> Iterator[Any]:
    body = {"name": "S", "unit_symbol": "kWh", "campaign_scope_id": ids["scope"], **campaign}
    yield "timeseries", "ts", body, {"name": "S 2", "unit_symbol": "Wh"}
    yield (
        "timeseries_properties",
        "tsprop",
        {"name": "Walked", "value_type": "integer"},
        {"name": "Walked 2"},
    )
    body = {"timeseries_id": ids["ts"], "property_id": ids["tsprop"], "value": "900"}
    yield "timeseries_property_data", "", body, {**body, "value": "600"}
    yield "timeseries_datastates", "state", {"name": "Guessed"}, {"name": "Guessed 2"}
    for kind in KINDS:
        yield (
            f"timeseries_by_{kind}s",
            "",
            {"timeseries_id": ids["ts"], f"{kind}_id": ids[kind]},
            None,
        )
    body = {
        "site_id": ids["site"],
        "parameter": "WIND_SPEED",
        "timeseries_id": ids["ts"],
        "forecast": False,
    }
    yield "weather_ts_by_sites", "", body, {**body, "forecast": True}
    for flow, use in (("cons", "end_use_id"), ("prod", "prod_tech_id")):
        for kind in ("site", "building"):
            body = {f"{kind}_id": ids[kind], "energy_id": 1, use: 1, "timeseries_id": ids["ts"]}
            yield f"energy_{flow}_ts_by_{kind}s", "", body, {**body, "energy_id": 2}


def events(ids: Any) -> Iterator[Any]:
    body = {
        "campaign_scope_id": ids["scope"],
        "category_id": 1,
        "source": "walk",
        "level": "INFO",
        "timestamp": MOMENT,
    }
    yield "events", "event", body, {"category_id": 2, "source": "walk 2", "level": "ERROR"}
    for kind in KINDS:
        yield f"event_by_{kind}s", "", {"event_id": ids["event"], f"{kind}_id": ids[kind]}, None
    yield "timeseries_by_events", "", {"event_id": ids["event"], "timeseries_id": ids["ts"]}, None
    yield "event_categories", "category", {"name": "Walked"}, {"name": "Walked 2"}
    body = {"category_id": ids["category"], "notification_level": "DEBUG"}
    yield (
        "event_categories_by_users",
        "",
        {"user_id": ids["user"], **body},
        {**body, "notification_level": "ERROR"},
    )
    yield (
        "notifications",
        "",
        {"user_id": ids["user"], "event_id": ids["event"], "timestamp": MOMENT},
        {"read": True},
    )


def services(ids: Any, campaign: Any) -> Iterator[Any]:
    for name in ("cleanup", "check_missing", "check_outlier"):
        yield f"st_{name}_by_campaign", "", campaign, {"is_enabled": False}
    for name in ("weather", "weather_forecast"):
        yield f"st_download_{name}_by_site", "", {"site_id": ids["site"]}, {"is_enabled": False}
    task = {
        "offset_unit": "day",
        "start_offset": -2,
        "end_offset": 0,
        "is_enabled": True,
        "parameters": {},
    }
    yield (
        "task_by_campaign",
        "",
        {"task_name": "Cleanup", **task, **campaign},
        {**task, "is_enabled": False},
    )


def outcome(call: Any, *args: Any, **kwargs: Any) -> Any:
    """A status for what the client returned or raised."""
    try:
        return call(*args, **kwargs).status_code
    except NotImplementedError:
        return "not implemented"
    except BEMServerAPIError as error:
        return error.status_code


def listed(resource: Any, row_id: Any) -> Any:
    found, page = [], 1
    while True:
        answer = resource.getall(page=page, page_size=100)
        found += answer.data
        if page >= answer.pagination.get("total_pages", 1):
            return row_id in [row["id"] for row in found]
        page += 1


def made(resource: Any, body: Any, change: Any) -> Any:
    """What happened when a row was created, read and changed."""
    created = resource.create(body)
    row_id = created.data["id"]
    seen = {"create": created.status_code, "keys": sorted(created.data)}
    one = resource.getone(row_id)
    seen |= {
        "same": one.data == created.data,
        "same_etag": one.etag == created.etag,
        "etag": bool(one.etag),
    }
    seen |= {"listed": listed(resource, row_id), "again": outcome(resource.create, body)}
    seen["unknown_field"] = outcome(resource.create, {**body, "no_such_field": 1})
    seen["unchanged"] = outcome(resource.getone, row_id, etag=one.etag)
    seen["update_blind"] = outcome(resource.update, row_id, change or {})
    seen["update_stale"] = outcome(resource.update, row_id, change or {}, etag=WRONG)
    if change is not None:
        current = resource.getone(row_id).etag
        updated = resource.update(row_id, change, etag=current)
        seen |= {
            "update": updated.status_code,
            "changed": all(updated.data.get(k) == v for k, v in change.items() if k != "password"),
            "new_etag": updated.etag != current,
        }
    return row_id, seen


def taken_away(resource: Any, row_id: Any) -> Any:
    seen = {"delete_blind": None, "delete_stale": None}
    current = resource.getone(row_id).etag
    if current and resource.client_entrypoint != "notifications":
        seen = {
            "delete_blind": outcome(resource.delete, row_id),
            "delete_stale": outcome(resource.delete, row_id, etag=WRONG),
        }
    seen["delete"] = outcome(resource.delete, row_id, etag=current or None)
    seen["gone"] = outcome(resource.getone, row_id)
    return seen


class Ids(dict):
    """Ids known so far; plans are written before theirs exist."""

    def __missing__(self, key: Any) -> Any:
        return None


def main(host: Any, email: Any, password: Any) -> None:
    client = BEMServerApiClient(host, use_ssl=False)
    pair = client.auth.get_tokens(email, password).data
    client.set_authentication_method(
        client.make_bearer_token_auth(pair["access_token"], pair["refresh_token"])
    )
    ids, rows, seen, position = Ids(), [], {}, 0
    while True:
        # Plans are made anew each time, with the ids found meanwhile.
        plan = next((p for n, p in enumerate(plans(ids)) if n == position), None)
        if plan is None:
            break
        position += 1
        entry, name, body, change = plan
        if entry not in RESOURCES_MAP:
            continue
        resource = getattr(client, entry)
        row_id, seen[entry] = made(resource, body, change)
        rows.append((entry, row_id))
        if name:
            ids[name] = row_id
        # A copy that shared the unique key was refused; one that did not is removed again.
        if seen[entry]["again"] == 201:
            extra = max(row["id"] for row in resource.getall(page_size=100).data)
            outcome(resource.delete, extra, etag=resource.getone(extra).etag or None)
    for entry, row_id in reversed(rows):
        seen[entry] |= taken_away(getattr(client, entry), row_id)
    for entry, result in seen.items():
        print(json.dumps({"entry": entry, **result}))


if __name__ == "__main__":
    main(*sys.argv[1:])
