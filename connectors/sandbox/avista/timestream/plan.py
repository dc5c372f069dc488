"""A query against a table: its columns, its range of time and assets, what to compute."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import pyarrow as pa

from connectors.sandbox.avista.columns import Block
from connectors.sandbox.avista.records import Asset, Table
from connectors.sandbox.avista.timestream.meaning import AGGREGATES, Cells, Frame, Meaning, Scope
from connectors.sandbox.avista.timestream.nodes import (
    Column,
    Item,
    Literal,
    Node,
    Operation,
    Select,
    Sorting,
    walk,
)
from connectors.sandbox.avista.timestream.parse import invalid, moment
from connectors.sandbox.avista.values import EARLIEST, LATEST

FOREVER = (EARLIEST, LATEST)
FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to read, and what to make of it."""

    scope: Scope
    items: tuple[tuple[str, Node], ...]
    """The result's columns by their names."""
    where: Meaning | None
    group: tuple[Node, ...]
    aggregates: tuple[Operation, ...]
    order: tuple[Sorting, ...]
    limit: int | None
    window: tuple[int, int]
    """The half-open range of nanoseconds outside of which no row counts."""
    assets: frozenset[str] | None
    """The assets that can count; None for all."""
    names: tuple[str, ...]
    """The measures that are needed."""
    fixed: tuple[str, ...]
    """The other columns that are needed."""
    thin: bool
    """Whether a row in which one of the needed measures is missing does not count."""

    @property
    def whole(self) -> bool:
        """Whether all rows must be seen before the first is told."""
        return bool(self.group or self.aggregates or self.order)


def columns(table: Table) -> dict[str, str]:
    """Every column of a table with its type: dimensions, measure name, time, measures [A/G]."""
    dimensions = ["name", *(name for name in table.dimensions() if name != "name")]
    found = dict.fromkeys(["assetId", *dimensions, "measure_name"], "varchar")
    found["time"] = "timestamp"
    for name, kind in table.types().items():
        found.setdefault(name, kind.lower())
    return found


def planned(select: Select, table: Table, now: int) -> Plan:
    """Raises Fault for unknown columns and wrong types."""
    scope = Scope(columns(table), now)
    items = select.items or tuple(Item(node=_column(name), alias=name) for name in scope.columns)
    group = tuple(_ordinal(node, items) for node in select.group)
    order = tuple(replace(each, node=_alias(each.node, items)) for each in select.order)
    every = [item.node for item in items] + [each.node for each in order]
    aggregates = tuple(dict.fromkeys(found for node in every for found in _aggregates(node)))
    where = scope.understood(select.where) if select.where else None
    if where and where.kind not in ("boolean", "unknown"):
        raise invalid((1, 1), f"WHERE clause must evaluate to a boolean: actual type {where.kind}")
    needed = _needed([*every, *group, *([select.where] if select.where else [])], scope)
    measures = table.types()
    window, assets = _bounds(select.where, scope)
    return Plan(
        scope=scope, items=tuple(_titled(items)), where=where, group=group, aggregates=aggregates,
        order=order, limit=select.limit, window=window, assets=assets,
        names=tuple(name for name in needed if name in measures),
        fixed=tuple(name for name in needed if name not in measures),
        thin=any(_rejects(each, scope, measures) for each in _conditions(select.where)),
    )  # fmt: skip


def _column(name: str) -> Column:
    return Column(name=name, place=(1, 8))


def _titled(items: tuple[Item, ...]) -> Iterator[tuple[str, Node]]:
    """The result's columns: an alias, the column's own name, or `_col0` …"""
    for place, item in enumerate(items):
        own = item.node.name if isinstance(item.node, Column) else f"_col{place}"
        yield item.alias or own, item.node


def _ordinal(node: Node, items: tuple[Item, ...]) -> Node:
    """`GROUP BY 1` is the first item."""
    if not isinstance(node, Literal) or node.kind != "bigint":
        return node
    place = int(node.value or 0)
    if not 0 < place <= len(items):
        raise invalid(node.place, f"Position {place} is not in select list")
    return items[place - 1].node


def _alias(node: Node, items: tuple[Item, ...]) -> Node:
    """`ORDER BY` also knows the items' aliases."""
    if isinstance(node, Column):
        for item in items:
            if item.alias is not None and item.alias.lower() == node.name.lower():
                return item.node
    return _ordinal(node, items)


def _aggregates(node: Node) -> Iterator[Operation]:
    for found in walk(node):
        if isinstance(found, Operation) and found.name in AGGREGATES:
            yield found


def _needed(nodes: list[Node], scope: Scope) -> list[str]:
    """The real names of the columns that the query looks at."""
    found = (each for node in nodes for each in walk(node) if isinstance(each, Column))
    return list(dict.fromkeys(scope.column(each)[0] for each in found))


def _bounds(where: Node | None, scope: Scope) -> tuple[tuple[int, int], frozenset[str] | None]:
    """The range of time and the assets that the conditions leave; they are checked all the same."""
    low, high = FOREVER
    assets: frozenset[str] | None = None
    for condition in _conditions(where):
        if not isinstance(condition, Operation):
            continue
        names = _names(condition, scope)
        assets = names if assets is None else assets if names is None else assets & names
        start, end = _range(condition, scope)
        low, high = max(low, start), min(high, end)
    return (low, max(low, high)), assets


def _conditions(node: Node | None) -> Iterator[Node]:
    """The parts that must all hold."""
    pending = [node] if node else []
    while pending:
        here = pending.pop()
        if isinstance(here, Operation) and here.name == "and":
            pending.extend(here.operands)
        else:
            yield here


def _names(condition: Operation, scope: Scope) -> frozenset[str] | None:
    """The assets of `assetId = 'x'` and `assetId IN ('x', 'y')`."""
    if condition.name not in ("=", "in"):
        return None
    first, *others = condition.operands
    if not (isinstance(first, Column) and scope.column(first)[0] == "assetId"):
        return None
    if not all(isinstance(other, Literal) for other in others):
        return None
    return frozenset(str(other.value) for other in others if isinstance(other, Literal))


def _range(condition: Operation, scope: Scope) -> tuple[int, int]:
    """The times that a comparison of `time` with a constant leaves."""
    if condition.name not in FLIPPED:
        return FOREVER
    (left, right), sign = condition.operands, condition.name
    if _is_time(right, scope):
        left, right, sign = right, left, FLIPPED[sign]
    if not _is_time(left, scope) or any(isinstance(each, Column) for each in walk(right)):
        return FOREVER
    value = _bound(scope.understood(right))
    if value is None:
        return FOREVER
    low = {">": value + 1, ">=": value, "=": value}.get(sign, FOREVER[0])
    high = {"<": value, "<=": value + 1, "=": value + 1}.get(sign, FOREVER[1])
    return low, high


def _bound(constant: Meaning) -> int | None:
    """A constant as a time; None for what is no time, or NULL."""
    value = constant.compute({}).as_py()
    if constant.kind == "varchar" and value is not None:
        return moment(value)
    return value if constant.kind == "timestamp" else None


def _rejects(condition: Node, scope: Scope, measures: Mapping[str, str]) -> bool:
    """Whether a condition holds for no row in which some measure is missing."""
    strict = (*FLIPPED, "<>", "in", "like", "is not null")
    if not isinstance(condition, Operation) or condition.name not in strict:
        return False
    first = condition.operands[0]
    return isinstance(first, Column) and scope.column(first)[0] in measures


def _is_time(node: Node, scope: Scope) -> bool:
    return isinstance(node, Column) and scope.column(node)[0] == "time"


def frame(plan: Plan, asset: Asset, block: Block) -> dict[str, Cells]:
    """The rows of a block as the columns that the plan needs."""
    size = block.times.size
    own: dict[str, Cells] = {}
    for name in plan.fixed:
        if name == "time":
            own[name] = pa.array(block.times)
        elif name == "assetId":
            own[name] = pa.repeat(asset.asset_id, size)
        elif name == "measure_name":
            own[name] = block.measures
        else:
            own[name] = block.dimension(name)
    kinds = plan.scope.columns
    return own | {name: _cells(block.columns[name], kinds[name]) for name in plan.names}


def _cells(found: pa.Array, kind: str) -> pa.Array:
    """A measure as the type that the table has for it; assets without it hold only nulls."""
    physical = {"double": pa.float64(), "varchar": pa.string(), "boolean": pa.bool_()}
    return found.cast(physical.get(kind, pa.int64()))


def spread(cells: Cells, size: int) -> pa.Array:
    """A constant as a column of `size`; a column as it is."""
    return pa.repeat(cells, size) if isinstance(cells, pa.Scalar) else cells


def chosen(plan: Plan, given: Mapping[str, Cells], size: int) -> pa.Array | None:
    """Which rows the conditions leave, as a column of booleans; None for all of them."""
    if plan.where is None:
        return None
    mask: Frame = {"mask": plan.where.compute(given)}
    return spread(mask["mask"], size).cast(pa.bool_())
