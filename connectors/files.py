"""A private place for the files of one connection: for a platform that has none of its own.

What lies there is deleted with the connection. Others import `Files` from `connectors.contract`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, Protocol

from connectors.errors import Unavailable

KEY = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")


class Files(Protocol):
    """A flat store of bytes under keys that a service makes up (`KEY`).

    A key is never a name that people typed: what a person or a platform calls a file is data, and
    stands inside of one. A key that is none raises ValueError; one that is not there,
    FileNotFoundError; a disk that is full, OSError.
    """

    @property
    def largest(self) -> int:
        """How many bytes one file may have; the operator says so."""
        ...

    def put(self, key: str, content: BinaryIO) -> int:
        """Stores all from where the stream stands, in place of what was there; gives the bytes.

        Whole or not at all: who reads meanwhile sees the old file or the new one.
        """
        ...

    def open(self, key: str) -> BinaryIO:
        """The file to read, seekable; whoever opens it closes it."""
        ...

    def delete(self, key: str) -> None:
        """Afterwards it is gone; that it was gone before is no error."""
        ...

    def list(self) -> Iterator[str]:
        """Every key, in no order."""
        ...


class NoFiles:
    """The place of an account that is only being tried: empty, and takes nothing."""

    largest = 0

    def put(self, key: str, content: BinaryIO) -> int:
        raise Unavailable("Files can be kept as soon as the connection is.")

    def open(self, key: str) -> BinaryIO:
        raise FileNotFoundError(checked(key))

    def delete(self, key: str) -> None:
        checked(key)

    def list(self) -> Iterator[str]:
        return iter(())


def checked(key: str) -> str:
    """The same key. Raises ValueError for what could be a path, or a name of somebody's."""
    if not KEY.fullmatch(key) or ".." in key:
        raise ValueError("This is no key of a kept file.")
    return key
