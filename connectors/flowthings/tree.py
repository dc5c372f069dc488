"""Flows as a tree by their paths; under a flow stand the elems of its newest drops, as series."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from functools import partial

from connectors.contract import Node, NodeId, Page
from connectors.errors import NotFound
from connectors.flowthings import elems, filters
from connectors.flowthings.client import Client, Query, Row
from connectors.flowthings.ids import FLOW, UNKNOWN, Folder, Object, Series
from connectors.flowthings.reading import when
from connectors.paging import sliced
from connectors.parallel import Lazily

PAGE = 100
NEWEST = 20
"""Drops that are looked at to learn which elems a flow has."""
VALUE = "value"
"""An elem of this name is what the flow is about, so its series has the flow's name."""
_UNIT = re.compile(r"\bUnit: (\S{1,15})\.(?:\s|$)")


class Tree:
    """Asks anew each time: nothing is kept that others may have changed."""

    def __init__(self, client: Client, time: str) -> None:
        self._client = client
        self._time = time

    # -- downward

    def top(self, cursor: str | None) -> Page[Node]:
        """The accounts whose flows can be seen."""
        rows = self._client.every(FLOW, only="path")
        names = sorted({_path(row).split("/")[1] for row in rows})
        return sliced([_folder(f"/{name}", None) for name in names], cursor, PAGE)

    def under(self, place: Folder | Object, cursor: str | None) -> Page[Node]:
        """What lies directly under a path or a flow: its series first."""
        if isinstance(place, Folder):
            found = list(self._below(place.path, place.id))
            if not found:
                raise NotFound(UNKNOWN)
            return sliced(found, cursor, PAGE)
        with Lazily() as lazily:
            row = lazily.start(partial(self._client.one, FLOW, place.key))
            series = lazily.start(lambda: self.series(row()))
            below = lazily.start(lambda: list(self._below(_path(row()), place.id)))
            return sliced([*series(), *below()], cursor, PAGE)

    def _below(self, path: str, parent: NodeId) -> Iterator[Node]:
        text = filters.found("path", f"^{filters.literal(path)}/")
        rows = {_path(row): row for row in self._client.every(FLOW, filter=text)}
        cut = len(path) + 1
        names = {one[cut:].split("/")[0] for one in rows if one.startswith(f"{path}/")}
        for name in sorted(names):
            whole = f"{path}/{name}"
            row = rows.get(whole)
            yield _folder(whole, parent) if row is None else flow_node(row, parent)

    def series(self, row: Row) -> list[Node]:
        """The elems of a flow's newest drops."""
        key = str(row.get("id"))
        query = {"limit": NEWEST, "hints": 1}
        drops = self._client.drops(key, query=query)
        found = elems.series_of(drops)
        time = self._time if any(self._dated(drop) for drop in drops) else ""
        names = sorted(name for name in found if name != time)
        return [_series(row, drops, Series(key, name, time)) for name in names]

    def _dated(self, drop: Row) -> bool:
        held = elems.leaf(elems.elems_of(drop), self._time) if self._time else None
        return elems.moment(held) is not None

    # -- one of them

    def folder(self, place: Folder) -> Node:
        above, _, _ = place.path.rpartition("/")
        text = filters.found("path", f"^{filters.literal(place.path)}/")
        if not self._client.turn(FLOW, query={"filter": text, "limit": 1, "only": "path"}):
            raise NotFound(UNKNOWN)
        return _folder(place.path, self._above(place.path) if above else None)

    def object(self, place: Object) -> Node:
        row = self._client.one(place.service, place.key)
        if place.service == FLOW:
            return flow_node(row, self._above(_path(row)))
        name = row.get("displayName") or row.get("name") or row.get("description") or place.key
        return Node(id=place.id, name=str(name), type=place.service, role="record")

    def one_series(self, place: Series) -> Node:
        """Raises NotFound when no drop has the elem."""
        query: Query = {"limit": NEWEST, "hints": 1}
        with Lazily() as lazily:
            asked = lazily.start(partial(self._client.drops, place.flow, query=query))
            row = self._client.one(FLOW, place.flow)
            drops = asked()
        if place.elem not in elems.series_of(drops):
            drops = self._having(place)
        if place.elem not in elems.series_of(drops):
            raise NotFound(UNKNOWN)
        return _series(row, drops, place)

    def _having(self, place: Series) -> tuple[Row, ...]:
        try:
            text = filters.exists(f"elems.{place.elem}")
        except ValueError:
            return ()
        return self._client.drops(place.flow, query={"filter": text, "limit": 1, "hints": 1})

    def path(self, place: Folder | Object) -> str:
        """Of a flow or folder. Raises NotFound."""
        if isinstance(place, Folder):
            self.folder(place)
            return place.path
        if place.service != FLOW:
            raise NotFound(UNKNOWN)
        return _path(self._client.one(FLOW, place.key))

    def at(self, path: str) -> NodeId:
        """The node of a path: its flow where there is one."""
        text = filters.compare("path", "==", path)
        rows = self._client.turn(FLOW, query={"filter": text, "limit": 1, "only": "path"})
        return Object(FLOW, str(rows[0].get("id"))).id if rows else Folder(path).id

    def _above(self, path: str) -> NodeId | None:
        above, _, _ = path.rpartition("/")
        return self.at(above) if above else None


def flow_node(row: Row, parent: NodeId | None) -> Node:
    """A flow, which holds series and what lies below its path."""
    told = {name: row.get(name) for name in ("path", "description", "capacity", "filter", "public")}
    return Node(
        id=Object(FLOW, str(row.get("id"))).id,
        name=flow_name(row),
        type=FLOW,
        role="folder",
        parent=parent,
        expandable=True,
        details={name: str(value) for name, value in told.items() if value not in (None, "")},
    )


def flow_name(row: Row) -> str:
    return str(row.get("displayName") or _path(row).rpartition("/")[2])


def _series(row: Row, drops: tuple[Row, ...], place: Series) -> Node:
    name = flow_name(row) if place.elem == VALUE else f"{flow_name(row)}: {place.elem}"
    unit = _UNIT.search(str(row.get("description") or ""))
    return Node(
        id=place.id,
        name=name,
        type="series",
        role="series",
        parent=Object(FLOW, place.flow).id,
        unit=unit[1] if unit and place.elem == VALUE else None,
        last_seen=_newest(drops, place),
        details={"elem": place.elem, "path": _path(row)},
    )


def _newest(drops: tuple[Row, ...], place: Series) -> datetime | None:
    having = [drop for drop in drops if elems.leaf(elems.elems_of(drop), place.elem) is not None]
    stamps = [
        elems.leaf(elems.elems_of(drop), place.time) if place.time else drop.get("creationDate")
        for drop in having
    ]
    moments = [at for stamp in stamps if (at := elems.moment(stamp)) is not None]
    return when(max(moments)) if moments else None


def _folder(path: str, parent: NodeId | None) -> Node:
    name = path.rpartition("/")[2]
    return Node(
        id=Folder(path).id, name=name, type="path", role="folder", parent=parent, expandable=True
    )


def _path(row: Row) -> str:
    path = row.get("path")
    if not isinstance(path, str) or not path.startswith("/") or len(path) < 2:
        raise NotFound(UNKNOWN)
    return path
