"""Names and ids of the first state: the same at every start, so that they can be written down."""

from __future__ import annotations

import re
import uuid

ROOT = uuid.uuid5(uuid.NAMESPACE_DNS, "openergy.sandbox.example")
DEEPEST = 60
SECOND = 1_000_000
LETTERS = ((86_400, "D"), (3600, "H"), (60, "T"), (1, "S"))


def identity(*parts: str) -> str:
    """A uuid that stands for these words."""
    return str(uuid.uuid5(ROOT, "\0".join(parts)))


def slug(name: str) -> str:
    """A name that fits in a path; empty when nothing of it does."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:DEEPEST].strip("-")


def freq_text(step: int) -> str:
    """A step in microseconds as pandas 1.x writes it: `1H`, `10T`."""
    seconds = step // SECOND
    size, letter = next(pair for pair in LETTERS if seconds % pair[0] == 0)
    return f"{seconds // size}{letter}"
