"""What is wrong with the data, on purpose: one table of known flaws in known places."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from connectors.sandbox.clock import Clock, microseconds
from connectors.sandbox.world.noise import Values
from connectors.sandbox.world.readings import Source
from connectors.sandbox.zones import Instants

Readings = tuple[Instants, Values]


def _at(text: str) -> int:
    return microseconds(datetime.fromisoformat(text).replace(tzinfo=UTC))


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """One thing that is wrong with one meter in `[start, end)`, in UTC."""

    meter: str
    kind: str
    """One of WRONGS."""
    start: str
    end: str
    factor: float = 1.0
    """What the right values are multiplied by."""
    corrected: str = ""
    """The moment of the clock from which the right values are served; empty: never."""
    about: str

    def window(self) -> tuple[int, int]:
        """Its window in microseconds."""
        return _at(self.start), _at(self.end)

    def holds(self, now: int) -> bool:
        """Whether it has not been corrected yet."""
        return not self.corrected or now < _at(self.corrected)


STUCK = "Supply temperature, stuck sensor (synthetic)"
LOST = "Cooling power, three weeks lost (synthetic)"
LATE = "Rack electricity, corrected late (synthetic)"
UNIT = "UPS electricity, a month in Wh (synthetic)"
CLOCKS = "Pump electricity, unsure of clock changes (synthetic)"
SPIKE = "Return temperature, a spike (synthetic)"

FLAWS = (
    Flaw(meter=STUCK, kind="stuck", start="2024-03-04", end="2024-03-18",
         about="Stuck from 2024-03-04 to 2024-03-18."),
    Flaw(meter=LOST, kind="absent", start="2024-09-02", end="2024-09-23",
         about="Nothing from 2024-09-02 to 2024-09-23."),
    Flaw(meter=LATE, kind="scaled", start="2025-09-01", end="2025-09-08", factor=0.6,
         corrected="2025-09-10T09:00",
         about="The week from 2025-09-01 was served at 0.6 of its values until it was corrected"
               " on 2025-09-10 at 09:00 UTC."),
    Flaw(meter=UNIT, kind="scaled", start="2024-06-01", end="2024-07-01", factor=1000.0,
         about="In June 2024 the values are Wh, although the unit says kWh."),
    Flaw(meter=CLOCKS, kind="absent", start="2024-03-31T01:00", end="2024-03-31T02:00",
         about="The hour after the clock change of 2024-03-31 (from 01:00 UTC) is missing."),
    Flaw(meter=CLOCKS, kind="repeated", start="2024-10-27T01:00", end="2024-10-27T02:00",
         about="The second 02:00 of 2024-10-27 (from 01:00 UTC) has the values of the first."),
    Flaw(meter=SPIKE, kind="scaled", start="2024-05-14T10:00", end="2024-05-14T10:10", factor=40.0,
         about="One reading, of 2024-05-14 at 10:00 UTC, is forty times too high."),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Flawed:
    """A source whose readings went wrong in known windows."""

    source: Source
    flaws: tuple[Flaw, ...]
    clock: Clock

    @property
    def step(self) -> int:
        """As the source beneath."""
        return self.source.step

    def extent(self) -> tuple[int, int] | None:
        """As the source beneath."""
        return self.source.extent()

    def read(self, start: int, end: int) -> Readings:
        """The readings as the meter tells them at this moment of the clock."""
        found, now = self.source.read(start, end), self.clock.now_us()
        for flaw in self.flaws:
            low, high = flaw.window()
            if low < end and high > start and flaw.holds(now):
                found = WRONGS[flaw.kind](flaw, self.source, found)
        return found


def flawed(name: str, source: Source, clock: Clock) -> tuple[Flawed, str]:
    """What the table says about a meter: its source with the flaws, and the words for `about`."""
    flaws = tuple(flaw for flaw in FLAWS if flaw.meter == name)
    return Flawed(source, flaws, clock), " ".join(flaw.about for flaw in flaws)


def _inside(flaw: Flaw, times: Instants) -> slice:
    low, high = np.searchsorted(times, flaw.window())
    return slice(int(low), int(high))


def _absent(flaw: Flaw, _source: Source, found: Readings) -> Readings:
    gone = _inside(flaw, found[0])
    return np.delete(found[0], gone), np.delete(found[1], gone)


def _scaled(flaw: Flaw, _source: Source, found: Readings) -> Readings:
    values, inside = found[1].copy(), _inside(flaw, found[0])
    values[inside] = np.round(values[inside] * flaw.factor, 3)
    return found[0], values


def _stuck(flaw: Flaw, source: Source, found: Readings) -> Readings:
    """The last reading before the window, over and over."""
    start = flaw.window()[0]
    _, before = source.read(start - 10 * source.step, start)
    if not before.size:
        return found
    values = found[1].copy()
    values[_inside(flaw, found[0])] = before[-1]
    return found[0], values


def _repeated(flaw: Flaw, source: Source, found: Readings) -> Readings:
    """The values of as long a window just before, where that has a reading."""
    low, high = flaw.window()
    times, before = source.read(2 * low - high, low)
    again = dict(zip((times + (high - low)).tolist(), before.tolist(), strict=True))
    values, inside = found[1].copy(), _inside(flaw, found[0])
    told = zip(found[0][inside].tolist(), values[inside].tolist(), strict=True)
    values[inside] = [again.get(time, value) for time, value in told]
    return found[0], values


WRONGS: Mapping[str, Callable[[Flaw, Source, Readings], Readings]] = {
    "absent": _absent,
    "scaled": _scaled,
    "stuck": _stuck,
    "repeated": _repeated,
}
