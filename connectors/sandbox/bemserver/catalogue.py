"""Every resource of BEMServer, declared (section 2 of the reference)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from connectors.sandbox.bemserver.fields import LooseMoment
from connectors.sandbox.bemserver.table import (
    ALL,
    LOOK,
    Field,
    Resource,
    choice,
    email,
    flag,
    integer,
    mapping,
    moment,
    name,
    number,
    password,
    ref,
    symbol,
    text,
    value_type,
    zone,
)

KINDS = ("site", "building", "storey", "space", "zone")
TIED = ALL - {"update"}
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
WEATHER = (
    "AIR_TEMPERATURE", "DEWPOINT_TEMPERATURE", "WETBULB_TEMPERATURE", "WIND_SPEED",
    "WIND_DIRECTION", "SURFACE_SOLAR_RADIATION", "SURFACE_DIRECT_SOLAR_RADIATION",
    "SURFACE_DIFFUSE_SOLAR_RADIATION", "DIRECT_NORMAL_SOLAR_RADIATION", "RELATIVE_HUMIDITY",
    "SURFACE_PRESSURE", "TOTAL_PRECIPITATION",
)  # fmt: skip
OFFSET_UNITS = ("second", "minute", "hour", "day", "week", "month", "year")
# What lies below a level, from the top: the chain of a row's id fields up to its site.
CHAIN: dict[str, tuple[str, ...]] = {
    "site": ("site_id",),
    "building": ("building_id", "site_id"),
    "storey": ("storey_id", "building_id", "site_id"),
    "space": ("space_id", "storey_id", "building_id", "site_id"),
    "zone": ("zone_id",),
}
ELEMENT_FILTERS = (
    "site_id", "recurse_site_id", "building_id", "recurse_building_id",
    "storey_id", "recurse_storey_id", "space_id", "zone_id",
)  # fmt: skip


def plural(kind: str) -> str:
    """The collection of a structural element."""
    return f"{kind}s"


def element_of(kind: str, *, frozen: bool = False) -> Field:
    """A reference to a structural element."""
    return ref(f"{kind}_id", plural(kind), frozen=frozen)


def _ancestors(kind: str) -> dict[str, tuple[str, ...]]:
    """The nested members of an association: each level, and the ids that lead to it."""
    chain = CHAIN[kind]
    return {chain[n].removesuffix("_id"): chain[: n + 1] for n in reversed(range(len(chain)))}


def _general() -> Iterator[Resource]:
    yield Resource(
        path="users",
        fields=(name(), email(), password(), flag("is_admin", read_only=True),
                flag("is_active", default=True, read_only=True)),
        unique=(("email",),), filters=("name", "email", "is_admin", "is_active"),
        sort=("name", "email", "is_admin", "is_active"), read="self", update="self",
    )  # fmt: skip
    yield Resource(path="user_groups", fields=(name(),), unique=(("name",),), filters=("name",),
                   sort=("name",), read="group")  # fmt: skip
    yield _tie("users_by_user_groups", ref("user_id", "users"), "group")
    yield _tie("user_groups_by_campaigns", ref("campaign_id", "campaigns"), "group")
    yield _tie(
        "user_groups_by_campaign_scopes", ref("campaign_scope_id", "campaign_scopes"), "group"
    )
    yield Resource(
        path="campaigns",
        fields=(name(), text("description"), moment("start_time"), moment("end_time"), zone()),
        unique=(("name",),), filters=("name", "in_name"), sort=("name",), read="campaign",
    )  # fmt: skip
    yield Resource(
        path="campaign_scopes",
        fields=(name(), text("description"), ref("campaign_id", "campaigns", on_put=False)),
        unique=(("campaign_id", "name"),), filters=("name", "campaign_id"), sort=("name",),
        read="scope",
    )  # fmt: skip


def _tie(path: str, other: Field, rule: str) -> Resource:
    """An association of user groups: a pair of ids, made and unmade."""
    group = ref("user_group_id", "user_groups")
    keys = (other.name, group.name)
    return Resource(path=path, fields=(other, group), unique=(keys,), filters=keys, verbs=TIED,
                    etag=False, read=rule)  # fmt: skip


def _structure() -> Iterator[Resource]:
    parents = {"site": "campaign", "building": "site", "storey": "building", "space": "storey",
               "zone": "campaign"}  # fmt: skip
    above: dict[str, tuple[str, ...]] = {
        "site": (), "building": ("site_id",), "storey": ("site_id", "building_id"),
        "space": ("site_id", "building_id", "storey_id"), "zone": (),
    }  # fmt: skip
    for kind in KINDS:
        place = (number("latitude", -90, 90), number("longitude", -180, 180))
        up = ref(f"{parents[kind]}_id", plural(parents[kind]), on_put=False)
        yield Resource(
            path=plural(kind),
            fields=(name(), text("description"), text("ifc_id", 22),
                    *(place if kind == "site" else ()), up),
            unique=((up.name, "name"),), filters=("name", "campaign_id", "ifc_id", *above[kind]),
            sort=("name",), read="campaign",
            strict_filters=("campaign_id", *above[kind][:-1]) if above[kind] else (),
        )  # fmt: skip


def _properties() -> Iterator[Resource]:
    prop = "structural_element_property"
    yield Resource(path="structural_element_properties",
                   fields=(name(), text("description"), value_type(), symbol()),
                   unique=(("name",),), filters=("name", "value_type", "unit_symbol"),
                   sort=("name",))  # fmt: skip
    for kind in KINDS:
        yield Resource(path=f"{kind}_properties",
                       fields=(ref(f"{prop}_id", "structural_element_properties"),),
                       unique=((f"{prop}_id",),), filters=(f"{prop}_id",), verbs=TIED, etag=False,
                       nested={prop: (f"{prop}_id",)})  # fmt: skip
        yield Resource(
            path=f"{kind}_property_data",
            fields=(element_of(kind, frozen=True),
                    ref(f"{kind}_property_id", f"{kind}_properties", frozen=True),
                    text("value", 100, required=True)),
            unique=((f"{kind}_id", f"{kind}_property_id"),),
            filters=(f"{kind}_id", f"{kind}_property_id"),
            nested={f"{kind}_property": (f"{kind}_property_id",)}, read="campaign",
            check="property_value",
        )  # fmt: skip


def _timeseries() -> Iterator[Resource]:
    series = ref("timeseries_id", "timeseries")
    yield Resource(
        path="timeseries",
        fields=(name(), text("description"), symbol(""),
                ref("campaign_id", "campaigns", on_put=False),
                ref("campaign_scope_id", "campaign_scopes", on_put=False)),
        unique=(("campaign_id", "name"),), sort=("name",), paged=True, read="scope",
        filters=("name", "in_name", "unit_symbol", "campaign_id", "campaign_scope_id", "user_id",
                 *ELEMENT_FILTERS, "event_id", "properties"),
        strict_filters=("campaign_id", "campaign_scope_id", "user_id", "event_id",
                        *ELEMENT_FILTERS),
        check="scope_in_campaign",
    )  # fmt: skip
    yield Resource(path="timeseries_properties",
                   fields=(name(), text("description", 250), value_type(), symbol()),
                   unique=(("name",),), filters=("name", "value_type", "unit_symbol"),
                   sort=("name",))  # fmt: skip
    yield Resource(
        path="timeseries_property_data",
        fields=(ref("timeseries_id", "timeseries", frozen=True),
                ref("property_id", "timeseries_properties", frozen=True),
                text("value", 100, required=True)),
        unique=(("timeseries_id", "property_id"),), filters=("timeseries_id", "property_id"),
        read="scope", check="property_value",
    )  # fmt: skip
    for kind in KINDS:
        yield Resource(path=f"timeseries_by_{plural(kind)}", fields=(series, element_of(kind)),
                       unique=(("timeseries_id", f"{kind}_id"),),
                       filters=(f"{kind}_id", "timeseries_id"), verbs=TIED, etag=False, paged=True,
                       nested=_ancestors(kind), read="scope", check="same_campaign")  # fmt: skip
    yield Resource(
        path="timeseries_by_events", fields=(series, ref("event_id", "events")),
        unique=(("timeseries_id", "event_id"),), filters=("event_id", "timeseries_id"),
        verbs=TIED, etag=False, paged=True, check="same_scope",
        nested={"timeseries": ("timeseries_id",), "event": ("event_id",)},
        read="scope", write="scope",
    )  # fmt: skip
    yield Resource(
        path="weather_timeseries_by_sites",
        fields=(element_of("site"), choice("parameter", WEATHER), series,
                Field(name="forecast", kind=flag("forecast").kind, required=True)),
        unique=(("site_id", "parameter", "forecast"),), nested={"timeseries": ("timeseries_id",)},
        filters=("site_id", "parameter", "timeseries_id", "forecast"), read="scope",
    )  # fmt: skip
    yield Resource(path="timeseries_data_states", fields=(name(),), unique=(("name",),))


def _energy() -> Iterator[Resource]:
    for path in ("energies", "energy_end_uses", "energy_production_technologies"):
        yield Resource(path=path, fields=(name(),), unique=(("name",),), verbs=LOOK)
    uses = (("consumption", ref("end_use_id", "energy_end_uses")),
            ("production", ref("prod_tech_id", "energy_production_technologies")))  # fmt: skip
    for flow, use in uses:
        for kind in ("site", "building"):
            keys = (f"{kind}_id", "energy_id", use.name)
            yield Resource(
                path=f"energy_{flow}_timeseries_by_{plural(kind)}",
                fields=(element_of(kind), ref("energy_id", "energies"), use,
                        ref("timeseries_id", "timeseries")),
                unique=(keys,), filters=(*keys, "timeseries_id"),
                nested={"timeseries": ("timeseries_id",)}, read="scope",
            )  # fmt: skip


def _events() -> Iterator[Resource]:
    category = ref("category_id", "event_categories")
    yield Resource(
        path="events",
        fields=(ref("campaign_scope_id", "campaign_scopes", on_put=False), category,
                text("source", None, required=True), choice("level", LEVELS),
                moment("timestamp", needed=True, on_put=False), text("description", None)),
        filters=("campaign_id", "campaign_scope_id", "user_id", "source", "in_source",
                 "category_id", "level", "level_min", "timestamp_min", "timestamp_max",
                 "timeseries_id", *ELEMENT_FILTERS),
        sort=("timestamp", "level"), paged=True, read="scope", write="scope",
        strict_filters=("campaign_id", "campaign_scope_id", "user_id", "timeseries_id",
                        *ELEMENT_FILTERS),
    )  # fmt: skip
    for kind in KINDS:
        yield Resource(
            path=f"events_by_{plural(kind)}",
            fields=(ref("event_id", "events"), element_of(kind)),
            unique=(("event_id", f"{kind}_id"),), filters=(f"{kind}_id", "event_id"), verbs=TIED,
            etag=False, paged=True, nested=_ancestors(kind), read="scope",
            write="scope_and_campaign", check="same_campaign",
        )  # fmt: skip
    yield Resource(path="event_categories", fields=(name(0), text("description", 250)),
                   unique=(("name",),), loose_ids=True)  # fmt: skip
    yield Resource(
        path="event_categories_by_users",
        fields=(ref("user_id", "users", on_put=False), category,
                choice("notification_level", LEVELS)),
        unique=(("user_id", "category_id"),), filters=("category_id", "user_id"),
        read="own", write="own",
    )  # fmt: skip
    yield Resource(
        path="notifications",
        fields=(ref("user_id", "users", on_put=False), ref("event_id", "events", on_put=False),
                Field(name="timestamp", kind=LooseMoment(), required=True, on_put=False),
                replace(flag("read"), left_out="null")),
        filters=("user_id", "event_id", "campaign_id", "timestamp_min", "timestamp_max", "read"),
        sort=("timestamp",), guarded=False, paged=True, nested={"event": ("event_id",)},
        read="own", update="own", loose_ids=True, check="read_given",
        strict_filters=("campaign_id",),
    )  # fmt: skip


def _services() -> Iterator[Resource]:
    enabled = flag("is_enabled", default=True)
    keeps = replace(enabled, left_out="kept")
    for path in ("st_cleanups_by_campaigns", "st_check_missings_by_campaigns",
                 "st_check_outliers_by_campaigns"):  # fmt: skip
        yield Resource(path=path, fields=(ref("campaign_id", "campaigns", on_put=False), keeps),
                       unique=(("campaign_id",),), filters=("campaign_id",),
                       read="campaign")  # fmt: skip
    for path in ("st_download_weather_data_by_sites", "st_download_weather_forecast_data_by_sites"):
        given = replace(enabled, left_out="null")
        yield Resource(path=path, fields=(ref("site_id", "sites", on_put=False), given),
                       unique=(("site_id",),), filters=("site_id",), read="campaign",
                       check="enabled_given")  # fmt: skip
    yield Resource(path="st_cleanups_by_timeseries",
                   fields=(ref("timeseries_id", "timeseries"), moment("last_timestamp")),
                   filters=("campaign_id", "timeseries_id"), read="scope",
                   verbs=frozenset({"list", "one"}))  # fmt: skip
    yield Resource(
        path="tasks_by_campaigns",
        fields=(ref("campaign_id", "campaigns", on_put=False),
                Field(name="task_name", kind=text("task_name", None).kind, required=True,
                      on_put=False),
                choice("offset_unit", OFFSET_UNITS), integer("start_offset", -1),
                integer("end_offset", 0), replace(enabled, left_out="null"),
                mapping("parameters")),
        filters=("campaign_id", "task_name", "is_enabled"), read="campaign", check="task_complete",
    )  # fmt: skip


def catalogue(flavour: str) -> dict[str, Resource]:
    """The resources that a version of the API offers, by path."""
    gone = "tasks_by_campaigns" if flavour < "0.26" else "st_"
    groups = (_general(), _structure(), _properties(), _timeseries(), _energy(), _events(),
              _services())  # fmt: skip
    declared = (resource for group in groups for resource in group)
    return {item.path: item for item in declared if not item.path.startswith(gone)}
