"""One request, as the handlers see it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from starlette.datastructures import Headers, QueryParams
from starlette.responses import Response

from connectors.sandbox.bemserver.auth import Gate, Tokens
from connectors.sandbox.bemserver.fields import LARGEST_ID
from connectors.sandbox.bemserver.permissions import Actor
from connectors.sandbox.bemserver.problems import Problem, forbidden, invalid_body
from connectors.sandbox.bemserver.query import Asked
from connectors.sandbox.bemserver.store import Store
from connectors.sandbox.bemserver.table import Row
from connectors.sandbox.clock import Clock
from connectors.sandbox.samples import Samples
from connectors.sandbox.world import Campaign


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the operator of a BEMServer decides."""

    flavour: str = "0.26.0"
    access_seconds: float = 15 * 60
    refresh_seconds: float = 60 * 86400
    basic: bool = False
    etags: bool = True
    bare: bool = False
    """As a fresh installation: the platform's presets and its administrator, nothing more."""
    weather: Literal["on", "off", "refused"] = "on"
    """Whether the operator has a key to a provider of weather, and whether it is good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """One BEMServer with everything it holds."""

    settings: Settings
    clock: Clock
    store: Store
    samples: Samples
    tokens: Tokens
    gate: Gate
    world: tuple[Campaign, ...] = ()

    def forget_removed(self) -> None:
        """Drops the samples of series and states that the store has deleted."""
        gone = {"timeseries": set[str](), "timeseries_data_states": set[str]()}
        for path, row_id in self.store.removed:
            if path in gone:
                gone[path].add(str(row_id))
        self.store.removed.clear()
        for key in self.samples.keys() if any(gone.values()) else ():
            series, _, state = key.partition("@")
            if series in gone["timeseries"] or state in gone["timeseries_data_states"]:
                self.samples.drop(key)


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
    spoilt: frozenset[str] = frozenset()
    """The content faults that struck this request."""

    @property
    def store(self) -> Store:
        """The platform's rows."""
        return self.platform.store

    def readable(self, path: str, row_id: int) -> Row:
        """A row that the user may see. Raises Problem 404 or 403, 500 for an impossible id."""
        if row_id > LARGEST_ID:
            raise Problem(500)
        row = self.store.get(path, row_id)
        if row is None:
            raise Problem(404)
        if not self.actor.reads(path, row):
            raise forbidden()
        return row

    def asked(self) -> Asked:
        """The query, to be read parameter by parameter."""
        return Asked(self.params)

    def json(self) -> dict[str, Any]:
        """The body as an object; empty for another content type. Raises Problem 400 or 422."""
        return json_object(self.headers, self.body)

    def done(self) -> Response:
        """204; it too says that it is JSON."""
        return Response(None, 204, {"Content-Type": "application/json"})

    def json_answer(self, body: Any, status: int = 200, etag: str | None = None) -> Response:
        """A JSON answer; keys are sorted before API 0.26, and letters beyond ASCII escaped."""
        text = json.dumps(body, sort_keys=self.platform.settings.flavour < "0.26")
        headers = {"ETag": f'"{etag}"'} if etag else None
        return Response(text, status, headers, "application/json")


def json_object(headers: Headers, content: bytes) -> dict[str, Any]:
    """A body as an object; empty for another content type. Raises Problem 400 or 422."""
    kind = headers.get("content-type", "").partition(";")[0].strip()
    if kind != "application/json" or not content:
        return {}
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        raise Problem(400, errors={"json": ["Invalid JSON body."]}) from None
    if not isinstance(body, dict):
        raise invalid_body({"_schema": ["Invalid input type."]})
    return body
