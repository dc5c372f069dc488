"""The portfolio: real homes, an invented campus and a set of awkward names."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from connectors.sandbox.clock import Clock, microseconds
from connectors.sandbox.world.campus import campus
from connectors.sandbox.world.homes import LICENCE, illinois, kingdom
from connectors.sandbox.world.places import Campaign, Meter, Place
from connectors.sandbox.world.readings import Computed
from connectors.sandbox.world.synthetic import Signal
from connectors.sandbox.zones import HOUR

__all__ = ["LICENCE", "ODD_NAMES", "SINCE", "Campaign", "Meter", "Place", "world"]

SINCE = microseconds(datetime(2015, 1, 1, tzinfo=UTC))
"""From when on there is something of every series."""
ODD_NAMES = (
    "<img src=x onerror=alert(1)>",
    "مبنى الإدارة (synthetic)",
    'Comma, "quote" and ; semicolon',
    "=2+5 looks like a formula",
    "🏢 Tower 🔥",
    "A name of exactly eighty characters, which is the longest that the platform takes",
    "../../etc/passwd",
)
POWER = Signal(seed=0, zone="UTC", base=14, daytime=46, season=6, noise=5, floor=0.5)


def world(clock: Clock, *, seed: int = 1) -> tuple[Campaign, ...]:
    """Everything the sandbox platforms show; the seed varies what is computed, no recording."""
    return (
        illinois(clock, seed, SINCE),
        kingdom(clock, seed, SINCE),
        campus(clock, seed, SINCE),
        _odd(clock, seed),
    )


def _odd(clock: Clock, seed: int) -> Campaign:
    places = []
    for nth, name in enumerate(ODD_NAMES):
        signal = replace(POWER, seed=seed * 1000 + 900 + nth)
        meter = Meter(name=name[:80], unit="kW", source=Computed(signal, SINCE, HOUR, clock),
                      scope="Odd", about="Computed, not measured.", kind="power")  # fmt: skip
        places.append(Place(name=meter.name, about=meter.about, meters=(meter,)))
    site = Place(name='<b>Bold</b> & "quoted" site', inside=tuple(places))
    return Campaign(name="Odd names", zone="UTC", scopes=("Odd",), sites=(site,),
                    about="Names that pages must survive. Every reading is synthetic.")  # fmt: skip
