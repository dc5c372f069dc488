"""What a platform calls a file, as an answer's headers may hold it."""

from __future__ import annotations

import re

TYPE = re.compile(r"[a-z0-9.+-]+/[a-z0-9.+-]+(; charset=utf-8)?")
UNSAFE = re.compile(r'[\x00-\x1f\x7f"\\/]+')


def file_name(name: str) -> str:
    """A platform's name for a file as a header may hold it."""
    safe = UNSAFE.sub("_", name).encode("ascii", "replace").decode().replace("?", "_").strip(" .")
    return safe[:120] or "file"


def safe_type(type_: str) -> str:
    """What a browser saves and never shows as a page of ours."""
    plain = type_.lower()
    fine = TYPE.fullmatch(plain) and not plain.startswith(("text/html", "image/svg"))
    return plain if fine else "application/octet-stream"
