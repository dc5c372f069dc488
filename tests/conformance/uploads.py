"""Uploads as the tests make them."""

from __future__ import annotations

from io import BytesIO

from connectors.contract import Upload


class Watched(BytesIO):
    """Notes the largest piece that was taken at once."""

    largest = 0

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(size)
        self.largest = max(self.largest, len(piece))
        return piece


def upload(name: str, content: bytes | BytesIO, type: str = "text/csv") -> Upload:
    """What is left of the content, under this name."""
    file = BytesIO(content) if isinstance(content, bytes) else content
    size = len(file.getbuffer()) - file.tell()
    return Upload(name=name, content=file, size=size, type=type)
