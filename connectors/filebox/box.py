"""The box itself: which files lie in it, under which names, and what was made of each.

`index.json` says it all and is exchanged as a whole, one process at a time. Everything else has a
key that is written once: a file's bytes, its card, its points. A change is therefore seen whole or
not at all. What a process wrote that then died stands under `waiting`, and goes after a day.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any, BinaryIO
from uuid import uuid4

from connectors.contract import Door
from connectors.errors import NotFound, Rejected, Unavailable

INDEX = "index.json"
CARD, POINTS = ".json", ".parquet"
MOST_FILES = 2_000
LONGEST_NAME = 200
ABANDONED = timedelta(days=1)
"""A key that waits so long was left by a process that died: no file takes a day."""
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
FULL = "The files could not be kept: the disk of this server is full, or cannot be written."


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file."""

    id: str
    name: str
    size: int
    at: str
    """When its content came, ISO 8601 in UTC."""
    raw: str
    """The key of its bytes."""
    card: str = ""
    """The key of what was made of it; empty until it is described."""

    @property
    def points(self) -> str:
        """The key of its points."""
        return self.card.removesuffix(CARD) + POINTS

    @property
    def keys(self) -> set[str]:
        """Everything that is kept of it."""
        return {self.raw, self.card, self.points} if self.card else {self.raw}


@dataclass(slots=True)
class Index:
    """What `index.json` holds."""

    files: dict[str, Entry] = field(default_factory=dict)
    waiting: dict[str, str] = field(default_factory=dict)
    """Keys that nothing names yet, and since when."""


class Box:
    """The files of one connection."""

    def __init__(self, door: Door) -> None:
        self.files = door.files
        self._keep = door.keep

    def entries(self) -> tuple[Entry, ...]:
        """All files by name."""
        found = self._index().files.values()
        return tuple(sorted(found, key=lambda one: (one.name.casefold(), one.id)))

    def entry(self, id: str) -> Entry:
        """Raises NotFound."""
        return _of(self._index(), id)

    def raw(self, entry: Entry) -> BinaryIO:
        """The bytes as they came. Raises NotFound where they went meanwhile."""
        return self.opened(entry.raw)

    def opened(self, key: str) -> BinaryIO:
        """Raises NotFound where it went meanwhile."""
        try:
            return self.files.open(key)
        except FileNotFoundError:
            raise NotFound("This file is not in the box any more.") from None

    def read(self, key: str) -> Any:
        """A JSON document."""
        with self.opened(key) as content:
            return json.load(content)

    def write(self, key: str, document: Mapping[str, Any]) -> None:
        self.store(key, BytesIO(json.dumps(document).encode()))

    def store(self, key: str, content: BinaryIO) -> int:
        """Raises Unavailable where there is no room."""
        try:
            return self.files.put(key, content)
        except OSError:
            raise Unavailable(FULL) from None

    @contextmanager
    def keys(self, *endings: str) -> Iterator[tuple[str, ...]]:
        """New keys to write under, alike but for their endings. What no entry names at the end of
        the block is deleted again."""
        stem = uuid4().hex
        made = tuple(f"{stem}{ending}" for ending in endings)
        now = datetime.now(UTC)
        with self._changing() as index:
            index.waiting.update(dict.fromkeys(made, now.isoformat()))
            stale = [key for key, at in index.waiting.items() if _stale(at, now)]
            for key in stale:
                self.files.delete(key)
                del index.waiting[key]
        try:
            yield made
        finally:
            self._settle(made)

    def add(self, name: str, raw: str, size: int) -> Entry:
        """Raises Rejected on `name`."""
        entry = Entry(id=uuid4().hex, name=named(name), size=size, at=now(), raw=raw)
        with self._changing() as index:
            _free(index, name)
            if len(index.files) >= MOST_FILES:
                raise refused("name", f"A box takes {MOST_FILES:,} files. Make another box.")
            index.files[entry.id] = entry
        return entry

    def check_free(self, name: str) -> None:
        """Raises Rejected on `name`, before anything is stored."""
        _free(self._index(), named(name))

    def rename(self, id: str, name: str) -> Entry:
        """Raises NotFound, and Rejected on `name`."""
        named(name)
        with self._changing() as index:
            was = _of(index, id)
            if was.name != name:
                _free(index, name)
            index.files[id] = found = replace(was, name=name)
        return found

    def exchange(self, was: Entry, now: Entry) -> None:
        """Other content, or another description. Raises NotFound, and Unavailable when somebody
        else changed the file meanwhile."""
        with self._changing() as index:
            found = _of(index, was.id)
            if (found.raw, found.card) != (was.raw, was.card):
                raise Unavailable("Somebody else changed this file meanwhile. Look at it again.")
            index.files[was.id] = replace(now, name=found.name)
        self._discard(was.keys - now.keys)

    def remove(self, id: str) -> None:
        """Raises NotFound."""
        with self._changing() as index:
            entry = _of(index, id)
            del index.files[id]
        self._discard(entry.keys)

    def _settle(self, made: tuple[str, ...]) -> None:
        with self._changing() as index:
            kept = {key for one in index.files.values() for key in one.keys}
            for key in made:
                index.waiting.pop(key, None)
        self._discard(set(made) - kept)

    def _discard(self, keys: Iterable[str]) -> None:
        for key in keys:
            self.files.delete(key)

    def _index(self) -> Index:
        try:
            with self.files.open(INDEX) as content:
                held = json.load(content)
        except FileNotFoundError:
            return Index()
        files = {one["id"]: Entry(**one) for one in held["files"]}
        return Index(files=files, waiting=held["waiting"])

    @contextmanager
    def _changing(self) -> Iterator[Index]:
        """The index, written when the block ends well."""
        with self._keep.lock():
            index = self._index()
            yield index
            files = [asdict(one) for one in index.files.values()]
            self.write(INDEX, {"files": files, "waiting": index.waiting})


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def named(name: str) -> str:
    """A name that is kept exactly as it is, and that no computer takes for a path. Raises Rejected
    on `name`."""
    if not name or name in {".", ".."} or "/" in name or "\\" in name:
        raise refused("name", "A file needs a name of its own, without slashes.")
    if _CONTROLS.search(name) or name != name.strip():
        said = "The name must not hold line breaks, nor begin or end with a space."
        raise refused("name", said)
    if len(name) > LONGEST_NAME:
        raise refused("name", f"A file's name has at most {LONGEST_NAME} letters.")
    if name.encode("utf-8", "ignore").decode() != name:
        raise refused("name", "The name holds letters that cannot be written.")
    return name


def refused(field: str, said: str) -> Rejected:
    return Rejected.on(field, said)


def _of(index: Index, id: str) -> Entry:
    if id not in index.files:
        raise NotFound("This file is not in the box any more.")
    return index.files[id]


def _free(index: Index, name: str) -> None:
    if any(one.name == name for one in index.files.values()):
        said = "There is a file of this name already. Open it and choose “Replace” to renew it."
        raise refused("name", said)


def _stale(at: str, now: datetime) -> bool:
    return now - datetime.fromisoformat(at) > ABANDONED
