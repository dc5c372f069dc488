"""What can be set on the AveniECA stand-in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The platform's own settings, with what the demo uses."""

    session_seconds: float = 24 * 3600
    """How long a session lasts by the sandbox clock. [G] the real length is unknown."""
    meter_rows: int = 10_080
    """Readings of a meter's past that its twin has seen: a week at one minute, 70 days at ten."""
    room_rows: int = 2_016
    """The same for a room's aggregate: three weeks at a quarter of an hour."""
    kept_rows: int = 100_000
    """Newest sequence rows that a twin keeps. [G] the platform's retention is unknown."""
    text_states: bool = False
    """Whether messages of twins hold their state as text, which readers must take as well."""
