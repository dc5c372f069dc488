"""From a filter's text to its tree. What is wrong is told with line and column."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedInput, UnexpectedToken, VisitError

from connectors.sandbox.flowthings.filters import tree
from connectors.sandbox.flowthings.filters.grammar import EXPECTED, GRAMMAR
from connectors.sandbox.flowthings.problems import Problem

LONGEST = 20_000  # characters; guess
DEEPEST = 200  # filters within filters; guess
LONGEST_NUMBER = 300  # characters; Python refuses integers of more than 4300 digits
NESTED = f"at most {DEEPEST} levels of brackets and NOT"
KILOMETRES = {
    "MILES": 1.609344,
    "KM": 1.0,
    "METERS": 0.001,
    "FEET": 0.0003048,
}  # the last two: guess
FLAGS = {"i": "i", "m": "m", "s": "s", "u": "", "g": ""}  # what RE2 knows of Java's flags
# Guess: the platform asked a geocoder, which a sandbox has not.
ZIPS = {"10001": (40.7506, -73.9972), "61801": (40.11, -88.2073), "61820": (40.1164, -88.2434)}


class FilterProblem(Problem):
    """The text is no filter."""

    def __init__(self, reason: str, line: int, column: int) -> None:
        super().__init__(400, f"Invalid filter at line {line}, column {column}: {reason}.")
        self.line = line
        self.column = column


@lru_cache(maxsize=256)
def parsed(text: str) -> tree.Node | None:
    """The tree of a filter; None for an empty text, which lets everything pass.

    Raises FilterProblem.
    """
    if not text.strip():
        return None
    if len(text) > LONGEST:
        raise FilterProblem(f"longer than {LONGEST} characters", 1, LONGEST + 1)
    try:
        built: Any = _LARK.parse(text)
    except VisitError as problem:
        if isinstance(problem.orig_exc, FilterProblem):
            raise problem.orig_exc from None
        raise
    except UnexpectedInput as problem:
        raise _unexpected(text, problem) from None
    _refuse_depth(text, built)
    node: tree.Node = built
    return node


def _unexpected(text: str, problem: UnexpectedInput) -> FilterProblem:
    names = {EXPECTED.get(name) for name in getattr(problem, "accepts", None) or _wanted(problem)}
    wanted = sorted(name for name in names if name)
    more = f", expected {' or '.join(wanted)}" if wanted else ""
    if isinstance(problem, UnexpectedToken) and problem.token.type == "$END":
        lines = text.split("\n")
        return FilterProblem(f"unexpected end{more}", len(lines), len(lines[-1]) + 1)
    return FilterProblem(
        f"unexpected {_found(text, problem)!r}{more}", problem.line, problem.column
    )


def _wanted(problem: UnexpectedInput) -> set[str]:
    return set(getattr(problem, "expected", None) or getattr(problem, "allowed", None) or ())


def _found(text: str, problem: UnexpectedInput) -> str:
    """The word that could not stand there."""
    if isinstance(problem, UnexpectedToken) and problem.token.type != "ZIPCODE":
        return str(problem.token)[:40]
    place = problem.pos_in_stream or 0
    return (text[place : place + 40].split() or [""])[0]


def _refuse_depth(text: str, node: tree.Node) -> None:
    """Evaluation walks the tree by recursion, so its depth has a limit."""
    level: list[tree.Node] = [node]
    for _ in range(DEEPEST):
        level = [inner for outer in level for inner in _within(outer)]
        if not level:
            return
    raise FilterProblem(NESTED, 1, len(text))


def _within(node: tree.Node) -> tuple[tree.Node, ...]:
    if isinstance(node, tree.Both | tree.Either):
        return node.parts
    return (node.part,) if isinstance(node, tree.Not) else ()


def _flat(kind: type[tree.Both] | type[tree.Either], parts: tuple[tree.Node, ...]) -> tree.Node:
    """`(a) && (b)` within `… && (c)`, as the client nests it, is one conjunction of three."""
    flat: list[tree.Node] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, kind) else (part,))
    return kind(tuple(flat))


def _number(token: Token) -> int | float:
    text = str(token)
    if len(text) > LONGEST_NUMBER:
        raise _misplaced("too many digits", token)
    try:
        return int(text)
    except ValueError:
        return float(text)


def _misplaced(reason: str, token: Token) -> FilterProblem:
    return FilterProblem(reason, token.line or 1, token.column or 1)


def _pattern(token: Token) -> tree.Pattern:
    """RE2 finds in linear time whatever the pattern, so no filter can hold the sandbox up."""
    body, _, flags = str(token)[1:].rpartition("/")
    if unknown := [flag for flag in flags if flag not in FLAGS]:
        raise _misplaced(f"unknown flag {unknown[0]!r}", token)
    inline = "".join(sorted({FLAGS[flag] for flag in flags} - {""}))
    text = (f"(?{inline})" if inline else "") + body.replace("\\/", "/").replace("(?<", "(?P<")
    try:
        pc.match_substring_regex("", pattern=text)
    except (pa.ArrowInvalid, UnicodeEncodeError):
        raise _misplaced("not a regular expression", token) from None
    return tree.Pattern(text)


@v_args(inline=True)
class _Build(Transformer[Token, Any]):
    """Makes the tree while parsing, bottom up, so that no depth overflows the stack here."""

    def either(self, *parts: tree.Node) -> tree.Node:
        return _flat(tree.Either, parts)

    def both(self, *parts: tree.Node) -> tree.Node:
        return _flat(tree.Both, parts)

    def negation(self, part: tree.Node) -> tree.Node:
        return tree.Not(part)

    def exists(self, member: tree.Member) -> tree.Node:
        return tree.Exists(member)

    def has(self, name: Token) -> tree.Node:
        return tree.Has(str(name))

    def matches(self, pattern: tree.Pattern) -> tree.Node:
        return tree.Matches(pattern)

    def age(self, operator: Token, number: float) -> tree.Node:
        return tree.Age(None, str(operator), number)

    def age_of(self, name: str, operator: Token, number: float) -> tree.Node:
        return tree.Age(tree.Member(tuple(name.split("."))), str(operator), number)

    def compare(self, member: tree.Member, operator: Token, value: tree.Value) -> tree.Node:
        return tree.Compare(member, str(operator), value)

    def modulo(
        self, member: tree.Member, divisor: float, operator: Token, rest: float
    ) -> tree.Node:
        if operator not in ("==", "!="):
            raise _misplaced("a remainder is compared by == or !=", operator)
        return tree.Modulo(member, divisor, str(operator), rest)

    def search(self, member: tree.Member, pattern: tree.Pattern) -> tree.Node:
        return tree.Search(member, pattern)

    def one_of(self, member: tree.Member, values: tuple[tree.Value, ...]) -> tree.Node:
        return tree.In(member, values)

    def contains(self, member: tree.Member, values: tuple[tree.Value, ...]) -> tree.Node:
        return tree.Contains(member, values)

    def within(
        self, member: tree.Member, radius: float, unit: Token, place: tuple[float, float]
    ) -> tree.Node:
        if unit not in KILOMETRES:
            raise _misplaced(f"the units are {', '.join(KILOMETRES)}", unit)
        return tree.Within(member, radius * KILOMETRES[unit], *place)

    def coordinates(self, latitude: float, longitude: float) -> tuple[float, float]:
        return latitude, longitude

    def zip(self, code: Token) -> tuple[float, float]:
        if code.strip() not in ZIPS:
            raise _misplaced(f"no place is known for ZIP {str(code)[:20]!r}", code)
        return ZIPS[code.strip()]

    def yes(self) -> bool:
        return True

    def no(self) -> bool:
        return False

    def list(self, *values: tree.Value | None) -> tuple[tree.Value, ...]:
        return tuple(value for value in values if value is not None)

    def member(self, name: Token) -> tree.Member:
        return tree.Member(tuple(name.split(".")))

    def number(self, token: Token) -> int | float:
        return _number(token)

    def string(self, token: Token) -> str:
        quote = token[0]
        return token[1:-1].replace(f"\\{quote}", quote)

    def regex(self, token: Token) -> tree.Pattern:
        return _pattern(token)


def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", transformer=_Build(), maybe_placeholders=True)


_LARK = _parser()
