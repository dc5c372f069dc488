"""What drops hold (sections 5.2 and 10), typed or plain, and which of it are series."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from connectors.errors import BadAnswer

PAIR = {"type", "value"}
STATES = frozenset(("string", "text", ""))
NUMBERS = frozenset(("integer", "long", "float", "boolean", "duration", "length", ""))
"""Types whose values are numbers; an empty one stands for a plain elem."""

Value = float | str


def elems_of(drop: Mapping[str, Any]) -> Mapping[str, Any]:
    """Raises BadAnswer for a drop without any."""
    found = drop.get("elems")
    if not isinstance(found, dict):
        raise BadAnswer("flowthings.io gave a drop without elems.")
    return found


def unwrapped(value: Any) -> tuple[str, Any]:
    """Type and value of an elem; the type is empty where the answer has no hints."""
    if isinstance(value, dict) and value.keys() == PAIR and isinstance(value["type"], str):
        return value["type"], value["value"]
    return "", value


def plain(value: Any) -> Any:
    """The value without types, at every depth."""
    _, bare = unwrapped(value)
    if isinstance(bare, dict):
        return {name: plain(inner) for name, inner in bare.items()}
    return [plain(inner) for inner in bare] if isinstance(bare, list) else bare


def leaf(elems: Mapping[str, Any], name: str) -> Any:
    """The plain value under a dotted name; None where there is none."""
    if name in elems:
        return unwrapped(elems[name])[1]
    found: Any = elems
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
        _, found = unwrapped(found)
    return found


def leaves(elems: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """The dotted names of what can be a series, each with `number` or `state`."""
    for name, value in elems.items():
        held, bare = unwrapped(value)
        whole = f"{above}{name}"
        if isinstance(bare, dict) and held in ("", "map"):
            yield from leaves(bare, f"{whole}.")
        elif isinstance(bare, int | float) and held in NUMBERS:
            yield whole, "number"
        elif isinstance(bare, str) and held in STATES:
            yield whole, "state"


def series_of(drops: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Every leaf of several drops; one that is a number somewhere is a series of numbers."""
    found: dict[str, str] = {}
    for drop in drops:
        for name, kind in leaves(elems_of(drop)):
            if found.get(name) != "number":
                found[name] = kind
    return found


def nested(name: str, value: Any) -> dict[str, Any]:
    """`stats.voltage` as the maps that hold it."""
    first, _, rest = name.partition(".")
    return {first: nested(rest, value)} if rest else {first: value}


def merged(into: dict[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Two maps of elems as one, at every depth."""
    for name, value in other.items():
        old = into.get(name)
        both = isinstance(old, dict) and isinstance(value, dict)
        into[name] = merged(old, value) if both and isinstance(old, dict) else value
    return into


def moment(value: object) -> int | None:
    """Milliseconds since 1970; None for what is no time."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if abs(value) < 2**53 else None
