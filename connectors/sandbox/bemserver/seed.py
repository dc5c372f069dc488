"""The world as rows of BEMServer, with the platform's presets and three accounts."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.sandbox.bemserver.auth import sealed
from connectors.sandbox.bemserver.samples import Samples
from connectors.sandbox.bemserver.store import Store
from connectors.sandbox.bemserver.table import Row
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A user of the sandbox, with the password that is no secret."""

    name: str
    email: str
    password: str
    about: str
    admin: bool = False
    campaigns: tuple[str, ...] = ()
    scopes: tuple[tuple[str, str], ...] = ()


ACCOUNTS = (
    Account(name="Admin", email="admin@sandbox.example", password="sandbox-admin",  # noqa: S106
            about="sees and changes everything", admin=True),
    Account(name="Member", email="member@sandbox.example", password="sandbox-member",  # noqa: S106
            about="sees the homes, and of the campus the energy but not the rooms",
            campaigns=("Illinois homes", "UK homes", "Campus (synthetic)"),
            scopes=(("Illinois homes", "Energy"), ("Illinois homes", "Weather"),
                    ("UK homes", "Energy"), ("UK homes", "Weather"),
                    ("Campus (synthetic)", "Energy"))),
    Account(name="Outsider", email="outsider@sandbox.example",
            password="sandbox-outsider",  # noqa: S106
            about="has an account and sees nothing"),
)  # fmt: skip


def planted(store: Store, samples: Samples, world: tuple[Campaign, ...]) -> None:
    """Fills an empty platform."""
    for path, names in PRESETS.items():
        for name in names:
            store.add(path, name=name)
    for name, unit in (("Min", None), ("Max", None), ("Interval", "s")):
        store.add("timeseries_properties", name=name, value_type="float", unit_symbol=unit)
    for campaign in world:
        _Planting(store, samples, campaign).run()
    for account in ACCOUNTS:
        _enrol(store, account)


class _Planting:
    """Turns one campaign into rows."""

    def __init__(self, store: Store, samples: Samples, campaign: Campaign) -> None:
        self._store = store
        self._samples = samples
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
            add("weather_timeseries_by_sites", site_id=element, parameter=meter.weather,
                timeseries_id=series, forecast=False)  # fmt: skip
        if meter.energy is not None and kind == "building":
            energy = next(self._store.where("energies", name=meter.energy))
            use = next(self._store.where("energy_end_uses", name=meter.use))
            add("energy_consumption_timeseries_by_buildings", building_id=element,
                energy_id=energy["id"], end_use_id=use["id"], timeseries_id=series)  # fmt: skip

    def _series(self, meter: Meter) -> int:
        known = self._store.where("timeseries", name=meter.name, campaign_id=self._row["id"])
        row = next(known, None)
        if row is not None:
            return int(row["id"])
        row = self._store.add(
            "timeseries", name=meter.name, description=meter.about or None, unit_symbol=meter.unit,
            campaign_id=self._row["id"], campaign_scope_id=self._scopes[meter.scope],
        )  # fmt: skip
        interval = next(self._store.where("timeseries_properties", name="Interval"))
        self._store.add("timeseries_property_data", timeseries_id=row["id"],
                        property_id=interval["id"],
                        value=str(meter.source.step // SECOND))  # fmt: skip
        for state in (1, 2) if meter.cleaned else (1,):
            self._samples.attach((row["id"], state), meter.source)
        return int(row["id"])


def _enrol(store: Store, account: Account) -> None:
    user = store.add("users", name=account.name, email=account.email,
                     password=sealed(account.password), is_admin=account.admin,
                     is_active=True)  # fmt: skip
    if not account.campaigns:
        return
    group = store.add("user_groups", name=f"{account.name}s")
    store.add("users_by_user_groups", user_id=user["id"], user_group_id=group["id"])
    campaigns = {name: next(store.where("campaigns", name=name)) for name in account.campaigns}
    for campaign in campaigns.values():
        store.add("user_groups_by_campaigns", campaign_id=campaign["id"],
                  user_group_id=group["id"])  # fmt: skip
    for name, scope_name in account.scopes:
        scope = next(
            store.where("campaign_scopes", name=scope_name, campaign_id=campaigns[name]["id"])
        )
        store.add("user_groups_by_campaign_scopes", campaign_scope_id=scope["id"],
                  user_group_id=group["id"])  # fmt: skip
