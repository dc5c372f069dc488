"""One request, as the handlers see it, and the platform that it is made to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.responses import Response

from connectors.sandbox.avenieca.auth import Sessions
from connectors.sandbox.avenieca.fields import Body, Field, db_id, loaded
from connectors.sandbox.avenieca.settings import Settings
from connectors.sandbox.avenieca.twin import Twin
from connectors.sandbox.avenieca.twins import Twins
from connectors.sandbox.store import Store

OK, CREATED = 200, 201


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """An AveniECA."""

    settings: Settings
    store: Store
    twins: Twins
    sessions: Sessions

    def now(self) -> int:
        """Microseconds since 1970."""
        return self.twins.clock.now_us()


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request of somebody who may make it."""

    platform: Platform
    path: Mapping[str, str]
    body: bytes
    spoiled: frozenset[str]

    @property
    def twin(self) -> Twin:
        """The twin of the path. Raises Problem 404."""
        return self.platform.twins.get(self.path["module"])

    def id(self, name: str = "id") -> int:
        """An id of the path. Raises Problem 400."""
        return db_id(self.path[name])

    def load(self, fields: Mapping[str, Field], *, partial: bool = False) -> Body:
        """The fields of the body. Raises Problem 400."""
        return loaded(self.body, fields, partial=partial)


def answer(value: Any, status: int = OK) -> Response:
    """JSON in the platform's form."""
    content = orjson.dumps(value)
    return Response(content, status, media_type="application/json; charset=utf-8")
