"""Node ids: `flow/<id>`, `path/<path>` for a folder above flows, `series/<flow id>/<elem>`, and
`<service>/<id>` for everything else that the platform keeps.

A flow's path may be edited, its id may not, so series hang on the id. Where drops carry a time of
their own, its elem is a part of the series' id (`…@time`): the same values at other times are other
points. Each part is percent-encoded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, unquote

from connectors.contract import NodeId
from connectors.errors import NotFound

LONGEST = 400
FLOW, PATH, SERIES = "flow", "path", "series"
SERVICES = {
    "flow": "f",
    "track": "t",
    "group": "g",
    "identity": "i",
    "api-task": "q",
    "mqtt": "m",
    "rss": "r",
    "device": "v",
    "token": "k",
    "share": "s",
}
"""The path of each service and the letter that its ids begin with (section 3.1)."""
UNKNOWN = "flowthings.io has nothing under this name."

_OBJECT = re.compile(r"([a-z-]+)/([a-z][0-9a-f]{24})")
_PATH = re.compile(r"path((?:/[^\x00-\x20/?#\\]+)+)")
_SERIES = re.compile(r"series/(f[0-9a-f]{24})/([^\x00-\x20/@]+)(?:@([^\x00-\x20/@]+))?")
_DROP = re.compile(r"drop/(f[0-9a-f]{24})/(d[0-9a-f]{24})")


@dataclass(frozen=True, slots=True)
class Object:
    """One object of a service."""

    service: str
    key: str

    @property
    def id(self) -> NodeId:
        return NodeId(f"{self.service}/{self.key}")


@dataclass(frozen=True, slots=True)
class Folder:
    """A path under which there are flows."""

    path: str

    @property
    def id(self) -> NodeId:
        return NodeId(f"{PATH}{self.path}")


@dataclass(frozen=True, slots=True)
class Series:
    """One elem of a flow's drops; `elem` is dotted, `time` the elem that holds their time."""

    flow: str
    elem: str
    time: str = ""

    @property
    def id(self) -> NodeId:
        tail = f"@{quote(self.time, safe='')}" if self.time else ""
        return NodeId(f"{SERIES}/{self.flow}/{quote(self.elem, safe='')}{tail}")


@dataclass(frozen=True, slots=True)
class Drop:
    """One drop of a flow."""

    flow: str
    key: str

    @property
    def id(self) -> NodeId:
        return NodeId(f"drop/{self.flow}/{self.key}")


Place = Object | Folder | Series | Drop


def parse(id: NodeId) -> Place:
    """Raises NotFound for whatever this service has not minted."""
    if len(id) > LONGEST:
        raise NotFound(UNKNOWN)
    if (found := _OBJECT.fullmatch(id)) and SERVICES.get(found[1]) == found[2][0]:
        return Object(found[1], found[2])
    if found := _SERIES.fullmatch(id):
        return Series(found[1], unquote(found[2]), unquote(found[3] or ""))
    if found := _DROP.fullmatch(id):
        return Drop(found[1], found[2])
    if (found := _PATH.fullmatch(id)) and not {".", ".."} & set(found[1].split("/")):
        return Folder(found[1])
    raise NotFound(UNKNOWN)


def key(id: NodeId, service: str) -> str:
    """The platform's id of an object of this service; its bare text is taken too."""
    prefix = SERVICES[service]
    if re.fullmatch(rf"{prefix}[0-9a-f]{{24}}", id):
        return id
    found = parse(id)
    if not isinstance(found, Object) or found.service != service:
        raise NotFound(UNKNOWN)
    return found.key


def series(ids: Iterable[NodeId]) -> tuple[Series, ...]:
    """Each series once, in the order asked. Raises NotFound for an id that is no series."""
    found = dict.fromkeys(parse(one) for one in ids)
    chosen = tuple(one for one in found if isinstance(one, Series))
    if len(chosen) < len(found):
        raise NotFound("This is no series of points on flowthings.io.")
    return chosen
