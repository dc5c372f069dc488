"""The tree: organizations → projects → gates, importers, cleaners, analyses → series, and files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from connectors.contract import Node, NodeId, Page
from connectors.errors import BadAnswer, NotFound, Rejected
from connectors.openergy import cursors
from connectors.openergy.client import Client, Row
from connectors.openergy.cursors import At
from connectors.openergy.files import Files
from connectors.openergy.ids import HOME, SERIES, Ref, Spot, key, ref_of
from connectors.openergy.newest import newest

FOLDERS = frozenset({"organization", "project", "gate", "importer", "cleaner", "analysis"})
GENERATORS = frozenset({"importer", "cleaner", "analysis"})
TOLD = {
    "comment": "Description",
    "freq": "Step",
    "native_clock": "Clock",
    "timezone": "Time zone",
    "default_resample_rules": "Resampled by",
    "crontab": "Crontab",
    "external_name": "Input",
    "label": "Label",
    "column_name": "Column",
    "resample_rule": "Resampled by",
    "start": "First point",
    "end": "Last point",
    "last_run": "Last run",
    "last_imported_path": "Last file",
    "otsdb_pk": "Key of its points",
}
NO_PROJECT = "OpenergyVBP does not say which project this belongs to."


@dataclass(frozen=True, slots=True)
class _List:
    """One of the lists that make the children of a folder."""

    type: str
    filters: Callable[[Client, Ref], dict[str, str]]


def _by(name: str) -> Callable[[Client, Ref], dict[str, str]]:
    return lambda client, ref: {name: ref.uuid}


def _by_data_project(client: Client, ref: Ref) -> dict[str, str]:
    return {"project": data_project(client.one(ref))}


LISTS: dict[str, tuple[_List, ...]] = {
    "organization": (_List("project", _by("organization")),),
    "project": tuple(
        _List(one, _by_data_project) for one in ("gate", "importer", "cleaner", "analysis")
    ),
    "importer": (_List(SERIES, _by("generator")),),
    "cleaner": (_List(SERIES, _by("generator")), _List("unitcleaner", _by("cleaner"))),
    "analysis": (
        _List(SERIES, _by("generator")),
        _List("analysis_input", _by("analysis")),
        _List("analysis_output", _by("analysis")),
    ),
}
ABOVE = {
    "unitcleaner": ("cleaner", "cleaner"),
    "analysis_input": ("analysis", "analysis"),
    "analysis_output": ("analysis", "analysis"),
}


class Tree:
    """Nodes of one platform, as one account sees them."""

    def __init__(self, client: Client, files: Files) -> None:
        self._client = client
        self._files = files

    def top(self, cursor: str | None) -> Page[Node]:
        """The organizations, and before them the account's own files."""
        at = cursors.read(cursor)
        turn = self._client.turn("organization", at.start, at.last)
        own = (self._files.node(Spot(HOME, "/")),) if at == At() else ()
        items = tuple(self.shown("organization", row, None) for row in turn.rows)
        return Page(items=own + items, next=cursors.following(turn))

    def under(self, id: NodeId, place: Ref | Spot, cursor: str | None) -> Page[Node]:
        """One page of what lies in a folder; nothing in what is none."""
        if isinstance(place, Spot) or place.type == "gate":
            spot = place if isinstance(place, Spot) else Spot(place.uuid, "/")
            return self._of_files(spot, cursor)
        lists = LISTS.get(place.type, ())
        at = cursors.read(cursor)
        if not lists:
            return Page(items=())
        if at.list >= len(lists):
            raise Rejected("This page does not exist. Open the folder again.")
        return self._of_lists(id, place, lists, at)

    def _of_files(self, spot: Spot, cursor: str | None) -> Page[Node]:
        if spot.type == "file":
            return Page(items=())
        account = self._client.one(self._files.account(spot.area))
        if not account.get("host"):
            return Page(items=())
        return self._files.children(spot, cursor)

    def _of_lists(self, id: NodeId, place: Ref, lists: tuple[_List, ...], at: At) -> Page[Node]:
        """What fits on one page, from one list and, where it ends, from those after it."""
        items: list[Node] = []
        filters: dict[str, str] | None = None
        for number in range(at.list, len(lists)):
            one = lists[number]
            if filters is None or lists[number - 1].filters is not one.filters:
                filters = one.filters(self._client, place)
            here = at if number == at.list else At(number)
            turn = self._client.turn(one.type, here.start, here.last, **filters)
            items += (self.shown(one.type, row, id) for row in turn.rows)
            if turn.next is not None:
                return Page(items=tuple(items), next=cursors.following(turn, number))
        return Page(items=tuple(items))

    def node(self, place: Ref | Spot) -> Node:
        if isinstance(place, Spot):
            return self._files.node(place)
        row = self._client.one(place)
        shown = self.shown(place.type, row, self._above(place.type, row))
        if place.type != SERIES:
            return shown
        return replace(shown, last_seen=newest(self._client, place))

    def _above(self, type: str, row: Row) -> NodeId | None:
        """Where a record stands in the tree; None for what it does not show."""
        if type == "project":
            return _id("organization", row.get("organization"))
        if type in ("gate", *GENERATORS):
            return self.project_of(row).id
        if type == SERIES:
            return generator_of(row)
        above, field = ABOVE.get(type, ("", ""))
        return _id(above, row.get(field)) if above else None

    def project_of(self, row: Row) -> Ref:
        """The team project of what names its data project (section 2.1). Raises BadAnswer."""
        data = key(row.get("project"))
        if data is None:
            raise BadAnswer(NO_PROJECT)
        base = key(self._client.one(ref_of("odata_project", {"id": data})).get("base"))
        if base is not None:
            return ref_of("project", {"id": base})
        for project in self._client.every("project"):
            if key(project.get("odata")) == data:
                return ref_of("project", project)
        raise NotFound(NO_PROJECT)

    def shown(self, type: str, row: Row, parent: NodeId | None) -> Node:
        """A record as a node."""
        return Node(
            id=ref_of(type, row).id,
            name=name_of(type, row),
            type=type,
            role="series" if type == SERIES else "folder" if type in FOLDERS else "record",
            parent=parent,
            expandable=type in FOLDERS,
            unit=_text(row.get("unit")) or None,
            details=dict(_details(row)),
        )


def name_of(type: str, row: Row) -> str:
    """The record's name; inputs have none (section 2.10), tasks and accounts neither."""
    for field in ("name", "column_name", "login", "crontab"):
        if found := _text(row.get(field)):
            return found
    return type.replace("_", " ")


def data_project(row: Row) -> str:
    """The data project of a team project, whose `odata` is an id or an object (2.3)."""
    found = key(row.get("odata"))
    if found is None:
        raise BadAnswer("OpenergyVBP gave a project without its data project.")
    return found


def generator_of(row: Row) -> NodeId | None:
    """What makes a series; its model says which list it is in."""
    generator: Any = row.get("generator")
    if not isinstance(generator, dict) or generator.get("model") not in GENERATORS:
        return None
    return _id(str(generator["model"]), generator)


def _id(type: str, value: object) -> NodeId | None:
    found = key(value)
    return None if found is None else ref_of(type, {"id": found}).id


def _details(row: Row) -> Iterator[tuple[str, str]]:
    for field, label in TOLD.items():
        if found := _text(row.get(field)):
            yield label, found
    if isinstance(row.get("active"), bool):
        yield "Active", "yes" if row["active"] else "no"


def _text(value: object) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
