"""Rows of the platform as records and tables of ours."""

from __future__ import annotations

from collections.abc import Iterable

from connectors.avista import ids
from connectors.avista.client import Row
from connectors.operations import Record, Table


def record(sort: str, row: Row, **more: object) -> Record:
    """Every field, and over them what is known better."""
    return Record(fields={**row, **more}, id=ids.of_row(sort, row).id)


def table(sort: str, rows: Iterable[Row], columns: tuple[str, ...]) -> Table:
    """A line a row, with its node before these fields."""
    lines = [(ids.of_row(sort, row).id, *(row.get(name) for name in columns)) for row in rows]
    return Table(columns=("node", *columns), rows=lines)
