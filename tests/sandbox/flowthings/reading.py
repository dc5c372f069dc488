"""Filters printed and read in the plainest way, for the tests to hold the sandbox's against."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from math import cos, radians
from typing import Any

from connectors.sandbox.flowthings.filters import tree

NOW = 1_700_000_000_000
ABSENT: Any = object()


def printed(node: tree.Node) -> str:
    """The text of a filter; every part in brackets but for lone rules."""
    if isinstance(node, tree.Both | tree.Either):
        sign = " && " if isinstance(node, tree.Both) else " || "
        return sign.join(f"({printed(part)})" for part in node.parts)
    if isinstance(node, tree.Not):
        return f"NOT ({printed(node.part)})"
    return PRINTERS[type(node)](node)


def member(name: tree.Member) -> str:
    return ".".join(name.parts)


def literal(value: tree.Value) -> str:
    if isinstance(value, tree.Member):
        return member(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        quote = value.replace("'", "\\'")
        return f"'{quote}'"
    return repr(value)


def values(node: tree.In | tree.Contains) -> str:
    return f"[{','.join(literal(value) for value in node.values)}]"


def regex(pattern: tree.Pattern) -> str:
    flags, text = ("i", pattern.text[4:]) if pattern.text[:4] == "(?i)" else ("", pattern.text)
    slashed = text.replace("/", "\\/")
    return f"/{slashed}/{flags}"


def age(node: tree.Age) -> str:
    of = f"('{member(node.member)}')" if node.member else ""
    return f"AGE{of} {node.operator} {node.milliseconds!r}"


PRINTERS: Mapping[type, Callable[[Any], str]] = {
    tree.Exists: lambda node: f"EXISTS {member(node.member)}",
    tree.Has: lambda node: f"HAS {node.type}",
    tree.Matches: lambda node: f"MATCHES {regex(node.pattern)}",
    tree.Age: age,
    tree.Compare: lambda node: f"{member(node.member)} {node.operator} {literal(node.value)}",
    tree.Modulo: lambda node: (
        f"{member(node.member)} % {node.divisor!r} {node.operator} {node.rest!r}"
    ),
    tree.Search: lambda node: f"{member(node.member)} =~ {regex(node.pattern)}",
    tree.In: lambda node: f"{member(node.member)} IN {values(node)}",
    tree.Contains: lambda node: f"{member(node.member)} CONTAINS {values(node)}",
    tree.Within: lambda node: (
        f"{member(node.member)} WITHIN {node.kilometres!r} KM OF"
        f" [{node.latitude!r},{node.longitude!r}]"
    ),
}


class Reading:
    """What a filter says of one drop, as section 4.2 puts it."""

    def __init__(self, drop: Mapping[str, Any]) -> None:
        self.drop = drop
        self.plain = {name: pair["value"] for name, pair in drop["elems"].items()}

    def get(self, name: tree.Member) -> Any:
        first, *rest = name.parts
        own = {key: value for key, value in self.drop.items() if key != "elems"}
        found = self.deep({**own, "elems": self.plain}, [first, *rest])
        return self.deep(self.plain, [first, *rest]) if found is ABSENT else found

    def deep(self, value: Any, names: list[str]) -> Any:
        for name in names:
            if isinstance(value, dict) and name in value:
                value = value[name]
            elif isinstance(value, list) and name.isdigit() and int(name) < len(value):
                value = value[int(name)]
            else:
                return ABSENT
        return value

    def value(self, value: tree.Value) -> Any:
        return self.get(value) if isinstance(value, tree.Member) else value

    def holds(self, node: tree.Node) -> bool:
        if isinstance(node, tree.Both):
            return all(self.holds(part) for part in node.parts)
        if isinstance(node, tree.Either):
            return any(self.holds(part) for part in node.parts)
        if isinstance(node, tree.Not):
            return not self.holds(node.part)
        if isinstance(node, tree.Has):
            return any(pair["type"] == node.type for pair in self.drop["elems"].values())
        if isinstance(node, tree.Matches):
            return any(found(node.pattern, text) for text in texts([self.plain, self.drop["id"]]))
        return self.rule(node)

    def rule(self, node: Any) -> bool:
        held = self.get(getattr(node, "member", None) or tree.Member(("creationDate",)))
        rules: dict[type, Callable[[], bool]] = {
            tree.Exists: lambda: held is not ABSENT,
            tree.Age: lambda: number(held) and same(NOW - held, node.operator, node.milliseconds),
            tree.Compare: lambda: same(held, node.operator, self.value(node.value)),
            tree.Modulo: lambda: modulo(held, node),
            tree.Search: lambda: isinstance(held, str) and found(node.pattern, held),
            tree.In: lambda: self.among([held], node.values),
            tree.Contains: lambda: (
                isinstance(held, list) and all(self.among(held, [value]) for value in node.values)
            ),
            tree.Within: lambda: self.near(node, held),
        }
        return rules[type(node)]()

    def among(self, held: list[Any], values: Sequence[tree.Value]) -> bool:
        """Whether one of the values is held."""
        return any(same(each, "==", self.value(value)) for value in values for each in held)

    def near(self, node: tree.Within, held: Any) -> bool:
        """Close to the equator the earth is flat enough."""
        if held is ABSENT:
            return False
        north = (held["lat"] - node.latitude) * 111.195
        east = (held["lon"] - node.longitude) * 111.195 * cos(radians(held["lat"]))
        away = (north**2 + east**2) ** 0.5
        return bool(away <= node.kilometres)


def number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def same(left: Any, sign: str, right: Any) -> bool:
    kinds = [float if number(each) else type(each) for each in (left, right)]
    if left is ABSENT or right is ABSENT or kinds[0] is not kinds[1]:
        return sign == "!="
    if sign in ("==", "!="):
        return (left == right) is (sign == "==")
    if kinds[0] not in (float, str):
        return False
    return bool(
        {"<": left < right, "<=": left <= right, ">": left > right}.get(sign, left >= right)
    )


def modulo(held: Any, node: tree.Modulo) -> bool:
    if not number(held) or not node.divisor:
        return node.operator == "!="
    rest = abs(held) % abs(node.divisor) * (-1 if held < 0 else 1)
    return (rest == node.rest) is (node.operator == "==")


def found(pattern: tree.Pattern, text: str) -> bool:
    return re.search(pattern.text, text) is not None


def texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = list(value.values()) if isinstance(value, dict) else value
    return reduce(lambda a, b: a + texts(b), inner, []) if isinstance(inner, list) else []


def near_the_edge(node: tree.Node, drop: Mapping[str, Any]) -> bool:
    """Whether the flat earth of the plain reading could decide otherwise."""
    if isinstance(node, tree.Within):
        reading = Reading(drop)
        wider, closer = (
            tree.Within(node.member, node.kilometres + way, node.latitude, node.longitude)
            for way in (1, -1)
        )
        return reading.holds(wider) != reading.holds(closer)
    parts = getattr(node, "parts", ()) or ((node.part,) if isinstance(node, tree.Not) else ())
    return any(near_the_edge(part, drop) for part in parts)
