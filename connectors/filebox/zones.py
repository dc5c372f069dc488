"""Local times as instants: which hour of a doubled one is meant, and which times never were."""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

Micros = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

HOUR = 3_600_000_000
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 the clock on a wall has no zone
_FIXED = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?")
UNKNOWN = "There is no time zone of this name. Europe/Paris is one; UTC+01:00 never changes."


def known_zone(name: str) -> str:
    """The same name. Raises ValueError with a sentence for one that is no zone's."""
    zone_of(name)
    return name


def zone_of(name: str) -> tzinfo:
    """An IANA zone, or a fixed distance from UTC. Raises ValueError with a sentence."""
    fixed = _FIXED.fullmatch(name)
    if fixed is not None:
        minutes = int(fixed[2]) * 60 + int(fixed[3] or 0)
        if minutes > 14 * 60 or int(fixed[3] or 0) > 59:
            raise ValueError(UNKNOWN)
        return timezone(timedelta(minutes=minutes if fixed[1] == "+" else -minutes))
    try:
        return UTC if name in ("UTC", "GMT", "Z") else ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(UNKNOWN) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Instants:
    """Wall times in UTC. `there` is false for those that the clocks skipped in spring."""

    utc: Micros
    there: Mask
    doubled: Mask
    """In an hour that the clocks showed twice."""


@dataclass(slots=True)
class Pass:
    """How often the clock of one series has gone through one doubled hour."""

    latest: int
    second: bool = False


@dataclass(slots=True)
class Clock:
    """Turns wall times into instants, batch after batch of one file.

    `doubled` says which of two hours is meant: `first`, `second`, or `by order`: the second pass
    begins where a series' times step back or stand still. In a file that falls, it is the first.
    """

    zone: tzinfo
    doubled: str = "by order"
    falls: bool = False
    _hours: dict[int, tuple[int, int]] = field(default_factory=dict)
    _odd: set[int] = field(default_factory=set)
    """Hours in which something changes: each time in them is looked at by itself."""
    _passes: dict[tuple[Hashable, int], Pass] = field(default_factory=dict)

    def instants(self, wall: Micros, series: npt.NDArray[np.int64] | None = None) -> Instants:
        """`series` says of each row whose clock it was; without it, all are one."""
        early, late = self._offsets(wall)
        utc = wall - early
        doubled, there = early > late, early >= late
        second = self._second(wall, doubled, series)
        return Instants(utc=np.where(second, wall - late, utc), there=there, doubled=doubled)

    def _offsets(self, wall: Micros) -> tuple[Micros, Micros]:
        hours, where = np.unique(wall // HOUR, return_inverse=True)
        found = np.array([self._hour(int(hour)) for hour in hours], dtype=np.int64).reshape(-1, 2)
        early, late = found[where, 0], found[where, 1]
        odd = np.isin(wall // HOUR, np.fromiter(self._odd, dtype=np.int64, count=len(self._odd)))
        for at in np.flatnonzero(odd):
            early[at] = _offset(self.zone, int(wall[at]), fold=0)
            late[at] = _offset(self.zone, int(wall[at]), fold=1)
        return early, late

    def _hour(self, hour: int) -> tuple[int, int]:
        """Both offsets of a whole hour; of an odd one, only that it is one."""
        if hour not in self._hours:
            start, end = hour * HOUR, (hour + 1) * HOUR - 1
            found = [_offset(self.zone, at, fold=fold) for at in (start, end) for fold in (0, 1)]
            if found[:2] != found[2:]:
                self._odd.add(hour)
            self._hours[hour] = (found[0], found[1])
        return self._hours[hour]

    def _second(self, wall: Micros, doubled: Mask, series: npt.NDArray[np.int64] | None) -> Mask:
        """Which rows are of the later of two equal hours. Only those are walked one by one: they
        are a row in 8,760."""
        if self.doubled != "by order":
            return doubled & (self.doubled == "second")
        second = np.zeros(len(wall), dtype=np.bool_)
        for at in np.flatnonzero(doubled):
            second[at] = self._by_order(int(wall[at]), 0 if series is None else int(series[at]))
        return second

    def _by_order(self, wall: int, series: int) -> bool:
        step = -wall if self.falls else wall
        key = (series, wall // (24 * HOUR))  # no zone turns its clock back twice a day
        known = self._passes.get(key)
        if known is None:
            self._passes[key] = Pass(step)
            return self.falls
        if step <= known.latest:
            known.second = True
        known.latest = step
        return known.second != self.falls


def _offset(zone: tzinfo, wall: int, *, fold: int) -> int:
    moment = (_EPOCH + timedelta(microseconds=wall)).replace(tzinfo=zone, fold=fold)
    return (moment.utcoffset() or timedelta(0)) // timedelta(microseconds=1)
