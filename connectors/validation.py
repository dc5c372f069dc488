"""What pydantic found wrong, in sentences that a person may read beside each field."""

from __future__ import annotations

from pydantic import ValidationError


def by_field(wrong: ValidationError) -> dict[str, str]:
    """The first message of each field. Holds no value that was given, for it may be a secret."""
    found: dict[str, str] = {}
    for fault in wrong.errors(include_url=False, include_input=False, include_context=False):
        if fault["loc"]:
            name, *inner = (str(part) for part in fault["loc"])
            place = f"{'.'.join(inner)}: " if inner else ""
            found.setdefault(name, place + _sentence(fault["msg"]))
    return found


def _sentence(message: str) -> str:
    """pydantic's words as a sentence: `Value error, …` loses its prefix."""
    text = message.removeprefix("Value error, ").strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
