"""List filters: `name`, `in_name`, ids of ancestors, and the few that look across associations."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from connectors.sandbox.bemserver.call import Call
from connectors.sandbox.bemserver.catalogue import CHAIN, KINDS, LEVELS, plural
from connectors.sandbox.bemserver.fields import Choice, Email, Integer, Kind, Moment, Text
from connectors.sandbox.bemserver.permissions import Actor
from connectors.sandbox.bemserver.problems import Problem, forbidden, invalid_query
from connectors.sandbox.bemserver.query import Asked
from connectors.sandbox.bemserver.store import Store
from connectors.sandbox.bemserver.table import Resource, Row

Test = Callable[[Row], bool]

TARGETS = {
    "campaign_id": "campaigns", "campaign_scope_id": "campaign_scopes", "event_id": "events",
    "timeseries_id": "timeseries", "user_id": "users",
    **{f"{kind}_id": plural(kind) for kind in KINDS},
}  # fmt: skip
TIES = {"timeseries": ("timeseries_by_", "timeseries_id"), "events": ("events_by_", "event_id")}


def chosen(call: Call, resource: Resource, asked: Asked) -> list[Row]:
    """The rows a list request means and its user may see. Raises Problem 403, 422 or 500."""
    store, actor = call.store, call.actor
    tests = [_test(store, resource, name, asked) for name in resource.filters if asked.given(name)]
    _exclusive(resource, asked)
    if asked.settle(beyond=not _asks_nothing(call, resource, asked)):
        return []
    if not actor.admin:
        _refuse_unreadable(store, actor, resource, asked)
    rows: Iterable[Row] = store.all(resource.path)
    for test in tests:
        rows = filter(test, rows)
    if actor.admin or resource.read == "anyone":
        return list(rows)
    return [row for row in rows if actor.may(resource.read, resource, row)]


def ordered(rows: list[Row], order: Iterable[tuple[str, bool]]) -> list[Row]:
    """Sorted by several fields; levels by their weight."""
    for name, descending in reversed(list(order)):
        rows = sorted(rows, key=_weigher(name), reverse=descending)
    return rows


def _weigher(name: str) -> Callable[[Row], Any]:
    return lambda row: _weight(row[name])


def _weight(value: Any) -> Any:
    return LEVELS.index(value) if value in LEVELS else value


def _test(store: Store, resource: Resource, name: str, asked: Asked) -> Test:
    """One filter as a test of rows."""
    special = SPECIAL.get(name)
    if special is not None:
        return special(store, resource, asked)
    field = resource.field(name)
    if field is not None:
        if isinstance(field.kind, Choice):
            return _word(resource, name, field.kind, asked)
        wanted = asked.one(name, _loose(field.kind))
        return lambda row: row.get(name) == wanted
    if name.startswith("in_"):
        like = _like(str(asked.one(name, Text())))
        return lambda row: bool(like.search(str(row.get(name.removeprefix("in_")) or "")))
    wanted = asked.one(name, Integer())
    if resource.path in TIES and name in TARGETS and name not in ("campaign_id",):
        return _tied(store, resource, name, wanted)
    target = TARGETS[name]

    def under(row: Row) -> bool:
        above = store.ancestor(resource, row, target)
        return above is not None and above["id"] == wanted

    return under


def _like(part: str) -> re.Pattern[str]:
    """PostgreSQL's ILIKE `%part%`: in it `%` is any text, `_` any letter, a backslash neither."""
    pieces = re.findall(r"\\.|.", part + "%", re.DOTALL)
    wild = {"%": ".*", "_": "."}
    text = "".join(wild.get(piece) or re.escape(piece[-1]) for piece in pieces)
    return re.compile(text + r"\Z", re.IGNORECASE | re.DOTALL)


def _loose(kind: Kind) -> Kind:
    """A filter compares texts; only a body is checked for their length or unit."""
    return Text() if isinstance(kind, Text | Email) else kind


def _word(resource: Resource, name: str, kind: Choice, asked: Asked) -> Test:
    """The weather list stumbles over an unknown parameter name (section 8)."""
    wanted = asked.one(name, Text())
    if wanted not in kind.words:
        if name == "parameter":
            raise Problem(500)
        asked.wrong(name, [f"Must be one of: {', '.join(kind.words)}."])
    return lambda row: row.get(name) == wanted


def _tied(store: Store, resource: Resource, name: str, wanted: int) -> Test:
    """Rows tied to an element, an event or a series by an association."""
    kind = name.removesuffix("_id")
    if kind in KINDS:
        prefix, key = TIES[resource.path]
        path = prefix + plural(kind)
    else:
        path, key = "timeseries_by_events", TIES[resource.path][1]
    ids = {row[key] for row in store.where(path, **{name: wanted})}
    return lambda row: row["id"] in ids


def _recursive(level: str) -> Callable[[Store, Resource, Asked], Test]:
    """Rows tied to an element or to anything below it; zones are not below anything."""

    def build(store: Store, resource: Resource, asked: Asked) -> Test:
        wanted = asked.one(f"recurse_{level}_id", Integer())
        prefix, key = TIES[resource.path]
        ids: set[int] = set()
        for kind, chain in CHAIN.items():
            if f"{level}_id" not in chain:
                continue
            tie = store.catalogue[prefix + plural(kind)]
            for row in store.all(tie.path):
                above = store.ancestor(tie, row, plural(level))
                if above is not None and above["id"] == wanted:
                    ids.add(row[key])
        return lambda row: row["id"] in ids

    return build


def _by_user(store: Store, resource: Resource, asked: Asked) -> Test:
    """What a user may read through their groups."""
    wanted = asked.one("user_id", Integer())
    if resource.field("user_id") is not None:
        return lambda row: row["user_id"] == wanted
    scopes = Actor(store, wanted, admin=False).scopes
    return lambda row: row["campaign_scope_id"] in scopes


def _by_task(_store: Store, _resource: Resource, asked: Asked) -> Test:
    """The platform compares the name that it stores, which has a suffix."""
    wanted = asked.one("task_name", Text())
    return lambda row: f"{row['task_name']}Scheduled" == wanted


def _asks_nothing(call: Call, resource: Resource, asked: Asked) -> bool:
    """Whether the platform answers without asking its database: somebody in no group, before 0.27.

    A strict filter has asked it already.
    """
    by_groups = "campaign" in resource.read or "scope" in resource.read
    by_groups = by_groups or resource.path.startswith("user_groups_by")
    strict = any(asked.given(name) for name in resource.strict_filters)
    old = call.store.flavour < "0.27"
    return old and by_groups and not strict and not call.actor.admin and not call.actor.groups


NO_OBJECT = (
    ("Not a valid json object.", "Not a valid string."),
    ("Not a valid json string.", "Not a valid json object."),
)
"""What is said of a text that is no JSON and of JSON that is no object: before 0.27, and since."""


def _by_properties(store: Store, _resource: Resource, asked: Asked) -> Test:
    """One JSON object of property name -> value, both texts; all must match."""
    unread, unfit = NO_OBJECT[store.flavour >= "0.27"]
    try:
        wanted = json.loads(asked.one("properties", Text()))
    except ValueError:
        asked.wrong("properties", [unread])
        return lambda _row: False
    if not isinstance(wanted, dict):
        asked.wrong("properties", [unfit])
        return lambda _row: False
    odd = {
        key: {"value": ["Not a valid string."]} for key, v in wanted.items() if type(v) is not str
    }
    if odd:
        asked.wrong("properties", odd)
        return lambda _row: False
    names = {row["name"]: row["id"] for row in store.all("timeseries_properties")}
    path = "timeseries_property_data"
    found = [
        {row["timeseries_id"] for row in store.where(path, property_id=names.get(key), value=value)}
        for key, value in wanted.items()
    ]
    return lambda row: all(row["id"] in ids for ids in found)


def _level_min(_store: Store, _resource: Resource, asked: Asked) -> Test:
    least = asked.one("level_min", Choice(LEVELS), default=LEVELS[0])
    return lambda row: LEVELS.index(row["level"]) >= LEVELS.index(least)


def _since(_store: Store, _resource: Resource, asked: Asked) -> Test:
    moment = asked.one("timestamp_min", Moment())
    return lambda row: bool(row["timestamp"] >= moment)


def _until(_store: Store, _resource: Resource, asked: Asked) -> Test:
    moment = asked.one("timestamp_max", Moment())
    return lambda row: bool(row["timestamp"] <= moment)


SPECIAL: dict[str, Callable[[Store, Resource, Asked], Test]] = {
    "user_id": _by_user,
    "task_name": _by_task,
    "properties": _by_properties,
    "level_min": _level_min,
    "timestamp_min": _since,
    "timestamp_max": _until,
    **{f"recurse_{level}_id": _recursive(level) for level in ("site", "building", "storey")},
}


def _exclusive(resource: Resource, asked: Asked) -> None:
    for level in ("site", "building", "storey"):
        both = (f"{level}_id", f"recurse_{level}_id")
        if both[1] in resource.filters and all(asked.given(name) for name in both):
            raise invalid_query(
                {"_schema": [f"{both[0]} and {both[1]} are mutually exclusive arguments"]}
            )


def _refuse_unreadable(store: Store, actor: Actor, resource: Resource, asked: Asked) -> None:
    """An unreadable parent is 403; an unknown one is an empty list."""
    for name in resource.strict_filters:
        if not asked.given(name):
            continue
        target = TARGETS[name.removeprefix("recurse_")]
        row = store.get(target, asked.one(name, Integer()))
        if row is not None and not actor.reads(target, row):
            raise forbidden()
