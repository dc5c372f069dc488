"""One page of a listing: exact filters, `start` and `length`, and DataTables' keys (1.3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from connectors.sandbox.openergy.call import Call, Record
from connectors.sandbox.openergy.problems import invalid
from connectors.sandbox.openergy.table import Resource
from connectors.sandbox.spoiling import spoiled

LONGEST_PAGE = 200
DIGITS = 9
WORDS = {True: ("true",), False: ("false",), None: ("", "none", "null")}
VIRTUAL: dict[str, Callable[[Call, Record], object]] = {
    "generator_model": lambda call, row: _generator(call, row).get("model"),
    "generator_name": lambda call, row: _generator(call, row).get("name"),
    "project_name": lambda call, row: call.platform.one("odata/projects", row["project"])["name"],
}
"""Filters of series on what another record holds [O, 2.11]."""


def page(
    call: Call, resource: Resource, rows: Sequence[Record], shown: Callable[[Record], Record]
) -> dict[str, Any]:
    """The envelope of one page of `rows`. Raises Problem 400 for a bad `start` or `length`."""
    start, length = number(call, "start", 0), number(call, "length", LONGEST_PAGE)
    if call.params.get("empty", "").lower() == "true":
        rows = []
    kept = [row for row in rows if _matches(call, resource, row)]
    found = _ordered(call, [row for row in kept if _searched(call, row)])
    cut = [shown(row) for row in _cut(call, found, start, length)]
    return envelope(call, total=len(kept), filtered=len(found), start=start, found=cut)


def _cut(call: Call, rows: Sequence[Record], start: int, length: int) -> Sequence[Record]:
    """A page; drifted by one where that fault struck."""
    low = start - 1 if start and "page_drift" in spoiled(call.scope) else start
    return rows[low : low + min(length, LONGEST_PAGE)]


def envelope(
    call: Call, *, total: int, filtered: int, start: int, found: Sequence[Any]
) -> dict[str, Any]:
    """What every listing answers; the client reads `data` only."""
    draw = call.params.get("draw", "")
    wrong = 7 if "lying_total" in spoiled(call.scope) else 0
    return {
        "draw": int(draw) if _is_number(draw) else None,
        "recordsTotal": total + wrong,
        "recordsFiltered": filtered + wrong,
        "start": start,
        "data": list(found),
    }


def number(call: Call, name: str, default: int) -> int:
    """A whole number of the query. Raises Problem 400."""
    text = call.params.get(name)
    if text is None or text == "":
        return default
    if not _is_number(text):
        raise invalid(name, "A valid integer is required.")
    return int(text)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= DIGITS


def _generator(call: Call, row: Record) -> Record:
    return call.platform.generator(row["generator"]) or {}


def _matches(call: Call, resource: Resource, row: Record) -> bool:
    """Exact filters; a repeated key asks for any of its values, an unknown one for nothing."""
    for name in resource.filters:
        wanted = call.params.getlist(name)
        if wanted and not any(_same(_held(call, name, row), text) for text in wanted):
            return False
    return True


def _held(call: Call, name: str, row: Record) -> object:
    virtual = VIRTUAL.get(name)
    return row.get(name) if virtual is None else virtual(call, row)


def _same(value: object, text: str) -> bool:
    if value is None or isinstance(value, bool):
        return text.lower() in WORDS[value]
    return str(value) == text


def _searched(call: Call, row: Record) -> bool:
    """DataTables' search: the text is somewhere in a field, whatever its case [O]."""
    wanted = call.params.get("search[value]", "").lower() if "draw" in call.params else ""
    return not wanted or any(wanted in str(v).lower() for v in row.values() if isinstance(v, str))


def _ordered(call: Call, rows: list[Record]) -> list[Record]:
    """DataTables' first ordering column; otherwise oldest first [G: the order is not defined]."""
    column = call.params.get("order[0][column]", "") if "draw" in call.params else ""
    name = call.params.get(f"columns[{column}][data]")
    if name is None:
        return rows
    down = call.params.get("order[0][dir]") == "desc"
    return sorted(rows, key=lambda row: str(row.get(name, "")), reverse=down)
