"""Settings from the environment: `NAME`, or `NAME_FILE` naming a file that holds the value.

Every setting is declared here by being read, with its help, so the README's table is made from
`DECLARED`. A value that makes no sense stops the start with a sentence, never with a guess.
"""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True, slots=True)
class Setting:
    name: str
    default: str
    help: str


DECLARED: list[Setting] = []


def text(name: str, default: str, help: str, *, shown: str | None = None) -> str:
    """The value, or the default. `shown` is what the README says in place of a computed default."""
    DECLARED.append(Setting(name, default if shown is None else shown, help))
    value = _raw(name)
    return default if value is None else value


def flag(name: str, default: str, help: str) -> bool:
    value = text(name, default, help).lower()
    if value not in {"on", "off"}:
        raise ImproperlyConfigured(f"{name} is {value!r}; it takes on or off.")
    return value == "on"


def number(name: str, default: str, help: str) -> int:
    value = text(name, default, help)
    if not value.isdigit():
        raise ImproperlyConfigured(f"{name} is {value!r}; it takes a whole number.")
    return int(value)


def words(name: str, default: str, help: str, *, shown: str | None = None) -> list[str]:
    """A list, separated by commas or spaces."""
    value = text(name, default, help, shown=shown)
    return [word for word in re.split(r"[,\s]+", value) if word]


def addresses(name: str, help: str) -> frozenset[tuple[str, int]]:
    """`host:port` pairs, separated by commas; `[::1]:8000` for IPv6."""
    return frozenset(_address(name, word) for word in words(name, "", help))


def keys(name: str, help: str, *, file: Path | None) -> list[str]:
    """Secrets of at least 32 characters each, the newest first. Without a value, one is made and
    kept in `file` (mode 0600) where a file is given, and the start refused where none is."""
    listed = words(name, "", help, shown="made once, kept in the data folder (embedded)")
    if not listed and file is not None:
        listed = [_kept(file)]
    if not listed or min(map(len, listed)) < 32:
        raise ImproperlyConfigured(f"{name} needs at least 32 random characters.")
    return listed


def _raw(name: str) -> str | None:
    path = os.environ.get(f"{name}_FILE")
    if path is None:
        return os.environ.get(name)
    try:
        return Path(path).read_text().strip()
    except OSError as wrong:
        raise ImproperlyConfigured(f"{name}_FILE cannot be read: {wrong.strerror}.") from None


def _address(name: str, word: str) -> tuple[str, int]:
    host, _, port = word.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise ImproperlyConfigured(f"{name} holds {word!r}; it takes host:port pairs.")
    return host.strip("[]").rstrip(".").lower(), int(port)


def _kept(file: Path) -> str:
    """The file's content; of several processes starting at once, one writes it."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f"{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48))
        try:
            os.link(draft, file)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text().strip()
