"""The verbs that every service has (section 3.1), over any path: objects alike, drops alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from pydantic import SecretStr

from connectors.contract import NodeId
from connectors.errors import NotFound, Rejected
from connectors.flowthings import forms
from connectors.flowthings.client import PAGE, Client, Row, rows_of
from connectors.operations import Record, Table

HIDDEN = frozenset(("password",))
SECRET = frozenset(("tokenString", "masterToken"))
NAMES = "references"


@dataclass(frozen=True, slots=True)
class Calls:
    """One service, or the drops of one flow."""

    client: Client
    path: str
    prefix: str
    """Begins the node ids of what it holds."""
    columns: tuple[str, ...]

    def find_many(self, values: Mapping[str, Any]) -> Table:
        """A list; its pages are fetched as its rows are taken."""
        columns = (
            tuple(dict.fromkeys(["id", *values["only"]])) if values.get("only") else self.columns
        )
        named: dict[str, Row] | None = {} if values.get("refs") else None
        rows = self._listed(values, named)
        if named is None:
            return Table(columns=columns, rows=_cells(rows, columns))
        return Table(columns=(*columns, NAMES), rows=_told(rows, columns, named))

    def find(self, values: Mapping[str, Any]) -> Table:
        """One, some, those that pass, or all: each in its own form."""
        rest = {name: value for name, value in values.items() if name not in ("id", "ids")}
        if values.get("id"):
            row = self.client.one(self.path, self.key(values["id"]), query=forms.query(rest))
            return Table(columns=self.columns, rows=tuple(_cells([row], self.columns)))
        if values.get("ids"):
            return self.read_many(values["ids"])
        return self.find_many(rest)

    def read(self, id: str) -> Record:
        return self.record(self.client.one(self.path, self.key(id)))

    def read_or_else(self, id: str, default: str) -> Record:
        """The default for what is not there; another refusal stays one."""
        try:
            return self.read(id)
        except NotFound:
            return Record(fields={"default": default})

    def read_many(self, ids: Sequence[str]) -> Table:
        """In the order asked; those that lead nowhere are left out."""
        keys = [self.key(one) for one in ids]
        found = self.client.many(self.path, keys)
        rows = [found[key] for key in dict.fromkeys(keys) if isinstance(found.get(key), dict)]
        return Table(columns=self.columns, rows=tuple(_cells(rows, self.columns)))

    def create(self, values: Mapping[str, Any]) -> Record:
        return self.record(self.client.create(self.path, forms.wire(values)))

    def update(self, id: str, values: Mapping[str, Any]) -> Record:
        """Only what is given is sent, and changes."""
        return self.record(self.client.change(self.path, self.key(id), forms.wire(values)))

    def update_many(self, changes: Mapping[str, Mapping[str, Any]]) -> Table:
        """Each object gets its own changes, all in one request."""
        bodies = {self.key(one): forms.wire(values) for one, values in changes.items()}
        if not bodies:
            raise Rejected.on("changes", "Say for at least one id what changes.")
        found = self.client.change_many(self.path, bodies)
        rows = [row for row in found.values() if isinstance(row, dict)]
        return Table(columns=self.columns, rows=tuple(_cells(rows, self.columns)))

    def save(self, values: Mapping[str, Any]) -> Record:
        """Several are changed, one is changed, or a new one is made, whatever is given."""
        rest = {name: value for name, value in values.items() if name not in ("id", "many")}
        if values.get("many"):
            table = self.update_many(values["many"])
            return Record(fields={"saved": len(tuple(table.rows))})
        if values.get("id"):
            return self.update(values["id"], rest)
        return self.create(rest)

    def delete(self, id: str) -> None:
        self.client.delete(self.path, self.key(id))

    def key(self, id: str) -> str:
        """The platform's id, of a node's id or of itself. Raises NotFound for a stranger's."""
        key = id.removeprefix(f"{self.prefix}/")
        if not key.isalnum():
            raise NotFound("flowthings.io has nothing under this name.")
        return key

    def record(self, row: Row) -> Record:
        """Secrets on a further click; a password never."""
        fields = {
            name: SecretStr(str(value)) if name in SECRET else value
            for name, value in row.items()
            if name not in HIDDEN
        }
        return Record(id=NodeId(f"{self.prefix}/{row.get('id')}"), fields=fields)

    def _listed(self, values: Mapping[str, Any], named: dict[str, Row] | None) -> Iterator[Row]:
        """With a small limit just so many are asked for; else pages, from the first on."""
        query, limit = forms.query(values), values.get("limit")
        first = values.get("start", 0)
        if limit is not None and limit < PAGE:
            asked = {**query, "limit": limit, "start": first or None, "refs": named is not None}
            found = self.client.call("GET", self.path, query=asked)
            if named is not None:
                named.update(found.references)
            return iter(rows_of(found.body))
        query = {"sort": None, "order": None, **query}
        return islice(self.client.every(self.path, first=first, named=named, **query), limit)


def _cells(rows: Iterable[Row], columns: Sequence[str]) -> Iterator[tuple[object, ...]]:
    return (tuple(_cell(row, name) for name in columns) for row in rows)


def _cell(row: Row, name: str) -> object:
    found: Any = row.get(name)
    if found is None and "." in name:
        found = row
        for part in name.split("."):
            found = found.get(part) if isinstance(found, dict) else None
    if name in HIDDEN or found is None:
        return None
    return SecretStr(str(found)) if name in SECRET else found


def _told(
    rows: Iterable[Row], columns: Sequence[str], named: Mapping[str, Row]
) -> Iterator[tuple[object, ...]]:
    """With the names of what each row mentions."""
    for row in rows:
        mentioned = [key for value in row.values() for key in _keys(value) if key in named]
        names = [_name(named[key]) for key in dict.fromkeys(mentioned)]
        (cells,) = _cells([row], columns)
        yield (*cells, ", ".join(names))


def _keys(value: Any) -> list[str]:
    found = value if isinstance(value, list) else [value]
    return [one for one in found if isinstance(one, str)]


def _name(row: Row) -> str:
    return str(row.get("displayName") or row.get("name") or row.get("path") or row.get("id"))
