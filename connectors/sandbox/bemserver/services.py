"""Background services before API 0.26: every target of one, with the row that switches it on."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.responses import Response

from connectors.sandbox.bemserver.analysis import tagged
from connectors.sandbox.bemserver.call import Call
from connectors.sandbox.bemserver.fields import Flag, Integer, Moment, Text
from connectors.sandbox.bemserver.filters import ordered
from connectors.sandbox.bemserver.table import Row

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
        joined["last_timestamp"] = None if last is None else Moment().dump(last)
    else:
        joined["is_enabled"] = service.get("is_enabled")
    joined[f"_{word}_id"] = row["id"]
    joined["_campaign_id"] = row["id"] if word == "campaign" else row["campaign_id"]
    return joined
