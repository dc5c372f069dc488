"""The error bodies of Django REST Framework (section 5.2)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

SAID = {
    401: "Invalid username/password.",
    403: "You do not have permission to perform this action.",
    404: "Not found.",
    406: "Could not satisfy the request Accept header.",
    429: "Request was throttled.",
    500: "A server error occurred.",
}
OWN = "non_field_errors"


class Problem(Exception):
    """Ends a request: `{"detail": …}`, or a body of messages by field."""

    def __init__(
        self,
        status: int,
        detail: str | None = None,
        *,
        fields: Mapping[str, list[Any]] | None = None,
    ) -> None:
        super().__init__(status, detail, fields)
        self.status = status
        self.detail = detail
        self.fields = fields


def invalid(field: str, message: str) -> Problem:
    """400 with one message beside one field."""
    return Problem(400, fields={field: [message]})


def wrong(message: str) -> Problem:
    """400 about the body as a whole."""
    return invalid(OWN, message)


def answer(problem: Problem) -> Response:
    """The problem as an HTTP answer."""
    detail = problem.detail or SAID.get(problem.status, "Invalid request.")
    body = {"detail": detail} if problem.fields is None else dict(problem.fields)
    headers = {"WWW-Authenticate": 'Basic realm="api"'} if problem.status == 401 else None
    return json_answer(body, problem.status, headers)


def json_answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """JSON as DRF writes it: compact, letters beyond ASCII as they are.

    A lone surrogate, which JSON can carry and UTF-8 cannot, goes out escaped.
    """
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    try:
        content = text.encode()
    except UnicodeEncodeError:
        content = json.dumps(body, separators=(",", ":"), allow_nan=False).encode()
    return Response(content, status, headers, "application/json")
