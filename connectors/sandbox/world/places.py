"""The nouns of the portfolio: campaigns of places that hold meters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from connectors.sandbox.clock import Clock
from connectors.sandbox.world.readings import Source
from connectors.sandbox.world.stepped import Stepped


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """One series."""

    name: str
    unit: str
    source: Source
    scope: str
    about: str = ""
    energy: str | None = None
    """The energy it counts, for the platforms that classify."""
    use: str | None = None
    weather: str | None = None
    cleaned: bool = True
    """Whether a cleaned copy exists beside the raw one."""
    kind: str = ""
    """What is measured: one of KINDS."""
    equipment: str | None = None
    """The machine that it belongs to, such as `chiller`."""
    codes: tuple[str, ...] = ()
    """What the integers of a `state` stand for, from 0."""

    def every(self, step: int, clock: Clock) -> Meter:
        """The same meter at another step: energy is summed or split, anything else averaged."""
        if step == self.source.step:
            return self
        whole = self.kind == "energy"
        return replace(self, source=Stepped(self.source, step, clock, total=whole))


KINDS = ("temperature", "humidity", "wind", "irradiance", "power", "energy", "occupancy", "co2",
         "state", "price")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A site, building, storey or space, with what is inside it."""

    name: str
    about: str = ""
    position: tuple[float, float] | None = None
    meters: tuple[Meter, ...] = ()
    inside: tuple[Place, ...] = ()

    def everything(self) -> Iterator[Meter]:
        """Its meters, then those of the places inside it."""
        yield from self.meters
        for place in self.inside:
            yield from place.everything()


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """One portfolio."""

    name: str
    zone: str
    about: str
    scopes: tuple[str, ...]
    sites: tuple[Place, ...]
    zones: tuple[Place, ...] = ()

    def meters(self) -> dict[str, Meter]:
        """Every meter once, by name; one may stand in several places."""
        places = (*self.sites, *self.zones)
        return {meter.name: meter for place in places for meter in place.everything()}
