"""Runs a plan: a page of a plain query as it is read, or the whole of a grouped or sorted one."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from connectors.sandbox.avista.columns import rows
from connectors.sandbox.avista.records import Asset, Table
from connectors.sandbox.avista.resolvers import Fault
from connectors.sandbox.avista.timestream.grouping import Grouping
from connectors.sandbox.avista.timestream.meaning import Meaning, Scope
from connectors.sandbox.avista.timestream.plan import Plan, chosen, frame, spread

MOST_ROWS = 1_000_000
"""Rows of a sorted result held at once [G]; Timestream runs out of memory at some number, too."""
KEPT = 50_000
"""Rows held before a sorted result with a limit is cut to it."""
PATIENCE = 25.0
"""Seconds: AppSync ends a request after 30 [A]."""
TIMES = "\0"
"""The column of times beside those that the query names."""


class Position(NamedTuple):
    """Where a page begins: the asset's place, a time, and how many rows of that time were told."""

    asset: int = 0
    time: int | None = None
    skip: int = 0


class Piece(NamedTuple):
    """Some rows of one asset, with their times; rows of one time are never torn apart."""

    asset: int
    times: NDArray[np.int64]
    table: pa.Table

    def position(self, place: int) -> Position:
        """That of one row."""
        time = int(self.times[place])
        return Position(self.asset, time, place - int(np.searchsorted(self.times, time)))


class Page(NamedTuple):
    """Some rows of the result."""

    table: pa.Table
    following: Position | None
    """Where the next page begins; None when there is nothing more."""
    last: Position
    """That of the last row, or of the beginning when there is none."""


@dataclass(slots=True)
class Scan:
    """How much was looked at."""

    size: int = 0
    """Bytes."""
    until: float = field(default_factory=lambda: time.monotonic() + PATIENCE)

    def check(self) -> None:
        """Raises Fault when the query takes too long."""
        if time.monotonic() > self.until:
            raise Fault("QueryExecutionException", "The query took too long and was cancelled.")


def frames(plan: Plan, table: Table, begin: Position, scan: Scan) -> Iterator[Piece]:
    """The needed columns of the rows that the conditions leave, from `begin` on, in table order."""
    for place, asset in enumerate(table.assets()):
        if place < begin.asset or (plan.assets is not None and asset.asset_id not in plan.assets):
            continue
        start, end = plan.window
        if place == begin.asset and begin.time is not None:
            start = max(start, begin.time)
        looked = _thin(plan, asset) if plan.thin else asset
        for block in rows(looked, plan.names, start, end, seen=plan.scope.now + 1):
            scan.check()
            given = frame(plan, asset, block)
            mask = chosen(plan, given, block.times.size)
            given[TIMES] = pa.array(block.times)
            told = pa.table(given)
            scan.size += told.nbytes
            kept = told if mask is None else told.filter(mask)
            if kept.num_rows:
                yield Piece(place, kept.column(TIMES).to_numpy(), kept)


def _thin(plan: Plan, asset: Asset) -> Asset:
    """An asset with only those sources that can give a row that counts."""
    sources = {name: asset.sources[name] for name in plan.names if name in asset.sources}
    return replace(asset, sources=sources)


def page(plan: Plan, table: Table, begin: Position, count: int, scan: Scan) -> Page:
    """At most `count` rows of a plain query."""
    meanings = [plan.scope.understood(node) for _, node in plan.items]
    parts: list[pa.Table] = []
    left, last = count, begin
    for piece in frames(plan, table, begin, scan):
        again = (piece.asset, int(piece.times[0])) == (begin.asset, begin.time)
        low = begin.skip if again else 0
        high = min(low + left, piece.times.size)
        if high > low:
            parts.append(_projected(piece.table.slice(low, high - low), meanings))
            left, last = left - (high - low), piece.position(high - 1)
        if high < piece.times.size:
            return Page(_together(parts, meanings), piece.position(high), last)
    return Page(_together(parts, meanings), None, last)


def _projected(given: pa.Table, meanings: Sequence[Meaning]) -> pa.Table:
    """The result's columns; they may have equal names."""
    cells = {name: given.column(name).combine_chunks() for name in given.column_names}
    arrays = [spread(meaning.compute(cells), given.num_rows) for meaning in meanings]
    return pa.Table.from_arrays(arrays, [str(place) for place in range(len(arrays))])


def _together(parts: Sequence[pa.Table], meanings: Sequence[Meaning]) -> pa.Table:
    if parts:
        return pa.concat_tables(parts)
    return pa.table({str(place): pa.nulls(0) for place in range(len(meanings))})


def kinds(plan: Plan) -> list[tuple[str, str]]:
    """The result's columns with their types. Raises Fault for what is not understood."""
    scope = Grouping(plan).scope if plan.group or plan.aggregates else plan.scope
    for sorting in plan.order:
        scope.understood(sorting.node)
    return [(title, scope.understood(node).kind) for title, node in plan.items]


def whole(plan: Plan, table: Table, scan: Scan) -> pa.Table:
    """All rows of a grouped or sorted query. Raises Fault when they are too many."""
    if plan.group or plan.aggregates:
        grouping = Grouping(plan)
        for piece in frames(plan, table, Position(), scan):
            grouping.add(piece.table)
        result = _sortable(plan, grouping.scope, grouping.result())
        return _sorted(plan, result).slice(0, plan.limit)
    return _collected(plan, table, scan).slice(0, plan.limit)


def _collected(plan: Plan, table: Table, scan: Scan) -> pa.Table:
    """The rows of a sorted query, cut to the limit again and again where there is one."""
    held = pa.table({})
    for piece in frames(plan, table, Position(), scan):
        found = _sortable(plan, plan.scope, piece.table)
        held = pa.concat_tables([held, found]) if held.num_columns else found
        if plan.limit is not None and held.num_rows > KEPT + plan.limit:
            held = _sorted(plan, held).slice(0, plan.limit)
        if held.num_rows > MOST_ROWS:
            raise Fault("ValidationException", "Query exceeded the memory limit of one sort")
    if not held.num_columns:
        return _together([], [plan.scope.understood(node) for _, node in plan.items])
    return _sorted(plan, held)


def _sortable(plan: Plan, scope: Scope, given: pa.Table) -> pa.Table:
    """The result's columns, and behind them the columns to sort by."""
    nodes = [node for _, node in plan.items] + [each.node for each in plan.order]
    return _projected(given, [scope.understood(node) for node in nodes])


def _sorted(plan: Plan, given: pa.Table) -> pa.Table:
    """In order; equal rows stay as they were. Only the result's columns are left."""
    first = len(plan.items)
    keys = []
    sorting = given
    for place, each in enumerate(plan.order):
        name = str(first + place)
        missing = pc.is_null(given.column(name)).cast(pa.int8())
        sorting = sorting.append_column(f"null {name}", missing)
        keys += [(f"null {name}", "descending" if each.nulls_first else "ascending"),
                 (name, "descending" if each.falling else "ascending")]  # fmt: skip
    if keys and given.num_rows:
        given = given.take(pc.sort_indices(sorting, sort_keys=keys))
    return given
