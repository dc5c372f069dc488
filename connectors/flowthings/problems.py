"""flowthings.io's own rows of the error table (section 1.4).

Every answer is an envelope; `head.status` is what its clients go by, `head.errors` holds sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from connectors.errors import (
    AuthFailed,
    BadAnswer,
    ConnectorError,
    Forbidden,
    NotFound,
    Rejected,
)
from connectors.http import Answer
from connectors.refusals import cut, details

LIMITED = "limited token"
_FIELD = re.compile(r"([a-z][A-Za-z]*)[ .]")


def explain(answer: Answer) -> ConnectorError | None:
    """The error that an answer means; None: the common table decides."""
    head = details(answer).get("head")
    if not isinstance(head, dict):
        return None
    status = head.get("status")
    return fault(status if isinstance(status, int) else answer.status, head.get("errors"))


def fault(status: int, errors: object) -> ConnectorError | None:
    """The error of an envelope's head; None for a status that the common table knows better."""
    said = [cut(one) for one in errors if cut(one)] if isinstance(errors, list) else []
    first = said[0] if said else ""
    if status in (400, 409, 413):
        return Rejected(first or "flowthings.io refused these values.", dict(_fields(said)))
    if status == 401:
        return AuthFailed(first or "flowthings.io did not accept the token.")
    if status == 403:
        return Forbidden(_barred(first))
    if status == 404:
        return NotFound("flowthings.io has nothing under this name, or no longer.")
    return None


def refused(head: Mapping[str, Any]) -> ConnectorError:
    """The error of an envelope that says `ok: false` whatever its HTTP status was."""
    status = head.get("status")
    told = fault(status if isinstance(status, int) else 400, head.get("errors"))
    return told or BadAnswer("flowthings.io refused this without saying why.")


def _barred(said: str) -> str:
    if LIMITED in said.lower():
        return (
            "This token is limited to drops. Connect with the account's master token to see and "
            "change flows, tokens and shares."
        )
    return (
        f"flowthings.io does not let this token do that: {said}"
        if said
        else ("The token lacks the right to do that on flowthings.io.")
    )


def _fields(said: Iterable[str]) -> Iterable[tuple[str, str]]:
    """Sentences begin with the member that they are about: `capacity must be …`."""
    for sentence in said:
        if "filter" in sentence.lower() and not sentence.startswith("filter"):
            yield "filter", sentence
        elif (found := _FIELD.match(sentence)) and found[1] not in ("elems",):
            yield snake(found[1]), sentence


def snake(name: str) -> str:
    """Our spelling of a member: `displayName` is `display_name`."""
    return re.sub(r"[A-Z]", lambda letter: f"_{letter[0].lower()}", name)


def camel(name: str) -> str:
    """The platform's spelling of a member."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
