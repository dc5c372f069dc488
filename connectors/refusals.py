"""What a refusal says for people: its JSON object, and the platform's own words, cut."""

from __future__ import annotations

from typing import Any

from connectors.errors import BadAnswer, Unavailable
from connectors.http import Answer

LONGEST = 200
"""Characters: a page has room for a sentence, and some platforms send kilobytes."""


def details(answer: Answer) -> dict[str, Any]:
    """The JSON object of an error; empty when a proxy answered, or nobody."""
    try:
        found = answer.json()
    except (BadAnswer, Unavailable):
        return {}
    return found if isinstance(found, dict) else {}


def first(said: object) -> str:
    """A message, or the first of a list or a mapping of them, cut."""
    while isinstance(said, list | dict):
        said = next(iter(said.values() if isinstance(said, dict) else said), "")
    return cut(said)


def cut(said: object, most: int = LONGEST) -> str:
    """A text on one line, with an ellipsis where it is cut; empty for what is no text."""
    plain = " ".join(said.split()) if isinstance(said, str) else ""
    return plain if len(plain) <= most else plain[: most - 1] + "…"
