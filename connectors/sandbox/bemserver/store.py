"""The rows of a stand-in BEMServer: ids, uniqueness, references, cascades; kept for a restart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.sandbox.bemserver.problems import Problem
from connectors.sandbox.bemserver.rows import Rows
from connectors.sandbox.bemserver.table import Resource, Row
from connectors.sandbox.store import Store as Kept


def track_key(series: int, state: int) -> str:
    """Where the samples of a series in a data state lie."""
    return f"{series}@{state}"


class Store:
    """One table a resource, in memory and in what is kept."""

    def __init__(self, catalogue: Mapping[str, Resource], kept: Kept, flavour: str) -> None:
        self.catalogue = catalogue
        self.flavour = flavour
        self.kept = kept
        self.removed: list[tuple[str, int]] = []
        """What deletions took away, for whoever keeps something beside the rows."""
        self._rows = {path: Rows(resource) for path, resource in catalogue.items()}
        self._later: dict[tuple[str, int], Row | None] | None = None
        """In a draft, what is to be kept when it is taken."""
        for path, rows in self._rows.items():
            for row in kept.records(path).all():
                rows.put(row)

    def all(self, path: str) -> list[Row]:
        """Every row, an updated one at the end: the order is not defined on the platform either."""
        return self._rows[path].all()

    def get(self, path: str, row_id: int) -> Row | None:
        """One row."""
        return self._rows[path].get(row_id)

    def where(self, path: str, **values: Any) -> Iterator[Row]:
        """The rows whose fields have these values."""
        return self._rows[path].where(values)

    def add(self, path: str, **values: Any) -> Row:
        """A new row. Raises Problem 409 on a broken constraint; its id is then lost, as PostgreSQL
        loses the number that a failed insert had drawn."""
        row: Row = {"id": self.kept.number(path), **values}
        self._hold(self.catalogue[path], row)
        self._put(path, row)
        return row

    def replace(self, path: str, row: Row) -> Row:
        """Puts a row in the place of the one with its id. Raises Problem 409."""
        self._hold(self.catalogue[path], row)
        self._put(path, row)
        return row

    def remove(self, path: str, row_id: int) -> None:
        """Deletes a row and everything that refers to it."""
        if self._rows[path].pop(row_id) is None:
            return
        self._keep(path, row_id, None)
        self.removed.append((path, row_id))
        for other in self.catalogue.values():
            for field in other.fields:
                if field.to == path:
                    for row in list(self.where(other.path, **{field.name: row_id})):
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

    def draft(self) -> Store:
        """A copy to try something on: nothing of it is kept before `take`."""
        other = object.__new__(Store)
        other.catalogue, other.kept, other.flavour = self.catalogue, self.kept, self.flavour
        other.removed, other._later = [], {}
        other._rows = {path: rows.copy() for path, rows in self._rows.items()}
        return other

    def take(self, draft: Store) -> None:
        """Holds, and keeps, what the draft holds."""
        self._rows = draft._rows
        with self.kept.bulk():
            for (path, row_id), row in (draft._later or {}).items():
                self._keep(path, row_id, row)

    def _put(self, path: str, row: Row) -> None:
        self._rows[path].put(row)
        self._keep(path, row["id"], row)

    def _keep(self, path: str, row_id: int, row: Row | None) -> None:
        if self._later is not None:
            self._later.pop((path, row_id), None)
            self._later[path, row_id] = row
            return
        records = self.kept.records(path)
        records.pop(str(row_id), None)
        if row is not None:
            records[str(row_id)] = row

    def _hold(self, resource: Resource, row: Row) -> None:
        """The constraints of a database: not null, unique, foreign key."""
        for field in resource.fields:
            if field.needed and row.get(field.name) is None:
                raise Problem(409)
        if self._rows[resource.path].taken(row):
            raise Problem(409, message="Unique constraint violation")
        for field in resource.fields:
            value = row.get(field.name)
            if field.to is not None and value is not None and self.get(field.to, value) is None:
                raise Problem(409, message="Foreign key constraint violation")
