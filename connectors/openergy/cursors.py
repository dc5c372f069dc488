"""Cursors of the tree: which list of a folder, where its next page starts, and the last record of
the page before, so that a list that moved on meanwhile gives nothing twice."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

from connectors.errors import Rejected
from connectors.openergy.client import Turn

_CURSOR = re.compile(r"([0-9]{1,2})\.([0-9]{1,9})\.([A-Za-z0-9_.~%-]*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class At:
    """A place in the lists of one folder."""

    list: int = 0
    start: int = 0
    last: str | None = None

    @property
    def text(self) -> str:
        return f"{self.list}.{self.start}.{quote(self.last or '', safe='')}"


def read(cursor: str | None) -> At:
    """Raises Rejected for a cursor that this service has not handed out."""
    if cursor is None:
        return At()
    found = _CURSOR.fullmatch(cursor)
    if not found:
        raise Rejected("This page does not exist. Open the folder again.")
    return At(int(found[1]), int(found[2]), unquote(found[3]) or None)


def following(turn: Turn, list: int = 0) -> str | None:
    """The cursor of the next page of the same list."""
    return None if turn.next is None else At(list, turn.next, turn.last).text
