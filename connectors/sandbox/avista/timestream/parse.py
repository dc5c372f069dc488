"""Text to tree, by the grammar; what is outside of it is refused in Timestream's words [A]."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedInput, UnexpectedToken, v_args
from lark.exceptions import VisitError

from connectors.sandbox.avista.resolvers import Fault
from connectors.sandbox.avista.timestream.nodes import (
    Column,
    Item,
    Literal,
    Node,
    Operation,
    Place,
    Select,
    Sorting,
)
from connectors.sandbox.clock import microseconds

LONGEST = 256 * 1024
"""Characters of a query: Timestream's own quota of 256 KB [A]."""
DEEPEST = 150
"""How far operators and functions may be nested [G]."""
DURATIONS = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9,
             "d": 86_400 * 10**9}  # fmt: skip
MOMENT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?(?: ?Z| UTC)?"
)


def invalid(place: Place, message: str) -> Fault:
    """A query that cannot run, with the line and column of what is wrong in it."""
    return Fault("ValidationException", f"line {place[0]}:{place[1]}: {message}")


def moment(text: str) -> int | None:
    """Nanoseconds of `2024-03-19`, `2024-03-19 10:39:31.942`, `…T…Z`; None when it is no time."""
    found = MOMENT.fullmatch(text.strip())
    if not found:
        return None
    *parts, fraction = found.groups()
    try:
        date = datetime(*(int(part or 0) for part in parts), tzinfo=UTC)  # type: ignore[misc,arg-type]
    except ValueError:
        return None
    nanoseconds = microseconds(date) * 1000 + int((fraction or "").ljust(9, "0"))
    return nanoseconds if abs(nanoseconds) < 2**63 else None


def parse(text: str) -> Select:
    """The tree of a query. Raises Fault for what the grammar does not know."""
    if len(text) > LONGEST:
        raise Fault("ValidationException", "The query is too long.")
    try:
        return _reading(text)
    except UnexpectedInput as problem:
        raise _unexpected(text, problem) from None
    except VisitError as problem:
        raise problem.orig_exc from None


def _reading(text: str) -> Select:
    found: Any = _parser().parse(text)
    return _shallow(found)


def _unexpected(text: str, problem: UnexpectedInput) -> Fault:
    line, at = problem.line, problem.column
    if isinstance(problem, UnexpectedToken) and problem.token.type == "$END":
        lines = text.split("\n")
        line, at = len(lines), len(lines[-1]) + 1
    return Fault("ValidationException", f"The query syntax is invalid at line {line}:{at}")


def _shallow(select: Select) -> Select:
    """The same query. Raises Fault when an expression is nested too deeply."""
    roots = [item.node for item in select.items] + [each.node for each in select.order]
    roots += [*select.group, *([select.where] if select.where else [])]
    pending = [(root, 1) for root in roots]
    while pending:
        node, depth = pending.pop()
        if depth > DEEPEST:
            raise invalid(node.place, "The expression is too complex")
        if isinstance(node, Operation):
            pending.extend((operand, depth + 1) for operand in node.operands)
    return select


def _place(token: Token) -> Place:
    return token.line or 1, token.column or 1


@v_args(inline=True)
class _Tree(Transformer[Token, Any]):
    """Builds the tree while the text is read."""

    def start(self, select: Select) -> Select:
        return select

    def select(self, items: tuple[Item, ...], table: tuple[Any, ...], *clauses: Any) -> Select:
        return Select(items=items, database=table[0], table=table[1], table_place=table[2],
                      **dict(clauses))  # fmt: skip

    def star(self) -> tuple[Item, ...]:
        return ()

    def items(self, *items: Item) -> tuple[Item, ...]:
        return items

    def item(self, node: Node, alias: Column | None = None) -> Item:
        return Item(node=node, alias=alias.name if alias else None)

    def table(self, database: Column, table: Column) -> tuple[str, str, Place]:
        return database.name, table.name, database.place

    def where(self, node: Node) -> tuple[str, Node]:
        return "where", node

    def group(self, *nodes: Node) -> tuple[str, tuple[Node, ...]]:
        return "group", nodes

    def order(self, *sortings: Sorting) -> tuple[str, tuple[Sorting, ...]]:
        return "order", sortings

    def direction(self, node: Node, *words: Token) -> Sorting:
        said = {word.type for word in words}
        return Sorting(node=node, falling="DESC" in said, nulls_first="FIRST" in said)

    def limit(self, count: Token) -> tuple[str, int]:
        return "limit", _integer(count)

    def name(self, token: Token) -> Column:
        text = str(token)
        quoted = text.startswith('"')
        return Column(name=text[1:-1].replace('""', '"') if quoted else text, place=_place(token))

    def column(self, name: Column) -> Column:
        return name

    def integer(self, token: Token) -> Literal:
        return Literal(kind="bigint", value=_integer(token), place=_place(token))

    def decimal(self, token: Token) -> Literal:
        return Literal(kind="double", value=float(token), place=_place(token))

    def text(self, token: Token) -> Literal:
        return Literal(kind="varchar", value=_unquoted(token), place=_place(token))

    def duration(self, token: Token) -> Literal:
        digits = token.rstrip("nsumhdNSUMHD")
        nanoseconds = int(digits) * DURATIONS[token[len(digits) :].lower()]
        if nanoseconds >= 2**62:
            raise invalid(_place(token), f"Invalid INTERVAL value: {token}")
        return Literal(kind="interval", value=nanoseconds, place=_place(token))

    def timestamp(self, word: Token, token: Token) -> Literal:
        found = moment(_unquoted(token))
        if found is None:
            raise invalid(_place(word), f"{token} is not a valid timestamp literal")
        return Literal(kind="timestamp", value=found, place=_place(word))

    def date(self, word: Token, token: Token) -> Literal:
        return self.timestamp(word, token)

    def truth(self, token: Token) -> Literal:
        return Literal(kind="boolean", value=True, place=_place(token))

    def falsehood(self, token: Token) -> Literal:
        return Literal(kind="boolean", value=False, place=_place(token))

    def nothing(self, token: Token) -> Literal:
        return Literal(kind="unknown", value=None, place=_place(token))

    def call(self, name: Token, *operands: Node | None) -> Operation:
        given = tuple(operand for operand in operands if operand is not None)
        return Operation(name=name.lower(), operands=given, place=_place(name))

    def call_all(self, name: Token, _star: Token) -> Operation:
        if name.lower() != "count":
            raise invalid(_place(name), f"Function {name.lower()} does not take *")
        return Operation(name="count", operands=(), place=_place(name))

    def comparison(self, left: Node, sign: Token, right: Node) -> Operation:
        sign_name = "<>" if sign == "!=" else str(sign)
        return Operation(name=sign_name, operands=(left, right), place=_place(sign))

    def sum(self, first: Node, *rest: Any) -> Node:
        return _chained(first, rest)

    def product(self, first: Node, *rest: Any) -> Node:
        return _chained(first, rest)

    def between(self, node: Node, low: Node, high: Node) -> Operation:
        return _of("and", _of(">=", node, low), _of("<=", node, high))

    def not_between(self, *nodes: Node) -> Operation:
        return _of("not", self.between(*nodes))

    def not_member(self, *nodes: Node) -> Operation:
        return _of("not", _of("in", *nodes))

    def not_like(self, *nodes: Node) -> Operation:
        return _of("not", _of("like", *nodes))


def _of(name: str, *nodes: Node) -> Operation:
    return Operation(name=name, operands=nodes, place=nodes[0].place)


def _named(name: str) -> Any:
    def build(_tree: _Tree, *nodes: Node) -> Operation:
        return _of(name, *nodes)

    return build


for _rule, _name in {"either": "or", "both": "and", "negation": "not", "member": "in",
                     "like": "like", "missing": "is null", "present": "is not null",
                     "negative": "negative"}.items():  # fmt: skip
    setattr(_Tree, _rule, v_args(inline=True)(_named(_name)))


def _chained(first: Node, rest: tuple[Any, ...]) -> Node:
    """`a - b + c`, from the left."""
    node = first
    for sign, operand in zip(rest[::2], rest[1::2], strict=True):
        node = Operation(name=str(sign), operands=(node, operand), place=_place(sign))
    return node


def _unquoted(token: Token) -> str:
    return token[1:-1].replace("''", "'")


def _integer(token: Token) -> int:
    if len(token) > 19 or int(token) >= 2**63:
        raise invalid(_place(token), f"Invalid numeric literal: {token}")
    return int(token)


@cache
def _parser() -> Lark:
    grammar = (Path(__file__).parent / "grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", transformer=_Tree(), maybe_placeholders=False)
