"""The error bodies of BEMServer: `{"code", "status"}` plus an optional message and errors."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http.client import responses
from typing import Any

from starlette.responses import Response


class Problem(Exception):
    """Ends a request with an error answer."""

    def __init__(
        self,
        status: int,
        *,
        message: str | None = None,
        errors: Mapping[str, Any] | None = None,
        schemes: Sequence[str] = (),
    ) -> None:
        super().__init__(status)
        self.status = status
        self.message = message
        self.errors = errors
        self.schemes = schemes


def unauthenticated(code: str, schemes: Sequence[str] = ("Bearer",)) -> Problem:
    """401 with the code that tells a client whether a refresh is worth it."""
    return Problem(401, errors={"authentication": code}, schemes=schemes)


def forbidden() -> Problem:
    """403 as the platform words it."""
    return Problem(403, message="Authorization error")


def invalid_body(errors: Mapping[str, Any]) -> Problem:
    """422 with messages by body field."""
    return Problem(422, errors={"json": errors})


def invalid_query(errors: Mapping[str, Any]) -> Problem:
    """422 with messages by query parameter."""
    return Problem(422, errors={"query": errors})


def answer(problem: Problem) -> Response:
    """The problem as an HTTP answer."""
    body: dict[str, Any] = {
        "code": problem.status,
        "status": responses.get(problem.status, "Unknown Error"),
    }
    if problem.message is not None:
        body["message"] = problem.message
    if problem.errors is not None:
        body["errors"] = problem.errors
    headers = {"WWW-Authenticate": ", ".join(problem.schemes)} if problem.schemes else None
    return Response(json.dumps(body), problem.status, headers, "application/json")
