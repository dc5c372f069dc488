"""When a request is worth another try, and how long to wait before it."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from connectors.errors import BadAnswer, ConnectorError, RateLimited, Unavailable
from connectors.sockets import Deadline

ATTEMPTS = 3
FIRST_PAUSE = 0.2
"""Seconds before the second attempt, doubled for the third; half of it is chance, so that many
workers that failed together do not come back together."""

_SECONDS = re.compile(r"[+-]?\d{1,9}(\.\d+)?")


class Garbled(BadAnswer):
    """An answer that was damaged on its way: another try may bring it whole."""


WORTH_ANOTHER = (Unavailable, RateLimited, Garbled)


def retry_after(value: str | None, *, now: datetime | None = None) -> float | None:
    """The header's seconds or HTTP date as seconds from now, never below zero; None: it says none.

    https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    """
    text = (value or "").strip()
    if _SECONDS.fullmatch(text):
        return max(0.0, float(text))
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())


def pause(fault: ConnectorError, attempt: int, deadline: Deadline) -> float | None:
    """Seconds to wait after this attempt (the first is 1); None: do not try again."""
    if attempt >= ATTEMPTS:
        return None
    asked = getattr(fault, "retry_after", None) or 0.0
    seconds: float = asked + random.uniform(0.5, 1.0) * FIRST_PAUSE * 2 ** (attempt - 1)
    return seconds if seconds < deadline.left() else None
