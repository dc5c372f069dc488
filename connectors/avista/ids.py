"""Node ids: a sort and the platform's own ids behind it, each percent-encoded: `file/<id>`.

A series names its type too (`series/<database>/<asset>/<attribute>/DOUBLE`): a measure never
changes it, and so reading costs no look-up. Names that may change are in no id.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from connectors.contract import NodeId
from connectors.errors import BadAnswer, NotFound

LONGEST = 400
UNKNOWN = "The Avista Digital Exchange has nothing under this name."
TOPS = ("stores", "databases", "hubs", "captures", "collaboratives", "models")
PARTS = {
    **dict.fromkeys(TOPS, 0),
    "store": 1, "directory": 1, "file": 1, "database": 1, "asset": 2, "series": 4,
    "hub": 1, "group": 1, "endpoint": 1, "telemetry": 3, "model": 1,
    "capture": 1, "attribute": 2, "collaborative": 1, "token": 1, "adapter": 1,
}  # fmt: skip
"""How many ids stand behind each sort."""
FIELDS = {
    "store": "dataStoreId", "directory": "dataStoreDirectoryId", "file": "dataStoreFileId",
    "database": "timeSeriesDbId", "hub": "iotHubId", "group": "iotGroupId",
    "endpoint": "iotEndpointId", "model": "modelId", "capture": "captureId",
    "collaborative": "collaborativeId", "token": "tokenId",
}  # fmt: skip
"""How rows call the id of each sort."""
MEASURES = ("DOUBLE", "BIGINT", "VARCHAR", "BOOLEAN", "TIMESTAMP")
SCHEMAS = ("double", "integer", "string", "boolean", "dateTime", "duration")
Owner = tuple[str | None, str]
"""A database and an asset of it, or None and an endpoint."""
_SHAPE = re.compile(r"[a-z]+(/[A-Za-z0-9_.~%-]+)*")


@dataclass(frozen=True, slots=True)
class Place:
    """Anything that the tree shows."""

    sort: str
    parts: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The first of the platform's ids."""
        return self.parts[0]

    @property
    def id(self) -> NodeId:
        return NodeId("/".join((self.sort, *(quote(part, safe="") for part in self.parts))))


def of(sort: str, *parts: object) -> Place:
    """Raises BadAnswer for an id that the platform did not give."""
    texts = tuple(str(part) for part in parts if isinstance(part, str) and part)
    if len(texts) != PARTS[sort]:
        raise BadAnswer(f"The platform gave a {sort} without a usable id.")
    return Place(sort, texts)


def of_row(sort: str, row: Mapping[str, Any]) -> Place:
    """What a row is, or what of this sort it belongs to. Raises BadAnswer where it does not say."""
    return of(sort, row.get(FIELDS[sort]))


def parse(id: NodeId) -> Place:
    """Raises NotFound for whatever this service has not minted."""
    if len(id) > LONGEST or not _SHAPE.fullmatch(id):
        raise NotFound(UNKNOWN)
    sort, *parts = id.split("/")
    if PARTS.get(sort) != len(parts):
        raise NotFound(UNKNOWN)
    found = Place(sort, tuple(unquote(part, errors="replace") for part in parts))
    known = {"series": MEASURES, "telemetry": SCHEMAS}.get(sort)
    if found.id != id or (known and found.parts[-1] not in known):
        raise NotFound(UNKNOWN)
    return found


def key(id: NodeId, *sorts: str) -> str:
    """The platform's id of a thing of one of these sorts; its bare text is taken too.

    The platform's own ids have no slash in them (section 4.1).
    """
    if id and "/" not in id and id not in TOPS and id.isprintable():
        return id
    found = parse(id)
    if found.sort not in sorts:
        raise NotFound(UNKNOWN)
    return found.key


def owner(series: Place) -> Owner:
    """What a series belongs to."""
    return (series.key if series.sort == "series" else None), series.parts[-3]


def measure(series: Place) -> tuple[str, str]:
    """The name and the type of what a series tells."""
    name, kind = series.parts[-2:]
    return name, kind


def series(ids: Iterable[NodeId]) -> tuple[Place, ...]:
    """Each series once, in the order asked. Raises NotFound for an id that is no series."""
    found = tuple(dict.fromkeys(parse(one) for one in ids))
    if any(one.sort not in ("series", "telemetry") for one in found):
        raise NotFound("This is no series of points on the Avista Digital Exchange.")
    return found
