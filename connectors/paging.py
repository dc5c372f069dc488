"""Following cursors to the end, and refusing to go in circles."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from connectors.contract import Page
from connectors.errors import BadAnswer

T = TypeVar("T")


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
