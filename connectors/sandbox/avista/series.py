"""What the time-series, IoT and capture side holds in memory, and the tokens of its pages."""

from __future__ import annotations

import base64
import hashlib
import json
from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

import pyarrow as pa

from connectors.sandbox.avista.records import Table
from connectors.sandbox.avista.resolvers import Fault
from connectors.sandbox.store import Journal

MOST_RESULTS = 8
"""Sorted and grouped results that wait for their next page; others are computed again."""
SEAL = 12
"""Characters of a token that tell whether the rest is ours."""


@dataclass(slots=True)
class SeriesState:
    """The tables of values."""

    journal: Journal
    databases: dict[str, Table] = field(default_factory=dict)
    iot: Table = field(init=False)
    captures: Table = field(init=False)
    results: OrderedDict[str, pa.Table] = field(default_factory=OrderedDict)
    exporting: list[Thread] = field(default_factory=list)
    """Export files that are being written."""
    latest_page: int = 1000
    """Assets in one page of latest values: more than any client of 0.0.24 meets [G]."""

    def __post_init__(self) -> None:
        self.iot = Table("iot", self.journal)
        self.captures = Table("captures", self.journal)

    def table(self, key: str) -> Table | None:
        """A table by the key that its journal entries carry."""
        return {"iot": self.iot, "captures": self.captures}.get(key) or self.databases.get(key)

    def add(self, database_id: str) -> Table:
        """A new database's table."""
        self.databases[database_id] = Table(database_id, self.journal)
        return self.databases[database_id]

    def keep(self, key: str, result: pa.Table) -> None:
        """Holds a result for its next pages."""
        self.results[key] = result
        self.results.move_to_end(key)
        while len(self.results) > MOST_RESULTS:
            self.results.popitem(last=False)


def sealed(kind: str, content: dict[str, Any]) -> str:
    """A token that holds a small JSON object, good for one kind of pages."""
    body = base64.urlsafe_b64encode(json.dumps(content).encode()).decode()
    return _seal(kind, body) + body


def unsealed(kind: str, token: str) -> dict[str, Any]:
    """What a token holds. Raises Fault for one that was not made here, or for another kind."""
    if token[:SEAL] != _seal(kind, token[SEAL:]):
        raise Fault("ValidationException", "The nextToken is invalid.")
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(token[SEAL:]))
    return found


def _seal(kind: str, body: str) -> str:
    return hashlib.sha256(f"{kind} {body}".encode("utf-8", "replace")).hexdigest()[:SEAL]
