"""What an expression means on columns: its type, and the function that computes it.

Types are Timestream's: bigint, double, varchar, boolean, timestamp, interval and unknown (NULL).
Timestamps and intervals are int64 nanoseconds in the columns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from connectors.sandbox.avista.resolvers import Fault
from connectors.sandbox.avista.timestream.nodes import Column, Literal, Node, Operation
from connectors.sandbox.avista.timestream.parse import invalid, moment

Cells = Any
"""A pyarrow array, or a scalar that stands for as many equal ones."""
Frame = Mapping[str, Cells]

PHYSICAL = {
    "bigint": pa.int64(), "double": pa.float64(), "varchar": pa.string(), "boolean": pa.bool_(),
    "timestamp": pa.int64(), "interval": pa.int64(), "unknown": pa.null(),
}  # fmt: skip
NUMBERS = ("bigint", "double")
AGGREGATES = ("avg", "min", "max", "sum", "count")
COMPARED: dict[str, Callable[[Cells, Cells], Cells]] = {
    "=": pc.equal, "<>": pc.not_equal, "<": pc.less, "<=": pc.less_equal, ">": pc.greater,
    ">=": pc.greater_equal,
}  # fmt: skip
COUNTED: dict[str, Callable[[Cells, Cells], Cells]] = {
    "+": pc.add_checked, "-": pc.subtract_checked, "*": pc.multiply_checked, "/": pc.divide,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Meaning:
    """An expression that is understood."""

    kind: str
    compute: Callable[[Frame], Cells]


@dataclass(slots=True)
class Scope:
    """What the names in a query stand for."""

    columns: Mapping[str, str]
    """The types of the columns."""
    now: int
    """The time of the query in nanoseconds: the same for every row and every page."""
    grouped: Mapping[Node, tuple[str, str]] = field(default_factory=dict)
    """After a grouping: the expressions that are columns now, as (column, type)."""
    after: bool = False
    """Whether this is after a grouping."""

    def column(self, node: Column) -> tuple[str, str]:
        """The real name and the type of a column. Names know no upper and lower case."""
        if node.name in self.columns:
            return node.name, self.columns[node.name]
        for name, kind in self.columns.items():
            if name.lower() == node.name.lower():
                return name, kind
        raise invalid(node.place, f"Column '{node.name}' does not exist")

    def understood(self, node: Node) -> Meaning:
        """The meaning of an expression. Raises Fault where it has none."""
        if node in self.grouped:
            name, kind = self.grouped[node]
            return Meaning(kind, lambda frame: frame[name])
        if isinstance(node, Literal):
            return _constant(node.kind, node.value)
        if isinstance(node, Column):
            return self._named(node)
        return self._operation(node)

    def _named(self, node: Column) -> Meaning:
        name, kind = self.column(node)
        if self.after:
            raise invalid(
                node.place,
                f"'{node.name}' must be an aggregate expression or appear in GROUP BY clause",
            )
        return Meaning(kind, lambda frame: frame[name])

    def _operation(self, node: Operation) -> Meaning:
        if node.name in AGGREGATES:
            raise invalid(node.place, f"Cannot use the aggregation {node.name} here")
        if node.name == "now" and not node.operands:
            return _constant("timestamp", self.now)
        operands = [self.understood(operand) for operand in node.operands]
        if node.name == "ago":
            operands = [_constant("timestamp", self.now), *operands]
        return operation(node, operands)


def _constant(kind: str, value: Any) -> Meaning:
    scalar = pa.scalar(value, PHYSICAL[kind])
    return Meaning(kind, lambda _frame: scalar)


def operation(node: Operation, operands: Sequence[Meaning]) -> Meaning:
    """An operator or function over what its operands mean. Raises Fault for the wrong types."""
    name = node.name
    if name in COMPARED:
        return _comparison(node, *_alike(node, operands))
    if name in ("+", "-", "*", "/"):
        return _arithmetic(node, *operands)
    if name in FUNCTIONS:
        return FUNCTIONS[name](node, operands)
    raise invalid(node.place, f"Function {name} not registered")


def _mismatch(node: Operation, operands: Sequence[Meaning]) -> Fault:
    kinds = ", ".join(operand.kind for operand in operands)
    if node.name.isidentifier():
        return invalid(node.place, f"Unexpected parameters ({kinds}) for function {node.name}")
    return invalid(node.place, f"'{node.name}' cannot be applied to {kinds}")


def _alike(node: Operation, operands: Sequence[Meaning]) -> list[Meaning]:
    """The operands as one type, so that they can be compared; texts may be times."""
    kinds = {operand.kind for operand in operands} - {"unknown"}
    if kinds == {"bigint", "double"}:
        return [_as(operand, "double") for operand in operands]
    if kinds == {"timestamp", "varchar"}:
        return [_timed(node, operand) for operand in operands]
    if len(kinds) > 1:
        raise _mismatch(node, operands)
    kind = kinds.pop() if kinds else "boolean"
    return [_as(operand, kind) for operand in operands]


def _as(operand: Meaning, kind: str) -> Meaning:
    if operand.kind == kind:
        return operand
    physical = PHYSICAL[kind]
    return Meaning(kind, lambda frame: operand.compute(frame).cast(physical))


def _timed(node: Operation, operand: Meaning) -> Meaning:
    """A text constant as a time."""
    if operand.kind == "timestamp":
        return operand
    text = _fixed(node, operand)
    found = moment(str(text))
    if found is None:
        raise invalid(node.place, f"Value cannot be cast to timestamp: {text}")
    return _constant("timestamp", found)


def _fixed(node: Operation, operand: Meaning) -> Any:
    """The value of an operand that must be the same for every row."""
    try:
        return operand.compute({}).as_py()
    except KeyError:
        raise invalid(node.place, f"An operand of {node.name} must be a constant") from None


def _comparison(node: Operation, left: Meaning, right: Meaning) -> Meaning:
    compare = COMPARED[node.name]
    return Meaning("boolean", lambda frame: compare(left.compute(frame), right.compute(frame)))


RESULTS = {
    ("timestamp", "-", "interval"): "timestamp", ("timestamp", "+", "interval"): "timestamp",
    ("interval", "+", "timestamp"): "timestamp", ("timestamp", "-", "timestamp"): "interval",
    ("interval", "+", "interval"): "interval", ("interval", "-", "interval"): "interval",
    ("interval", "*", "bigint"): "interval", ("bigint", "*", "interval"): "interval",
    ("interval", "/", "bigint"): "interval",
}  # fmt: skip


def _arithmetic(node: Operation, left: Meaning, right: Meaning) -> Meaning:
    kind = RESULTS.get((left.kind, node.name, right.kind))
    if kind is None:
        if not {left.kind, right.kind} <= {*NUMBERS, "unknown"}:
            raise _mismatch(node, (left, right))
        kind = "bigint" if {left.kind, right.kind} <= {"bigint", "unknown"} else "double"
        left, right = _as(left, kind), _as(right, kind)
    count = COUNTED[node.name]
    return Meaning(kind, lambda frame: count(left.compute(frame), right.compute(frame)))


def _logical(join: Callable[[Cells, Cells], Cells]) -> Callable[..., Meaning]:
    def build(node: Operation, operands: Sequence[Meaning]) -> Meaning:
        parts = [_boolean(node, operand) for operand in operands]

        def compute(frame: Frame) -> Cells:
            result = parts[0].compute(frame)
            for part in parts[1:]:
                result = join(result, part.compute(frame))
            return result

        return Meaning("boolean", compute)

    return build


def _boolean(node: Operation, operand: Meaning) -> Meaning:
    if operand.kind not in ("boolean", "unknown"):
        raise invalid(
            node.place, f"Logical expression term must evaluate to a boolean: {operand.kind}"
        )
    return _as(operand, "boolean")


def _negation(node: Operation, operands: Sequence[Meaning]) -> Meaning:
    part = _boolean(node, operands[0])
    return Meaning("boolean", lambda frame: pc.invert(part.compute(frame)))


def _negative(node: Operation, operands: Sequence[Meaning]) -> Meaning:
    (part,) = operands
    if part.kind not in (*NUMBERS, "interval"):
        raise _mismatch(node, operands)
    return Meaning(part.kind, lambda frame: pc.negate_checked(part.compute(frame)))


def _member(node: Operation, operands: Sequence[Meaning]) -> Meaning:
    """`a IN (b, c)` is `a = b OR a = c`, also for NULL."""
    first, *others = _alike(node, operands)

    def compute(frame: Frame) -> Cells:
        value = first.compute(frame)
        result = pc.equal(value, others[0].compute(frame))
        for other in others[1:]:
            result = pc.or_kleene(result, pc.equal(value, other.compute(frame)))
        return result

    return Meaning("boolean", compute)


def _like(node: Operation, operands: Sequence[Meaning]) -> Meaning:
    subject, pattern = operands
    if not {subject.kind, pattern.kind} <= {"varchar", "unknown"}:
        raise _mismatch(node, operands)
    text = _fixed(node, pattern)
    part = _as(subject, "varchar")
    if text is None:
        return Meaning("boolean", lambda _frame: pa.scalar(None, pa.bool_()))
    plain = text.replace("\\", "\\\\")  # LIKE without ESCAPE knows no escapes, pyarrow's does
    return Meaning("boolean", lambda frame: pc.match_like(part.compute(frame), plain))


def _is_null(_node: Operation, operands: Sequence[Meaning]) -> Meaning:
    return Meaning("boolean", lambda frame: pc.is_null(operands[0].compute(frame)))


def _is_present(_node: Operation, operands: Sequence[Meaning]) -> Meaning:
    return Meaning("boolean", lambda frame: pc.is_valid(operands[0].compute(frame)))


def _ago(node: Operation, operands: Sequence[Meaning]) -> Meaning:
    now, *rest = operands
    if [operand.kind for operand in rest] != ["interval"]:
        raise _mismatch(node, rest)
    return Meaning("timestamp", lambda frame: pc.subtract_checked(
        now.compute(frame), rest[0].compute(frame)))  # fmt: skip


def _now(node: Operation, operands: Sequence[Meaning]) -> Meaning:
    raise _mismatch(node, operands)


def _bin(node: Operation, operands: Sequence[Meaning]) -> Meaning:
    """The start of the bin that a time lies in; bins are counted from 1970."""
    kinds = [operand.kind for operand in operands]
    if kinds not in (["timestamp", "interval"], ["bigint", "bigint"]):
        raise _mismatch(node, operands)
    value, step = operands[0], _fixed(node, operands[1])
    if not step or step < 0:
        raise invalid(node.place, "The width of a bin must be positive")

    def compute(frame: Frame) -> Cells:
        cells = value.compute(frame)
        whole = pc.multiply(pc.divide(cells, step), step)
        below = pc.less(cells, whole)  # divide rounds toward zero: before 1970 that is up
        return pc.if_else(below, pc.subtract_checked(whole, step), whole)

    return Meaning(value.kind, compute)


def _from_text(node: Operation, operands: Sequence[Meaning]) -> Meaning:
    if [operand.kind for operand in operands] != ["varchar"]:
        raise _mismatch(node, operands)
    return _timed(node, operands[0])


def _scaled(
    name: str, given: str, returned: str, count: Callable[..., Cells], by: int
) -> Callable[..., Meaning]:
    def build(node: Operation, operands: Sequence[Meaning]) -> Meaning:
        if [operand.kind for operand in operands] != [given]:
            raise _mismatch(node, operands)
        return Meaning(returned, lambda frame: count(operands[0].compute(frame), by))

    build.__name__ = name
    return build


def _round(node: Operation, operands: Sequence[Meaning]) -> Meaning:
    kinds = [operand.kind for operand in operands]
    if kinds not in (["double"], ["bigint"], ["double", "bigint"], ["bigint", "bigint"]):
        raise _mismatch(node, operands)
    asked = _fixed(node, operands[1]) if len(operands) > 1 else 0
    digits, physical = max(-300, min(asked or 0, 300)), PHYSICAL[kinds[0]]
    return Meaning(kinds[0], lambda frame: pc.round(
        operands[0].compute(frame), digits, "half_towards_infinity").cast(physical))  # fmt: skip


def _absolute(node: Operation, operands: Sequence[Meaning]) -> Meaning:
    if [operand.kind for operand in operands] not in (["double"], ["bigint"]):
        raise _mismatch(node, operands)
    return Meaning(operands[0].kind, lambda frame: pc.abs_checked(operands[0].compute(frame)))


def _coalesce(node: Operation, operands: Sequence[Meaning]) -> Meaning:
    if not operands:
        raise _mismatch(node, operands)
    parts = _alike(node, operands)
    return Meaning(parts[0].kind, lambda frame: pc.coalesce(*(p.compute(frame) for p in parts)))


FUNCTIONS: dict[str, Callable[[Operation, Sequence[Meaning]], Meaning]] = {
    "and": _logical(pc.and_kleene), "or": _logical(pc.or_kleene), "not": _negation,
    "negative": _negative, "in": _member, "like": _like, "is null": _is_null,
    "is not null": _is_present, "ago": _ago, "now": _now, "bin": _bin, "round": _round,
    "abs": _absolute, "coalesce": _coalesce, "from_iso8601_timestamp": _from_text,
    "from_milliseconds": _scaled("from", "bigint", "timestamp", pc.multiply_checked, 10**6),
    "to_milliseconds": _scaled("to", "timestamp", "bigint", pc.divide, 10**6),
}  # fmt: skip
