"""The world as assets with attributes, as IoT endpoints and as data captures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from connectors.sandbox.accounts import ADMIN
from connectors.sandbox.avista import capture, databases, groups, iot, models
from connectors.sandbox.avista.records import Asset, Dimensions, entries
from connectors.sandbox.avista.series import SeriesState
from connectors.sandbox.avista.state import Platform
from connectors.sandbox.avista.users import user_id
from connectors.sandbox.store import Record
from connectors.sandbox.world import Campaign, Meter, Place
from connectors.sandbox.zones import SECOND

SEEDED = "seededSeries"
"""Which meter of the world stands under which attribute."""
WHOLE = ("occupancy", "state")
"""The kinds of meters that count in integers."""
SYNTHETIC = "(synthetic)"
CAPTURED = 3
"""Assets in the data model of a seeded capture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place that has meters, with its path from the campaign down."""

    campaign: Campaign
    path: tuple[str, ...]
    meters: tuple[Meter, ...]
    key: str
    """The path as an id: `north-campus.library`."""


def opened(platform: Platform) -> SeriesState:
    """The tables of values as the store has them; an empty one gets the world first."""
    state = SeriesState(platform.store.journal("rows"))
    platform.series = state
    if not platform.store.records(SEEDED):
        for campaign in platform.world:
            _Planting(platform, campaign).run()
    _reopen(platform, state)
    spots = {spot.key: spot for campaign in platform.world for spot in _spots(campaign)}
    for record in platform.store.records(SEEDED).all():
        _attach(state, record, spots.get(record["spot"]))
    for entry in entries(state.journal):
        table = state.table(entry["table"])
        if table is not None:
            table.replay(entry)
    return state


def _reopen(platform: Platform, state: SeriesState) -> None:
    """A table for each database, an asset for each endpoint and capture."""
    for record in platform.store.records(databases.NAME).all():
        if record["timeSeriesDbId"] not in state.databases:
            state.add(record["timeSeriesDbId"])
    for record in platform.store.records(iot.ENDPOINTS).all():
        iot.held(platform, record)
    for record in platform.store.records(capture.NAME).all():
        capture.held(platform, record)


def _attach(state: SeriesState, record: Record, spot: Spot | None) -> None:
    """Puts the world's sources under an asset again; one that was deleted stays away."""
    table = state.table(record["table"])
    if table is None:
        return
    asset = table.asset(record["asset"])
    if asset is None:
        if record["table"] not in state.databases:
            return
        pairs: Dimensions = tuple((name, value) for name, value in record["dimensions"])
        asset = table.add(Asset(record["asset"], record["name"], pairs))
    meters = {meter.name: meter for meter in spot.meters} if spot else {}
    for name, meter_name in record["meters"].items():
        meter = meters.get(meter_name)
        if meter is not None:
            asset.types[name] = kind_of(meter)
            asset.sources[name] = meter.source


def kind_of(meter: Meter) -> str:
    """DOUBLE, or BIGINT for what is counted."""
    return "BIGINT" if meter.kind in WHOLE else "DOUBLE"


def _spots(campaign: Campaign) -> Iterator[Spot]:
    """Every place with meters, from the top down, each with a key of its own."""
    used: set[str] = set()
    pending: list[tuple[Place, tuple[str, ...]]] = [
        (place, (place.name,)) for place in (*campaign.sites, *campaign.zones)
    ]
    while pending:
        place, path = pending.pop(0)
        if place.meters:
            start = ".".join(slug(name) for name in (campaign.name, *path))
            key = start
            while key in used:
                key = f"{start}-{len(used)}"
            used.add(key)
            yield Spot(campaign=campaign, path=path, meters=_once(place), key=key)
        pending += [(inner, (*path, inner.name)) for inner in place.inside]


def _once(place: Place) -> tuple[Meter, ...]:
    return tuple({meter.name: meter for meter in place.meters}.values())


def slug(name: str) -> str:
    """Letters and digits with hyphens between: `north-campus`."""
    return re.sub(r"[\W_]+", "-", name.lower()).strip("-") or "unnamed"


def telemetry_name(name: str, path: tuple[str, ...]) -> str:
    """A meter's name without those of its places, as the twin language takes it: `airFlow`."""
    short = name.replace(SYNTHETIC, "").strip()
    for place in path:
        for prefix in (place, place.removeprefix("Room ")):
            rest = short.removeprefix(prefix)
            if rest != short and rest.strip(" :"):
                short = rest.strip(" :")
    words = re.findall(r"[^\W_]+", short)
    camel = "".join(word[:1].upper() + word[1:] for word in words)
    return camel[:1].lower() + camel[1:] or "value"


class _Planting:
    """Turns one campaign into a database, a hub with its group, and two captures."""

    def __init__(self, platform: Platform, campaign: Campaign) -> None:
        self._platform = platform
        self._campaign = campaign
        self._owner = user_id(ADMIN)
        self._spots = list(_spots(campaign))

    def run(self) -> None:
        """All of it."""
        self._database()
        self._devices()
        self._capture(self._spots[:1], "live", running=True)
        self._capture(self._spots[:CAPTURED], "trial", running=False)

    def _database(self) -> None:
        record = databases.created(self._platform, name=self._campaign.name,
                                   description=self._campaign.about, owner=self._owner)  # fmt: skip
        for spot in self._spots:
            name = " / ".join(spot.path)
            self._seeded(record["timeSeriesDbId"], spot, spot.key, name,
                         {meter.name: meter.name for meter in spot.meters})  # fmt: skip

    def _seeded(
        self, table: str, spot: Spot, asset_id: str, name: str, meters: dict[str, str]
    ) -> None:
        dimensions = [["name", name], ["site", spot.path[0]]]
        self._platform.store.records(SEEDED)[f"{table} {asset_id}"] = {
            "table": table, "asset": asset_id, "name": name, "dimensions": dimensions,
            "spot": spot.key, "meters": meters,
        }  # fmt: skip

    def _devices(self) -> None:
        hub = models.hub_created(self._platform, owner=self._owner, name=self._campaign.name,
                                 description=self._campaign.about)  # fmt: skip
        group = groups.created(
            self._platform, owner=self._owner, hub_id=hub["iotHubId"],
            name=f"{self._campaign.name}: all devices", description=None,
        )  # fmt: skip
        held = [self._endpoint(hub["iotHubId"], spot) for spot in self._spots]
        kept = self._platform.store.records(iot.GROUPS)
        kept[group["iotGroupId"]] = {**group, "iotEndpointIds": held}

    def _endpoint(self, hub_id: str, spot: Spot) -> str:
        named = _telemetry(spot)
        model = self._model(named, spot)
        place = " / ".join(spot.path)
        record = iot.created(self._platform, owner=self._owner, hub_id=hub_id, model_id=model,
                             name=spot.key, description=place)  # fmt: skip
        endpoint_id: str = record["iotEndpointId"]
        meters = {name: meter.name for name, meter in named.items()}
        self._seeded("iot", spot, endpoint_id, spot.key, meters)
        return endpoint_id

    def _model(self, named: dict[str, Meter], spot: Spot) -> str:
        """The model of these telemetry names; places that measure the same share one."""
        telemetry = [{"name": name, "schemaType": _schema(meter), "description": meter.unit or None}
                     for name, meter in named.items()]  # fmt: skip
        for known in self._platform.store.records(models.MODELS).all():
            if [(one["name"], one["schemaType"]) for one in known["telemetry"]] == [
                (one["name"], one["schemaType"]) for one in telemetry
            ]:
                return str(known["modelId"])
        number = len(self._platform.store.records(models.MODELS)) + 1
        step = min(meter.source.step for meter in spot.meters) // SECOND
        made = models.created(
            self._platform, owner=self._owner, name=f"SandboxDevice{number}",
            segment=f"SandboxDevice{number}", description=f"As in {' / '.join(spot.path)}",
            properties=_properties(step), telemetry=telemetry,
        )  # fmt: skip
        return str(made["modelId"])

    def _capture(self, spots: list[Spot], word: str, *, running: bool) -> None:
        items = [
            {"userDefinedId": spot.key, "displayName": " / ".join(spot.path), "description": None,
             "attributes": [
                 {"userDefinedId": f"{spot.key}.{name}", "displayName": meter.name,
                  "description": meter.about or None, "attributeType": "TELEMETRY",
                  "schemaType": _schema(meter), "unit": meter.unit or None}
                 for name, meter in _telemetry(spot).items()]}
            for spot in spots
        ]  # fmt: skip
        name = f"{self._campaign.name}, {word}"
        record = capture.created(self._platform, owner=self._owner, items=items, name=name,
                                 description=None)  # fmt: skip
        if not running:
            return
        capture.move(self._platform, record, ("CAPTURING",), "actualStartTime")
        for spot in spots:
            meters = {f"{spot.key}.{name}": meter.name
                      for name, meter in _telemetry(spot).items()}  # fmt: skip
            self._seeded("captures", spot, record["captureId"], record["displayName"], meters)


def _telemetry(spot: Spot) -> dict[str, Meter]:
    """The meters of a place by telemetry names, each name once."""
    named: dict[str, Meter] = {}
    for meter in spot.meters:
        name = telemetry_name(meter.name, spot.path)
        named[name if name not in named else f"{name}{len(named)}"] = meter
    return named


def _schema(meter: Meter) -> str:
    return "integer" if kind_of(meter) == "BIGINT" else "double"


def _properties(step: int) -> list[Record]:
    """What every device of the sandbox can be told."""
    return [
        {"name": "location", "schemaType": "string", "description": "Where it hangs",
         "defaultValue": None, "writable": True},
        {"name": "reportInterval", "schemaType": "integer", "description": "Seconds",
         "defaultValue": str(step), "writable": True},
        {"name": "firmware", "schemaType": "string", "description": None,
         "defaultValue": "1.0.0", "writable": False},
    ]  # fmt: skip
