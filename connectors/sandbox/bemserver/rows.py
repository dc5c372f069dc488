"""The rows of one resource in memory, found by id, by what they refer to and by unique key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors.sandbox.bemserver.table import Resource, Row

Found = dict[int, Row]


class Rows:
    """Rows are replaced, never changed in place; a replaced one stands at the end."""

    def __init__(self, resource: Resource) -> None:
        self.resource = resource
        self._rows: Found = {}
        self._by: dict[str, dict[Any, Found]] = {f.name: {} for f in resource.fields if f.to}
        self._unique: dict[tuple[str, ...], dict[tuple[Any, ...], Row]] = {
            keys: {} for keys in resource.unique
        }

    def all(self) -> list[Row]:
        """Every row, in a list of its own: threads read it while rows are being changed."""
        return list(self._rows.values())

    def get(self, row_id: int) -> Row | None:
        """One row."""
        return self._rows.get(row_id)

    def where(self, values: Row) -> Iterator[Row]:
        """The rows whose fields have these values."""
        wanted = values.items()
        return (row for row in self._near(values) if all(row.get(k) == v for k, v in wanted))

    def taken(self, row: Row) -> bool:
        """Whether another row has one of its unique keys."""
        for keys, held in self._unique.items():
            other = held.get(tuple(row.get(key) for key in keys))
            if other is not None and other["id"] != row["id"]:
                return True
        return False

    def put(self, row: Row) -> None:
        """Adds a row, or puts it in the place of the one with its id."""
        self.pop(row["id"])
        self._rows[row["id"]] = row
        for name, held in self._by.items():
            held.setdefault(row.get(name), {})[row["id"]] = row
        for keys, unique in self._unique.items():
            unique[tuple(row.get(key) for key in keys)] = row

    def pop(self, row_id: int) -> Row | None:
        """Takes a row away."""
        row = self._rows.pop(row_id, None)
        if row is None:
            return None
        for name, held in self._by.items():
            held[row.get(name)].pop(row_id)
        for keys, unique in self._unique.items():
            unique.pop(tuple(row.get(key) for key in keys), None)
        return row

    def copy(self) -> Rows:
        """The same rows in a table of its own."""
        other = Rows(self.resource)
        for row in self._rows.values():
            other.put(row)
        return other

    def _near(self, values: Row) -> list[Row]:
        """Few rows among which all those with these values are."""
        for keys, unique in self._unique.items():
            if all(key in values for key in keys):
                row = unique.get(tuple(values[key] for key in keys))
                return [row] if row is not None else []
        for name, value in values.items():
            if name in self._by:
                return list(self._by[name].get(value, {}).values())
        return self.all()
