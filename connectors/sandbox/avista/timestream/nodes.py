"""What a query says, as a tree. Places are `line:column`, and never make two trees different."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

Place = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """A constant: `kind` is bigint, double, varchar, boolean, timestamp, interval or unknown.

    Timestamps and intervals are nanoseconds.
    """

    kind: str
    value: int | float | str | bool | None
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column by its name."""

    name: str
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """An operator or a function over its operands; the operator's own sign is its name."""

    name: str
    operands: tuple[Node, ...]
    place: Place = field(compare=False)


Node = Literal | Column | Operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One column of the result."""

    node: Node
    alias: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorting:
    """One criterion of the order."""

    node: Node
    falling: bool
    nulls_first: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Select:
    """A whole query; no items means every column."""

    items: tuple[Item, ...]
    database: str
    table: str
    table_place: Place
    where: Node | None = None
    group: tuple[Node, ...] = ()
    order: tuple[Sorting, ...] = ()
    limit: int | None = None


def walk(node: Node) -> Iterator[Node]:
    """A node and everything in it."""
    pending = [node]
    while pending:
        here = pending.pop()
        yield here
        if isinstance(here, Operation):
            pending.extend(here.operands)
