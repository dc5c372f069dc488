"""What pydantic found wrong, in sentences that a person may read beside each field."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError


def by_field(wrong: ValidationError) -> dict[str, str]:
    """The first message of each field. Holds no value that was given, for it may be a secret."""
    found: dict[str, str] = {}
    for fault in wrong.errors(include_url=False, include_input=False, include_context=False):
        if fault["loc"]:
            name, *inner = fault["loc"]
            found.setdefault(str(name), _place(inner) + _sentence(fault["msg"]))
    return found


def _place(inner: Sequence[str | int]) -> str:
    """Where inside the field, as people count: `0, name` is `No. 1, name: `."""
    said = ", ".join(f"No. {part + 1}" if isinstance(part, int) else part for part in inner)
    return f"{said}: " if said else ""


def _sentence(message: str) -> str:
    """pydantic's words as a sentence: `Value error, …` loses its prefix."""
    text = message.removeprefix("Value error, ").strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
