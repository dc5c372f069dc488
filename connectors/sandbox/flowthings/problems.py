"""What a call answers instead of its result."""

from __future__ import annotations

NOWHERE = "The resource could not be located at this address."
REFUSED = "The token does not allow this."
WORDS = {
    400: "The request could not be understood.",
    401: "The token has expired.",
    403: REFUSED,
    404: NOWHERE,
    405: "This address does not take that method.",
    409: "The resource was changed meanwhile.",
    413: "The request is too large.",
    429: "Too many requests.",
    500: "The request could not be completed.",
    503: "The service is not available.",
}


class Problem(Exception):
    """A refusal, with its HTTP status and the sentences of `head.errors`."""

    def __init__(self, status: int, *errors: str) -> None:
        super().__init__(status, *errors)
        self.status = status
        self.errors = errors or (WORDS.get(status, "The request failed."),)


def nowhere() -> Problem:
    """Nothing is there, or nothing that the caller may know of."""
    return Problem(404)


def refused(reason: str = REFUSED) -> Problem:
    """The caller may not."""
    return Problem(403, reason)


def wrong(*errors: str) -> Problem:
    """The request itself is wrong."""
    return Problem(400, *errors)
