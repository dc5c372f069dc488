"""What a filter means for one object.

A comparison across types or with a member that is not there is false, `!=` is true (guess).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from math import asin, ceil, cos, floor, fmod, inf, isfinite, radians, sin, sqrt
from typing import Any

import pyarrow.compute as pc

from connectors.sandbox.flowthings.filters import tree

Record = Mapping[str, Any]
Predicate = Callable[[Record], bool]
Get = Callable[[Record], Any]
Getter = Callable[[tuple[str, ...]], Get]
"""From the parts of a member's name to what reads it, or answers MISSING."""

MISSING: Any = object()
EARTH = 6371.0  # kilometres
REMEMBERED = 4096  # answers of a pattern that are kept
ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


def walk(value: Any, parts: tuple[str, ...]) -> Any:
    """What lies at a dotted name within maps and lists; MISSING without."""
    for place, part in enumerate(parts):
        if isinstance(value, Mapping):
            rest = ".".join(parts[place:])
            if rest in value:  # a key that has dots itself
                return value[rest]
            value = value.get(part, MISSING)
        elif isinstance(value, list) and part.isdecimal() and int(part[:9]) < len(value):
            value = value[int(part[:9])]
        else:
            return MISSING
    return value


def plain_getter(parts: tuple[str, ...]) -> Get:
    """Members of flows, tracks and the other objects."""
    return lambda record: walk(record, parts)


def predicate(node: tree.Node | None, getter: Getter, now: int) -> Predicate:
    """The filter as a function; `now` in milliseconds since 1970."""
    if node is None:
        return lambda _record: True
    return _Compiler(getter, now).compiled(node)


class _Compiler:
    def __init__(self, getter: Getter, now: int) -> None:
        self._getter = getter
        self._now = now

    def compiled(self, node: tree.Node) -> Predicate:
        compile_: Callable[[Any], Predicate] = getattr(self, f"_{type(node).__name__.lower()}")
        return compile_(node)

    def _get(self, member: tree.Member) -> Get:
        return self._getter(member.parts)

    def _value(self, value: tree.Value) -> Get:
        if isinstance(value, tree.Member):
            return self._get(value)
        return lambda _record: value

    def _either(self, node: tree.Either) -> Predicate:
        parts = [self.compiled(part) for part in node.parts]
        return lambda record: any(part(record) for part in parts)

    def _both(self, node: tree.Both) -> Predicate:
        parts = [self.compiled(part) for part in node.parts]
        return lambda record: all(part(record) for part in parts)

    def _not(self, node: tree.Not) -> Predicate:
        part = self.compiled(node.part)
        return lambda record: not part(record)

    def _exists(self, node: tree.Exists) -> Predicate:
        get = self._get(node.member)
        return lambda record: get(record) is not MISSING

    def _has(self, node: tree.Has) -> Predicate:
        def holds(record: Record) -> bool:
            elems = record.get("elems")
            return isinstance(elems, Mapping) and any(
                isinstance(elem, Mapping) and elem.get("type") == node.type
                for elem in elems.values()
            )

        return holds

    def _matches(self, node: tree.Matches) -> Predicate:
        found = _finder(node.pattern)
        return lambda record: any(found(text) for text in _texts_of(record))

    def _age(self, node: tree.Age) -> Predicate:
        get = self._get(node.member or tree.Member(("creationDate",)))
        compare = ORDERS[node.operator]

        def holds(record: Record) -> bool:
            moment = get(record)
            return _numeric(moment) and compare(self._now - moment, node.milliseconds)

        return holds

    def _compare(self, node: tree.Compare) -> Predicate:
        left, right = self._get(node.member), self._value(node.value)
        sign = node.operator
        return lambda record: compared(left(record), sign, right(record))

    def _modulo(self, node: tree.Modulo) -> Predicate:
        get, compare = self._get(node.member), ORDERS[node.operator]

        def holds(record: Record) -> bool:
            rest = _rest(get(record), node.divisor)
            return node.operator == "!=" if rest is None else compare(rest, node.rest)

        return holds

    def _search(self, node: tree.Search) -> Predicate:
        get, found = self._get(node.member), _finder(node.pattern)

        def holds(record: Record) -> bool:
            text = get(record)
            return isinstance(text, str) and found(text)

        return holds

    def _in(self, node: tree.In) -> Predicate:
        get, values = self._get(node.member), [self._value(value) for value in node.values]

        def holds(record: Record) -> bool:
            held = get(record)
            return any(compared(held, "==", value(record)) for value in values)

        return holds

    def _contains(self, node: tree.Contains) -> Predicate:
        get, values = self._get(node.member), [self._value(value) for value in node.values]

        def holds(record: Record) -> bool:
            held = get(record)
            return isinstance(held, list) and all(
                any(compared(one, "==", value(record)) for one in held) for value in values
            )

        return holds

    def _within(self, node: tree.Within) -> Predicate:
        get = self._get(node.member)

        def holds(record: Record) -> bool:
            away = distance(get(record), node.latitude, node.longitude)
            return away is not None and away <= node.kilometres

        return holds


def _numeric(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def compared(left: Any, sign: str, right: Any) -> bool:
    """The comparison of two values, as the head of this module says."""
    if left is MISSING or right is MISSING or not _comparable(left, right):
        return sign == "!="
    if sign not in ("==", "!=") and not (_numeric(left) or isinstance(left, str)):
        return False
    return ORDERS[sign](left, right)


def _comparable(left: Any, right: Any) -> bool:
    return (_numeric(left) and _numeric(right)) or type(left) is type(right)


def _rest(value: Any, divisor: float) -> float | None:
    """The remainder with the sign of the dividend, as in Java."""
    if not _numeric(value) or divisor == 0:
        return None
    if isinstance(value, int) and isinstance(divisor, int):
        return abs(value) % abs(divisor) * (-1 if value < 0 else 1)
    try:
        return fmod(value, divisor)
    except (OverflowError, ValueError):
        return None


def _finder(pattern: tree.Pattern) -> Callable[[str], bool]:
    known: dict[str, bool] = {}

    def found(text: str) -> bool:
        if text not in known:
            if len(known) >= REMEMBERED:
                known.clear()
            known[text] = _found(text, pattern)
        return known[text]

    return found


def _found(text: str, pattern: tree.Pattern) -> bool:
    try:
        return bool(pc.match_substring_regex(text, pattern=pattern.text).as_py())
    except UnicodeEncodeError:  # half of a surrogate pair, as JSON can escape it
        return False


def _texts_of(record: Record) -> Iterator[str]:
    """The texts of an object; of an elem those of its value, not the name of its type."""
    for name, value in record.items():
        if name == "elems":
            yield from (text for pair in value.values() for text in _texts(pair["value"]))
        else:
            yield from _texts(value)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def distance(place: Any, latitude: float, longitude: float) -> float | None:
    """Kilometres along a great circle; None for what is no place."""
    if not isinstance(place, Mapping):
        return None
    lat, lon = place.get("lat", MISSING), place.get("lon", MISSING)
    if not all(_numeric(one) and isfinite(one) for one in (lat, lon, latitude, longitude)):
        return None
    low, high = radians(lat), radians(latitude)
    half = sin((high - low) / 2) ** 2
    half += cos(low) * cos(high) * sin(radians(longitude - lon) / 2) ** 2
    return 2 * EARTH * asin(min(1.0, sqrt(max(half, 0.0))))


def window(node: tree.Node | None, now: int) -> tuple[float, float]:
    """Bounds, both inclusive, of the creation of whatever can pass: no object outside does."""
    low, high = -inf, inf
    for part in node.parts if isinstance(node, tree.Both) else (node,):
        one = _bounds(part, now)
        low, high = max(low, one[0]), min(high, one[1])
    return low, high


def only_window(node: tree.Node | None) -> bool:
    """Whether the filter asks for nothing but `window`: whatever lies inside passes."""
    parts = node.parts if isinstance(node, tree.Both) else (node,)
    return node is None or all(_bound(part, 0) is not None for part in parts)


def _bound(node: tree.Node | None, now: int) -> tuple[str, float] | None:
    """How the creation compares with what; None for any other filter."""
    if isinstance(node, tree.Age) and node.member is None and node.operator in MIRRORED:
        return MIRRORED[node.operator], now - node.milliseconds
    if not isinstance(node, tree.Compare) or node.member.parts != ("creationDate",):
        return None
    if node.operator not in MIRRORED or isinstance(node.value, bool | str | tree.Member):
        return None
    return node.operator, node.value


def _bounds(node: tree.Node | None, now: int) -> tuple[float, float]:
    bound = _bound(node, now)
    if bound is None:
        return -inf, inf
    sign, limit = bound
    # creation is a whole number, so a strict bound is the next whole number
    up, down = (ceil(limit), floor(limit)) if isfinite(limit) else (limit, limit)
    low = {">": down + 1, ">=": up, "==": up}.get(sign, -inf)
    high = {"<": up - 1, "<=": down, "==": down}.get(sign, inf)
    return float(low), float(high)


MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "=="}
