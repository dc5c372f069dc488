"""GROUP BY: groups are counted block by block, so only they are held and never the rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from connectors.sandbox.avista.resolvers import Fault
from connectors.sandbox.avista.timestream.meaning import Meaning, Scope
from connectors.sandbox.avista.timestream.nodes import Node, Operation
from connectors.sandbox.avista.timestream.parse import invalid
from connectors.sandbox.avista.timestream.plan import Plan, spread

GATHERED = 50_000
"""Partial groups held before they are joined."""
MOST_GROUPS = 1_000_000
AGAIN = {"sum": "sum", "count": "sum", "min": "min", "max": "max"}
"""How partial results of one kind are joined."""


class Part(NamedTuple):
    """One column of partial results."""

    name: str
    operand: str
    how: str


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One aggregate function: its operand, its type and the parts that it is made of."""

    operand: Meaning
    kind: str
    parts: tuple[Part, ...]


class Grouping:
    """The groups of one query."""

    def __init__(self, plan: Plan) -> None:
        self._keys = [plan.scope.understood(node) for node in plan.group]
        self._aggregates = [
            _aggregate(plan.scope, node, place) for place, node in enumerate(plan.aggregates)
        ]
        self._names = [f"k{place}" for place in range(len(self._keys))] or ["k"]
        self._parts = [part for each in self._aggregates for part in each.parts]
        self._held: list[pa.Table] = []
        named = zip(plan.group, self._names, self._keys, strict=False)
        grouped: dict[Node, tuple[str, str]] = {node: (name, key.kind) for node, name, key in named}
        for place, node in enumerate(plan.aggregates):
            grouped[node] = (f"g{place}", self._aggregates[place].kind)
        self.scope: Scope = replace(plan.scope, grouped=grouped, after=True)
        """What expressions over the groups stand for."""

    def add(self, given: pa.Table) -> None:
        """Counts some more rows. Raises Fault for too many groups."""
        size = given.num_rows
        cells = {name: given.column(name).combine_chunks() for name in given.column_names}
        made = {name: spread(key.compute(cells), size)
                for name, key in zip(self._names, self._keys, strict=False)}  # fmt: skip
        if not self._keys:
            made["k"] = pa.repeat(0, size)
        for place, each in enumerate(self._aggregates):
            made[f"a{place}"] = spread(each.operand.compute(cells), size)
        self._held.append(self._joined(pa.table(made), again=False))
        if sum(part.num_rows for part in self._held) > GATHERED:
            self._gather()

    def result(self) -> pa.Table:
        """A row for each group, with the columns that `scope` speaks of."""
        if not self._held:
            return self._nothing()
        held = self._gather()
        made = {name: held.column(name) for name in self._names}
        for place, each in enumerate(self._aggregates):
            cells = [held.column(part.name) for part in each.parts]
            made[f"g{place}"] = _mean(*cells) if len(cells) == 2 else cells[0]
        return pa.table(made)

    def _gather(self) -> pa.Table:
        held = self._joined(pa.concat_tables(self._held), again=True)
        if held.num_rows > MOST_GROUPS:
            raise Fault("ValidationException", "Query exceeded the memory limit of one grouping")
        self._held = [held]
        return held

    def _joined(self, table: pa.Table, *, again: bool) -> pa.Table:
        """One row for each group of these rows, or of these partial results."""
        wanted = [
            (part.name, AGAIN[part.how]) if again else (part.operand, part.how)
            for part in self._parts
        ]
        found = table.group_by(self._names, use_threads=False).aggregate(wanted)
        made = {name: found.column(name) for name in self._names}
        for part, (column, how) in zip(self._parts, wanted, strict=True):
            made[part.name] = found.column(f"{column}_{how}")
        return pa.table(made)

    def _nothing(self) -> pa.Table:
        """Without rows there is no group; without keys there is one all the same."""
        size = 0 if self._keys else 1
        made = {name: pa.nulls(size) for name in self._names}
        for place, each in enumerate(self._aggregates):
            counts = each.parts[-1].how == "count" and len(each.parts) == 1
            made[f"g{place}"] = pa.repeat(0, size) if counts else pa.nulls(size)
        return pa.table(made)


def _mean(total: pa.ChunkedArray, count: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.divide(total, count.cast(pa.float64()))


def _aggregate(scope: Scope, node: Operation, place: int) -> Aggregate:
    """Raises Fault for a wrong number or type of operands."""
    one = f"a{place}"
    if node.name == "count" and not node.operands:
        constant = Meaning("bigint", lambda _frame: pa.scalar(1))
        return Aggregate(constant, "bigint", (Part(f"p{place}", one, "count"),))
    if len(node.operands) != 1:
        raise invalid(node.place, f"Unexpected parameters for function {node.name}")
    operand = scope.understood(node.operands[0])
    if node.name in ("avg", "sum") and operand.kind not in ("bigint", "double"):
        raise invalid(node.place, f"Unexpected parameters ({operand.kind}) for function "
                                  f"{node.name}")  # fmt: skip
    if node.name != "avg":
        kind = "bigint" if node.name == "count" else operand.kind
        return Aggregate(operand, kind, (Part(f"p{place}", one, node.name),))
    exact = Meaning("double", lambda frame: operand.compute(frame).cast(pa.float64()))
    return Aggregate(exact, "double", (Part(f"p{place}", one, "sum"),
                                       Part(f"q{place}", one, "count")))  # fmt: skip
