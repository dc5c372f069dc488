"""Records of the platform as records and tables of ours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

import orjson

from connectors.openergy.client import Row
from connectors.openergy.ids import ref_of
from connectors.operations import Record, Table

HIDDEN = frozenset({"password"})
"""What no record shows, whoever sent it."""


def record(type: str, row: Row) -> Record:
    """Every field; what is embedded stands behind its name and a dot, or as JSON in a list."""
    return Record(id=ref_of(type, row).id, fields=dict(_flat(row)))


def table(type: str, rows: Iterable[Row]) -> Table:
    """A row a record, fetched as they are taken; the columns are those of the first."""
    waiting = iter(rows)
    first = next(waiting, None)
    if first is None:
        return Table(columns=("node",), rows=())
    columns = tuple(name for name in first if name not in HIDDEN)
    found = _rows(type, columns, chain((first,), waiting))
    return Table(columns=("node", *columns), rows=found)


def _rows(type: str, columns: tuple[str, ...], rows: Iterable[Row]) -> Iterator[tuple[object, ...]]:
    for row in rows:
        yield (ref_of(type, row).id, *(_cell(row.get(name)) for name in columns))


def _cell(value: object) -> object:
    if isinstance(value, Mapping):
        return value.get("name") or value.get("status") or value.get("id") or _json(value)
    return _json(value) if isinstance(value, list) else value


def _flat(row: Mapping[str, object], before: str = "") -> Iterator[tuple[str, object]]:
    for name, value in row.items():
        if name in HIDDEN:
            continue
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", _json(value) if isinstance(value, list) else value


def _json(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()


def answered(found: object) -> Record:
    """Whatever an action answered; a 204 has no fields."""
    if isinstance(found, dict):
        return Record(fields=dict(_flat(found)))
    return Record(fields={} if found is None else {"answer": _json(found)})
