"""Fresh rows of every sort on a sandbox BEMServer, made by a bare client; what they are made of.

Rows stand in a campaign of their own; what is unique is new each time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from connectors.sandbox.bemserver.seed import Account
from tests.functions.bemserver.shared import Bare, Ours, fresh, served
from tests.sandbox.server import SandboxServer

KINDS = ("site", "building", "storey", "space", "zone")
PARENTS = {"site": "campaign", "building": "site", "storey": "building", "space": "storey",
           "zone": "campaign"}  # fmt: skip
CHILDREN = {"site": "building", "building": "storey", "storey": "space"}
Body = dict[str, Any]
_minutes = count()


def moment() -> str:
    """A time that no event has."""
    hours, minutes = divmod(next(_minutes), 60)
    return f"2024-05-{1 + hours // 24:02}T{hours % 24:02}:{minutes:02}:00+00:00"


class Plot:
    """A campaign with one of everything; its methods make another, each giving its number."""

    def __init__(self, bare: Bare) -> None:
        self.bare = bare
        self.home = self.campaign()
        self.area = self.scope()
        self.place = {"campaign": self.home}
        for kind in KINDS:
            self.place[kind] = self.element(kind)

    def make(self, path: str, **body: Any) -> int:
        return int(self.bare.make(path, **body)["id"])

    def campaign(self) -> int:
        return self.make("campaigns", name=fresh("campaign"), timezone="Europe/Paris")

    def scope(self, campaign: int | None = None) -> int:
        return self.make("campaign_scopes", name=fresh("scope"), campaign_id=campaign or self.home)

    def element(self, kind: str, above: int | None = None) -> int:
        up = PARENTS[kind]
        return self.make(f"{kind}s", name=fresh(kind), **{f"{up}_id": above or self.place[up]})

    def series(self, **more: Any) -> int:
        body = {"campaign_id": self.home, "campaign_scope_id": self.area, "unit_symbol": "kWh"}
        return self.make("timeseries", **{"name": fresh("series"), **body, **more})

    def event(self, **more: Any) -> int:
        return self.make("events", **event(self) | more)

    def user(self) -> int:
        return self.make("users", **user(self))

    def group(self) -> int:
        return self.make("user_groups", name=fresh("group"))

    def category(self) -> int:
        return self.make("event_categories", name=fresh("category"))

    def definition(self, value_type: str = "integer") -> int:
        name = fresh("property")
        return self.make("structural_element_properties", name=name, value_type=value_type)

    def allowed(self, kind: str, definition: int | None = None) -> int:
        """A property that elements of a kind may have."""
        made = definition or self.definition()
        return self.make(f"{kind}_properties", structural_element_property_id=made)

    def series_property(self, value_type: str = "integer") -> int:
        return self.make("timeseries_properties", name=fresh("property"), value_type=value_type)


@dataclass(frozen=True)
class Stage:
    """A sandbox, our service on it as its administrator, and a bare client beside."""

    server: SandboxServer
    ours: Ours
    bare: Bare
    ground: Plot

    def member(self) -> tuple[Account, int]:
        """Somebody new in no group, and their number."""
        values = user(self.ground)
        number = self.ground.make("users", **values)
        account = Account(name=values["name"], email=values["email"],
                          password=values["password"], about="")  # fmt: skip
        return account, number

    def kept(self, path: str, number: int) -> bool:
        """Whether a row is still there."""
        return bool(self.bare("GET", f"{path}/{number}") != 404)


@contextmanager
def staged(**settings: Any) -> Iterator[Stage]:
    """For the tests of one file."""
    with served(**settings) as server:
        bare = Bare(server)
        yield Stage(server, Ours(server), bare, Plot(bare))


def user(_ground: Plot) -> Body:
    name = fresh("user")
    return {"name": name, "email": f"{name.replace(' ', '')}@sandbox.example", "password": "first"}


def event(ground: Plot) -> Body:
    return {
        "campaign_scope_id": ground.area, "category_id": 1, "source": fresh("source"),
        "level": "WARNING", "timestamp": moment(), "description": "What was seen.",
    }  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Case:
    """What a sort of row is tested with."""

    path: str
    """Of its collection."""
    made: Callable[[Plot], Body]
    """The values of a new one, as the platform takes them."""
    change: Mapping[str, Any] = field(default_factory=dict)
    filters: tuple[str, ...] = ()
    """Fields that a list can be narrowed by, as they are."""
    unique: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    """Fields that do not change any more."""
    hidden: tuple[str, ...] = ()
    """Fields that no answer shows."""
    paged: bool = False
    tie: bool = False
    """Without ETag and change."""

    def changed(self) -> Body:
        """Values of a change; a name is one that nobody has."""
        return {
            name: fresh(value) if name == "name" else value for name, value in self.change.items()
        }


def _tie(path: str, made: Callable[[Plot], Body], *keys: str, paged: bool = False) -> Case:
    return Case(path=path, made=made, filters=keys, unique=keys, tie=True, paged=paged)


def _definition(ground: Plot) -> Body:
    return {"name": fresh("property"), "description": "What it is.", "value_type": "float",
            "unit_symbol": "m²"}  # fmt: skip


def _element(kind: str) -> Callable[[Plot], Body]:
    spot = {"latitude": 48.1, "longitude": -1.6} if kind == "site" else {}
    up = PARENTS[kind]

    def made(ground: Plot) -> Body:
        return {"name": fresh(kind), "description": "What it is.", "ifc_id": fresh("ifc"), **spot,
                f"{up}_id": ground.place[up]}  # fmt: skip

    return made


def _value(kind: str) -> Callable[[Plot], Body]:
    return lambda ground: {
        f"{kind}_id": ground.element(kind), f"{kind}_property_id": ground.allowed(kind),
        "value": "12",
    }  # fmt: skip


def _tied(prefix: str, kind: str) -> Callable[[Plot], Body]:
    """A series or an event, tied to an element."""
    if prefix == "timeseries":
        return lambda ground: {f"{kind}_id": ground.place[kind], "timeseries_id": ground.series()}
    return lambda ground: {f"{kind}_id": ground.place[kind], "event_id": ground.event()}


def _energy(kind: str, use: str) -> Callable[[Plot], Body]:
    return lambda ground: {
        f"{kind}_id": ground.element(kind), "energy_id": 2, use: 1, "timeseries_id": ground.series()
    }  # fmt: skip


def _weather(ground: Plot) -> Body:
    return {"site_id": ground.element("site"), "parameter": "WIND_SPEED",
            "timeseries_id": ground.series(), "forecast": False}  # fmt: skip


def _people() -> dict[str, Case]:
    grants = {
        "campaign": lambda ground: {"campaign_id": ground.home, "user_group_id": ground.group()},
        "campaign_scope": lambda ground: {
            "campaign_scope_id": ground.area, "user_group_id": ground.group()
        },
    }  # fmt: skip
    return {
        "users": Case(
            path="users", made=user, change={"name": "Somebody else", "password": "second"},
            filters=("name", "email"), unique=("email",), hidden=("password",),
        ),
        "user_by_user_groups": _tie(
            "users_by_user_groups",
            lambda ground: {"user_id": ground.user(), "user_group_id": ground.group()},
            "user_id", "user_group_id",
        ),
        "user_groups": Case(
            path="user_groups", made=lambda ground: {"name": fresh("group")},
            change={"name": "Another group"}, filters=("name",), unique=("name",),
        ),
        **{
            f"user_groups_by_{what}s": _tie(
                f"user_groups_by_{what}s", made, f"{what}_id", "user_group_id"
            )
            for what, made in grants.items()
        },
    }  # fmt: skip


def _campaigns() -> dict[str, Case]:
    return {
        "campaigns": Case(
            path="campaigns", filters=("name",), unique=("name",), change={"description": "Moved."},
            made=lambda ground: {
                "name": fresh("campaign"), "description": "What it is.",
                "timezone": "Europe/Paris", "start_time": "2024-01-01T00:00:00+00:00",
                "end_time": "2025-01-01T00:00:00+00:00",
            },
        ),
        "campaign_scopes": Case(
            path="campaign_scopes", filters=("name", "campaign_id"), unique=("name",),
            fixed=("campaign_id",), change={"description": "Moved."},
            made=lambda ground: {
                "name": fresh("scope"), "description": "What it is.", "campaign_id": ground.home
            },
        ),
        **{
            f"{kind}s": Case(
                path=f"{kind}s", made=_element(kind), change={"description": "Moved."},
                filters=("name", "ifc_id", f"{PARENTS[kind]}_id"), unique=("name",),
                fixed=(f"{PARENTS[kind]}_id",),
            )
            for kind in KINDS
        },
    }  # fmt: skip


def _properties() -> dict[str, Case]:
    definition = "structural_element_property_id"
    defined = {
        f"{what}_properties": Case(
            path=f"{what}_properties", made=_definition, change={"description": "Moved."},
            filters=("name", "value_type", "unit_symbol"), unique=("name",), fixed=("value_type",),
        )
        for what in ("structural_element", "timeseries")
    }  # fmt: skip
    return {
        **defined,
        **{
            f"{kind}_properties": _tie(
                f"{kind}_properties", lambda ground: {definition: ground.definition()}, definition
            )
            for kind in KINDS
        },
        **{
            f"{kind}_property_data": Case(
                path=f"{kind}_property_data", made=_value(kind), change={"value": "13"},
                filters=(f"{kind}_id", f"{kind}_property_id"),
                unique=(f"{kind}_id", f"{kind}_property_id"),
                fixed=(f"{kind}_id", f"{kind}_property_id"),
            )
            for kind in KINDS
        },
        "timeseries_property_data": Case(
            path="timeseries_property_data", change={"value": "13"},
            made=lambda ground: {
                "timeseries_id": ground.series(), "property_id": ground.series_property(),
                "value": "12",
            },
            filters=("timeseries_id", "property_id"), unique=("timeseries_id", "property_id"),
            fixed=("timeseries_id", "property_id"),
        ),
    }  # fmt: skip


def _series() -> dict[str, Case]:
    return {
        "timeseries": Case(
            path="timeseries", paged=True, change={"description": "Moved."}, unique=("name",),
            made=lambda ground: {
                "name": fresh("series"), "description": "What it is.", "unit_symbol": "kWh",
                "campaign_id": ground.home, "campaign_scope_id": ground.area,
            },
            filters=("name", "unit_symbol", "campaign_id", "campaign_scope_id"),
            fixed=("campaign_id", "campaign_scope_id"),
        ),
        **{
            f"timeseries_by_{kind}s": _tie(
                f"timeseries_by_{kind}s", _tied("timeseries", kind), f"{kind}_id", "timeseries_id",
                paged=True,
            )
            for kind in KINDS
        },
        "timeseries_by_events": _tie(
            "timeseries_by_events",
            lambda ground: {"event_id": ground.event(), "timeseries_id": ground.series()},
            "event_id", "timeseries_id", paged=True,
        ),
        "weather_ts_by_sites": Case(
            path="weather_timeseries_by_sites", made=_weather, change={"forecast": True},
            filters=("site_id", "parameter", "timeseries_id", "forecast"),
            unique=("site_id", "parameter", "forecast"),
        ),
        "timeseries_datastates": Case(
            path="timeseries_data_states", made=lambda ground: {"name": fresh("state")},
            change={"name": "Another state"}, unique=("name",),
        ),
        **{
            f"energy_{flow[:4]}_ts_by_{kind}s": Case(
                path=f"energy_{flow}_timeseries_by_{kind}s", made=_energy(kind, use),
                change={use: 2}, filters=(f"{kind}_id", "energy_id", use, "timeseries_id"),
                unique=(f"{kind}_id", "energy_id", use),
            )
            for flow, use in (("consumption", "end_use_id"), ("production", "prod_tech_id"))
            for kind in KINDS[:2]
        },
    }  # fmt: skip


def _events() -> dict[str, Case]:
    return {
        "events": Case(
            path="events", made=event, change={"level": "ERROR"}, paged=True,
            filters=("campaign_scope_id", "source", "category_id", "level"),
            fixed=("campaign_scope_id", "timestamp"),
        ),
        **{
            f"event_by_{kind}s": _tie(
                f"events_by_{kind}s", _tied("event", kind), f"{kind}_id", "event_id", paged=True
            )
            for kind in KINDS
        },
        "event_categories": Case(
            path="event_categories", change={"name": "Another category"}, unique=("name",),
            made=lambda ground: {"name": fresh("category"), "description": "What it is."},
        ),
        "event_categories_by_users": Case(
            path="event_categories_by_users", change={"notification_level": "INFO"},
            made=lambda ground: {
                "user_id": ground.user(), "category_id": ground.category(),
                "notification_level": "ERROR",
            },
            filters=("category_id", "user_id"), unique=("user_id", "category_id"),
            fixed=("user_id",),
        ),
    }  # fmt: skip


CASES: Mapping[str, Case] = {
    **_people(), **_campaigns(), **_properties(), **_series(), **_events(),
}  # fmt: skip
"""By the name of their operations."""
