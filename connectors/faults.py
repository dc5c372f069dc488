"""The two tables that turn what HTTP does into errors: by status, and by what broke on the way."""

from __future__ import annotations

import http.client
from collections.abc import Iterator

from requests.exceptions import InvalidHeader
from urllib3.exceptions import DecodeError, LocationParseError
from urllib3.exceptions import TimeoutError as LateError

from connectors.answers import Answer
from connectors.errors import (
    AuthFailed,
    BadAnswer,
    ConfigInvalid,
    ConnectorError,
    Forbidden,
    NotFound,
    RateLimited,
    Rejected,
    Unavailable,
)
from connectors.retries import Garbled, retry_after

_Table = dict[int, tuple[type[ConnectorError], str]]

_STATUSES: _Table = {
    400: (Rejected, "did not accept these values. Check them and try again."),
    401: (AuthFailed, "did not accept the sign-in. Check the credentials."),
    403: (Forbidden, "does not let this account do that. Ask its owner for the right."),
    404: (NotFound, "has nothing under this name, or no longer."),
    429: (RateLimited, "asks for fewer requests. Try again a little later."),
    500: (Unavailable, "is out of order just now. Try again in a moment."),
}
_LIKE = {408: 500, 409: 400, 410: 404, 422: 400}

_BREAKS: tuple[tuple[tuple[type[BaseException], ...], type[ConnectorError], str], ...] = (
    (
        (InvalidHeader, UnicodeError),
        ConfigInvalid,
        "cannot be asked: the credentials hold a character that cannot be sent. Check them.",
    ),
    ((LocationParseError,), BadAnswer, "handed out a link that is no web address."),
    (
        (LateError, TimeoutError),
        Unavailable,
        "did not answer in time. Try again in a moment.",
    ),
    ((DecodeError,), Garbled, "sent an answer that cannot be unpacked."),
    (
        (ConnectionError, http.client.IncompleteRead),
        Unavailable,
        "broke off in the middle of its answer. Try again in a moment.",
    ),
    ((http.client.HTTPException,), BadAnswer, "does not answer in readable HTTP."),
)


def by_status(answer: Answer, *, host: str, home: bool = True) -> ConnectorError:
    """The common table. `home` is False for an answer from elsewhere than the platform's origin,
    whose 401 says nothing about the account."""
    status = 500 if answer.status >= 500 else _LIKE.get(answer.status, answer.status)
    if status == 401 and not home:
        status = 403
    if status not in _STATUSES:
        return BadAnswer(f"{host} answered with status {answer.status}, which we did not expect.")
    kind, sentence = _STATUSES[status]
    fault = kind(f"{host} {sentence}")
    if isinstance(fault, RateLimited | Unavailable):
        fault.retry_after = retry_after(answer.headers.get("retry-after"))
    return fault


def by_break(wrong: BaseException, *, host: str) -> ConnectorError:
    """Why a request got no answer, or an answer did not arrive whole.

    Broken off or too slow is Unavailable (the next try may be whole); bytes that cannot be
    unpacked are a BadAnswer worth another try; no HTTP, or headers without end, a BadAnswer.
    """
    chain = tuple(_chain(wrong))
    for kinds, error, sentence in _BREAKS:
        if any(isinstance(link, kinds) for link in chain):
            return error(f"{host} {sentence}")
    return Unavailable(f"{host} broke off the connection. Try again in a moment.")


def _chain(wrong: BaseException | None) -> Iterator[BaseException]:
    """The error, what it wraps and what it came from."""
    seen: set[int] = set()
    waiting = [wrong]
    while waiting:
        link = waiting.pop()
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        wrapped = [part for part in link.args if isinstance(part, BaseException)]
        reason = getattr(link, "reason", None)
        waiting += [link.__cause__, link.__context__, *wrapped]
        waiting += [reason] if isinstance(reason, BaseException) else []
