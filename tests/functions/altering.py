"""What a method gives, altered: other values, or the last of it lost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

import pyarrow as pa
from pydantic import SecretStr

from connectors.contract import (
    Account,
    Audience,
    Buckets,
    Feed,
    File,
    Grant,
    Node,
    Page,
    Points,
    Written,
)
from connectors.operations import Record, Table

Flow = TypeVar("Flow", Points, Buckets)
T = TypeVar("T")


class Struck:
    """Whether anything has been altered yet."""

    def __init__(self) -> None:
        self.yet = False

    def __call__(self, old: T, new: T) -> T:
        """The new one, in place of the old."""
        self.yet = self.yet or old != new
        return new


Alter = Callable[[Struck, Any], Any]


def value(old: Any) -> Any:
    """Another value of the same type; what is empty stays so."""
    return next((other(old) for types, other in OTHERS if isinstance(old, types)), old)


OTHERS: Sequence[tuple[type | tuple[type, ...], Callable[[Any], Any]]] = (
    (bool, lambda old: not old),
    ((int, float), lambda old: old + 1),
    (str, lambda old: f"{old}~" if old else old),
    (SecretStr, lambda old: SecretStr(value(old.get_secret_value()))),
    (datetime, lambda old: old + timedelta(days=1)),
    ((list, tuple), lambda old: type(old)(value(one) for one in old)),
    (dict, lambda old: {name: value(one) for name, one in old.items()}),
)


def batch(struck: Struck, old: pa.RecordBatch) -> pa.RecordBatch:
    """Other values at the same times."""
    columns = [
        pa.array([value(one) for one in column.to_pylist()], column.type)
        for column in old.columns[1:]
    ]
    new = pa.RecordBatch.from_arrays([old.columns[0], *columns], schema=old.schema)
    return cast(pa.RecordBatch, struck(old, new))


def record(struck: Struck, old: Record) -> Record:
    fields = {name: value(one) for name, one in old.fields.items()}
    return replace(old, fields=struck(dict(old.fields), fields))


def table(struck: Struck, old: Table) -> Table:
    return replace(old, rows=(struck(tuple(row), value(tuple(row))) for row in old.rows))


def shorter_table(struck: Struck, old: Table) -> Table:
    return replace(old, rows=_but_last(struck, old.rows))


def flow(struck: Struck, old: Iterator[Flow]) -> Iterator[Flow]:
    with closing(cast(Any, old)):
        for one in old:
            yield replace(one, batch=batch(struck, one.batch))


def shorter_flow(struck: Struck, old: Iterator[Flow]) -> Iterator[Flow]:
    """Without the very last row; a batch that it was alone in stays away."""
    with closing(cast(Any, old)):
        held: Flow | None = None
        for one in old:
            if held is not None:
                yield held
            held = one
        if held is None:
            return
        struck(held.batch.num_rows, held.batch.num_rows - 1)
        if held.batch.num_rows > 1:
            yield replace(held, batch=held.batch.slice(0, held.batch.num_rows - 1))


def file(struck: Struck, old: File) -> File:
    return replace(old, chunks=other_bytes(struck, old.chunks))


def text(struck: Struck, old: str) -> str:
    return struck(old, f"{old}~")


def page(struck: Struck, old: Page[Any]) -> Page[Any]:
    items = tuple(
        node(struck, one) if isinstance(one, Node) else audience(struck, one) for one in old.items
    )
    return replace(old, items=items)


def shorter_page(struck: Struck, old: Page[Any]) -> Page[Any]:
    return replace(old, items=struck(old.items, old.items[:-1]))


def node(struck: Struck, old: Node) -> Node:
    return replace(old, name=struck(old.name, value(old.name)))


def audience(struck: Struck, old: Audience) -> Audience:
    return replace(old, label=struck(old.label, value(old.label)))


def account(struck: Struck, old: Account) -> Account:
    facts = {name: value(one) for name, one in old.facts.items()}
    return replace(old, id=struck(old.id, value(old.id)), label=value(old.label), facts=facts)


def written(struck: Struck, old: Written) -> Written:
    return replace(old, accepted=struck(old.accepted, old.accepted + 1))


def grant(struck: Struck, old: Grant) -> Grant:
    return replace(old, rights=struck(old.rights, ()), id=value(old.id))


def shorter_grants(struck: Struck, old: tuple[Grant, ...]) -> tuple[Grant, ...]:
    return struck(old, old[:-1])


def feed(struck: Struck, old: Feed) -> Feed:
    return replace(old, points=flow(struck, old.points))


def other_bytes(struck: Struck, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The first byte is another one, in each file."""
    whole = True
    for chunk in chunks:
        if chunk and whole:
            whole = False
            yield struck(chunk, bytes([chunk[0] ^ 1]) + chunk[1:])
        else:
            yield chunk


def _but_last(struck: Struck, rows: Iterable[T]) -> Iterator[T]:
    held: list[T] = []
    for row in rows:
        yield from held
        held = [row]
    struck(held, [])
