"""The time zones that a person may choose, by region."""

from __future__ import annotations

from functools import cache
from itertools import groupby
from zoneinfo import available_timezones

REGIONS = frozenset(
    [
        "Africa",
        "America",
        "Antarctica",
        "Arctic",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Indian",
        "Pacific",
    ]
)


@cache
def zones() -> tuple[str, ...]:
    """`UTC` first, then every zone named by region and place, in order."""
    placed = (zone for zone in available_timezones() if zone.split("/")[0] in REGIONS)
    return ("UTC", *sorted(zone for zone in placed if "/" in zone))


@cache
def zone_choices() -> list[tuple[str, str | list[tuple[str, str]]]]:
    """For a `<select>`: `UTC`, then a group for each region."""
    grouped: list[tuple[str, str | list[tuple[str, str]]]] = [("UTC", "UTC")]
    for region, members in groupby(zones()[1:], key=lambda zone: zone.split("/")[0]):
        grouped.append((region, [(zone, _place(zone)) for zone in members]))
    return grouped


def _place(zone: str) -> str:
    """`America/Argentina/Buenos_Aires` as `Buenos Aires, Argentina`."""
    parts = zone.replace("_", " ").split("/")[1:]
    return ", ".join(reversed(parts))
