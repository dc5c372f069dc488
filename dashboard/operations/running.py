"""One call, as a page or a file needs it: what it gave, or the trouble it met."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from typing import Any

from connectors.contract import File, Points
from connectors.errors import ConnectorError
from connectors.operations import Operation, Table
from dashboard.operations.models import Call, State
from dashboard.operations.results import POINT_COLUMNS, Shown, lines, point_rows, shown
from dashboard.operations.services import called, says


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A file on its way through us; `chunks` frees what lies behind it."""

    name: str
    type: str
    chunks: Iterator[bytes]
    size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One of these: what a page shows, what a browser saves, or why there is neither."""

    shown: Shown | None = None
    flow: Flow | None = None
    trouble: ConnectorError | None = None
    says: str = ""
    certain: bool = True
    """False: the answer was lost, and it may be done all the same."""


def run_now(
    call: Call, operation: Operation, values: Mapping[str, object], *, whole: bool = False
) -> Outcome:
    """Does the call. `whole` asks for all rows as CSV instead of the first ones as a page."""
    stack = ExitStack()
    try:
        result = stack.enter_context(called(call, operation, values))
        if isinstance(result, File) or (whole and isinstance(result, Table | Iterator)):
            return Outcome(flow=_flow(result, operation, stack))
        with stack:
            return Outcome(shown=shown(result, operation.kind))
    except ConnectorError as trouble:
        certain = call.state != State.UNKNOWN
        return Outcome(trouble=trouble, says=says(operation, trouble), certain=certain)


def _flow(result: File | Table | Iterator[Points], operation: Operation, stack: ExitStack) -> Flow:
    """The first piece is there before the answer begins: what fails early is a sentence."""
    if isinstance(result, File):
        stack.enter_context(result)
        chunks: Iterable[bytes] = result.chunks
        name, type_, size = result.name, result.type, result.size
    else:
        columns, rows = _rows(result)
        chunks = (line.encode() for line in lines(columns, rows))
        name, type_, size = f"{operation.name}.csv", "text/csv; charset=utf-8", None
    pieces = iter(chunks)
    first = next(pieces, b"")
    return Flow(name=name, type=type_, size=size, chunks=_ended(chain([first], pieces), stack))


def _rows(result: Table | Iterator[Points]) -> tuple[tuple[str, ...], Iterable[Sequence[Any]]]:
    if isinstance(result, Table):
        return result.columns, result.rows
    return POINT_COLUMNS, point_rows(result)


def _ended(chunks: Iterator[bytes], stack: ExitStack) -> Iterator[bytes]:
    with stack:
        yield from chunks
