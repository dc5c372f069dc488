"""One request, as the handlers see it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import Headers, QueryParams
from starlette.responses import Response

from connectors.sandbox.bemserver.auth import Gate, Tokens
from connectors.sandbox.bemserver.permissions import Actor
from connectors.sandbox.bemserver.problems import Problem, invalid_body
from connectors.sandbox.bemserver.query import Asked
from connectors.sandbox.bemserver.samples import Samples
from connectors.sandbox.bemserver.store import Store
from connectors.sandbox.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the operator of a BEMServer decides."""

    flavour: str = "0.26.0"
    access_seconds: float = 15 * 60
    refresh_seconds: float = 60 * 86400
    basic: bool = False
    etags: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """One BEMServer with everything it holds."""

    settings: Settings
    clock: Clock
    store: Store
    samples: Samples
    tokens: Tokens
    gate: Gate


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request with its user; `path` holds the names taken from the URL."""

    platform: Platform
    actor: Actor
    method: str
    path: Mapping[str, str]
    params: QueryParams
    headers: Headers
    body: bytes = field(repr=False)

    @property
    def store(self) -> Store:
        """The platform's rows."""
        return self.platform.store

    def asked(self) -> Asked:
        """The query, to be read parameter by parameter."""
        return Asked(self.params)

    def json(self) -> dict[str, Any]:
        """The body as an object; empty for another content type. Raises Problem 400 or 422."""
        kind = self.headers.get("content-type", "").partition(";")[0].strip()
        if kind != "application/json":
            return {}
        body = parsed(self.body)
        if not isinstance(body, dict):
            raise invalid_body({"_schema": ["Invalid input type."]})
        return body

    def json_answer(self, body: Any, status: int = 200, etag: str | None = None) -> Response:
        """A JSON answer; keys are sorted before API 0.26, and letters beyond ASCII escaped."""
        text = json.dumps(body, sort_keys=self.platform.settings.flavour < "0.26")
        headers = {"ETag": f'"{etag}"'} if etag else None
        return Response(text, status, headers, "application/json")


def parsed(body: bytes) -> Any:
    """JSON of a body. Raises Problem 400."""
    try:
        return json.loads(body)
    except ValueError:
        raise Problem(400, errors={"json": ["Invalid JSON body."]}) from None
