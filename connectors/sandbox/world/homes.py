"""The real homes: measured once, and carried on from there until now."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.sandbox.clock import Clock
from connectors.sandbox.world.extension import Pattern, extended
from connectors.sandbox.world.places import Campaign, Meter, Place
from connectors.sandbox.world.readings import Recorded
from connectors.sandbox.zones import HOUR

LICENCE = "Real anonymised readings, as shipped with eemeter 4.1.1 (Apache-2.0)."


@dataclass(frozen=True, slots=True, kw_only=True)
class Tape:
    """A recording: its file, from which day to which it was measured, and how to carry it on."""

    file: str
    first: str
    last: str
    step: int = HOUR
    digits: int = 2
    noise: float = 0.06
    gaps: bool = False

    def about(self) -> str:
        """Where the readings are from, and up to when they are real."""
        gaps = ", with gaps" if self.gaps else ""
        return (
            f"{LICENCE} Measured from {self.first} to {self.last}{gaps}; what is before or after"
            " was not measured, it is computed from that recording."
        )


IL_AIR = Tape(file="il-tempF.csv.gz", first="2015-11-22", last="2018-02-08", noise=2.0)
IL_HOMES = (
    ("Home 1, heating and cooling", "electricity", "il-electricity-cdd-hdd-hourly.csv.gz"),
    ("Home 2, cooling", "electricity", "il-electricity-cdd-only-hourly.csv.gz"),
    ("Home 3, gas heating", "natural gas", "il-gas-hdd-only-hourly.csv.gz"),
    ("Home 4, gas for cooking", "natural gas", "il-gas-intercept-only-hourly.csv.gz"),
)
UK_AIR = {
    "0": Tape(file="uk-tempC-sample-0.csv.gz", first="2020-04-01", last="2022-12-06", noise=1.0),
    "1_2": Tape(file="uk-tempC-sample-1_2.csv.gz", first="2012-10-12", last="2014-01-25",
                noise=1.0),
}  # fmt: skip
UK_POWER = {
    "A": Tape(file="uk-electricity-hdd-only-hourly-sample-0.csv.gz", first="2020-04-01",
              last="2022-12-06", digits=3),
    "B": Tape(file="uk-electricity-hdd-only-hourly-sample-1.csv.gz", first="2012-10-12",
              last="2014-01-25", step=HOUR // 2, digits=3, gaps=True),
    "C": Tape(file="uk-electricity-hdd-only-hourly-sample-2.csv.gz", first="2012-01-03",
              last="2014-12-02", step=HOUR // 2, digits=3, gaps=True),
}  # fmt: skip
UK_GAS = Tape(file="uk-gas-hdd-only-hourly-sample-0.csv.gz", first="2020-04-01",
              last="2022-12-06", digits=3)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Street:
    """What the meters of one campaign have in common."""

    clock: Clock
    since: int
    zone: str
    seed: int

    def air(self, name: str, unit: str, tape: Tape) -> Meter:
        source = extended(self.pattern(tape), since=self.since, clock=self.clock)
        return Meter(name=name, unit=unit, scope="Weather", source=source, about=tape.about(),
                     weather="AIR_TEMPERATURE", kind="temperature")  # fmt: skip

    def use(self, name: str, unit: str, energy: str, tape: Tape, air: Tape) -> Meter:
        pattern, weather = self.pattern(tape), self.pattern(air)
        source = extended(pattern, since=self.since, clock=self.clock, air=weather)
        return Meter(name=name, unit=unit, scope="Energy", source=source, about=tape.about(),
                     energy=energy, use="all", kind="energy")  # fmt: skip

    def pattern(self, tape: Tape) -> Pattern:
        return Pattern(recorded=Recorded(tape.file, tape.step), zone=self.zone, seed=self.seed,
                       digits=tape.digits, noise=tape.noise)  # fmt: skip


def illinois(clock: Clock, seed: int, since: int) -> Campaign:
    """Four homes in one town."""
    street = _Street(clock=clock, since=since, zone="America/Chicago", seed=seed)
    weather = street.air("Illinois outdoor temperature", "°F", IL_AIR)
    sites = []
    for name, energy, file in IL_HOMES:
        word, unit = ("gas", "therm") if energy == "natural gas" else ("electricity", "kWh")
        tape = Tape(file=file, first=IL_AIR.first, last=IL_AIR.last)
        meter = street.use(f"{name}: {word}", unit, energy, tape, IL_AIR)
        house = Place(name="House", meters=(meter,))
        sites.append(Place(name=name, meters=(weather,), inside=(house,), position=(40.1, -88.2)))
    return Campaign(name="Illinois homes", zone=street.zone, about=LICENCE,
                    scopes=("Energy", "Weather"), sites=tuple(sites))  # fmt: skip


def kingdom(clock: Clock, seed: int, since: int) -> Campaign:
    """Three homes, one with gas, under two recorded skies."""
    street = _Street(clock=clock, since=since, zone="Europe/London", seed=seed)

    def home(letter: str, weather: str, *, gas: bool) -> Place:
        sky = UK_AIR[weather]
        name = f"Home {letter}"
        meters = [street.use(f"{name}: electricity", "kWh", "electricity", UK_POWER[letter], sky)]
        if gas:
            meters.append(street.use(f"{name}: gas", "kWh", "natural gas", UK_GAS, sky))
        air = street.air(f"UK outdoor temperature {weather}", "°C", sky)
        house = Place(name="House", meters=tuple(meters))
        return Place(name=name, meters=(air,), inside=(house,), position=(52.2, -1.5))

    sites = (home("A", "0", gas=True), home("B", "1_2", gas=False), home("C", "1_2", gas=False))
    return Campaign(name="UK homes", zone=street.zone, about=LICENCE,
                    scopes=("Energy", "Weather"), sites=sites)  # fmt: skip
