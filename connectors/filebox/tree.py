"""The box, its files, and the series in each."""

from __future__ import annotations

from connectors.contract import Node, NodeId, Page
from connectors.filebox import ids
from connectors.filebox.box import Box, Entry
from connectors.filebox.cards import Card, card_of
from connectors.filebox.reading import moment
from connectors.filebox.shelving import Shelf
from connectors.paging import sliced

PAGE = 100
SEARCHED = 50
"""Files whose cards one page of a search looks through."""
UNDESCRIBED = "not yet: say how it is to be read, and its series appear"


class Tree:
    """What can be browsed."""

    def __init__(self, box: Box, name: str) -> None:
        self._box, self._name = box, name

    def children(self, parent: NodeId | None, cursor: str | None) -> Page[Node]:
        if parent is None:
            return Page(items=(self.root(),))
        if parent == ids.BOX:
            found = sliced(self._box.entries(), cursor, PAGE)
            return Page(items=tuple(file_node(one) for one in found.items), next=found.next)
        entry = self._box.entry(ids.file_in(parent))
        if not entry.card:
            return Page(items=())
        shelves = sliced(card_of(self._box, entry).series, cursor, PAGE)
        items = tuple(series_node(entry, shelf) for shelf in shelves.items)
        return Page(items=items, next=shelves.next)

    def node(self, id: NodeId) -> Node:
        """Raises NotFound."""
        if id == ids.BOX:
            return self.root()
        if id.startswith("series/"):
            file, key = ids.series_in(id)
            entry = self._box.entry(file)
            return series_node(entry, card_of(self._box, entry).shelf(key))
        entry = self._box.entry(ids.file_in(id))
        return file_node(entry, card_of(self._box, entry) if entry.card else None)

    def root(self) -> Node:
        told = {"Holds": "CSV, Parquet and Excel (.xlsx) files whose columns become series"}
        return Node(
            id=ids.BOX, name=self._name, type="box", role="folder", expandable=True, details=told
        )

    def search(self, text: str, cursor: str | None) -> Page[Node]:
        """Files and series by their names, some files at a time."""
        word = text.casefold()
        turn = sliced(self._box.entries(), cursor, SEARCHED)
        found: list[Node] = []
        for entry in turn.items:
            if word in entry.name.casefold():
                found.append(file_node(entry))
            if entry.card:
                shelves = card_of(self._box, entry).series
                found += [series_node(entry, s) for s in shelves if word in s.name.casefold()]
        return Page(items=tuple(found), next=turn.next)


def file_node(entry: Entry, card: Card | None = None) -> Node:
    """`card` where the page has room for what it says."""
    told = {"Uploaded": entry.at, "Size": f"{entry.size:,} bytes"}
    if card is not None:
        told |= {"How it is read": _described(card), **card.told}
    elif not entry.card:
        told["Described"] = UNDESCRIBED
    return Node(
        id=ids.of_file(entry.id),
        name=entry.name,
        type="file",
        role="file",
        parent=ids.BOX,
        expandable=bool(entry.card),
        size=entry.size,
        details=told,
    )


def series_node(entry: Entry, shelf: Shelf) -> Node:
    first, last = moment(shelf.groups[0].first), moment(shelf.groups[-1].last)
    return Node(
        id=ids.of_series(entry.id, shelf.key),
        name=shelf.name,
        type="series",
        role="series",
        parent=ids.of_file(entry.id),
        unit=shelf.unit or None,
        last_seen=last,
        details={"File": entry.name, "Points": f"{shelf.rows:,}", "From": first.isoformat()},
    )


def _described(card: Card) -> str:
    told = card.description
    return f"“{told.time_column}” is the time ({told.time_format}), in {told.zone}; {told.layout}"
