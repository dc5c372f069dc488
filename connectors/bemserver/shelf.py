"""One sort of row on one server: what the verbs of every sort do, and what their refusals mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from connectors.bemserver import ids
from connectors.bemserver.client import Client
from connectors.bemserver.collection import Collection, Row, Seen, seen
from connectors.bemserver.data import Chosen
from connectors.bemserver.fields import REFERENCES, wired
from connectors.bemserver.ids import SERIES, Item, Series
from connectors.bemserver.resources import BY_WORD, Sort
from connectors.bemserver.rows import Stats
from connectors.bemserver.states import States
from connectors.contract import Node, NodeId
from connectors.errors import NotFound, Rejected
from connectors.http import Answer
from connectors.operations import Record, Table

UNIQUE = "Unique constraint"
FOREIGN = "Foreign key constraint"
UNTYPED = "Invalid value type"
"""What the platform says without saying of which field."""
TAKEN = "BEMServer has one like this already."
APART = "On BEMServer these do not belong together."
NAMES = ("name", "value", "source", "parameter", "notification_level", "task_name")
"""What a row is called by, the best first."""
PARTS = ("node", "type", "name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The rows of one sort."""

    client: Client
    states: States
    sort: Sort

    def table(self, values: Mapping[str, Any]) -> Table:
        """Those that pass, fetched as they are taken."""
        asked = {name: value for name, value in values.items() if name != "limit"}
        rows = self._collection.every(self._asked(asked), most=values.get("limit"))
        return Table(columns=("node", "id", *self.sort.columns), rows=self._cells(rows))

    def record(self, id: str, unless: str | None) -> Record:
        """One, or that it still is as it was. Raises NotFound, Forbidden."""
        number = self.number(id)
        found = self._collection.one(number, unless=unless)
        if found is None:
            return Record(id=self._id(number), version=unless, fields={"unchanged": True})
        return self._shown(found)

    def create(self, values: Mapping[str, Any]) -> Record:
        """A new one. Raises Rejected beside the fields that the platform did not take."""
        given = wired(values)
        if self.sort.checked:
            self._look_at(given)
        return self._taken(partial(self._collection.create, given), given)

    def update(self, id: str, values: Mapping[str, Any]) -> Record:
        """What is given changes, and the rest is sent back as it was found."""
        given = {name: value for name, value in values.items() if name != "version"}
        if not given:
            raise Rejected("Nothing was given that could be changed.")
        number = self.number(id)
        found = self._collection.look(number)
        kept = {
            name: found.row[name]
            for name in self.sort.writable
            if name in found.row and name not in given
        }
        whole = kept | wired(given)
        version = values.get("version") or found.version if self.sort.versioned else None
        return self._taken(partial(self._collection.change, number, whole, version), whole)

    def delete(self, id: str, version: str | None) -> None:
        """With whatever hangs on it. Raises NotFound, Rejected when it has changed since."""
        number = self.number(id)
        if self.sort.versioned and version is None:
            version = self._collection.look(number).version
        self._collection.delete(number, version)

    def parts(self, id: str) -> Table:
        """What would be deleted with it, by name: the largest first."""
        number = self.number(id)
        self._collection.look(number)
        return Table(columns=PARTS, rows=self._parts(number))

    def has(self, number: int) -> bool:
        """Whether there is such a row. Of what is only listed the platform shows none alone."""
        if "getone" not in self.sort.verbs:
            return any(row["id"] == number for row in self._collection.every({}))
        try:
            self._collection.look(number)
        except NotFound:
            return False
        return True

    def number(self, id: str) -> int:
        """The platform's own. Raises NotFound for the id of something else."""
        return ids.number(id, self.sort.word)

    @property
    def _collection(self) -> Collection:
        return self.client.collection(self.sort.path, paged=self.sort.paged)

    def _other(self, word: str) -> Shelf:
        return Shelf(client=self.client, states=self.states, sort=BY_WORD[word])

    def _asked(self, values: Mapping[str, Any]) -> dict[str, Any]:
        first = {"sort": self.sort.first} if self.sort.first else {}
        return first | wired(values)

    def _id(self, number: int) -> NodeId:
        if self.sort.word == SERIES:
            return Series(number, self.states.chosen()).id
        return Item(self.sort.word, number).id

    def _shown(self, found: Seen) -> Record:
        return Record(id=self._id(found.number), version=found.version, fields=found.row)

    def _cells(self, rows: Iterator[Row]) -> Iterator[tuple[object, ...]]:
        for row in rows:
            yield (self._id(row["id"]), row["id"], *map(row.get, self.sort.columns))

    def _parts(self, number: int) -> Iterator[tuple[object, ...]]:
        if self.sort.word == SERIES:
            yield from self._points(number)
        if self.sort.word == "timeseries_datastate":
            yield None, "points", "every point in this state"
        for word, key in self.sort.goes:
            other = self._other(word)
            for row in other._collection.every(other._asked({}) | {key: number}):
                yield other._id(row["id"]), other.sort.one, called(row)

    def _points(self, number: int) -> Iterator[tuple[object, ...]]:
        """How many points of a series go, in each data state."""
        for state in self.client.states():
            stats = self.client.data.stats(Chosen((number,), state.id)).get(str(number), Stats())
            yield Series(number, state.id).id, "points", f"{stats.count} in {state.name}"

    def _look_at(self, given: Mapping[str, Any]) -> None:
        """Raises Rejected beside a reference that leads nowhere."""
        for name, (word, one) in REFERENCES.items():
            if name in given and not self._other(word).has(given[name]):
                text = f"BEMServer has no such {one}."
                raise Rejected(text, {name: text})

    def _taken(self, change: Callable[[], Answer], given: Row) -> Record:
        """The row as the platform has it now. Raises Rejected with the fields that it is about."""
        try:
            return self._shown(seen(change()))
        except Rejected as wrong:
            refusal = wrong
        raise self._explained(refusal, given)

    def _explained(self, wrong: Rejected, given: Row) -> Rejected:
        """Beside its fields, where the platform names none (sections 1.6 and 2.2)."""
        if UNIQUE in wrong.message:
            return Rejected(TAKEN, dict.fromkeys(self.sort.unique, TAKEN))
        if FOREIGN in wrong.message:
            self._look_at(given)
            return Rejected(APART, {name: APART for name in given if name in REFERENCES})
        if wrong.message.startswith(UNTYPED):
            return Rejected(wrong.message, {"value": f"{UNTYPED}."})
        return wrong


def node(client: Client, item: Item) -> Node:
    """What the tree does not show has a page too. Raises NotFound, Forbidden."""
    row = _row(client, item)
    details = {name: str(value) for name, value in row.items() if isinstance(value, str | int)}
    return Node(id=item.id, name=called(row), type=item.word, role="record", details=details)


def _row(client: Client, item: Item) -> Row:
    """Of what is only listed the platform shows none alone."""
    rows, sort = client.collection(item.path), BY_WORD.get(item.word)
    if sort is None or "getone" in sort.verbs:
        return rows.look(item.number).row
    for row in rows.every({}):
        if row["id"] == item.number:
            return row
    raise NotFound(ids.UNKNOWN)


def called(row: Row) -> str:
    """What a person would call a row."""
    return next((str(row[name]) for name in NAMES if row.get(name)), f"number {row['id']}")
