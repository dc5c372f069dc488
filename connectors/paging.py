"""Cursors: followed to the end, and handed out for lists that are at hand whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from connectors.contract import Page
from connectors.errors import BadAnswer, Rejected

T = TypeVar("T")

_OFFSET = re.compile(r"[0-9]{1,9}", re.ASCII)


def walk(turn: Callable[[str | None], Page[T]]) -> Iterator[T]:
    """Every item of every page; raises BadAnswer when the platform hands out a cursor twice."""
    seen: set[str] = set()
    cursor: str | None = None
    while True:
        page = turn(cursor)
        yield from page.items
        if page.next is None:
            return
        if page.next in seen:
            raise BadAnswer("The platform's list of pages goes in a circle.")
        seen.add(page.next)
        cursor = page.next


def sliced(items: Sequence[T], cursor: str | None, size: int) -> Page[T]:
    """One page of a list. Raises Rejected for a cursor that was not handed out."""
    start = offset(cursor)
    end = start + size
    return Page(items=tuple(items[start:end]), next=str(end) if end < len(items) else None)


def offset(cursor: str | None) -> int:
    """How many items stand before the page. Raises Rejected for a cursor that says no number."""
    if cursor is None:
        return 0
    if not _OFFSET.fullmatch(cursor):
        raise Rejected("This page does not exist. Open the folder again.")
    return int(cursor)
