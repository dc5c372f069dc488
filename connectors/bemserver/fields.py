"""What people fill in and filter by: the fields of BEMServer's rows (section 2), as forms.

A field is its type and its declaration. References are node ids or the platform's own numbers; what
is no such thing is refused before anything is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal

import orjson
from pydantic import BeforeValidator, Field, SecretStr, create_model

from connectors.bemserver import ids
from connectors.bemserver.ids import KINDS, SCOPE, SERIES
from connectors.contract import NodeId
from connectors.errors import NotFound
from connectors.operations import Parameters

Declared = tuple[Any, Any]

NAME = 80
SECRET = 80
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
TYPES = ("integer", "float", "boolean", "string")
WEATHER = (
    "AIR_TEMPERATURE", "DEWPOINT_TEMPERATURE", "WETBULB_TEMPERATURE", "WIND_SPEED",
    "WIND_DIRECTION", "SURFACE_SOLAR_RADIATION", "SURFACE_DIRECT_SOLAR_RADIATION",
    "SURFACE_DIFFUSE_SOLAR_RADIATION", "DIRECT_NORMAL_SOLAR_RADIATION", "RELATIVE_HUMIDITY",
    "SURFACE_PRESSURE", "TOTAL_PRECIPITATION",
)  # fmt: skip
"""The names that travel (section 2.3); any other text as a filter is a 500."""

REFERENCES: Mapping[str, tuple[str, str]] = {
    "campaign_id": ("campaign", "campaign"),
    "campaign_scope_id": (SCOPE, "campaign scope"),
    **{f"{kind}_id": (kind, kind) for kind in KINDS},
    **{f"recurse_{kind}_id": (kind, kind) for kind in KINDS[:3]},
    "timeseries_id": (SERIES, "series"),
    "user_id": ("user", "user"),
    "user_group_id": ("user_group", "user group"),
    "structural_element_property_id": ("structural_element_property", "property"),
    **{f"{kind}_property_id": (f"{kind}_property", f"{kind} property") for kind in KINDS},
    "property_id": ("timeseries_property", "series property"),
    "event_id": ("event", "event"),
    "category_id": ("event_category", "event category"),
    "energy_id": ("energy", "energy"),
    "end_use_id": ("energy_end_use", "end use"),
    "prod_tech_id": ("energy_prod_technology", "technology"),
}
"""What a field refers to: what its ids begin with, and its word for people."""

GUARD = "The state that was looked at: refused when it has changed since. Empty: as it is now."
KNOWN = "The state that is known: nothing is fetched while it is the same."


def name() -> Declared:
    """Of 1 to 80 characters."""
    return str, Field(title="Name", description="Its name.", min_length=1, max_length=NAME)


def text(
    title: str, says: str, *, most: int | None = 500, needed: bool = False, least: int = 0
) -> Declared:
    """May be left out, unless it is needed."""
    if needed:
        return str, Field(title=title, description=says, max_length=most, min_length=least)
    return str | None, Field(default=None, title=title, description=says, max_length=most)


def description(most: int | None = 500) -> Declared:
    return text("Description", "What it is.", most=most)


def choice(title: str, says: str, words: tuple[str, ...], *, needed: bool = False) -> Declared:
    """One of a few words."""
    wanted: Any = Literal.__getitem__(words)
    if needed:
        return wanted, Field(title=title, description=says)
    return wanted | None, Field(default=None, title=title, description=says)


def moment(title: str, says: str, *, needed: bool = False) -> Declared:
    if needed:
        return datetime, Field(title=title, description=says)
    return datetime | None, Field(default=None, title=title, description=says)


def flag(title: str, says: str, *, needed: bool = False) -> Declared:
    if needed:
        return bool, Field(title=title, description=says)
    return bool | None, Field(default=None, title=title, description=says)


def number(title: str, says: str, low: float, high: float) -> Declared:
    return float | None, Field(default=None, title=title, description=says, ge=low, le=high)


def symbol() -> Declared:
    """Section 1.5: pint expressions; what it does not know the platform refuses."""
    return text("Unit", "Such as kWh, W/m², °C or %; m3 and euro are none to BEMServer.", most=80)


def value_type() -> Declared:
    return choice("Type", "What values of it are; string when nothing is said.", TYPES)


def zone() -> Declared:
    """One of the platform's own 471 names (section 1.5)."""
    says = "Its time zone by its IANA name, such as Europe/Paris."
    return str, Field(title="Time zone", description=says, min_length=1, max_length=NAME)


def password() -> Declared:
    says = "Of 1 to 80 characters; sent, and never shown."
    return SecretStr, Field(title="Password", description=says, min_length=1, max_length=SECRET)


def reference(field: str) -> Declared:
    """To a row that has to be there."""
    word, one = REFERENCES[field]
    says = f"The {one} by its id, such as {word}/3, or by its number."
    return referring(field), Field(title=_title(field), description=says)


def referring(field: str) -> Any:
    """A node id of the sort that the field means; a number becomes one."""
    word, one = REFERENCES[field]
    return Annotated[NodeId, BeforeValidator(partial(_referred, word, one))]


def filtering(names: tuple[str, ...], order: tuple[str, ...]) -> dict[str, Declared]:
    """The fields of a list's form: each narrows it, and the last says its order."""
    found = {name: FILTERS.get(name) or _of(name) for name in names}
    if order:
        words = tuple(f"{sign}{name}" for name in order for sign in ("", "-"))
        found["sort"] = choice("Order", "Rising, or falling with a minus sign before it.", words)
    return found


def limit() -> Declared:
    """Of a list that comes in pages."""
    says = "So many at most; all of them when nothing is said."
    return int | None, Field(default=None, title="At most", description=says, ge=1, le=10**9)


def version(says: str) -> Declared:
    """The platform's mark of a state."""
    return str | None, Field(
        default=None, title="Version", description=says, pattern=r"^[0-9A-Za-z_-]{1,100}$"
    )


def form(title: str, fields: Mapping[str, Declared]) -> type[Parameters]:
    """A model of these fields."""
    given: dict[str, Any] = dict(fields)
    return create_model(title, __base__=Parameters, **given)


GUARDED = form("Guarded", {"version": version(GUARD)})
"""Of a change that needs no other values."""
LOOKED = form("Looked", {"version": version(KNOWN)})
"""Of a look at one row."""


def extended(model: type[Parameters], fields: Mapping[str, Declared]) -> type[Parameters]:
    """The same model with these fields besides."""
    given: dict[str, Any] = dict(fields)
    return create_model(model.__name__, __base__=model, **given)


def wired(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as the platform takes them: ids are its own numbers, times texts with an offset."""
    return {field: _wire(field, value) for field, value in values.items() if value is not None}


def _wire(field: str, value: Any) -> Any:
    if field in REFERENCES:
        return ids.number(value, REFERENCES[field][0])
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, datetime):
        return value.isoformat()
    return orjson.dumps(value).decode() if field == "properties" else value


def _referred(word: str, one: str, value: object) -> NodeId:
    given = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    try:
        return NodeId(f"{word}/{ids.number(given, word)}") if isinstance(given, str) else _no(one)
    except NotFound:
        return _no(one)


def _no(one: str) -> NodeId:
    raise ValueError(f"This is the id of no {one}.")


def _title(field: str) -> str:
    one = REFERENCES[field][1]
    return one[:1].upper() + one[1:]


def _of(field: str) -> Declared:
    """A filter by what a row refers to."""
    one = REFERENCES[field][1]
    deep = field.startswith("recurse_")
    says = f"Of this {one} and all below it." if deep else f"Of this {one} only."
    title = f"{_title(field)} and below" if deep else _title(field)
    return referring(field) | None, Field(default=None, title=title, description=says)


def _exactly(title: str) -> Declared:
    return text(title, "Exactly so, upper and lower case apart.", most=1000)


FILTERS: Mapping[str, Declared] = {
    "name": _exactly("Name"),
    "in_name": text("In the name", "Has this somewhere in its name, in any case.", most=1000),
    "email": _exactly("E-mail"),
    "ifc_id": _exactly("IFC id"),
    "unit_symbol": _exactly("Unit"),
    "source": _exactly("Source"),
    "in_source": text("In the source", "Has this somewhere in its source.", most=1000),
    "value_type": choice("Type", "Only properties of this type.", TYPES),
    "level": choice("Level", "Exactly this level.", LEVELS),
    "level_min": choice("From level", "This level, and worse ones.", LEVELS),
    "parameter": choice("Parameter", "What of the weather it is.", WEATHER),
    "is_admin": flag("Administrators", "Only those, or only the others."),
    "is_active": flag("Active", "Only those, or only those switched off."),
    "forecast": flag("Forecast", "Only forecasts, or only what was."),
    "read": flag("Read", "Only those that were read, or only the others."),
    "timestamp_min": moment("From", "At this time or later."),
    "timestamp_max": moment("Until", "At this time or earlier."),
    "properties": (
        dict[str, str] | None,
        Field(
            default=None,
            title="Properties",
            description='Names and values that it must have all of, such as {"Interval": "900"}.',
        ),
    ),
}
"""Every filter that is no reference; the platform ignores names that it does not know."""
