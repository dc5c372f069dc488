"""Moments as the platform writes and reads them (section 1.2)."""

from __future__ import annotations

from datetime import UTC, datetime

from connectors.sandbox.clock import EPOCH, MICROSECOND, microseconds


def wire_moment(moment: int) -> str:
    """Microseconds since 1970 as `…T….ffffffZ`; without the fraction where it is zero, as DRF."""
    text = (EPOCH + moment * MICROSECOND).replace(tzinfo=None).isoformat()
    return f"{text}Z"


def wire_second(moment: int) -> str:
    """The same in whole seconds, never with a fraction."""
    return wire_moment(moment // 1_000_000 * 1_000_000)


def read_moment(text: str) -> int:
    """Microseconds since 1970 of a moment text; a naive one counts as UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text.strip())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return microseconds(moment)


def read_naive(text: str) -> int:
    """Microseconds of the wall-clock that a text shows; an offset in it is dropped [G].

    Raises ValueError.
    """
    return microseconds(datetime.fromisoformat(text.strip()).replace(tzinfo=UTC))
