"""Rows of the tables that are no twins: documents, embedding inputs, responses."""

from __future__ import annotations

from typing import Any

from connectors.sandbox.avenieca.call import Platform
from connectors.sandbox.avenieca.problems import missing
from connectors.sandbox.avenieca.times import stamp
from connectors.sandbox.store import Record, Records


def add(platform: Platform, table: Records, counter: str, key: str, **content: Any) -> Record:
    """A new row with the next id, which `key` takes in: `{id}`."""
    row_id = platform.store.number(counter)
    now = stamp(platform.now())
    record = {"id": row_id, **content, "created_at": now, "updated_at": now}
    table[key.format(id=row_id)] = record
    return record


def change(platform: Platform, table: Records, key: str, **content: Any) -> Record:
    """Other content for a row."""
    record = {**table[key], **content, "updated_at": stamp(platform.now())}
    table[key] = record
    return record


def one(table: Records, key: str, what: str) -> Record:
    """A row. Raises Problem 404."""
    record = table.get(key)
    if record is None:
        raise missing(what)
    return record


def newest(rows: list[Record], number: int) -> int:
    """An id, with -1 as the newest row's [G]."""
    return max((row["id"] for row in rows), default=0) if number == -1 else number
