"""Where a connection keeps files of its own: a folder in Django's default storage.

It goes with the connection: at once when a person deletes that, else with the next sweep.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfileobj
from typing import BinaryIO, cast
from uuid import UUID, uuid4

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage

from connectors.files import checked
from dashboard.connections.models import Connection

FOLDER = "boxes"
PIECE = 2**20


@dataclass(frozen=True, slots=True)
class StoredFiles:
    """See `connectors.contract.Files`."""

    connection: UUID

    @property
    def largest(self) -> int:
        return int(settings.LARGEST_UPLOAD)

    def put(self, key: str, content: BinaryIO) -> int:
        """In a local folder by a rename; elsewhere the storage itself stores a whole file or none,
        and one that is replaced is not there for a moment."""
        name = self._name(key)
        final = _local(name)
        if final is not None:
            return _moved_into(final, content)
        if default_storage.exists(name):
            default_storage.delete(name)
        return int(default_storage.size(default_storage.save(name, File(content))))

    def open(self, key: str) -> BinaryIO:
        return cast("BinaryIO", default_storage.open(self._name(key), "rb").file)

    def delete(self, key: str) -> None:
        default_storage.delete(self._name(key))

    def list(self) -> Iterator[str]:
        return iter(_listed(f"{FOLDER}/{self.connection}")[1])

    def clear(self) -> None:
        """Deletes all of it; also what a writer that died left behind."""
        folder = f"{FOLDER}/{self.connection}"
        for name in _listed(folder)[1]:
            default_storage.delete(f"{folder}/{name}")
        if _local(folder) is not None:
            default_storage.delete(folder)

    def _name(self, key: str) -> str:
        return f"{FOLDER}/{self.connection}/{checked(key)}"


def files_sweep() -> int:
    """Deletes the files of connections that are gone; gives how many connections they were of."""
    kept = {str(key) for key in Connection.objects.values_list("pk", flat=True)}
    gone = [name for name in _listed(FOLDER)[0] if name not in kept]
    for name in gone:
        StoredFiles(UUID(name)).clear()
    return len(gone)


def _moved_into(final: Path, content: BinaryIO) -> int:
    """Written beside its place, and moved there when it is whole."""
    final.parent.mkdir(parents=True, exist_ok=True)
    part = final.with_name(f".{uuid4().hex}")
    try:
        with part.open("xb") as written:
            copyfileobj(content, written, PIECE)
            written.flush()
            os.fsync(written.fileno())
        size = part.stat().st_size
        part.replace(final)
    finally:
        part.unlink(missing_ok=True)
    return size


def _listed(folder: str) -> tuple[list[str], list[str]]:
    """The folders and files in one; none where it is not there."""
    try:
        return default_storage.listdir(folder)
    except FileNotFoundError:
        return [], []


def _local(name: str) -> Path | None:
    """The path of a name, or None for a storage that has none."""
    try:
        return Path(default_storage.path(name))
    except NotImplementedError:
        return None
