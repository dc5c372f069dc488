"""Lists that come whole, however long (the platform has no pages), taken in piece by piece.

A twin that hears a signal a second has 86,400 rows a day, 16 MB; no filter makes the list shorter.
So the answer is cut between two of its objects, and each piece is parsed by itself. A cut inside a
text would leave an odd number of quotes in front, which is no JSON, so the next one before it is
taken.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, BinaryIO

import orjson

from connectors.errors import BadAnswer

PIECE = 1024 * 1024
LONGEST = 16 * 1024 * 1024
"""Bytes of one object; a state of 65,536 numbers has less than 2 MB."""
TRIES = 1_000
_BETWEEN = re.compile(rb"\}\s*,\s*(?=\{)")
NO_LIST = "AveniECA answered something else than the list that was asked for."


def objects(source: BinaryIO) -> Iterator[list[dict[str, Any]]]:
    """The objects of a JSON array, some at a time; `null` is an empty list (section 1.3).

    Raises BadAnswer for anything else.
    """
    text = source.read(PIECE)
    begun = text.lstrip()
    if begun[:1] != b"[":
        yield _empty(begun + source.read(PIECE))
        return
    rest = begun[1:]
    while piece := source.read(PIECE):
        found, rest = _cut(rest + piece)
        if found:
            yield found
        if len(rest) > LONGEST:
            raise BadAnswer("AveniECA answered a row that does not end.")
    end = rest.rstrip()
    if not end.endswith(b"]"):
        raise BadAnswer("AveniECA's list breaks off before its end.")
    last = _parsed(end[:-1])
    if last is None:
        raise BadAnswer(NO_LIST)
    yield last


def _empty(text: bytes) -> list[dict[str, Any]]:
    if text.strip() != b"null":
        raise BadAnswer(NO_LIST)
    return []


def _cut(text: bytes) -> tuple[list[dict[str, Any]], bytes]:
    """The whole objects at the beginning, and what is behind them; none when no end is in sight."""
    cuts = [match.span() for match in _BETWEEN.finditer(text)]
    for end, following in reversed(cuts[-TRIES:]):
        found = _parsed(text[: end + 1])
        if found is not None:
            return found, text[following:]
    return [], text


def _parsed(text: bytes) -> list[dict[str, Any]] | None:
    """The objects of a part of the list; None when it was cut at a wrong place."""
    found: list[dict[str, Any]] | None = _loaded(b"[" + text + b"]")
    if found is None:
        return None
    if not all(isinstance(one, dict) for one in found):
        raise BadAnswer(NO_LIST)
    return found


def _loaded(text: bytes) -> Any:
    """The JSON; bare NaN and Infinity, which some servers write, become floats. None for none."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    if b"NaN" in text or b"Infinity" in text:
        with suppress(ValueError):
            return json.loads(text)
    return None
