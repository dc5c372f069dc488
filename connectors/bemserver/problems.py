"""BEMServer's own rows of the error table (section 1.6).

Every error body is `{"code", "status", "message"?, "errors"?}`. Messages are cut: the list of time
zones that a wrong zone brings is 8 kB long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from connectors.errors import AuthFailed, ConnectorError, Forbidden, NotFound, Rejected
from connectors.http import Answer
from connectors.refusals import LONGEST, details, first

UNKNOWN_SERIES = "Unknown timeseries"
WRONG = (
    "BEMServer did not accept the sign-in: wrong e-mail or password, "
    "or the account was switched off."
)


def sign_in_fault(answer: Answer) -> str:
    """The code of a 401 (section 1.2): `expired_token`, `invalid_token` …; empty without one."""
    errors = details(answer).get("errors")
    code = errors.get("authentication") if isinstance(errors, dict) else None
    return code if isinstance(code, str) else ""


def explain(answer: Answer) -> ConnectorError | None:
    """The error that a BEMServer answer means; None: the common table decides."""
    row = ROWS.get(answer.status)
    return row(answer) if row else None


def _unsigned(answer: Answer) -> ConnectorError | None:
    """What the code says, else the code itself; a 401 without one is none of BEMServer's."""
    code = sign_in_fault(answer)
    if code == "invalid_scheme":
        return AuthFailed(_schemes(answer))
    if code == "invalid_credentials":
        return AuthFailed(WRONG)
    return AuthFailed(f"BEMServer wants a new sign-in ({code[:LONGEST]}).") if code else None


def _schemes(answer: Answer) -> str:
    """What to do where a kind of sign-in is not taken: the answer names those that are."""
    taken = answer.headers.get("www-authenticate", "")
    if "bearer" in taken.lower():
        return "This BEMServer takes no sign-in by “Basic”. Choose “Bearer” in the settings."
    return "This BEMServer takes no sign-in by token. Ask its operator to allow “Bearer”."


def _barred(answer: Answer) -> ConnectorError | None:
    return Forbidden(
        "Your BEMServer account may not see or change this. An administrator of the server can "
        "give your group access to the campaign and its scopes."
    )


def _conflict(answer: Answer) -> ConnectorError | None:
    said = first(details(answer).get("message"))
    return Rejected(f"BEMServer refused this: {said}" if said else "BEMServer refused this.")


def _outdated(answer: Answer) -> ConnectorError | None:
    said = "This was changed on BEMServer in the meantime. Load it again, then retry."
    return Rejected.on("version", said)


def _unversioned(answer: Answer) -> ConnectorError | None:
    """It tells a version with every answer, so something on the way takes it out."""
    return Rejected(
        "BEMServer changes this only for those who say which version they saw, and none reached "
        "us. Ask its operator whether a proxy removes the header “ETag”."
    )


def _too_long(answer: Answer) -> ConnectorError | None:
    return Rejected("That is more at once than this BEMServer takes. Ask for fewer series.")


def _invalid(answer: Answer) -> ConnectorError | None:
    found = details(answer)
    message = first(found.get("message"))
    if message.startswith(UNKNOWN_SERIES):
        return NotFound("BEMServer no longer has one of these series.")
    fields = dict(_fields(found.get("errors")))
    if "data_state" in fields:
        return NotFound("BEMServer no longer has this data state.")
    general = fields.pop("_schema", "") or message
    if not general and fields:
        general = "BEMServer refused some of the values."
    return Rejected(general or "BEMServer refused the request.", fields)


ROWS: dict[int, Callable[[Answer], ConnectorError | None]] = {
    401: _unsigned,
    403: _barred,
    409: _conflict,
    412: _outdated,
    414: _too_long,
    422: _invalid,
    428: _unversioned,
}


def _fields(errors: object) -> Iterator[tuple[str, str]]:
    """`errors.{json,query,files}.FIELD` as one sentence a field."""
    if not isinstance(errors, dict):
        return
    for part in errors.values():
        if isinstance(part, dict):
            yield from ((str(name)[:80], first(said)) for name, said in part.items())
