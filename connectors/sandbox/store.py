"""What the stand-ins hold: records, files and journals, in one SQLite database.

The database is a file when the sandbox has a data folder, and in memory otherwise; either way
what is written stays until a reset.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any, Generic, TypeVar

Record = dict[str, Any]
Value = TypeVar("Value")

FORMAT = 1
"""Raised when what a stand-in keeps changes its meaning: an older file then starts anew."""
TABLES = ("records", "files", "journals", "numbers")
SCHEMA = """
CREATE TABLE records (space, name, key, value, UNIQUE (space, name, key));
CREATE TABLE files (space, name, key, value, UNIQUE (space, name, key));
CREATE TABLE journals (space, name, value);
CREATE INDEX journal_names ON journals (space, name);
CREATE TABLE numbers (space, name, value, UNIQUE (space, name));
"""


class Database:
    """One SQLite database, safe to use from any thread."""

    def __init__(self, path: Path | None = None) -> None:
        self._lock = RLock()
        self._depth = 0
        self._connection = _opened(path)

    def store(self, space: str) -> Store:
        """The part that belongs to one platform."""
        return Store(self, space)

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Runs one statement."""
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    @contextmanager
    def bulk(self) -> Iterator[None]:
        """One transaction; nested ones join it."""
        with self._lock:
            self._depth += 1
            if self._depth == 1:
                self._connection.execute("BEGIN")
            try:
                yield
            finally:  # what was written in memory is kept, whatever broke the block
                self._depth -= 1
                if self._depth == 0:
                    self._connection.execute("COMMIT")

    def close(self) -> None:
        """Closes the file; all of it lies in the one file then."""
        with self._lock:
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._connection.close()


def _opened(path: Path | None) -> sqlite3.Connection:
    """Raises sqlite3.Error for a file that is no database."""
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = OFF")  # a power cut may cost a sandbox its state
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version != FORMAT:
        connection.executescript("".join(f"DROP TABLE IF EXISTS {name};" for name in TABLES))
        connection.executescript(SCHEMA)
        connection.execute(f"PRAGMA user_version = {FORMAT}")
    return connection


class Store:
    """What one stand-in holds."""

    def __init__(self, database: Database, space: str) -> None:
        self._database = database
        self._space = space
        self._records: dict[str, Records] = {}

    def records(self, name: str) -> Records:
        """Records by key, all in memory too. The same object for the same name."""
        if name not in self._records:
            self._records[name] = Records(self._database, self._space, name)
        return self._records[name]

    def files(self, name: str) -> Files:
        """Bytes by key, read from the database each time."""
        return Files(self._database, self._space, name)

    def journal(self, name: str) -> Journal:
        """Bytes in the order in which they were written."""
        return Journal(self._database, self._space, name)

    def number(self, name: str) -> int:
        """The next of 1, 2, 3 …; none is given twice."""
        query = (
            "INSERT INTO numbers VALUES (?, ?, 1) "
            "ON CONFLICT (space, name) DO UPDATE SET value = value + 1 RETURNING value"
        )
        return int(self._database.rows(query, self._space, name)[0][0])

    @property
    def empty(self) -> bool:
        """Whether nothing was ever written, or all of it cleared."""
        tables = " UNION ALL ".join(f"SELECT space FROM {name}" for name in TABLES)  # noqa: S608
        query = f"SELECT 1 FROM ({tables}) WHERE space = ? LIMIT 1"  # noqa: S608
        return not self._database.rows(query, self._space)

    def bulk(self) -> Any:
        """A block whose writes are one transaction: for the first state, and for batches."""
        return self._database.bulk()

    def clear(self) -> None:
        """Forgets everything; mappings that were handed out are empty then."""
        with self._database.bulk():
            for name in TABLES:
                self._database.rows(f"DELETE FROM {name} WHERE space = ?", self._space)  # noqa: S608
        for records in self._records.values():
            records.forget()


class _Kept(MutableMapping[str, Value], Generic[Value]):
    """A mapping whose rows lie in one table of the database."""

    table: str

    def __init__(self, database: Database, space: str, name: str) -> None:
        self._database = database
        self._place = (space, name)

    def _write(self, key: str, value: str | bytes) -> None:
        query = (
            f"INSERT INTO {self.table} VALUES (?, ?, ?, ?) "  # noqa: S608
            "ON CONFLICT (space, name, key) DO UPDATE SET value = excluded.value"
        )
        self._database.rows(query, *self._place, key, value)

    def _delete(self, key: str) -> None:
        self._rows("DELETE FROM", "AND key = ?", key)

    def _rows(self, verb: str, where: str = "", *values: object) -> list[tuple[Any, ...]]:
        query = f"{verb} {self.table} WHERE space = ? AND name = ? {where}"
        return self._database.rows(query, *self._place, *values)


class Records(_Kept[Record]):
    """JSON objects by key, in the order of their first writing.

    A record is replaced, never changed in place: only what is set is written.
    """

    table = "records"

    def __init__(self, database: Database, space: str, name: str) -> None:
        super().__init__(database, space, name)
        found = self._rows("SELECT key, value FROM", "ORDER BY rowid")
        self._held: dict[str, Record] = {key: json.loads(value) for key, value in found}

    def __getitem__(self, key: str) -> Record:
        return self._held[key]

    def __setitem__(self, key: str, value: Record) -> None:
        self._write(key, json.dumps(value))
        self._held[key] = value

    def __delitem__(self, key: str) -> None:
        del self._held[key]
        self._delete(key)

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._held))

    def __len__(self) -> int:
        return len(self._held)

    def __contains__(self, key: object) -> bool:
        return key in self._held

    def all(self) -> list[Record]:
        """Every record, in a list of its own: others may write while it is read."""
        return list(self._held.values())

    def forget(self) -> None:
        """Empties the memory after the table was emptied."""
        self._held = {}


class Files(_Kept[bytes]):
    """Bytes by key."""

    table = "files"

    def __getitem__(self, key: str) -> bytes:
        found = self._rows("SELECT value FROM", "AND key = ?", key)
        if not found:
            raise KeyError(key)
        return bytes(found[0][0])

    def __setitem__(self, key: str, value: bytes) -> None:
        self._write(key, value)

    def __delitem__(self, key: str) -> None:
        if key not in self:
            raise KeyError(key)
        self._delete(key)

    def __iter__(self) -> Iterator[str]:
        return iter([key for (key,) in self._rows("SELECT key FROM", "ORDER BY rowid")])

    def __len__(self) -> int:
        return int(self._rows("SELECT count(*) FROM")[0][0])

    def __contains__(self, key: object) -> bool:
        return bool(self._rows("SELECT 1 FROM", "AND key = ?", key))

    def size(self, key: str) -> int:
        """The length of a file without reading it; 0 when there is none."""
        found = self._rows("SELECT length(value) FROM", "AND key = ?", key)
        return int(found[0][0]) if found else 0


class Journal:
    """Entries of bytes, oldest first."""

    def __init__(self, database: Database, space: str, name: str) -> None:
        self._database = database
        self._place = (space, name)

    def append(self, entry: bytes) -> None:
        """Writes one more entry."""
        self._database.rows("INSERT INTO journals VALUES (?, ?, ?)", *self._place, entry)

    def __iter__(self) -> Iterator[bytes]:
        query = "SELECT value FROM journals WHERE space = ? AND name = ? ORDER BY rowid"
        return iter([bytes(value) for (value,) in self._database.rows(query, *self._place)])
