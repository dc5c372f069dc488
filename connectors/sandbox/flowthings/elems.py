"""Typed elems: what a drop may hold, and how it is told with and without types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any

from connectors.sandbox.flowthings.filters.evaluation import MISSING, Get, walk
from connectors.sandbox.flowthings.problems import wrong

Elems = dict[str, Any]
"""Name to `{"type": …, "value": …}`; within a value nothing is typed."""

PAIR = {"type", "value"}
LONGEST_INTEGER = 2**63
TOP = frozenset(
    ("id", "flowId", "path", "creationDate", "creatorId", "lastEditDate", "lastEditorId",
     "location", "fhash", "parentDropId")
)  # fmt: skip


def _whole(value: Any) -> bool:
    return (
        isinstance(value, int)
        and not isinstance(value, bool)
        and -LONGEST_INTEGER <= value < LONGEST_INTEGER
    )


def _real(value: Any) -> bool:
    return _whole(value) or (isinstance(value, float) and isfinite(value))


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _map(value: Any) -> bool:
    return isinstance(value, dict)


def _list(value: Any) -> bool:
    return isinstance(value, list)


def is_place(value: Any) -> bool:
    """Whether it is a point on earth: `lat` and `lon` in degrees."""
    return (
        isinstance(value, dict)
        and _real(value.get("lat"))
        and _real(value.get("lon"))
        and abs(value["lat"]) <= 90
        and abs(value["lon"]) <= 180
    )


def _reference(value: Any) -> bool:
    return isinstance(value, dict) and _text(value.get("flowId")) and _text(value.get("dropId"))


# Guess: which plain values each type takes; the reference names only the types.
TYPES: Mapping[str, Callable[[Any], bool]] = {
    "string": _text,
    "integer": _whole,
    "long": _whole,
    "float": _real,
    "boolean": lambda value: isinstance(value, bool),
    "date": _whole,
    "uri": _text,
    "email": _text,
    "html": _text,
    "text": _text,
    "media": lambda value: _text(value) or _map(value),
    "location": is_place,
    "color": _text,
    "duration": _real,
    "length": lambda value: _real(value) or _map(value),
    "bytes": _text,
    "id": _text,
    "dropRef": _reference,
    "map": _map,
    "list": _list,
    "set": _list,
    "sortedSet": _list,
}
PLAIN: tuple[tuple[type, str], ...] = (
    (bool, "boolean"),
    (int, "integer"),
    (float, "float"),
    (str, "string"),
    (dict, "map"),
    (list, "list"),
)


def taken(given: Any) -> Elems:
    """The elems of a request. Raises Problem 400, with one sentence for each wrong one."""
    if not isinstance(given, dict):
        raise wrong("elems must be a map.")
    elems, problems = {}, []
    for name, value in given.items():
        if not name:
            problems.append("An elem has no name.")
            continue
        typed = _typed(value)
        if typed is None:
            problems.append(f"elems.{name[:80]} has a value that its type does not allow.")
            continue
        elems[name] = typed
    if problems:
        raise wrong(*problems[:20])
    return elems


def _typed(value: Any) -> Elems | None:
    """None for a value that its type does not take, and for null, which no type takes."""
    if isinstance(value, dict) and value.keys() == PAIR and isinstance(value["type"], str):
        check = TYPES.get(value["type"])
        inner = unwrapped(value["value"])
        return {"type": value["type"], "value": inner} if check and check(inner) else None
    for kind, name in PLAIN:
        if isinstance(value, kind):
            inner = unwrapped(value)
            return {"type": name, "value": inner} if TYPES[name](inner) else None
    return None


def unwrapped(value: Any) -> Any:
    """The value without types, at every depth."""
    if isinstance(value, dict):
        if value.keys() == PAIR and isinstance(value["type"], str) and value["type"] in TYPES:
            return unwrapped(value["value"])
        return {name: unwrapped(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [unwrapped(inner) for inner in value]
    return value


def told(elems: Elems, *, hints: bool) -> Elems:
    """As an answer shows them: pairs with `hints`, plain otherwise (guess: the default)."""
    if hints:
        return elems
    return {name: pair["value"] for name, pair in elems.items()}


def getter(parts: tuple[str, ...]) -> Get:
    """Members of a drop: its own, `elems.<x>`, and a bare name that is an elem's."""
    if parts[0] == "elems":
        return _elem(parts[1:])
    fallback = _elem(parts)
    if parts[0] not in TOP:
        return fallback

    def get(drop: Mapping[str, Any]) -> Any:
        found = walk(drop, parts)
        return fallback(drop) if found is MISSING else found

    return get


def _elem(parts: tuple[str, ...]) -> Get:
    if not parts:
        return lambda drop: {name: pair["value"] for name, pair in drop["elems"].items()}
    whole, first, rest = ".".join(parts), parts[0], parts[1:]

    def get(drop: Mapping[str, Any]) -> Any:
        elems = drop["elems"]
        pair = elems.get(whole)
        if pair is not None:
            return pair["value"]
        pair = elems.get(first)
        return MISSING if pair is None else walk(pair["value"], rest)

    return get
