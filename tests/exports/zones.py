"""Every time zone there is, each once: most names are links to another."""

from __future__ import annotations

from importlib.resources import files
from zoneinfo import available_timezones


def distinct_zones() -> list[str]:
    """One name for each different content in the zone database."""
    database = files("tzdata") / "zoneinfo"
    names = sorted(available_timezones() - {"localtime", "Factory"})
    return sorted({(database / name).read_bytes(): name for name in names}.values())
