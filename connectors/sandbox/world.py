"""The portfolio: real homes, an invented campus and a set of awkward names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from connectors.sandbox.clock import Clock, microseconds
from connectors.sandbox.readings import Computed, Recorded, Source
from connectors.sandbox.synthetic import Signal
from connectors.sandbox.zones import DAY, HOUR, MINUTE

SINCE = microseconds(datetime(2015, 1, 1, tzinfo=UTC))
LICENCE = "Real anonymised readings, as shipped with eemeter 4.1.1 (Apache-2.0)."


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A site, building, storey or space, with what is inside it."""

    name: str
    about: str = ""
    position: tuple[float, float] | None = None
    meters: tuple[Meter, ...] = ()
    inside: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """One portfolio."""

    name: str
    zone: str
    about: str
    scopes: tuple[str, ...]
    sites: tuple[Place, ...]
    zones: tuple[Place, ...] = ()


def world(clock: Clock, *, seed: int = 1) -> tuple[Campaign, ...]:
    """Everything the sandbox platforms show; the seed varies the synthetic part only."""
    return (_illinois(), _kingdom(), _campus(clock, seed), _odd(clock, seed))


def _illinois() -> Campaign:
    weather = Meter(name="Illinois outdoor temperature", unit="°F", scope="Weather",
                    source=Recorded("il-tempF.csv.gz", HOUR), about=LICENCE,
                    weather="AIR_TEMPERATURE")  # fmt: skip
    homes = (
        ("Home 1, heating and cooling", "electricity", "il-electricity-cdd-hdd-hourly.csv.gz"),
        ("Home 2, cooling", "electricity", "il-electricity-cdd-only-hourly.csv.gz"),
        ("Home 3, gas heating", "natural gas", "il-gas-hdd-only-hourly.csv.gz"),
        ("Home 4, gas for cooking", "natural gas", "il-gas-intercept-only-hourly.csv.gz"),
    )
    sites = []
    for name, energy, file in homes:
        word, unit = ("gas", "therm") if energy == "natural gas" else ("electricity", "kWh")
        meter = Meter(name=f"{name}: {word}", unit=unit, scope="Energy", about=LICENCE,
                      source=Recorded(file, HOUR), energy=energy, use="all")  # fmt: skip
        house = Place(name="House", meters=(meter,))
        sites.append(Place(name=name, meters=(weather,), inside=(house,), position=(40.1, -88.2)))
    return Campaign(name="Illinois homes", zone="America/Chicago", about=LICENCE,
                    scopes=("Energy", "Weather"), sites=tuple(sites))  # fmt: skip


def _kingdom() -> Campaign:
    def home(letter: str, step: int, *, gas: bool, weather: str) -> Place:
        sample = {"A": 0, "B": 1, "C": 2}[letter]
        power = Meter(
            name=f"Home {letter}: electricity", unit="kWh", scope="Energy", about=LICENCE,
            source=Recorded(f"uk-electricity-hdd-only-hourly-sample-{sample}.csv.gz", step),
            energy="electricity", use="all",
        )  # fmt: skip
        heat = replace(power, name=f"Home {letter}: gas", energy="natural gas",
                       source=Recorded("uk-gas-hdd-only-hourly-sample-0.csv.gz", step))  # fmt: skip
        air = Meter(name=f"UK outdoor temperature {weather}", unit="°C", scope="Weather",
                    source=Recorded(f"uk-tempC-sample-{weather}.csv.gz", HOUR), about=LICENCE,
                    weather="AIR_TEMPERATURE")  # fmt: skip
        house = Place(name="House", meters=(power, heat) if gas else (power,))
        return Place(name=f"Home {letter}", meters=(air,), inside=(house,), position=(52.2, -1.5))

    return Campaign(
        name="UK homes", zone="Europe/London", about=LICENCE, scopes=("Energy", "Weather"),
        sites=(home("A", HOUR, gas=True, weather="0"),
               home("B", HOUR // 2, gas=False, weather="1_2"),
               home("C", HOUR // 2, gas=False, weather="1_2")),
    )  # fmt: skip


@dataclass(slots=True)
class _Invention:
    """Numbers the synthetic series of one campaign, so that each has its own seed."""

    clock: Clock
    zone: str
    seed: int

    def __call__(self, step: int, signal: Signal) -> Computed:
        self.seed += 1
        own = replace(signal, seed=self.seed, zone=self.zone)
        return Computed(own, SINCE, step, self.clock)


def _signal(base: float, **shape: float | bool | tuple[int, int] | None) -> Signal:
    return Signal(seed=0, zone="UTC", base=base, **shape)  # type: ignore[arg-type]


POWER = _signal(14, daytime=46, season=6, noise=5, floor=0.5, digits=2)
HEAT = _signal(30, daytime=35, weekend=0.5, season=32, noise=6, floor=0, total=True, digits=3)
INDOOR = _signal(20.5, daytime=1.4, season=-0.8, swing=0.6, noise=0.5)
CARBON = _signal(420, daytime=480, weekend=0.05, noise=45, floor=400, digits=0)
PEOPLE = _signal(0, daytime=14, weekend=0.03, noise=2.4, floor=0, digits=0)
OUTDOOR = _signal(12, swing=4.5, season=-8.5, noise=2.5, gaps=False)
SUN = _signal(-180, swing=520, season=-140, noise=90, floor=0, digits=1, gaps=False)


def _campus(clock: Clock, seed: int) -> Campaign:
    make = _Invention(clock, "Europe/Paris", seed * 1000)

    def site(name: str, buildings: tuple[str, ...], position: tuple[float, float]) -> Place:
        air = _meter(f"{name} outdoor temperature", "°C", make(HOUR, OUTDOOR), "Weather")
        sun = _meter(f"{name} global irradiance", "W/m²", make(HOUR, SUN), "Weather")
        weather = (replace(air, weather="AIR_TEMPERATURE"),
                   replace(sun, weather="SURFACE_SOLAR_RADIATION"))  # fmt: skip
        return Place(name=name, meters=weather, position=position,
                     inside=tuple(_building(make, each) for each in buildings))  # fmt: skip

    return Campaign(
        name="Campus (synthetic)", zone="Europe/Paris",
        about="An invented campus; every reading is computed from its time.",
        scopes=("Energy", "Comfort", "Weather"),
        sites=(site("North campus", ("Library", "Laboratory"), (48.86, 2.35)),
               site("South campus", ("Workshop",), (43.6, 1.44))),
        zones=(Place(name="Server rooms", meters=tuple(_faulty(make))),),
    )  # fmt: skip


def _meter(name: str, unit: str, source: Source, scope: str) -> Meter:
    about = "Computed, not measured."
    return Meter(name=f"{name} (synthetic)", unit=unit, source=source, scope=scope, about=about)


def _building(make: _Invention, name: str) -> Place:
    power = make(MINUTE, POWER)
    used = make(15 * MINUTE, replace(POWER, total=True, digits=3))
    heat = make(HOUR, HEAT)
    meters = (
        _meter(f"{name} electric power", "kW", power, "Energy"),
        replace(_meter(f"{name} electricity", "kWh", used, "Energy"), energy="electricity",
                use="all"),
        replace(_meter(f"{name} heating", "kWh", heat, "Energy"), energy="heating network",
                use="heating"),
    )  # fmt: skip
    storeys = tuple(
        Place(name=level, inside=tuple(_room(make, f"{name} {level[0]}{n}") for n in (1, 2)))
        for level in ("Ground floor", "First floor")
    )
    return Place(name=name, meters=meters, inside=storeys)


def _room(make: _Invention, name: str) -> Place:
    return Place(
        name=f"Room {name}",
        meters=(
            _meter(f"{name} temperature", "°C", make(10 * MINUTE, INDOOR), "Comfort"),
            _meter(f"{name} CO2", "ppm", make(10 * MINUTE, CARBON), "Comfort"),
            _meter(f"{name} people", "count", make(15 * MINUTE, PEOPLE), "Comfort"),
        ),
    )


def _faulty(make: _Invention) -> Iterator[Meter]:
    """A stuck sensor and a long gap, at known times."""
    stuck = (_day(2024, 3, 4), _day(2024, 3, 18))
    lost = (_day(2024, 9, 2), _day(2024, 9, 23))
    sensor = make(10 * MINUTE, replace(INDOOR, stuck=stuck))
    logger = make(15 * MINUTE, replace(POWER, lost=lost))
    was_stuck = "Computed. Stuck from 2024-03-04 to 2024-03-18."
    was_lost = "Computed. Nothing from 2024-09-02 to 2024-09-23."
    supply = _meter("Supply temperature, stuck sensor", "°C", sensor, "Comfort")
    cooling = _meter("Cooling power, three weeks lost", "kW", logger, "Energy")
    yield replace(supply, cleaned=False, about=was_stuck)
    yield replace(cooling, cleaned=False, about=was_lost)


def _day(year: int, month: int, day: int) -> int:
    return microseconds(datetime(year, month, day, tzinfo=UTC)) // DAY * DAY


ODD_NAMES = (
    "<img src=x onerror=alert(1)>",
    "مبنى الإدارة (synthetic)",
    'Comma, "quote" and ; semicolon',
    "=2+5 looks like a formula",
    "🏢 Tower 🔥",
    "A name of exactly eighty characters, which is the longest that the platform takes",
    "../../etc/passwd",
)


def _odd(clock: Clock, seed: int) -> Campaign:
    make = _Invention(clock, "UTC", seed * 1000 + 500)
    meters = tuple(
        replace(_meter("", "kW", make(HOUR, POWER), "Odd"), name=name[:80]) for name in ODD_NAMES
    )
    houses = tuple(
        Place(name=meter.name, about="Computed, not measured.", meters=(meter,)) for meter in meters
    )
    site = Place(name='<b>Bold</b> & "quoted" site', inside=houses)
    return Campaign(name="Odd names", zone="UTC", scopes=("Odd",), sites=(site,),
                    about="Names that pages must survive. Every reading is synthetic.")  # fmt: skip
