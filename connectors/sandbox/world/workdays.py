"""When people work: local days, French public holidays, breaks, opening hours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import numpy as np

from connectors.sandbox.world.noise import Values, chance
from connectors.sandbox.zones import DAY, HOUR, Instants, wall

EPOCH = date(1970, 1, 1)
FIXED = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
AFTER_EASTER = (1, 39, 50)  # Easter Monday, Ascension Day, Whit Monday
SUMMER, WINTER = 0.45, 0.08  # shares of people in the first half of August and around New Year


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How a building is used, by the clocks on its walls."""

    opens: float
    closes: float
    saturday: float
    sunday: float
    """Also on public holidays."""
    always: float = 0.0
    """The share of people who are there at night."""

    def presence(self, hour: Values, day: Instants, seed: int) -> Values:
        """The share of its people that is there, 0 to about 1."""
        rise = np.clip((hour - self.opens + 0.5) / 1.5, 0.0, 1.0)
        fall = np.clip((self.closes + 0.5 - hour) / 1.5, 0.0, 1.0)
        lunch = np.clip(1.0 - np.abs(hour - 12.5), 0.0, 1.0)
        shape = rise * fall * (1.0 - 0.25 * lunch)
        present: Values = self.share(day, seed) * shape + self.always
        return present

    def share(self, day: Instants, seed: int) -> Values:
        """What each local day has of a full one."""
        first = int(day[0])
        days = np.arange(first, int(day[-1]) + 1, dtype=np.int64)
        weekday = (days + 3) % 7
        free = (weekday == 6) | np.isin(days, _holidays())
        share = np.select([free, weekday == 5], [self.sunday, self.saturday], 1.0)
        share *= _break(days) * (1.0 + 0.08 * chance(days, seed))
        chosen: Values = share[day - first]
        return chosen


def local(times: Instants, zone: str) -> tuple[Values, Instants]:
    """The hour of the local day with its fraction, and the local day, counted from 1970."""
    told = wall(times, zone)
    days = told // DAY
    return (told - days * DAY) / HOUR, days


def easter(year: int) -> date:
    """Sunday of Easter, Gregorian (Meeus, Jones and Butcher)."""
    a, (b, c) = year % 19, divmod(year, 100)
    (d, e), g = divmod(b, 4), (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    weekday = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * weekday) // 451
    month, day = divmod(h + weekday - 7 * m + 114, 31)
    return date(year, month, day + 1)


@cache
def _holidays() -> Instants:
    return np.array(sorted((day - EPOCH).days for day in _days_off(range(2000, 2101))))


def _days_off(years: range) -> Iterator[date]:
    for year in years:
        yield from (date(year, month, day) for month, day in FIXED)
        yield from (easter(year) + timedelta(days=after) for after in AFTER_EASTER)


def _break(days: Instants) -> Values:
    """1 on most days, less in the breaks."""
    dates = days.astype("M8[D]")
    month = dates.astype("M8[M]").astype(np.int64) % 12 + 1
    of_month = (dates - dates.astype("M8[M]")).astype(np.int64) + 1
    summer = (month == 8) & (of_month <= 18)
    winter = ((month == 12) & (of_month >= 24)) | ((month == 1) & (of_month <= 1))
    return np.select([summer, winter], [SUMMER, WINTER], 1.0)
