"""A plain folder as the place for a connection's files."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from connectors.files import checked


class Folder:
    """See `connectors.contract.Files`."""

    def __init__(self, path: Path, largest: int = 2**28) -> None:
        self.path, self.largest = path, largest
        path.mkdir(parents=True, exist_ok=True)

    def put(self, key: str, content: BinaryIO) -> int:
        final, part = self.path / checked(key), self.path / f".{uuid4().hex}"
        with part.open("wb") as written:
            shutil.copyfileobj(content, written)
        part.replace(final)
        return final.stat().st_size

    def open(self, key: str) -> BinaryIO:
        return (self.path / checked(key)).open("rb")

    def delete(self, key: str) -> None:
        (self.path / checked(key)).unlink(missing_ok=True)

    def list(self) -> Iterator[str]:
        return (path.name for path in self.path.iterdir() if not path.name.startswith("."))
