"""Request bodies as Django REST Framework parses them."""

from __future__ import annotations

import json
import math
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import Headers

from connectors.sandbox.openergy.problems import Problem, wrong

FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 1000


def parsed_body(headers: Headers, body: bytes) -> dict[str, Any]:
    """The body as an object; empty without a body. Raises Problem 400 or 415."""
    if not body:
        return {}
    kind = headers.get("content-type", "")
    essence = kind.partition(";")[0].strip().lower()
    if essence == FORM:
        return _form(body)
    if essence != "application/json":
        raise Problem(415, f'Unsupported media type "{kind}" in request.')
    found = _json(body)
    if not isinstance(found, dict):
        raise wrong(f"Invalid data. Expected a dictionary, but got {type(found).__name__}.")
    return found


def _form(body: bytes) -> dict[str, Any]:
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as problem:
        raise Problem(400, f"Form parse error - {problem}") from None
    return dict(pairs)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body.decode(), parse_constant=_refused, parse_float=_finite)
    except RecursionError:
        raise Problem(400, "JSON parse error - nested too deep") from None
    except ValueError as problem:
        raise Problem(400, f"JSON parse error - {problem}") from None


def _refused(token: str) -> Any:
    raise ValueError(f"Out of range float values are not JSON compliant: {token}")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refused(text)
