"""The three clocks of 4.1. Naive stamps are int64 microseconds of a wall clock since 1970."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from connectors.sandbox.clock import MICROSECOND
from connectors.sandbox.zones import HOUR, Instants, from_local, to_local

CLOCKS = ("gmt", "tzt", "dst")
ZONE = "Europe/Paris"
"""The client's default everywhere, taken where a series has no zone of its own [G]."""
DOUBT = 2 * HOUR
"""How far a stamp of `dst` can lie from that of `tzt`, and a little more."""


@cache
def zone_exists(name: str) -> bool:
    """Whether the zone database knows the name."""
    return name in available_timezones()


@cache
def tzt_offset(zone: str) -> int:
    """Standard time minus UTC, in microseconds: the smaller of January's and July's offset."""
    offsets = [datetime(2020, month, 1, tzinfo=ZoneInfo(zone)).utcoffset() for month in (1, 7)]
    return min(offset or timedelta(0) for offset in offsets) // MICROSECOND


def to_instants(stamps: Instants, clock: str, zone: str | None) -> Instants:
    """Stamps of a clock as UTC. Of the doubled hour of `dst` the first one is meant."""
    if clock == "gmt":
        return stamps
    if clock == "tzt":
        return stamps - tzt_offset(zone or ZONE)
    return from_local(stamps, zone or ZONE)


def from_instants(instants: Instants, clock: str, zone: str | None) -> Instants:
    """What a clock shows; in the autumn `dst` shows an hour twice, so its stamps fall there."""
    if clock == "gmt":
        return instants
    if clock == "tzt":
        return instants + tzt_offset(zone or ZONE)
    return to_local(instants, zone or ZONE)


def turned(stamps: Instants, zone: str | None, native: str, wanted: str) -> Instants:
    """Stamps of one clock as those of another in the same zone."""
    if native == wanted:
        return stamps
    return from_instants(to_instants(stamps, native, zone), wanted, zone)
