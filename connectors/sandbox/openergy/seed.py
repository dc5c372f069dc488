"""The world as this platform shows it, taken up generically: campaign → organization, site →
project with one gate, every place with meters → importer and cleaner, meter → series."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from connectors.sandbox.accounts import MEMBER
from connectors.sandbox.clock import EPOCH, MICROSECOND
from connectors.sandbox.openergy import gates, people, showcase
from connectors.sandbox.openergy.call import Platform, Record
from connectors.sandbox.openergy.clocks import tzt_offset
from connectors.sandbox.openergy.importers import SETUP
from connectors.sandbox.openergy.moments import wire_second
from connectors.sandbox.openergy.names import freq_text, identity, slug
from connectors.sandbox.samples import Values
from connectors.sandbox.world import Campaign, Meter, Place
from connectors.sandbox.world.readings import Source
from connectors.sandbox.zones import DAY, SECOND, Instants

TUTORIAL = "Openergy"
"""The organization that the vendor's tutorial names; it starts without a project."""
MEMBER_ROLES = ("reader", "reader", "writer")
"""The member's role in the first organizations; the further ones stay unseen."""
COUNTED = frozenset(("kWh", "therm", "Wh", "MWh", "m³", "L"))
HOURLY = "0 0 * * * *"
UNCONFIGURED = "Inputs without a unit cleaner"


@dataclass(frozen=True, slots=True)
class Shifted:
    """A source whose times are turned from UTC to the local standard time."""

    source: Source
    offset: int

    @property
    def step(self) -> int:
        """Of the source."""
        return self.source.step

    def extent(self) -> tuple[int, int] | None:
        """Of the source, moved."""
        held = self.source.extent()
        return None if held is None else (held[0] + self.offset, held[1] + self.offset)

    def read(self, start: int, end: int) -> tuple[Instants, Values]:
        """The readings between two local stamps."""
        times, values = self.source.read(start - self.offset, end - self.offset)
        return times + self.offset, values


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One place with meters, and the words that tell it from the others."""

    campaign: Campaign
    site: Place
    place: Place
    name: str

    @property
    def words(self) -> tuple[str, str, str]:
        """For ids."""
        return self.campaign.name, self.site.name, self.name

    def series_id(self, meter: Meter) -> str:
        """The id of a meter's raw series."""
        return identity("series", *self.words, meter.name)

    def source(self, meter: Meter) -> Shifted:
        """The meter's readings in local standard time."""
        return Shifted(meter.source, tzt_offset(self.campaign.zone))


def spots(world: tuple[Campaign, ...]) -> Iterator[Spot]:
    """Every place with meters."""
    for campaign in world:
        for site in campaign.sites:
            for place, name in _places(site, ()):
                yield Spot(campaign=campaign, site=site, place=place, name=name)


def _places(place: Place, above: tuple[str, ...]) -> Iterator[tuple[Place, str]]:
    path = (*above, place.name)
    if place.meters:
        yield place, ", ".join(path[1:] or path)
    for inside in place.inside:
        yield from _places(inside, path)


def planted(platform: Platform, world: tuple[Campaign, ...]) -> None:
    """Fills an empty platform."""
    roles: dict[str, str] = {}
    for position, campaign in enumerate(world):
        _organization(platform, campaign)
        if position < len(MEMBER_ROLES):
            roles[identity("organization", campaign.name)] = MEMBER_ROLES[position]
    platform.add("oteams/organizations", id=identity("organization", TUTORIAL), name=TUTORIAL,
                 ftp_account=identity("organization ftp", TUTORIAL))  # fmt: skip
    people.enrolled(platform, {MEMBER.slug: roles})
    firsts = set[str]()
    for spot in spots(world):
        _importer(platform, spot)
        if spot.campaign.name not in firsts:
            firsts.add(spot.campaign.name)
            showcase.added(platform, spot.words, spot.place.meters[0].name)


def attach(platform: Platform, world: tuple[Campaign, ...]) -> None:
    """Puts the world's readings under the series that are still there."""
    for spot in spots(world):
        for meter in spot.place.meters:
            series = platform.get("odata/series", spot.series_id(meter))
            if series is not None:
                platform.samples.attach(series["otsdb_pk"], spot.source(meter))


def _organization(platform: Platform, campaign: Campaign) -> None:
    row = platform.add("oteams/organizations", id=identity("organization", campaign.name),
                       name=campaign.name, comment=campaign.about,
                       ftp_account=identity("organization ftp", campaign.name))  # fmt: skip
    for site in campaign.sites:
        _project(platform, campaign, site, row["id"])


def _project(platform: Platform, campaign: Campaign, site: Place, organization: str) -> None:
    words = campaign.name, site.name
    team, data, gate, account = (
        identity(kind, *words) for kind in ("project", "data", "gate", "account")
    )
    platform.add("oteams/projects", id=team, odata=data, obuildings=identity("buildings", *words),
                 organization=organization, name=site.name, comment=site.about,
                 creation_date="2015-01-01")  # fmt: skip
    platform.add("odata/projects", id=data, name=site.name, base=team)
    platform.add("odata/gates", id=gate, project=data, name="gate", ftp_account=account,
                 comment="Files of the last day.")  # fmt: skip
    row = platform.add("odata/gate_ftp_accounts", id=account, gate=gate)
    gates.attached(platform, row, f"gate-{account[:12]}", identity("password", *words)[:16])


def _importer(platform: Platform, spot: Spot) -> None:
    """An importer that has read its newest file, with its cleaner."""
    words = spot.words
    project, gate = (identity(kind, *words[:2]) for kind in ("data", "gate"))
    folder = slug(spot.name) or identity("folder", *words)[:8]
    path = _file(platform, spot, folder)
    row = platform.add(
        "odata/importers", id=identity("importer", *words), name=spot.name, project=project,
        comment=spot.place.about, gate=gate, active=True, crontab=HOURLY,
        root_dir_path=f"/{folder}", last_run=platform.now(), last_imported_path=path,
        _reached=path, latest_imported_mdate=wire_second(platform.clock.now_us()),
    )  # fmt: skip
    platform.change("odata/importers", row["id"], _setup=[row[name] for name in SETUP])
    cleaner = platform.add("odata/cleaners", id=identity("cleaner", *words), name=spot.name,
                           comment=spot.place.about, project=project,
                           related_importer=row["id"])  # fmt: skip
    for meter in spot.place.meters:
        _series(platform, spot, meter, cleaner)
    if not all(meter.cleaned for meter in spot.place.meters):
        platform.notify(project, UNCONFIGURED, f"cleaner:{cleaner['id']}")


def _series(platform: Platform, spot: Spot, meter: Meter, cleaner: Record) -> None:
    importer, zone = cleaner["related_importer"], spot.campaign.zone
    key = (*spot.words, meter.name)
    platform.add("odata/series", id=spot.series_id(meter), name=meter.name, generator=importer,
                 project=cleaner["project"], otsdb_pk=identity("pk", *key),
                 timezone=zone)  # fmt: skip
    entry = identity("input", *key)
    unitcleaner = identity("unitcleaner", *key) if meter.cleaned else None
    platform.add("odata/importer_series", id=entry, name=meter.name, external_name=meter.name,
                 generator=importer, unitcleaner=unitcleaner)  # fmt: skip
    if unitcleaner is None:
        return
    kind = "delta" if meter.unit in COUNTED else "instantaneous"
    platform.add("odata/unitcleaners", id=unitcleaner, cleaner=cleaner["id"], input_series=entry,
                 external_name=meter.name, name=f"{meter.name} cleaned",
                 freq=freq_text(meter.source.step), input_unit_type=kind, unit_type=kind,
                 timezone=zone, unit=meter.unit, label=meter.about, input_expected_regular=True,
                 resample_rule="sum" if kind == "delta" else "mean")  # fmt: skip


def _file(platform: Platform, spot: Spot, folder: str) -> str:
    """The place's last whole day as the CSV file that its importer read; answers its name."""
    account = identity("account", *spot.words[:2])
    sources = [spot.source(meter) for meter in spot.place.meters]
    ends = [extent[1] for extent in (source.extent() for source in sources) if extent]
    day = max(ends, default=platform.clock.now_us()) // DAY * DAY - DAY
    name = f"{(EPOCH + day * MICROSECOND).date().isoformat()}.csv"
    platform.homes.make_directory(account, f"/{folder}")
    platform.homes.write(account, f"/{folder}/{name}", _table(spot, sources, day).encode())
    return name


def _table(spot: Spot, sources: list[Shifted], day: int) -> str:
    read = [source.read(day, day + DAY) for source in sources]
    columns = [dict(zip(times.tolist(), values.tolist(), strict=True)) for times, values in read]
    stamps = np.unique(np.concatenate([times for times, _ in read]))
    texts = np.datetime_as_string((stamps // SECOND).astype("M8[s]")).tolist()
    heads = ['"{}"'.format(meter.name.replace('"', '""')) for meter in spot.place.meters]
    lines = [",".join(["date", *heads])]
    for stamp, text in zip(stamps.tolist(), texts, strict=True):
        lines.append(",".join([text, *(str(column.get(stamp, "")) for column in columns)]))
    return "\n".join(lines) + "\n"
