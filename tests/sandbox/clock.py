"""A clock for tests that say what time it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from connectors.sandbox.clock import Clock


@dataclass(frozen=True)
class HandClock(Clock):
    """Shows what it was last set to."""

    shown: list[datetime] = field(default_factory=list)

    def now(self) -> datetime:
        """The time that was set."""
        return self.shown[-1]
