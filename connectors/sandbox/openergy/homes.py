"""The FTP areas: a small tree of files for each account, kept in the store."""

from __future__ import annotations

import errno
import os
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from threading import RLock
from typing import Any

from connectors.sandbox.clock import Clock
from connectors.sandbox.store import Store

ENTRIES = "ftp_entries"
CONTENTS = "ftp_contents"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file or directory; the path starts at the account's home."""

    path: str
    directory: bool
    size: int
    modified: int
    """Microseconds since 1970."""

    @property
    def name(self) -> str:
        """The last part of the path."""
        return posixpath.basename(self.path)


def failure(code: int, path: str) -> OSError:
    """The error of the class that belongs to a code, with the words that an FTP answer shows."""
    return OSError(code, os.strerror(code), path)


def tidy(path: str, below: str = "/") -> str:
    """An absolute path without dots, never above the home. Raises OSError for what none can be."""
    try:
        path.encode()
    except UnicodeEncodeError:
        raise failure(errno.EINVAL, "") from None
    if "\x00" in path or "\r" in path or "\n" in path:
        raise failure(errno.EINVAL, "")
    # Two slashes at the start mean something to POSIX; here they do not.
    return posixpath.normpath("/" + posixpath.join(below, path).lstrip("/"))


class Homes:
    """Every account's files. Paths are tidy ones; safe to use from any thread."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._entries = store.records(ENTRIES)
        self._contents = store.files(CONTENTS)
        self._clock = clock
        self._lock = RLock()

    def find(self, account: str, path: str) -> Entry | None:
        """One entry; every account has its home directory."""
        if path == "/":
            return Entry(path="/", directory=True, size=0, modified=0)
        row = self._entries.get(_key(account, path))
        return None if row is None else _entry(row)

    def below(self, account: str, path: str) -> list[Entry]:
        """Everything inside a directory, at any depth, by path."""
        root = path.rstrip("/") + "/"
        rows = (row for row in self._entries.all() if row["account"] == account)
        found = [_entry(row) for row in rows if row["path"].startswith(root)]
        return sorted(found, key=lambda entry: entry.path)

    def inside(self, account: str, path: str) -> list[Entry]:
        """What lies directly in a directory. Raises OSError where there is none."""
        self._directory(account, path)
        return [e for e in self.below(account, path) if posixpath.dirname(e.path) == path]

    def read(self, account: str, path: str) -> bytes:
        """The content of a file. Raises OSError."""
        with self._lock:
            self._file(account, path)
            return self._contents[_key(account, path)]

    def write(self, account: str, path: str, content: bytes) -> None:
        """Puts a file; one that is there is replaced. Raises OSError without the directory."""
        with self._lock:
            self._directory(account, posixpath.dirname(path))
            held = self.find(account, path)
            if held is not None and held.directory:
                raise failure(errno.EISDIR, path)
            self._contents[_key(account, path)] = content
            self._put(account, path, size=len(content))

    def make_directory(self, account: str, path: str) -> None:
        """Makes one directory. Raises OSError."""
        with self._lock:
            self._directory(account, posixpath.dirname(path))
            if self.find(account, path) is not None:
                raise failure(errno.EEXIST, path)
            self._put(account, path, size=None)

    def remove(self, account: str, path: str) -> None:
        """Deletes a file. Raises OSError."""
        with self._lock:
            self._file(account, path)
            del self._contents[_key(account, path)]
            del self._entries[_key(account, path)]

    def remove_directory(self, account: str, path: str) -> None:
        """Deletes an empty directory. Raises OSError."""
        with self._lock:
            if self.inside(account, path):
                raise failure(errno.ENOTEMPTY, path)
            if path != "/":
                del self._entries[_key(account, path)]

    def rename(self, account: str, old: str, new: str) -> None:
        """Moves a file, or a directory with all that is in it. Raises OSError."""
        with self._lock:
            moved = self.find(account, old)
            if moved is None:
                raise failure(errno.ENOENT, old)
            if old == "/" or new == old or new.startswith(f"{old}/"):
                raise failure(errno.EINVAL, new)
            self._directory(account, posixpath.dirname(new))
            held = self.find(account, new)
            if held is not None and (held.directory or moved.directory):
                raise failure(errno.EEXIST, new)
            for entry in (moved, *(self.below(account, old) if moved.directory else ())):
                self._move(account, entry, new + entry.path[len(old) :])

    def drop(self, account: str) -> None:
        """Forgets an account's files."""
        with self._lock:
            for entry in self.below(account, "/"):
                self._contents.pop(_key(account, entry.path), None)
                del self._entries[_key(account, entry.path)]

    def files(self, account: str, path: str) -> Iterator[Entry]:
        """Every file below a directory, by path."""
        return (entry for entry in self.below(account, path) if not entry.directory)

    def _move(self, account: str, entry: Entry, new: str) -> None:
        old = _key(account, entry.path)
        if not entry.directory:
            self._contents[_key(account, new)] = self._contents[old]
            del self._contents[old]
        row = self._entries.pop(old)
        self._entries[_key(account, new)] = {**row, "path": new}

    def _put(self, account: str, path: str, *, size: int | None) -> None:
        """`size` is None for a directory."""
        self._entries[_key(account, path)] = {
            "account": account, "path": path, "size": size, "modified": self._clock.now_us(),
        }  # fmt: skip

    def _directory(self, account: str, path: str) -> None:
        held = self.find(account, path)
        if held is None:
            raise failure(errno.ENOENT, path)
        if not held.directory:
            raise failure(errno.ENOTDIR, path)

    def _file(self, account: str, path: str) -> None:
        held = self.find(account, path)
        if held is None:
            raise failure(errno.ENOENT, path)
        if held.directory:
            raise failure(errno.EISDIR, path)


def _key(account: str, path: str) -> str:
    return f"{account}:{path}"


def _entry(row: dict[str, Any]) -> Entry:
    return Entry(path=row["path"], directory=row["size"] is None, size=row["size"] or 0,
                 modified=row["modified"])  # fmt: skip
