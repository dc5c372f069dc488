"""A storage that has names and no paths, as S3 has."""

from __future__ import annotations

from typing import Any

from django.core.files.base import File
from django.core.files.storage import InMemoryStorage, Storage


class Remote(Storage):
    def __init__(self) -> None:
        self.kept = InMemoryStorage()

    def _open(self, name: str, mode: str = "rb") -> File[Any]:
        return self.kept.open(name, mode)

    def _save(self, name: str, content: File[Any]) -> str:
        return self.kept.save(name, content)

    def exists(self, name: str) -> bool:
        return self.kept.exists(name)
