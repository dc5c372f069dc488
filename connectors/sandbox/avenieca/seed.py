"""The world as twins: one for each meter, and one for each room with several meters.

A twin's past begins `meter_rows` readings before the sandbox was first opened (for recordings:
before their end) and grows by the clock from then on. Nothing of it is stored.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

from connectors.sandbox.avenieca import document
from connectors.sandbox.avenieca.call import Platform
from connectors.sandbox.avenieca.feeds import MeterFeed, RoomFeed
from connectors.sandbox.avenieca.twin import Feed
from connectors.sandbox.world import Campaign, Meter, Place

LONGEST_SLUG = 60
PLEASANT = {"°C": (19.0, 26.0), "ppm": (0.0, 1000.0)}
"""Tables of valences (section 5.1) for what people in a room feel, by unit."""


@dataclass(slots=True)
class Planted:
    """The twins of the world."""

    platform: Platform
    anchor: int
    """When the sandbox was first opened, in microseconds since 1970."""
    feeds: dict[str, Feed] = field(default_factory=dict)
    rooms: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """For each aggregate the modules it is made of."""
    zones: dict[str, str] = field(default_factory=dict)
    """For each aggregate the time zone it lies in."""

    def shown(self) -> str | None:
        """The first room to which new readings come from more than two twins."""
        for room, feed in self.feeds.items():
            if isinstance(feed, RoomFeed) and feed.end is None and len(feed.modules) > 2:
                return room
        return None

    def campaign(self, campaign: Campaign) -> None:
        """Every place of one campaign."""
        known: dict[str, str] = {}
        places = list(_walk((*campaign.sites, *campaign.zones), ""))
        names = Counter(place.name for place, _ in places)
        for place, above in places:
            modules = [self._meter(meter, known) for meter in place.meters]
            if len(set(modules)) > 1 and not place.inside:
                name = place.name if names[place.name] == 1 else f"{above} {place.name}"
                self._room(slug(name), tuple(dict.fromkeys(modules)), campaign.zone)

    def _meter(self, meter: Meter, known: dict[str, str]) -> str:
        """A meter's twin; one that hangs at several places is one twin."""
        if meter.name not in known:
            module = self._free(slug(meter.name))
            known[meter.name] = module
            self.feeds[module] = self._meter_feed(meter)
        return known[meter.name]

    def _meter_feed(self, meter: Meter) -> MeterFeed:
        first, end = meter.source.extent() or (self.anchor, self.anchor)
        past = self.platform.settings.meter_rows * meter.source.step
        felt = meter.scope != "Weather" and meter.energy is None
        return MeterFeed(
            source=meter.source,
            start=max(first, min(end, self.anchor) - past),
            pleasant=PLEASANT.get(meter.unit) if felt else None,
        )

    def _room(self, wished: str, modules: tuple[str, ...], zone: str) -> None:
        feeds = [one for one in map(self.feeds.get, modules) if isinstance(one, MeterFeed)]
        step = max(feed.source.step for feed in feeds)
        ends = [(feed.source.extent() or (0, self.anchor))[1] for feed in feeds]
        end = min(ends) if min(ends) < self.anchor - 2 * step else None
        past = self.platform.settings.room_rows * step
        start = max(*(feed.start for feed in feeds), (end or self.anchor) - past)
        module = self._free(wished)
        self.feeds[module] = RoomFeed(
            twins=self.platform.twins, modules=modules, start=start, end=end, step=step
        )
        self.rooms[module] = modules
        self.zones[module] = zone

    def _free(self, wished: str) -> str:
        """The name, with a number when another twin has it."""
        if wished not in self.feeds:
            return wished
        number = next(n for n in count(2) if f"{wished}_{n}" not in self.feeds)
        return f"{wished}_{number}"


def _walk(places: Sequence[Place], above: str) -> Iterator[tuple[Place, str]]:
    """Every place with the name of the one around it."""
    for place in places:
        yield place, above
        yield from _walk(place.inside, place.name)


def slug(name: str) -> str:
    """A module id from a name: it goes into addresses unquoted."""
    plain = unicodedata.normalize("NFKD", name.replace("(synthetic)", ""))
    ascii_only = plain.encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", ascii_only).strip("_")[:LONGEST_SLUG] or "twin"


def planted(platform: Platform, world: Sequence[Campaign]) -> Planted:
    """Gives the platform the world's twins; in an empty store also its first documents."""
    records = platform.store.records("anchor")
    fresh = not records
    held = records.get("anchor", {"at": platform.now()})
    anchor = min(int(held["at"]), platform.now())  # the clock may have been put back
    records["anchor"] = {"at": anchor}
    found = Planted(platform, anchor)
    for campaign in world:
        found.campaign(campaign)
    platform.twins.plant(found.feeds)
    if fresh:
        _describe(platform, world)
    return found


def _describe(platform: Platform, world: Sequence[Campaign]) -> None:
    """A document for each site, so that a question finds an answer."""
    with platform.store.bulk():
        for campaign in world:
            for site in campaign.sites:
                inside = [slug(meter.name) for place, _ in _walk((site,), "")
                          for meter in place.meters]  # fmt: skip
                names = ", ".join(dict.fromkeys(inside))
                text = f"{site.name} belongs to {campaign.name}. Its twins: {names}."
                document.add(platform, slug(site.name), text, embed=True)
