"""Background services: `st_*/full` before API 0.26, `/tasks/` since; and notification actions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from starlette.responses import Response

from connectors.sandbox.bemserver.analysis import tagged
from connectors.sandbox.bemserver.call import Call
from connectors.sandbox.bemserver.fields import Flag, Integer, Moment, Text
from connectors.sandbox.bemserver.filters import ordered
from connectors.sandbox.bemserver.problems import Problem, forbidden, invalid_body
from connectors.sandbox.bemserver.query import MISSING
from connectors.sandbox.bemserver.table import Row

TASKS: Mapping[str, dict[str, Any]] = {
    "CheckMissingData": {"min_completeness_ratio": 0.9},
    "CheckOutliers": {"min_correctness_ratio": 0.9},
    "Cleanup": {},
    "DownloadWeatherData": {"sites": [], "forecast": False},
}
TARGETS = {"campaigns": "campaign", "sites": "site", "timeseries": "timeseries"}


def full(call: Call) -> Response:
    """Every readable target of a service, with nulls where no row switches it on."""
    path = call.path["collection"]
    target = path.rpartition("_by_")[2]
    word = TARGETS[target]
    query = call.asked()
    order = query.order(("campaign_name", "campaign_id", "site_name", "timeseries_name",
                         "last_timestamp"))  # fmt: skip
    enabled = query.one("is_enabled", Flag()) if query.given("is_enabled") else None
    rows = [_joined(call, path, word, row) for row in _readable(call, target)]
    for key in ("campaign_id", "site_id", "timeseries_id"):
        if query.given(key):
            wanted = query.one(key, Integer())
            rows = [row for row in rows if row["_" + key] == wanted]
    if query.given(f"in_{word}_name"):
        part = str(query.one(f"in_{word}_name", Text())).casefold()
        rows = [row for row in rows if part in str(row[f"{word}_name"]).casefold()]
    query.settle()
    if enabled is not None:
        rows = [row for row in rows if bool(row["is_enabled"]) == enabled]
    rows = ordered(rows, [item for item in order if rows and item[0] in rows[0]])
    shown = [{k: v for k, v in row.items() if not k.startswith("_")} for row in rows]
    return tagged(call, shown)


def _readable(call: Call, target: str) -> Iterator[Row]:
    return (row for row in call.store.all(target) if call.actor.reads(target, row))


def _joined(call: Call, path: str, word: str, row: Row) -> Row:
    """One target beside the row of the service, if there is one."""
    service: Row = next(call.store.where(path, **{f"{word}_id": row["id"]}), {})
    joined = {"id": service.get("id"), f"{word}_id": row["id"], f"{word}_name": row["name"]}
    if word == "timeseries":
        joined["timeseries_unit_symbol"] = row["unit_symbol"]
        last = service.get("last_timestamp")
        joined["last_timestamp"] = Moment().dump(last) if last else None
    else:
        joined["is_enabled"] = service.get("is_enabled")
    joined[f"_{word}_id"] = row["id"]
    joined["_campaign_id"] = row["id"] if word == "campaign" else row["campaign_id"]
    return joined


def tasks(call: Call) -> Response:
    """The tasks that a campaign can be given."""
    found = [
        {"name": name, "default_parameters": parameters, "schedule": {}}
        for name, parameters in TASKS.items()
    ]
    return call.json_answer(found)


def run_task(call: Call) -> Response:
    """Queues a task; whether it then fails is not told. Raises Problem 422, and 500 as known."""
    body = call.json()
    needed = ("task_name", "campaign_id", "start_time", "end_time")
    errors = {name: [MISSING] for name in needed if name not in body}
    if errors:
        raise invalid_body(errors)
    if body["task_name"] not in TASKS:
        raise Problem(422, message=f"Unknown task: {body['task_name']}")
    if "parameters" not in body:
        raise Problem(500)
    return Response(None, 204)


def notification_counts(call: Call) -> Response:
    """How many notifications a user has, by campaign."""
    query = call.asked()
    user = query.one("user_id", Integer(), required=True)
    read = query.one("read", Flag())
    query.settle()
    _own(call, user)
    resource = call.store.catalogue["notifications"]
    counts: dict[int, int] = {}
    for row in call.store.where("notifications", user_id=user):
        campaign = call.store.ancestor(resource, row, "campaigns")
        if campaign is not None and read in (None, row["read"]):
            counts[campaign["id"]] = counts.get(campaign["id"], 0) + 1
    named = [
        {"campaign_id": key, "campaign_name": (call.store.get("campaigns", key) or {})["name"],
         "count": count}
        for key, count in counts.items()
    ]  # fmt: skip
    return tagged(call, {"total": sum(counts.values()), "campaigns": named})


def mark_all_read(call: Call) -> Response:
    """Marks a user's notifications as read, of one campaign or of all."""
    query = call.asked()
    user = query.one("user_id", Integer(), required=True)
    campaign = query.one("campaign_id", Integer())
    query.settle()
    _own(call, user)
    resource = call.store.catalogue["notifications"]
    for row in list(call.store.where("notifications", user_id=user, read=False)):
        found = call.store.ancestor(resource, row, "campaigns")
        if campaign is None or (found is not None and found["id"] == campaign):
            call.store.replace("notifications", {**row, "read": True})
    return Response(None, 204)


def _own(call: Call, user: int) -> None:
    if not call.actor.admin and user != call.actor.id:
        raise forbidden()


def download_weather(call: Call) -> Response:
    """Without a weather row nothing is done; with one, this sandbox has no provider to ask."""
    site = call.store.get("sites", int(call.path["row"]))
    if site is None:
        raise Problem(404)
    if not call.actor.admin:
        raise forbidden()
    query = call.asked()
    for name in ("start_time", "end_time"):
        query.one(name, Moment(), required=True)
    forecast = query.one("forecast", Flag(), default=False)
    query.settle()
    ties = call.store.where("weather_timeseries_by_sites", site_id=site["id"], forecast=forecast)
    if next(ties, None) is None:
        return Response(None, 204)
    raise Problem(409, message="Missing weather API settings.")
