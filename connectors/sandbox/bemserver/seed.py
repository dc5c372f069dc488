"""The world as rows of BEMServer, with the platform's presets and three accounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.sandbox.accounts import ADMIN, MEMBER, OUTSIDER, Person
from connectors.sandbox.bemserver import units
from connectors.sandbox.bemserver.auth import sealed
from connectors.sandbox.bemserver.store import Store, track_key
from connectors.sandbox.bemserver.table import Row
from connectors.sandbox.samples import Samples
from connectors.sandbox.world import Campaign, Meter, Place
from connectors.sandbox.zones import SECOND

LEVELS = ("site", "building", "storey", "space")
PRESETS: dict[str, tuple[str, ...]] = {
    "timeseries_data_states": ("Raw", "Clean"),
    "energies": ("all", "electricity", "natural gas", "propane gas", "heating oil", "wood log",
                 "wood pellet", "wood chips", "heating network", "cooling network"),
    "energy_end_uses": ("all", "heating", "cooling", "ventilation", "lighting", "appliances"),
    "energy_production_technologies": ("all", "PV panels", "wind turbines",
                                       "solar thermal collectors"),
    "event_categories": ("Data missing", "Data present", "Data outliers", "No data outliers"),
}  # fmt: skip
SERIES_PROPERTIES = (
    ("Min", "Minimum expected value", None),
    ("Max", "Maximum expected value", None),
    ("Interval", "Expected interval", "s"),
)
SOURCES = "sources"
"""Records of what the world feeds: `campaign/meter` -> the series and its data states."""
MADE_BY = {"solar panels": "PV panels"}
"""Machines of the world that make electricity, and what the platform calls them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A user of the sandbox, with the password that is no secret."""

    name: str
    email: str
    password: str
    about: str
    admin: bool = False
    scopes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By campaign, what they belong to."""


def _account(person: Person, about: str = "", **more: Any) -> Account:
    return Account(name=person.slug.capitalize(), email=person.email, password=person.password,
                   about=about or person.about, **more)  # fmt: skip


HOME = ("Energy", "Weather")
ACCOUNTS = (
    _account(ADMIN, admin=True),
    _account(MEMBER, "sees the homes, and of the campus the energy but not the rooms",
             scopes={"Illinois homes": HOME, "UK homes": HOME, "Campus (synthetic)": ("Energy",)}),
    _account(OUTSIDER),
)  # fmt: skip


def planted(
    store: Store, world: tuple[Campaign, ...], accounts: tuple[Account, ...] = ACCOUNTS
) -> None:
    """Fills an empty platform, in one transaction."""
    with store.kept.bulk():
        for path, names in PRESETS.items():
            for name in names:
                store.add(path, name=name)
        for name, about, unit in SERIES_PROPERTIES:
            store.add("timeseries_properties", name=name, description=about, value_type="float",
                      unit_symbol=unit)  # fmt: skip
        for campaign in world:
            _Planting(store, campaign).run()
        for account in accounts:
            _enrol(store, account)


def attached(store: Store, samples: Samples, world: tuple[Campaign, ...]) -> None:
    """Puts the world's sources under the series that still stand for them."""
    planted = store.kept.records(SOURCES)
    for campaign in world:
        for meter in campaign.meters().values():
            place = planted.get(f"{campaign.name}/{meter.name}")
            if place is None or store.get("timeseries", place["series"]) is None:
                continue
            for state in place["states"]:
                if store.get("timeseries_data_states", state) is not None:
                    samples.attach(track_key(place["series"], state), meter.source)


class _Planting:
    """Turns one campaign into rows."""

    def __init__(self, store: Store, campaign: Campaign) -> None:
        self._store = store
        self._campaign = campaign
        self._row = store.add("campaigns", name=campaign.name, description=campaign.about,
                              timezone=campaign.zone)  # fmt: skip
        self._scopes = {
            name: store.add("campaign_scopes", name=name, campaign_id=self._row["id"])["id"]
            for name in campaign.scopes
        }

    def run(self) -> None:
        """Sites with everything inside them, then zones."""
        for site in self._campaign.sites:
            self._place(site, 0, {"campaign_id": self._row["id"]})
        for zone in self._campaign.zones:
            row = self._store.add("zones", name=zone.name, campaign_id=self._row["id"])
            for meter in zone.meters:
                self._tie(meter, "zone", row["id"])
        self._served()

    def _served(self) -> None:
        """The operator has the campaign cleaned up: by the service before API 0.26, else a task."""
        campaign = {"campaign_id": self._row["id"], "is_enabled": True}
        if "tasks_by_campaigns" in self._store.catalogue:
            self._store.add("tasks_by_campaigns", **campaign, task_name="Cleanup",
                            offset_unit="day", start_offset=-1, end_offset=0,
                            parameters={})  # fmt: skip
            return
        self._store.add("st_cleanups_by_campaigns", **campaign)
        for name, meter in self._campaign.meters().items():
            extent = meter.source.extent()
            if meter.cleaned and extent is not None:
                row = next(self._store.where("timeseries", name=name, campaign_id=self._row["id"]))
                self._store.add("st_cleanups_by_timeseries", timeseries_id=row["id"],
                                last_timestamp=extent[1] - 1)  # fmt: skip

    def _place(self, place: Place, depth: int, above: Row) -> None:
        kind = LEVELS[depth]
        spot = dict(zip(("latitude", "longitude"), place.position or (), strict=False))
        row = self._store.add(
            f"{kind}s", name=place.name, description=place.about or None, **spot, **above
        )
        for meter in place.meters:
            self._tie(meter, kind, row["id"])
        for inner in place.inside:
            self._place(inner, depth + 1, {f"{kind}_id": row["id"]})

    def _tie(self, meter: Meter, kind: str, element: int) -> None:
        """A meter under an element; a meter named before is only tied once more."""
        add = self._store.add
        series = self._series(meter)
        add(f"timeseries_by_{kind}s", timeseries_id=series, **{f"{kind}_id": element})
        if meter.weather is not None and kind == "site":
            self._once("weather_timeseries_by_sites", series, site_id=element,
                       parameter=meter.weather, forecast=False)  # fmt: skip
        if (meter.energy or meter.equipment in MADE_BY) and kind in ("site", "building"):
            self._classify(meter, kind, element, series)

    def _classify(self, meter: Meter, kind: str, element: int, series: int) -> None:
        """What a meter of energy counts: a use of it, or a technology that makes it."""
        energy = self._named("energies", meter.energy or "electricity")
        place = {f"{kind}_id": element, "energy_id": energy}
        made = MADE_BY.get(meter.equipment or "")
        if made is not None:
            technology = self._named("energy_production_technologies", made)
            self._once(f"energy_production_timeseries_by_{kind}s", series, **place,
                       prod_tech_id=technology)  # fmt: skip
            return
        self._once(f"energy_consumption_timeseries_by_{kind}s", series, **place,
                   end_use_id=self._named("energy_end_uses", meter.use))  # fmt: skip

    def _once(self, path: str, series: int, **key: Any) -> None:
        """A classification that the platform allows once; the first meter has it."""
        if next(self._store.where(path, **key), None) is None:
            self._store.add(path, **key, timeseries_id=series)

    def _named(self, path: str, name: str | None) -> int:
        return int(next(self._store.where(path, name=name))["id"])

    def _series(self, meter: Meter) -> int:
        known = self._store.where("timeseries", name=meter.name, campaign_id=self._row["id"])
        row = next(known, None)
        if row is not None:
            return int(row["id"])
        row = self._store.add(
            "timeseries", name=meter.name, description=meter.about or None,
            unit_symbol=meter.unit if units.known(meter.unit) else "",  # it knows no money
            campaign_id=self._row["id"], campaign_scope_id=self._scopes[meter.scope],
        )  # fmt: skip
        interval = next(self._store.where("timeseries_properties", name="Interval"))
        self._store.add("timeseries_property_data", timeseries_id=row["id"],
                        property_id=interval["id"],
                        value=str(meter.source.step // SECOND))  # fmt: skip
        states = [1, 2] if meter.cleaned else [1]
        source = f"{self._campaign.name}/{meter.name}"
        self._store.kept.records(SOURCES)[source] = {"series": row["id"], "states": states}
        return int(row["id"])


def _enrol(store: Store, account: Account) -> None:
    user = store.add("users", name=account.name, email=account.email,
                     password=sealed(account.password), is_admin=account.admin,
                     is_active=True)  # fmt: skip
    if not account.scopes:
        return
    group = store.add("user_groups", name=f"{account.name}s")
    store.add("users_by_user_groups", user_id=user["id"], user_group_id=group["id"])
    for name, scopes in account.scopes.items():
        for campaign in store.where("campaigns", name=name):
            store.add("user_groups_by_campaigns", campaign_id=campaign["id"],
                      user_group_id=group["id"])  # fmt: skip
            for scope in store.where("campaign_scopes", campaign_id=campaign["id"]):
                if scope["name"] in scopes:
                    store.add("user_groups_by_campaign_scopes", campaign_scope_id=scope["id"],
                              user_group_id=group["id"])  # fmt: skip
