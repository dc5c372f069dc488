"""The settings of a memory account, the shapes of its answers, and how they are fetched."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, ValidationError

from connectors.contract import Config, Door, Function, Node, NodeId, Role
from connectors.egress import Endpoint
from connectors.errors import BadAnswer, ConnectorError, NotFound, Rejected
from connectors.http import Answer, Params

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
ROLES: Mapping[str, Role] = {"folder": "folder", "file": "file", "record": "record"}
_ID = re.compile(r"[a-z0-9-]{1,60}")

Shape = TypeVar("Shape", bound=BaseModel)


class MemoryConfig(Config):
    url: str = Field(title="Address", description="Where the memory platform listens.")
    live: int = Field(
        default=0,
        title="Live port",
        description="Where it pushes points; 0 where it does not.",
        ge=0,
        le=65535,
    )
    token: SecretStr = Field(title="Token", description="The one token that it takes.")

    def endpoints(self) -> tuple[Endpoint, ...]:
        parts = urlsplit(self.url)
        ports = (parts.port or 80, self.live)
        return tuple(Endpoint(parts.hostname or "", port, tls=False) for port in ports if port)


class Who(BaseModel):
    id: str
    name: str


class Row(BaseModel):
    id: str
    name: str
    type: str
    parent: str | None
    unit: str | None
    last: int | None
    size: int | None


class Rows(BaseModel):
    rows: list[Row]
    next: int | None


class SeriesPoints(BaseModel):
    points: list[tuple[int, bool | int | float | str]]
    next: int | None


class SeriesBuckets(BaseModel):
    buckets: list[dict[Function, float | None]]


class Stored(BaseModel):
    accepted: int
    unchanged: int


class Gone(BaseModel):
    gone: int


class _Token:
    def __init__(self, token: SecretStr) -> None:
        self._token = token

    def headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self._token.get_secret_value()}"}

    def renew(self, answer: Answer) -> bool:
        return False


class Wire:
    """The platform's HTTP, each answer in its shape. Raises BadAnswer for another."""

    def __init__(self, config: MemoryConfig, door: Door) -> None:
        self.http = door.http(config.url, auth=_Token(config.token), explain=_explain)

    def get(self, path: str, shape: type[Shape], **asked: str | int) -> Shape:
        return _shaped(self.http.request("GET", path, params=asked), shape)

    def send(
        self,
        method: str,
        path: str,
        shape: type[Shape],
        *,
        params: Params = None,
        json: object = None,
        repeatable: bool = False,
    ) -> Shape:
        answer = self.http.request(method, path, params=params, json=json, repeatable=repeatable)
        return _shaped(answer, shape)

    def put(self, path: str, shape: type[Shape], params: Params, data: Any) -> Shape:
        answer = self.http.request("PUT", path, params=params, data=data, repeatable=False)
        return _shaped(answer, shape)


def moment(ticks: int) -> datetime:
    return EPOCH + ticks * TICK


def part(id: NodeId | str) -> str:
    """Raises NotFound for an id that this platform cannot have minted."""
    if not _ID.fullmatch(id):
        raise NotFound("Memory has nothing under this name.")
    return id


def node(row: Row) -> Node:
    return Node(
        id=NodeId(row.id),
        name=row.name,
        type=row.type,
        role=ROLES.get(row.type, "series"),
        parent=NodeId(row.parent) if row.parent else None,
        expandable=row.type == "folder",
        unit=row.unit,
        last_seen=None if row.last is None else moment(row.last),
        size=row.size,
    )


def _explain(answer: Answer) -> ConnectorError | None:
    """The platform's own words about values that it refuses."""
    if answer.status != 422:
        return None
    found = answer.json()
    fields = found.get("errors") if isinstance(found, dict) else None
    if not isinstance(fields, dict):
        return None
    return Rejected(
        "Memory did not take these values.", {name: str(text) for name, text in fields.items()}
    )


def _shaped(answer: Answer, shape: type[Shape]) -> Shape:
    try:
        return shape.model_validate_json(answer.body)
    except ValidationError:
        raise BadAnswer("An answer of another shape.") from None
