"""Every sort of row (section 2): its verbs, fields and filters, and what hangs on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from connectors.bemserver import fields as of
from connectors.bemserver.fields import Declared
from connectors.bemserver.ids import FLOWS, KINDS, PATHS, SCOPE, SERIES
from connectors.operations import Parameters, Resource, changes

LIST = frozenset({"getall"})
TIED = LIST | {"getone", "create", "delete"}
FULL = TIED | {"update"}
WHOLE = FULL | {"dependents"}

ABOVE: Mapping[str, tuple[str, ...]] = {
    "site": (),
    "building": ("site_id",),
    "storey": ("site_id", "building_id"),
    "space": ("site_id", "building_id", "storey_id"),
    "zone": (),
}
"""What the elements of a kind can be filtered by, besides their campaign."""
PARENTS = {"site": "campaign_id", "building": "site_id", "storey": "building_id",
           "space": "storey_id", "zone": "campaign_id"}  # fmt: skip
TIES = ("site_id", "recurse_site_id", "building_id", "recurse_building_id", "storey_id",
        "recurse_storey_id", "space_id", "zone_id")  # fmt: skip
"""What series and events can be filtered by; of two of one kind the platform takes one."""


@dataclass(frozen=True, kw_only=True)
class Sort(Resource):
    """One sort of row."""

    word: str
    """What its ids begin with."""
    verbs: frozenset[str] = FULL
    fields: Mapping[str, Declared] = field(repr=False)
    filters: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    """What a list can be sorted by."""
    first: str = ""
    """How a list is sorted when nobody says; unsorted ones change their order (section 1.4)."""
    paged: bool = False
    versioned: bool = True
    """It has ETags (section 1.3)."""
    barred: frozenset[str] = frozenset()
    """Fields that the platform takes once, when the row is made."""
    frozen: frozenset[str] = frozenset()
    """Fields that a change sends back as they are."""
    again: frozenset[str] = frozenset()
    """Fields that a change needs, though no answer shows them."""
    unique: tuple[str, ...] = ()
    """The fields that no two rows have alike."""
    shown: tuple[str, ...] = ()
    """Columns that no form has."""
    checked: bool = False
    """What it refers to is looked at first: the platform breaks over what is not there (8)."""
    goes: tuple[tuple[str, str], ...] = ()
    """What is deleted with it: the sort, and the filter that finds those."""

    @property
    def path(self) -> str:
        """Of its collection on the wire."""
        return PATHS[self.word]

    @property
    def kind(self) -> str:
        """The type of its node."""
        return _type(self.word)

    @property
    def under(self) -> str | None:
        """The type of the node that a new one is made under: the first that it refers to."""
        found = next((name for name in self.fields if name in of.REFERENCES), None)
        return _type(of.REFERENCES[found][0]) if found else None

    @property
    def columns(self) -> tuple[str, ...]:
        """Of a list: all that the platform shows of a row."""
        return (*(name for name in self.fields if name not in self.again), *self.shown)

    @property
    def writable(self) -> tuple[str, ...]:
        """What a change sends, for it replaces the whole row (section 1.5)."""
        return tuple(name for name in self.fields if name not in self.barred)

    @property
    def made(self) -> type[Parameters]:
        """The form of a new one."""
        return of.form(self.word, self.fields)

    @property
    def changed(self) -> type[Parameters]:
        """The form of a change: what is left out stays as it is."""
        rest = changes(self.made, fixed=self.barred | self.frozen | self.again)
        more = {name: self.fields[name] for name in self.fields if name in self.again}
        return of.extended(rest, {**more, "version": of.version(of.GUARD)})

    @property
    def guarded(self) -> type[Parameters]:
        """The form of a deletion."""
        return of.GUARDED if self.versioned else Parameters

    @property
    def looked(self) -> type[Parameters]:
        """The form of a look."""
        return of.LOOKED if self.versioned else Parameters

    @property
    def listed(self) -> type[Parameters]:
        """The form of a list."""
        most = {"limit": of.limit()} if self.paged else {}
        return of.form(self.word, {**of.filtering(self.filters, self.order), **most})


def _type(word: str) -> str:
    return "campaign scope" if word == SCOPE else word


def _refs(*names: str) -> dict[str, Declared]:
    return {name: of.reference(name) for name in names}


def _tie(name: str, word: str, words: tuple[str, str], keys: tuple[str, str], *,
         paged: bool = False, checked: bool = False) -> Sort:  # fmt: skip
    """A pair of ids, made and unmade: no ETag, no change (section 2, mark A)."""
    return Sort(name=name, word=word, one=words[0], many=words[1], verbs=TIED, fields=_refs(*keys),
                filters=keys, unique=keys, versioned=False, paged=paged, checked=checked,
                )  # fmt: skip


def _people() -> Iterator[Sort]:
    """Section 2.1; a user is deleted elsewhere, where one's own account is guarded."""
    yield Sort(
        name="users", word="user", one="user", many="users", verbs=WHOLE - {"delete"},
        fields={"name": of.name(),
                "email": of.text("E-mail", "Nobody else has it.", most=of.NAME, needed=True),
                "password": of.password()},
        filters=("name", "email", "is_admin", "is_active"), shown=("is_admin", "is_active"),
        order=("name", "email", "is_admin", "is_active"), first="name",
        again=frozenset({"password"}), unique=("email",),
        goes=(("user_by_user_group", "user_id"), ("event_category_by_user", "user_id")),
    )  # fmt: skip
    yield Sort(
        name="user_groups", word="user_group", one="user group", many="user groups", verbs=WHOLE,
        fields={"name": of.name()}, filters=("name",), order=("name",), first="name",
        unique=("name",),
        goes=(("user_by_user_group", "user_group_id"), ("user_group_by_campaign", "user_group_id"),
              ("user_group_by_campaign_scope", "user_group_id")),
    )  # fmt: skip
    yield _tie("user_by_user_groups", "user_by_user_group", ("membership", "memberships"),
               ("user_id", "user_group_id"))  # fmt: skip
    yield _tie("user_groups_by_campaigns", "user_group_by_campaign",
               ("access to a campaign", "accesses to campaigns"),
               ("campaign_id", "user_group_id"))  # fmt: skip
    yield _tie("user_groups_by_campaign_scopes", "user_group_by_campaign_scope",
               ("access to a scope", "accesses to scopes"),
               ("campaign_scope_id", "user_group_id"))  # fmt: skip


def _campaigns() -> Iterator[Sort]:
    """Section 2.1."""
    once = frozenset({"campaign_id"})
    yield Sort(
        name="campaigns", word="campaign", one="campaign", many="campaigns", verbs=WHOLE,
        fields={"name": of.name(), "timezone": of.zone(), "description": of.description(),
                "start_time": of.moment("From", "For information: earlier data are taken too."),
                "end_time": of.moment("Until", "For information: later data are taken too.")},
        filters=("name", "in_name"), order=("name",), first="name", unique=("name",),
        goes=tuple((word, "campaign_id") for word in (SCOPE, *KINDS, SERIES, "event")),
    )  # fmt: skip
    yield Sort(
        name="campaign_scopes", word=SCOPE, one="campaign scope", many="campaign scopes",
        verbs=WHOLE, fields={"name": of.name(), "description": of.description()} | _refs(*once),
        filters=("name", "campaign_id"), order=("name",), first="name", barred=once,
        unique=("name",),
        goes=((SERIES, "campaign_scope_id"), ("event", "campaign_scope_id"),
              ("user_group_by_campaign_scope", "campaign_scope_id")),
    )  # fmt: skip


def _elements() -> Iterator[Sort]:
    """Section 2.2."""
    below = {"site": ("building", "storey", "space"), "building": ("storey", "space"),
             "storey": ("space",)}  # fmt: skip
    spot = {"latitude": of.number("Latitude", "In degrees, north of the equator.", -90, 90),
            "longitude": of.number("Longitude", "In degrees, east of Greenwich.", -180, 180),
            }  # fmt: skip
    for kind in KINDS:
        own = ((f"{kind}_property_data", f"{kind}_id"), (f"timeseries_by_{kind}", f"{kind}_id"),
               (f"event_by_{kind}", f"{kind}_id"))  # fmt: skip
        yield Sort(
            name=PATHS[kind], word=kind, one=kind, many=PATHS[kind], verbs=WHOLE,
            fields={"name": of.name(), "description": of.description(),
                    "ifc_id": of.text("IFC id", "Its id in a building model.", most=22),
                    **(spot if kind == "site" else {}), **_refs(PARENTS[kind])},
            filters=("name", "campaign_id", "ifc_id", *ABOVE[kind]), order=("name",), first="name",
            barred=frozenset({PARENTS[kind]}), unique=("name",),
            goes=(*((word, f"{kind}_id") for word in below.get(kind, ())), *own),
        )  # fmt: skip


def _properties() -> Iterator[Sort]:
    """Sections 2.2 and 2.3: what can be said of things, what may be said of a kind, and what is."""
    definition = "structural_element_property_id"
    value = {"value": of.text("Value", "As its property's type wants it; true or false for a "
                                       "boolean.", most=100, needed=True)}  # fmt: skip
    yield Sort(
        name="structural_element_properties", word="structural_element_property", one="property",
        many="properties", verbs=WHOLE, fields=_definition(500), unique=("name",),
        filters=("name", "value_type", "unit_symbol"), order=("name",), first="name",
        barred=frozenset({"value_type"}),
        goes=tuple((f"{kind}_property", definition) for kind in KINDS),
    )  # fmt: skip
    for kind in KINDS:
        keys = (f"{kind}_id", f"{kind}_property_id")
        yield Sort(
            name=f"{kind}_properties", word=f"{kind}_property", one=f"{kind} property",
            many=f"{kind} properties", verbs=TIED | {"dependents"}, fields=_refs(definition),
            filters=(definition,), unique=(definition,), versioned=False,
            goes=((f"{kind}_property_data", f"{kind}_property_id"),),
        )  # fmt: skip
        yield Sort(
            name=f"{kind}_property_data", word=f"{kind}_property_data", filters=keys,
            one=f"value of a {kind} property", many=f"values of {kind} properties",
            fields=_refs(*keys) | value, frozen=frozenset(keys), unique=keys,
        )  # fmt: skip
    keys = ("timeseries_id", "property_id")
    yield Sort(
        name="timeseries_properties", word="timeseries_property", one="series property",
        many="series properties", verbs=WHOLE, fields=_definition(250), unique=("name",),
        filters=("name", "value_type", "unit_symbol"), order=("name",), first="name",
        barred=frozenset({"value_type"}), goes=(("timeseries_property_data", "property_id"),),
    )  # fmt: skip
    yield Sort(
        name="timeseries_property_data", word="timeseries_property_data", filters=keys,
        one="value of a series property", many="values of series properties",
        fields=_refs(*keys) | value, frozen=frozenset(keys), unique=keys,
    )  # fmt: skip


def _definition(most: int) -> dict[str, Declared]:
    return {"name": of.name(), "description": of.description(most), "value_type": of.value_type(),
            "unit_symbol": of.symbol()}  # fmt: skip


def _series() -> Iterator[Sort]:
    """Section 2.3."""
    once = ("campaign_id", "campaign_scope_id")
    yield Sort(
        name="timeseries", word=SERIES, one="series", many="series", verbs=WHOLE, paged=True,
        fields={"name": of.name(), "description": of.description(), "unit_symbol": of.symbol(),
                **_refs(*once)},
        filters=("name", "in_name", "unit_symbol", *once, "user_id", *TIES, "event_id",
                 "properties"),
        order=("name",), first="name", barred=frozenset(once), unique=("name",),
        goes=(("timeseries_property_data", "timeseries_id"),
              *((f"timeseries_by_{kind}", "timeseries_id") for kind in (*KINDS, "event")),
              ("weather_ts_by_site", "timeseries_id"),
              *((f"energy_{flow[:4]}_ts_by_{kind}", "timeseries_id") for flow in FLOWS
                for kind in KINDS[:2])),
    )  # fmt: skip
    for kind in (*KINDS, "event"):
        a = "an" if kind == "event" else "a"
        words = (f"link of a series to {a} {kind}", f"links of series to {kind}s")
        yield _tie(f"timeseries_by_{kind}s", f"timeseries_by_{kind}", words,
                   (f"{kind}_id", "timeseries_id"), paged=True,
                   checked=kind == "event")  # fmt: skip
    yield Sort(
        name="weather_ts_by_sites", word="weather_ts_by_site",
        one="link of a weather series to a site", many="links of weather series to sites",
        fields={**_refs("site_id"),
                "parameter": of.choice("Parameter", "What of the weather it is.", of.WEATHER,
                                       needed=True),
                **_refs("timeseries_id"),
                "forecast": of.flag("Forecast", "A forecast, not what was.", needed=True)},
        filters=("site_id", "parameter", "timeseries_id", "forecast"),
        unique=("site_id", "parameter", "forecast"),
    )  # fmt: skip
    yield Sort(
        name="timeseries_datastates", word="timeseries_datastate", one="data state",
        many="data states", verbs=WHOLE, fields={"name": of.name()}, unique=("name",),
    )  # fmt: skip


def _energy() -> Iterator[Sort]:
    """Section 2.4."""
    presets = (
        ("energies", "energy", "kind of energy", "kinds of energy"),
        ("energy_end_uses", "energy_end_use", "end use of energy", "end uses of energy"),
        ("energy_prod_technologies", "energy_prod_technology", "way to make energy",
         "ways to make energy"),
    )  # fmt: skip
    for name, word, one, many in presets:
        yield Sort(name=name, word=word, one=one, many=many, verbs=LIST,
                   fields={"name": of.name()})  # fmt: skip
    for flow, use in (("cons", "end_use_id"), ("prod", "prod_tech_id")):
        said = {"cons": "consumption", "prod": "production"}[flow]
        for kind in KINDS[:2]:
            keys = (f"{kind}_id", "energy_id", use)
            yield Sort(
                name=f"energy_{flow}_ts_by_{kind}s", word=f"energy_{flow}_ts_by_{kind}",
                one=f"link of a {said} series to a {kind}",
                many=f"links of {said} series to {kind}s",
                fields=_refs(*keys, "timeseries_id"), filters=(*keys, "timeseries_id"),
                unique=keys,
            )  # fmt: skip


def _events() -> Iterator[Sort]:
    """Section 2.5."""
    once = frozenset({"campaign_scope_id", "timestamp"})
    yield Sort(
        name="events", word="event", one="event", many="events", verbs=WHOLE, paged=True,
        fields={**_refs("campaign_scope_id", "category_id"),
                "source": of.text("Source", "Who or what noticed it.", most=None, needed=True),
                "level": of.choice("Level", "How bad it is.", of.LEVELS, needed=True),
                "timestamp": of.moment("Time", "When it was.", needed=True),
                "description": of.description(None)},
        filters=("campaign_id", "campaign_scope_id", "user_id", "source", "in_source",
                 "category_id", "level", "level_min", "timestamp_min", "timestamp_max",
                 "timeseries_id", *TIES),
        order=("timestamp", "level"), first="-timestamp", barred=once,
        goes=(("timeseries_by_event", "event_id"),
              *((f"event_by_{kind}", "event_id") for kind in KINDS)),
    )  # fmt: skip
    for kind in KINDS:
        yield _tie(f"event_by_{kind}s", f"event_by_{kind}",
                   (f"link of an event to a {kind}", f"links of events to {kind}s"),
                   (f"{kind}_id", "event_id"),
                   paged=True, checked=True)  # fmt: skip
    yield Sort(
        name="event_categories", word="event_category", one="event category",
        many="event categories", verbs=WHOLE, unique=("name",),
        fields={"name": of.name(), "description": of.description(250)},
        goes=(("event", "category_id"), ("event_category_by_user", "category_id")),
    )  # fmt: skip
    yield Sort(
        name="event_categories_by_users", word="event_category_by_user", one="subscription",
        many="subscriptions", filters=("category_id", "user_id"), unique=("user_id", "category_id"),
        fields={**_refs("user_id", "category_id"),
                "notification_level": of.choice("From level", "Notified of this level, and worse.",
                                                of.LEVELS, needed=True)},
        barred=frozenset({"user_id"}),
    )  # fmt: skip
    once = frozenset({"user_id", "event_id", "timestamp"})
    yield Sort(
        name="notifications", word="notification", one="notification", many="notifications",
        verbs=FULL, paged=True, versioned=False,
        fields={**_refs("user_id", "event_id"),
                "timestamp": of.moment("Time", "When it was.", needed=True),
                "read": of.flag("Read", "Its user has read it.")},
        filters=("user_id", "event_id", "campaign_id", "timestamp_min", "timestamp_max", "read"),
        order=("timestamp",), first="-timestamp", barred=once,
    )  # fmt: skip


SORTS: tuple[Sort, ...] = (
    *_people(), *_campaigns(), *_elements(), *_properties(), *_series(), *_energy(), *_events(),
)  # fmt: skip
"""In the order of section 2."""

BY_WORD: Mapping[str, Sort] = {sort.word: sort for sort in SORTS}
