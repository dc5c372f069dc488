"""OpenergyVBP's own rows of the error table (section 5.2): Django REST Framework's bodies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.errors import ConnectorError, Forbidden, NotFound, Rejected
from connectors.http import Answer
from connectors.refusals import details, first

OWN = "non_field_errors"
NAMES = {"project": "parent", "cleaner": "parent", "analysis": "parent", "organization": "parent"}
"""The platform's word for what our forms call otherwise."""
GONE = "object does not exist"


def explain(answer: Answer) -> ConnectorError | None:
    """The error that an answer means; None: the common table decides."""
    if answer.status not in (400, 403, 409):
        return None
    found = dict(details(answer))
    detail = first(found.pop("detail", ""))
    if answer.status == 403:
        return Forbidden(f"OpenergyVBP does not allow this: {detail}") if detail else None
    fields = {NAMES.get(name, name): said for name, said in _fields(found)}
    if any(GONE in said for said in fields.values()):
        return _gone(fields)
    own = fields.pop(OWN, "")
    if not (fields or own or detail):
        return None
    return Rejected(own or detail or "OpenergyVBP refused some of the values.", fields)


def _gone(fields: Mapping[str, str]) -> ConnectorError:
    """A key that the platform does not know (any longer): of a series, or of something else."""
    if "otsdb_pk" in fields or "series" in fields:
        return NotFound("OpenergyVBP no longer has one of these series.")
    return Rejected("OpenergyVBP does not have what one of the values names.", fields)


def _fields(found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, said in found.items():
        if message := first(said):
            yield str(name)[:80], message
