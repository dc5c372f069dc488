"""The rows of BEMServer on the wire: every resource and verb, right and wrong, by three people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.sandbox.bemserver.catalogue import KINDS, LEVELS, catalogue
from connectors.sandbox.bemserver.table import Resource
from tests.official.wire import NOBODY, PEOPLE, Wire
from tests.official.wire_plans import Plan, each_plan

ODD: tuple[Any, ...] = (None, 50_005, "", [], NOBODY, "zz")
STALE = {"If-Match": '"' + "0" * 40 + '"'}


def rows(wire: Wire, flavour: str) -> None:
    """Everything of every resource that this version has."""
    known = catalogue(flavour)
    made: list[tuple[Resource, Plan]] = []
    for plan in each_plan(wire):
        resource = known.get(plan.path)
        if resource is None:
            wire.ask(f"{plan.path} list in another version", "GET", f"/{plan.path}/")
            wire.ids[plan.name] = NOBODY
            continue
        _wrong_bodies(wire, resource, plan)
        _create(wire, resource, plan)
        _read(wire, resource, plan)
        _change(wire, resource, plan)
        made.append((resource, plan))
    for resource, plan in made:
        _filters(wire, resource, plan)
        _by_others(wire, resource, plan)
    for path in ("energies", "energy_end_uses", "energy_production_technologies"):
        for who in PEOPLE:
            wire.ask(f"{path} list {who}", "GET", f"/{path}/", who)
        for verb, place in (("POST", "/"), ("GET", "/1"), ("PUT", "/1"), ("DELETE", "/1")):
            wire.ask(f"{path} {verb} {place}", verb, f"/{path}{place}", json={"name": "x"})
    for resource, plan in reversed(made):
        _remove(wire, resource, plan)


WRONG: tuple[Any, ...] = (
    None,
    50_005,
    "x",
    "",
    True,
    [],
    {},
    -1.5,
    "2025-01-01T00:00:00",
    "x" * 600,
    NOBODY,
)


def _wrong_bodies(wire: Wire, resource: Resource, plan: Plan) -> None:
    path = f"/{plan.path}/"
    for body in (b"", b"{", b"[]", b"7", b"null", b'"x"'):
        wire.try_to_make(f"{plan.path} create raw {body!r}", path, data=body,
                 headers={"Content-Type": "application/json"})  # fmt: skip
    wire.try_to_make(f"{plan.path} create as text", path, data=b"{}",
             headers={"Content-Type": "text/plain"})  # fmt: skip
    wire.try_to_make(f"{plan.path} create empty", path, json={})
    wire.try_to_make(f"{plan.path} create unknown field", path,
             json={**plan.body, "nonsense": 1})  # fmt: skip
    wire.try_to_make(f"{plan.path} create with id", path, json={**plan.body, "id": 7})
    for name in plan.body:
        less = {key: value for key, value in plan.body.items() if key != name}
        if resource.field(name) and resource.field(name).required:  # type: ignore[union-attr]
            wire.try_to_make(f"{plan.path} create without {name}", path, json=less)
        for value in WRONG:
            trial = {**plan.body, name: value}
            wire.try_to_make(f"{plan.path} create {name}={value!r:.30}", path, json=trial)


def _harmless(resource: Resource, name: str, value: Any) -> bool:
    """Whether the body would be good: then it would make a row."""
    field = resource.field(name)
    if field is None or field.read_only:
        return False
    if value is None:
        return not (field.required or field.needed or field.default is not None)
    try:
        field.kind.load(value)
    except ValueError:
        return False
    return field.to is None


def _create(wire: Wire, resource: Resource, plan: Plan) -> None:
    path = f"/{plan.path}/"
    answer = wire.send("POST", path, json=plan.body)
    if answer.status_code == 201:
        number = int(answer.json()["id"])
        wire.ids[plan.name], wire.names[plan.path, number] = number, plan.name
        wire.seen[f"{plan.path} create"] = wire.saw(path, answer)
    else:
        wire.seen[f"{plan.path} create"] = wire.saw(path, answer)
    if resource.unique:
        wire.try_to_make(f"{plan.path} create again", path, json=plan.body)


def _read(wire: Wire, resource: Resource, plan: Plan) -> None:
    path, here = f"/{plan.path}/", f"/{plan.path}/{{{plan.name}}}"
    tag = wire.etag(here)
    wire.ask(f"{plan.path} one", "GET", here)
    wire.ask(f"{plan.path} list", "GET", path)
    wire.ask(f"{plan.path} one unchanged", "GET", here, headers={"If-None-Match": tag or "x"})
    wire.ask(f"{plan.path} one any", "GET", here, headers={"If-None-Match": "*"})
    for odd in (
        str(NOBODY),
        str(2**31),
        str(2**63),
        "abc",
        "-1",
        "0",
        "1.5",
        "9" * 40,
        "%00",
        "1/",
        "1/2",
        " 1",
    ):
        wire.ask(f"{plan.path} one {odd:.12}", "GET", f"{path}{odd}")
    for verb in ("HEAD", "OPTIONS", "PATCH"):
        wire.ask(f"{plan.path} item {verb}", verb, here)
        wire.ask(f"{plan.path} list {verb}", verb, path)
    wire.ask(f"{plan.path} slashless", "GET", f"/{plan.path}")
    wire.ask(f"{plan.path} slashless post", "POST", f"/{plan.path}", json=plan.body)
    for verb in ("PUT", "DELETE"):
        wire.ask(f"{plan.path} list {verb}", verb, path, json=plan.body)
    wire.ask(f"{plan.path} item POST", "POST", here, json=plan.body)
    for verb in ("GET", "POST"):
        wire.ask(f"{plan.path} {verb} stranger", verb, path, None, json={})
    for verb in ("GET", "PUT", "DELETE"):
        wire.ask(f"{plan.path} item {verb} stranger", verb, here, None, json={})


def _change(wire: Wire, resource: Resource, plan: Plan) -> None:
    here, change = f"/{plan.path}/{{{plan.name}}}", plan.change
    wire.ask(f"{plan.path} update blind", "PUT", here, json=change if change else {})
    if change is None:
        return
    wire.ask(f"{plan.path} update stale", "PUT", here, json=change, headers=STALE)
    wire.ask(f"{plan.path} update unknown id", "PUT", f"/{plan.path}/{NOBODY}", json=change,
             headers=STALE)  # fmt: skip
    wire.ask(f"{plan.path} update abc", "PUT", f"/{plan.path}/abc", json=change, headers=STALE)
    wire.ask(f"{plan.path} update nonsense stale", "PUT", here, json={"nonsense": 1},
             headers=STALE)  # fmt: skip
    good = {"If-Match": "*"}
    wire.ask(f"{plan.path} update broken", "PUT", here, data=b"{",
             headers={**good, "Content-Type": "application/json"})  # fmt: skip
    for name in [f.name for f in resource.fields if not f.read_only]:
        for value in ODD:
            if name in change and _harmless(resource, name, value):
                continue
            if name not in change and resource.field(name).on_put:  # type: ignore[union-attr]
                continue
            wire.ask(f"{plan.path} update {name}={value!r}", "PUT", here,
                     json={**change, name: value}, headers=good)  # fmt: skip
        if name in change:
            less = {key: value for key, value in change.items() if key != name}
            wire.ask(f"{plan.path} update without {name}", "PUT", here, json=less, headers=good)
    wire.ask(f"{plan.path} update empty", "PUT", here, json={}, headers=good)
    tag = wire.etag(here)
    wire.ask(f"{plan.path} update", "PUT", here, json=change, headers={"If-Match": tag.strip('"')})
    wire.ask(f"{plan.path} updated", "GET", here)
    wire.ask(f"{plan.path} updated and old", "GET", here, headers={"If-None-Match": tag or "x"})
    wire.ask(f"{plan.path} list updated", "GET", f"/{plan.path}/")
    wire.ask(f"{plan.path} update empty at last", "PUT", here, json={}, headers=good)


FILTERED: Mapping[str, tuple[Any, ...]] = {
    "name": ("site 2", "nothing", ""), "in_name": ("T", "%", ""), "source": ("wire 2",),
    "in_source": ("WIRE",), "level": (*LEVELS[:2], "nonsense"),
    "level_min": ("INFO", "ERROR", "x"),
    "timestamp_min": ("2025-01-01T00:00:00Z", "2025-06-01T00:00:00Z", "x", "2025-01-01"),
    "timestamp_max": ("2025-01-01T00:00:00Z", "2025-06-01T00:00:00Z", "x"),
    "read": ("true", "false", "maybe"), "forecast": ("true", "0", "x"),
    "is_enabled": ("true", "no", "x"), "is_admin": ("true", "false", "x"),
    "is_active": ("1", "0", "x"), "email": ("member@wire.example", "x"),
    "unit_symbol": ("Wh", "", "nonsense"), "value_type": ("float", "x", "integer"),
    "parameter": ("WIND_SPEED", "WIND_DIRECTION"), "ifc_id": ("x", "y"),
    "properties": ('{"Calibre 2": "60"}', '{"Interval": "1"}', "x", "[]", '{"a": 1}', "{}"),
    "task_name": ("Cleanup", "CleanupScheduled"),
    "energy_id": (1, 2, "x"), "end_use_id": (1, 2), "prod_tech_id": (1, 2), "category_id": (1, 2),
}  # fmt: skip
NAMES = {"campaign_id": "campaign", "campaign_scope_id": "scope", "user_id": "member",
         "event_id": "event", "timeseries_id": "ts", "user_group_id": "group",
         "structural_element_property_id": "area", "property_id": "calibre",
         **{f"{kind}_id": kind for kind in KINDS},
         **{f"recurse_{kind}_id": kind for kind in KINDS},
         **{f"{kind}_property_id": f"{kind} area" for kind in KINDS}}  # fmt: skip


def _filters(wire: Wire, resource: Resource, plan: Plan) -> None:
    path = f"/{plan.path}/"
    for name in resource.filters:
        values = FILTERED.get(name) or (
            wire.ids[NAMES[name]],
            NOBODY,
            2**31,
            "x",
            "",
            "1,2",
            -1,
            "1.5",
        )
        for number, value in enumerate(values):
            for who in PEOPLE:
                wire.ask(f"{plan.path} list {name} {number} {who}", "GET", path, who,
                         params={name: value})  # fmt: skip
    _orders(wire, resource, plan)
    _pages(wire, resource, plan)


def _orders(wire: Wire, resource: Resource, plan: Plan) -> None:
    path = f"/{plan.path}/"
    for order in (*resource.sort, "nonsense"):
        for sign in ("", "-", "+", "*"):
            wire.ask(f"{plan.path} sort {sign}{order}", "GET", path,
                     params={"sort": f"{sign}{order}"})  # fmt: skip
    if resource.sort:
        wire.ask(f"{plan.path} sort twice", "GET", path,
                 params={"sort": f"{resource.sort[0]},-{resource.sort[-1]}"})  # fmt: skip
        wire.ask(f"{plan.path} sort empty", "GET", path, params={"sort": ""})


def _pages(wire: Wire, resource: Resource, plan: Plan) -> None:
    path = f"/{plan.path}/"
    for page in ({"page": 1, "page_size": 1}, {"page": 2, "page_size": 1}, {"page": 0},
                 {"page": 9}, {"page_size": 0}, {"page_size": 101}, {"page": "x"},
                 {"page_size": 100}, {"page": -1}, {"page": 1.5}):  # fmt: skip
        wire.ask(f"{plan.path} list {page}", "GET", path, params=page)
    for kind in ("site", "building", "storey"):
        if f"recurse_{kind}_id" in resource.filters:
            both = {f"{kind}_id": wire.ids[kind], f"recurse_{kind}_id": wire.ids[kind]}
            wire.ask(f"{plan.path} both {kind}", "GET", path, params=both)
    wire.ask(f"{plan.path} list misspelt", "GET", path, params={"nonsense": "1"})


def _by_others(wire: Wire, resource: Resource, plan: Plan) -> None:
    path, here = f"/{plan.path}/", f"/{plan.path}/{{{plan.name}}}"
    for who in ("member", "outsider"):
        wire.ask(f"{plan.path} list {who}", "GET", path, who)
        wire.ask(f"{plan.path} one {who}", "GET", here, who)
        wire.try_to_make(f"{plan.path} create {who}", path, who, json={**plan.body, "zz": 1})
        if plan.path not in ("events", "event_categories_by_users"):
            wire.try_to_make(f"{plan.path} create {who} well", path, who, json=plan.body)
        wire.ask(f"{plan.path} update {who}", "PUT", here, who, json=plan.change or {},
                 headers=STALE)  # fmt: skip
        if plan.path not in ("events", "event_categories_by_users", "notifications"):
            wire.ask(f"{plan.path} update {who} well", "PUT", here, who, json=plan.change or {},
                     headers={"If-Match": "*"})  # fmt: skip
        wire.ask(f"{plan.path} delete {who} stale", "DELETE", here, who, headers=STALE)
        wire.ask(f"{plan.path} delete {who} unknown", "DELETE", f"{path}{NOBODY}", who,
                 headers=STALE)  # fmt: skip
        own = (*plan.path.split("_")[:1], "")[0] in (
            "events",
            "timeseries",
        ) and "event" in plan.path
        if not own and plan.path != "event_categories_by_users":
            wire.ask(f"{plan.path} delete {who} well", "DELETE", here, who,
                     headers={"If-Match": "*"})  # fmt: skip


def _remove(wire: Wire, resource: Resource, plan: Plan) -> None:
    here = f"/{plan.path}/{{{plan.name}}}"
    if resource.etag and resource.guarded:
        wire.ask(f"{plan.path} delete blind", "DELETE", here)
        wire.ask(f"{plan.path} delete stale", "DELETE", here, headers=STALE)
    wire.ask(f"{plan.path} delete unknown", "DELETE", f"/{plan.path}/{NOBODY}", headers=STALE)
    wire.ask(f"{plan.path} delete abc", "DELETE", f"/{plan.path}/abc", headers=STALE)
    wire.ask(f"{plan.path} delete", "DELETE", here, headers={"If-Match": wire.etag(here)})
    wire.ask(f"{plan.path} deleted", "GET", here)
    wire.ask(f"{plan.path} list deleted", "GET", f"/{plan.path}/")
