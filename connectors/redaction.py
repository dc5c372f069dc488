"""Blotting secrets out of texts, in every spelling in which they travel."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

BLOT = "•••"
SHORTEST = 4
"""Shorter texts are everywhere by chance: blotting them would hide the message, not the secret."""


class Redactor:
    """Knows some secrets, and may learn more (tokens that a platform hands out)."""

    __slots__ = ("_forms",)

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._forms: tuple[str, ...] = ()
        self.learn(secrets)

    def __repr__(self) -> str:
        return "Redactor()"

    def learn(self, secrets: Iterable[str]) -> None:
        """From now on these are blotted out too."""
        known = set(self._forms)
        found = {form for secret in secrets if len(secret) >= SHORTEST for form in _forms(secret)}
        if found <= known:
            return
        # Longest first, so that no half of a long form stays behind a short one.
        self._forms = tuple(sorted(known | found, key=len, reverse=True))

    def __call__(self, text: str) -> str:
        for form in self._forms:
            text = text.replace(form, BLOT)
        return text


def _forms(secret: str) -> Iterator[str]:
    """As it is, in a URL, in JSON, and in base64 at each of the three places it can stand."""
    spellings = {
        secret,
        quote(secret, safe=""),
        quote(secret),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
    }
    yield from spellings
    yield from {spelling.lower() for spelling in spellings if "%" in spelling}
    raw = secret.encode()
    yield b64encode(raw).decode()
    for shift in range(3):
        yield from _standard_and_url_safe(_core(raw, shift))


def _core(raw: bytes, shift: int) -> str:
    """The part of the base64 text that depends on the secret alone, `shift` bytes into a group."""
    text = b64encode(b"\0" * shift + raw).decode()
    first = (shift * 8 + 5) // 6
    last = (shift + len(raw)) * 8 // 6
    return text[first:last]


def _standard_and_url_safe(core: str) -> Iterator[str]:
    if len(core) < SHORTEST:
        return
    yield core
    yield core.replace("+", "-").replace("/", "_")
