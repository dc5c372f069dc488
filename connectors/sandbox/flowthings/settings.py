"""What can be set of the stand-in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Times in seconds, all of them guesses of the reference."""

    poll_seconds: float = 25.0
    """How long an answer of the polling transport waits for the first message."""
    beat_seconds: float = 15.0
    """After so long a silent stream gets an empty line."""
    session_seconds: float = 300.0
    """A session that nobody is connected to ends after so long."""
    most_sessions: int = 1000
    most_messages: int = 10_000
    """Messages that wait for a client; the oldest are dropped beyond."""
    tick_seconds: float = 1.0
    """How long at most until a drop that the world computes is told to subscribers."""
