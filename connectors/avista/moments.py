"""Times as the platform tells them: ISO 8601 with `Z`, and milliseconds since 1970 as text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from connectors.contract import Window
from connectors.errors import BadAnswer, Rejected

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
MILLISECOND = timedelta(milliseconds=1)
SPAN = Window(start=datetime(1678, 1, 1, tzinfo=UTC), end=datetime(2262, 1, 1, tzinfo=UTC))
"""What 64 bits of nanoseconds hold, in which the platform counts [A]."""


def instant(text: object) -> datetime:
    """An ISO time with its zone; digits below a microsecond are cut. Raises BadAnswer."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise BadAnswer("The platform told a time that is none.")
    return found.astimezone(UTC)


def of_millis(text: object) -> datetime:
    """Raises BadAnswer for what is no number of milliseconds."""
    try:
        return EPOCH + int(str(text)) * MILLISECOND
    except (ValueError, OverflowError):
        raise BadAnswer("The platform told a time that is none.") from None


def micros(moment: datetime) -> int:
    """Microseconds since 1970."""
    return (moment - EPOCH) // MICROSECOND


def millis(moment: datetime, *, up: bool = False) -> int:
    """Whole milliseconds since 1970, rounded down, or up."""
    since = moment - EPOCH
    return -(-since // MILLISECOND) if up else since // MILLISECOND


def check_range(start: datetime, end: datetime) -> None:
    """Raises Rejected on `end`."""
    if end < start:
        raise Rejected("The range ends before it starts.", {"end": "This is before the start."})


def iso(millis: int) -> str:
    """`2022-09-25T20:13:04.465Z`, the one form that queries take (section 3.4)."""
    moment = EPOCH + millis * MILLISECOND
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
