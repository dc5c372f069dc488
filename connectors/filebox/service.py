"""A box of uploaded files, whose columns are series like any other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import ClassVar

from connectors.contract import (
    Account,
    Door,
    Downloads,
    File,
    Node,
    NodeId,
    Page,
    Points,
    Reads,
    Searches,
    Service,
    Traits,
    Upload,
    Uploads,
    Window,
)
from connectors.errors import NotFound
from connectors.filebox import LABEL, SUMMARY, ids, reading
from connectors.filebox.box import Box, named
from connectors.filebox.cards import card_of
from connectors.filebox.config import BoxConfig
from connectors.filebox.describing import Describing, check_size
from connectors.filebox.tree import Tree, file_node

PIECE = 2**18


class BoxService(Describing, Service[BoxConfig], Reads, Downloads, Uploads, Searches):
    """One box. It reaches no network: its files lie with Tieline, in the door's own place."""

    kind = "filebox"
    label = LABEL
    summary = SUMMARY
    Config = BoxConfig
    takes = frozenset({"box"})
    traits: ClassVar[Traits] = Traits(
        source="no platform stands behind it",
        series_per_read=50,
        # A file may be replaced, or described anew, at any time: nothing in it ever settles.
        settles=timedelta(days=36_500),
        after_put="file.describe",
    )

    def __init__(self, config: BoxConfig, door: Door) -> None:
        super().__init__(config, door)
        self._box = Box(door)
        self._tree = Tree(self._box, config.box)

    def check(self) -> Account:
        """A box is known by its name: that is all there is of an account."""
        self._box.entries()  # raises where the files cannot be listed
        return Account(id=self.config.box.casefold(), label=self.config.box)

    def children(self, parent: NodeId | None, cursor: str | None = None) -> Page[Node]:
        return self._tree.children(parent, cursor)

    def node(self, id: NodeId) -> Node:
        return self._tree.node(id)

    def search(self, text: str, cursor: str | None = None) -> Page[Node]:
        return self._tree.search(text, cursor)

    def read(self, series: Sequence[NodeId], window: Window) -> Iterator[Points]:
        for one in series:
            file, key = ids.series_in(one)
            entry = self._box.entry(file)
            shelf = card_of(self._box, entry).shelf(key)
            yield from reading.read(self._box.opened(entry.points), one, shelf, window)

    def open(self, file: NodeId) -> File:
        entry = self._box.entry(ids.file_in(file))
        content = self._box.raw(entry)
        chunks = iter(lambda: content.read(PIECE), b"")
        return File(name=entry.name, chunks=chunks, size=entry.size, close=content.close)

    def put(self, folder: NodeId, upload: Upload) -> Node:
        if folder != ids.BOX:
            raise NotFound("There is no such box.")
        check_size(self._box, upload)
        self._box.check_free(named(upload.name))
        with self._box.keys("") as (raw,):
            size = self._box.store(raw, upload.content)
            entry = self._box.add(upload.name, raw, size)
        return file_node(entry)

    def delete(self, file: NodeId) -> None:
        self._box.remove(ids.file_in(file))


SERVICE = BoxService
