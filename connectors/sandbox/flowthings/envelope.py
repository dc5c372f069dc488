"""The shape of every answer, and the reading of every body."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import isfinite
from typing import Any

from starlette.responses import Response

from connectors.sandbox.flowthings.elems import LONGEST_INTEGER
from connectors.sandbox.flowthings.problems import Problem, wrong

LARGEST_BODY = 16 * 1024 * 1024  # bytes; guess
DEEPEST = 64  # maps and lists within each other; guess


def enveloped(
    body: Any, *, status: int = 200, references: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """A success."""
    head = {"status": status, "ok": True, "messages": [], "errors": []}
    return {"head": {**head, "references": dict(references or {})}, "body": body}


def refused(problem: Problem) -> dict[str, Any]:
    """A refusal: `head.status` is what the published client goes by."""
    head = {"status": problem.status, "ok": False, "messages": [],
            "errors": list(problem.errors), "references": {}}  # fmt: skip
    return {"head": head, "body": None}


def response(content: Mapping[str, Any], *, pretty: bool = False) -> Response:
    """The envelope on the wire, under the status of its head."""
    text = json.dumps(content, indent=2 if pretty else None)
    return Response(text, content["head"]["status"], media_type="application/json")


def body_of(content: bytes) -> Any:
    """The JSON of a request; None for an empty one. Raises Problem 400 or 413."""
    if len(content) > LARGEST_BODY:
        raise Problem(413)
    if not content.strip():
        return None
    try:
        value = json.loads(content, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise wrong("The body is not JSON.") from None
    _refuse_extremes(value)
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _refuse_extremes(value: Any) -> None:
    """What Python reads and the platform's numbers and stack would not hold."""
    level = [value]
    for _ in range(DEEPEST):
        if any(isinstance(each, int | float) and not _held(each) for each in level):
            raise wrong("A number is too large.")
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return
    raise wrong("The body is nested too deeply.")


def _held(number: float) -> bool:
    if isinstance(number, int):
        return -LONGEST_INTEGER <= number < LONGEST_INTEGER
    return isfinite(number)
