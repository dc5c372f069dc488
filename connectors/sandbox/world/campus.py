"""The invented campus: three buildings on two sites, whose series hang together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from connectors.sandbox.clock import Clock
from connectors.sandbox.world.building import (
    CHILLER_CODES,
    FAN_CODES,
    LIGHT_CODES,
    PUMP_CODES,
    QUARTER,
    Building,
    Minutes,
    Part,
)
from connectors.sandbox.world.flaws import CLOCKS, LATE, LOST, SPIKE, STUCK, UNIT, flawed
from connectors.sandbox.world.places import Campaign, Meter, Place
from connectors.sandbox.world.readings import Computed, Formula
from connectors.sandbox.world.rooms import Air, People, Room
from connectors.sandbox.world.synthetic import Signal
from connectors.sandbox.world.tariff import DayAhead, Tariff
from connectors.sandbox.world.weather import Climate, Sky
from connectors.sandbox.world.workdays import Profile
from connectors.sandbox.zones import HOUR, MINUTE

ZONE = "Europe/Paris"
COMPUTED = "Computed, not measured."
SILENT = "Computed, not measured. Silent for a few hours on about one day in fifty."
NORTH = Climate(seed=0, latitude=48.86, longitude=2.35, mean=11.8, season=8.0)
SOUTH = Climate(seed=100, latitude=43.6, longitude=1.44, mean=13.9, season=8.2)
LIBRARY = Building(
    name="Library", seed=200, zone=ZONE, climate=NORTH, people=160, base=9.0, fans=7.5, lights=11.0,
    loss=5.2, chiller=16.0, panels=60.0,
    profile=Profile(opens=8.0, closes=20.0, saturday=0.45, sunday=0.02),
)  # fmt: skip
LABORATORY = Building(
    name="Laboratory", seed=300, zone=ZONE, climate=NORTH, people=70, base=21.0, fans=14.0,
    lights=8.0, loss=6.4, chiller=24.0,
    profile=Profile(opens=7.5, closes=19.0, saturday=0.12, sunday=0.05, always=0.02),
)  # fmt: skip
WORKSHOP = Building(
    name="Workshop", seed=400, zone=ZONE, climate=SOUTH, people=45, base=4.0, fans=5.0, lights=9.0,
    loss=4.4, pump=True, panels=90.0,
    profile=Profile(opens=6.0, closes=15.0, saturday=0.03, sunday=0.0),
)  # fmt: skip
LEVELS = ("Ground floor", "First floor")
SITES = (
    ("North campus", NORTH, (LIBRARY, LABORATORY)),
    ("South campus", SOUTH, (WORKSHOP,)),
)
INDOOR = Signal(seed=0, zone=ZONE, base=20.5, daytime=1.4, season=-0.8, swing=0.6, noise=0.5,
                gaps=False)  # fmt: skip
COOLING = Signal(seed=0, zone=ZONE, base=14, daytime=46, season=6, noise=5, floor=0.5, gaps=False)
COUNTER = replace(COOLING, total=True, digits=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Maker:
    """Makes meters that are computed from `since` until now."""

    clock: Clock
    since: int
    seed: int

    def source(self, formula: Formula, step: int) -> Computed:
        return Computed(formula, self.since, step, self.clock)

    def meter(
        self, name: str, unit: str, formula: Formula, step: int, *, kind: str, scope: str = "Energy"
    ) -> Meter:
        return Meter(name=f"{name} (synthetic)", unit=unit, source=self.source(formula, step),
                     scope=scope, kind=kind, about=COMPUTED)  # fmt: skip

    def climate(self, of: Climate) -> Climate:
        return replace(of, seed=self.seed + of.seed)

    def building(self, of: Building) -> Building:
        return replace(of, seed=self.seed + of.seed, climate=self.climate(of.climate))


def campus(clock: Clock, seed: int, since: int) -> Campaign:
    """All of it; every reading is a function of its time and the seed."""
    make = _Maker(clock=clock, since=since, seed=seed * 1000)
    sites = tuple(
        Place(name=name, meters=tuple(_weather(make, name, climate)),
              position=(climate.latitude, climate.longitude),
              inside=tuple(_building(make, building) for building in buildings))
        for name, climate, buildings in SITES
    )  # fmt: skip
    return Campaign(
        name="Campus (synthetic)", zone=ZONE,
        about="An invented campus; every reading is computed from its time.",
        scopes=("Energy", "Comfort", "Weather", "Equipment"), sites=sites,
        zones=(Place(name="Server rooms", about="What is wrong with each meter stands beside it.",
                     meters=tuple(_faulty(make))),
               Place(name="Electricity market", meters=(_price(make),))),
    )  # fmt: skip


def _weather(make: _Maker, site: str, of: Climate) -> Iterator[Meter]:
    climate = make.climate(of)
    for word, unit, quantity, digits, kind, parameter in (
        ("outdoor temperature", "°C", Climate.temperature, 2, "temperature", "AIR_TEMPERATURE"),
        ("global irradiance", "W/m²", Climate.irradiance, 1, "irradiance",
         "SURFACE_SOLAR_RADIATION"),
        ("relative humidity", "%", Climate.humidity, 1, "humidity", "RELATIVE_HUMIDITY"),
        ("wind speed", "m/s", Climate.wind, 1, "wind", "WIND_SPEED"),
    ):  # fmt: skip
        sky = Sky(climate, quantity, digits)
        meter = make.meter(f"{site} {word}", unit, sky, HOUR, kind=kind, scope="Weather")
        yield replace(meter, weather=parameter)


def _building(make: _Maker, of: Building) -> Place:
    building = make.building(of)
    storeys = tuple(
        Place(name=level, inside=tuple(_room(make, building, level, number) for number in (1, 2)))
        for level in LEVELS
    )
    meters = (*_energies(make, building), *_machines(make, building))
    return Place(name=of.name, meters=meters, inside=storeys)


def _energies(make: _Maker, of: Building) -> Iterator[Meter]:
    """The whole building, then what its electricity went into."""
    name = of.name
    yield make.meter(f"{name} electric power", "kW", Minutes(of), MINUTE, kind="power")
    used = _wh(make, of, "electricity", "electricity", QUARTER)
    yield replace(used, energy="electricity", use="all")
    heat = _wh(make, of, "heating", "heat", HOUR)
    yield heat if of.pump else replace(heat, energy="heating network", use="heating")
    for word, quantity, use, machine in _uses(of):
        meter = _wh(make, of, f"{word} electricity", quantity, QUARTER)
        yield replace(meter, energy="electricity", use=use, equipment=machine)
    if of.panels:
        power = Part(building=of, quantity="panels", digits=2)
        meter = make.meter(f"{name} solar power", "kW", power, QUARTER, kind="power")
        yield replace(meter, equipment="solar panels")


def _uses(of: Building) -> Iterator[tuple[str, str, str, str]]:
    yield "ventilation", "ventilation", "ventilation", "air handling unit"
    yield "lighting", "lighting", "lighting", "lights"
    if of.chiller:
        yield "chiller", "cooling", "cooling", "chiller"
    if of.pump:
        yield "heat pump", "heat_pump", "heating", "heat pump"
    yield "appliances", "appliances", "appliances", "appliances"


def _wh(make: _Maker, of: Building, word: str, quantity: str, step: int) -> Meter:
    """kWh of a quantity in whole Wh."""
    part = Part(building=of, quantity=quantity, scale=1e-3, digits=3)
    return make.meter(f"{of.name} {word}", "kWh", part, step, kind="energy")


def _machines(make: _Maker, of: Building) -> Iterator[Meter]:
    """The states of the machines, and the people."""
    states = [("air handling unit", "fans", FAN_CODES), ("lights", "lights", LIGHT_CODES)]
    if of.chiller:
        states.append(("chiller", "chiller", CHILLER_CODES))
    if of.pump:
        states.append(("heat pump", "pump", PUMP_CODES))
    for machine, quantity, codes in states:
        part = Part(building=of, quantity=quantity)
        meter = make.meter(f"{of.name} {machine} state", "", part, QUARTER, kind="state",
                           scope="Equipment")  # fmt: skip
        told = ", ".join(f"{code} {word}" for code, word in enumerate(codes))
        yield replace(meter, equipment=machine, codes=codes, about=f"{COMPUTED} {told}.")
    people = Part(building=of, quantity="people")
    yield make.meter(f"{of.name} people", "count", people, QUARTER, kind="occupancy",
                     scope="Equipment")  # fmt: skip


def _room(make: _Maker, building: Building, level: str, number: int) -> Place:
    name = f"{building.name} {level[0]}{number}"
    nth = 2 * LEVELS.index(level) + number
    room = Room(building=building, seed=building.seed + 40 + 2 * nth, setpoint=20.4 + nth * 0.2)
    air = Air(room, Room.temperature, 0.06, 2)
    carbon = Air(room, Room.carbon, 9.0, 0)
    meters = (
        make.meter(f"{name} temperature", "°C", air, 10 * MINUTE, kind="temperature",
                   scope="Comfort"),
        make.meter(f"{name} CO2", "ppm", carbon, 10 * MINUTE, kind="co2", scope="Comfort"),
        make.meter(f"{name} people", "count", People(room), QUARTER, kind="occupancy",
                   scope="Comfort"),
    )  # fmt: skip
    return Place(name=f"Room {name}", meters=tuple(replace(each, about=SILENT) for each in meters))


def _faulty(make: _Maker) -> Iterator[Meter]:
    """The meters that the table of flaws names."""
    for nth, (name, unit, signal, step, kind) in enumerate((
        (STUCK, "°C", INDOOR, 10 * MINUTE, "temperature"),
        (LOST, "kW", COOLING, QUARTER, "power"),
        (LATE, "kWh", COUNTER, QUARTER, "energy"),
        (UNIT, "kWh", COUNTER, QUARTER, "energy"),
        (CLOCKS, "kWh", COUNTER, QUARTER, "energy"),
        (SPIKE, "°C", INDOOR, 10 * MINUTE, "temperature"),
    )):  # fmt: skip
        own = replace(signal, seed=make.seed + 500 + nth)
        source, about = flawed(name, make.source(own, step), make.clock)
        yield Meter(name=name, unit=unit, source=source, kind=kind, cleaned=False,
                    scope="Comfort" if kind == "temperature" else "Energy",
                    about=f"{COMPUTED} {about}")  # fmt: skip


def _price(make: _Maker) -> Meter:
    tariff = Tariff(seed=make.seed + 600, zone=ZONE, climate=make.climate(NORTH))
    return Meter(
        name="Day-ahead price (synthetic)", unit="EUR/MWh", scope="Energy", kind="price",
        source=DayAhead(tariff, make.since, make.clock), cleaned=False,
        about=f"{COMPUTED} EUR/MWh. Tomorrow's hours are known from 13:00 local time on.",
    )  # fmt: skip
