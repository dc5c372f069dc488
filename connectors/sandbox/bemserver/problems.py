"""The error bodies of BEMServer: `{"code", "status"}` plus an optional message and errors."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse, Response

UNAUTHORIZED_HEADERS = {"WWW-Authenticate": "Bearer, Basic"}


class Problem(Exception):
    """Ends a request with an error answer."""

    def __init__(
        self,
        status: int,
        *,
        message: str | None = None,
        errors: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(status)
        self.status = status
        self.message = message
        self.errors = errors


def unauthenticated(code: str) -> Problem:
    """401 with the code that tells a client whether a refresh is worth it."""
    return Problem(401, errors={"authentication": code})


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
        "status": HTTPStatus(problem.status).phrase,
    }
    if problem.message is not None:
        body["message"] = problem.message
    if problem.errors is not None:
        body["errors"] = problem.errors
    headers = UNAUTHORIZED_HEADERS if problem.status == 401 else None
    return JSONResponse(body, problem.status, headers)
