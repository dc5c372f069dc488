"""What time it is on the sandbox platforms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Clock:
    """The real clock, moved by a fixed amount: it runs on, so data keeps arriving."""

    ahead: timedelta = timedelta(0)

    @classmethod
    def starting_at(cls, now: datetime) -> Clock:
        """A clock that shows `now` at this moment and runs on from there."""
        return cls(now - datetime.now(UTC))

    def now(self) -> datetime:
        """The present, in UTC."""
        return datetime.now(UTC) + self.ahead

    def now_us(self) -> int:
        """The present in microseconds since 1970."""
        return microseconds(self.now())


def microseconds(moment: datetime) -> int:
    """An aware moment in microseconds since 1970, exact."""
    return (moment - EPOCH) // MICROSECOND
