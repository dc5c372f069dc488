"""The rows of a stand-in BEMServer: ids, uniqueness, references, cascades. All in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.sandbox.bemserver.problems import Problem
from connectors.sandbox.bemserver.table import Resource, Row


class Store:
    """One table a resource. Rows are replaced, never changed in place."""

    def __init__(self, catalogue: Mapping[str, Resource]) -> None:
        self.catalogue = catalogue
        self.removed: list[tuple[str, int]] = []
        """What deletions took away, for whoever keeps something beside the rows."""
        self._rows: dict[str, dict[int, Row]] = {path: {} for path in catalogue}
        self._next: dict[str, int] = dict.fromkeys(catalogue, 1)

    def all(self, path: str) -> list[Row]:
        """Every row, an updated one at the end: the order is not defined on the platform either.

        A list of its own, because data requests read it in threads while rows are being changed.
        """
        return list(self._rows[path].values())

    def get(self, path: str, row_id: int) -> Row | None:
        """One row."""
        return self._rows[path].get(row_id)

    def where(self, path: str, **values: Any) -> Iterator[Row]:
        """The rows whose fields have these values."""
        wanted = values.items()
        return (row for row in self.all(path) if all(row.get(k) == v for k, v in wanted))

    def add(self, path: str, **values: Any) -> Row:
        """A new row. Raises Problem 409 on a broken constraint."""
        resource = self.catalogue[path]
        row: Row = {"id": self._next[path], **values}
        self._hold(resource, row)
        self._next[path] += 1
        self._rows[path][row["id"]] = row
        return row

    def replace(self, path: str, row: Row) -> Row:
        """Puts a row in the place of the one with its id. Raises Problem 409."""
        self._hold(self.catalogue[path], row)
        del self._rows[path][row["id"]]
        self._rows[path][row["id"]] = row
        return row

    def remove(self, path: str, row_id: int) -> None:
        """Deletes a row and everything that refers to it."""
        if self._rows[path].pop(row_id, None) is None:
            return
        self.removed.append((path, row_id))
        for other in self.catalogue.values():
            for field in other.fields:
                if field.to == path:
                    for row in [r for r in self.all(other.path) if r.get(field.name) == row_id]:
                        self.remove(other.path, row["id"])

    def parent(self, resource: Resource, row: Row, key: str) -> Row | None:
        """The row that an id field of `row` names."""
        field = resource.field(key)
        if field is None or field.to is None or row.get(key) is None:
            return None
        return self.get(field.to, row[key])

    def ancestor(self, resource: Resource, row: Row, target: str) -> Row | None:
        """The nearest row of `target` reached by following ids upward; the row itself counts."""
        if resource.path == target:
            return row
        for field in resource.fields:
            if field.to is None:
                continue
            above = self.parent(resource, row, field.name)
            if above is None:
                continue
            found = self.ancestor(self.catalogue[field.to], above, target)
            if found is not None:
                return found
        return None

    def copy(self) -> Store:
        """The same rows in a store of its own; rows never change in place, so they are shared."""
        other = Store(self.catalogue)
        other.take(self)
        return other

    def take(self, other: Store) -> None:
        """Holds what another store holds."""
        self._rows = {path: dict(rows) for path, rows in other._rows.items()}
        self._next = dict(other._next)

    def _hold(self, resource: Resource, row: Row) -> None:
        """The constraints of a database: not null, foreign key, unique."""
        for field in resource.fields:
            if field.needed and row.get(field.name) is None:
                raise Problem(409)
        for field in resource.fields:
            value = row.get(field.name)
            if field.to is not None and value is not None and self.get(field.to, value) is None:
                raise Problem(409, message="Foreign key constraint violation")
        for keys in resource.unique:
            wanted = tuple(row.get(key) for key in keys)
            for other in self._rows[resource.path].values():
                if other["id"] != row["id"] and tuple(other.get(k) for k in keys) == wanted:
                    raise Problem(409, message="Unique constraint violation")
