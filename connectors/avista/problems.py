"""The platform's own rows of the error table (section 6).

Most refusals come with HTTP status 200, as entries of `errors`; the first one counts.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from connectors.errors import (
    AuthFailed,
    BadAnswer,
    ConnectorError,
    Forbidden,
    RateLimited,
    Rejected,
    Unavailable,
)
from connectors.http import Answer
from connectors.refusals import cut, details

LONGEST = 300
REFUSED = "The platform did not accept the token. It may have expired: make a new one there."
BARRED = "The platform does not let this account do that with this thing, if there is one."
LIMITED = "This token is limited to one endpoint or capture, and this is outside of it."
_REFUSED_LIST = "RejectedRecords: "
_BUSY = ("toomanyrequests", "throttl", "limitexceeded")
_DOWN = ("internalfailure", "serviceunavailable", "executiontimeout", "lambda:unhandled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """One record of a request that was not stored."""

    index: int
    reason: str
    existing: int | None
    """The version that is there already; None: another reason."""


class RecordsRefused(Rejected):
    """Some records of a publish were refused, and the platform said which."""

    def __init__(self, message: str, refused: Sequence[Refused]) -> None:
        super().__init__(message, {"value": message})
        self.refused = tuple(refused)


def explain(answer: Answer) -> ConnectorError | None:
    """The error that a bad status means; None: the common table decides."""
    if answer.status not in (400, 401, 403):
        return None
    errors = details(answer).get("errors")
    return fault(errors) if isinstance(errors, list) and errors else None


def fault(errors: Sequence[Any]) -> ConnectorError:
    """What the first entry of `errors` means."""
    first = errors[0] if isinstance(errors[0], dict) else {}
    kind, said = str(first.get("errorType") or ""), text(first.get("message"))
    if kind == "UnauthorizedException":
        return AuthFailed(REFUSED)
    if said.startswith("Not Authorized to access"):
        return Forbidden(LIMITED)
    if "Unauthorized" in (kind, said):
        return Forbidden(BARRED)
    if kind == "RejectedRecordsException":
        return _records(str(first.get("message")))
    return _other(kind, said)


def _other(kind: str, said: str) -> ConnectorError:
    plain = kind.lower()
    if any(word in plain for word in _BUSY):
        return RateLimited("The platform asks for fewer requests. Try again a little later.")
    if any(word in plain for word in _DOWN):
        return Unavailable("The platform is out of order just now. Try again in a moment.")
    if "FieldUndefined" in said or "UnknownArgument" in said or "UnknownType" in said:
        return BadAnswer("The platform no longer knows this function in the form we know it.")
    return Rejected(said or "The platform refused this without saying why.")


def _records(message: str) -> ConnectorError:
    """Timestream's list of refused records, which stands in the message [G]."""
    before, _, listed = message.partition(_REFUSED_LIST)
    try:
        refused = [
            Refused(
                index=int(row["RecordIndex"]),
                reason=text(row.get("Reason")),
                existing=row.get("ExistingVersion"),
            )
            for row in json.loads(listed)
        ]
    except (ValueError, TypeError, KeyError):
        return Rejected(text(before) or "Some records were refused.")
    first = next((one.reason for one in refused if one.existing is None), refused[0].reason)
    return RecordsRefused(first, refused)


def text(said: object) -> str:
    """A sentence of the platform's, cut: those of Timestream are long."""
    return cut(said, LONGEST)
