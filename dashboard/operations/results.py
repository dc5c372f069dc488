"""What operations give, as pages, files and rows of the database take it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

from pydantic import SecretStr

from connectors.contract import Points
from connectors.operations import Record, Result, Table

MOST_ROWS = 500
"""On a page and in a kept result; a file has all of them."""
MOST_POINTS = 20_000
LONGEST_TEXT = 1_000_000
POINT_COLUMNS = ("time", "series", "value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A result as a page shows it; `kind` is the operation's."""

    kind: str
    fields: tuple[tuple[str, Any, bool], ...] = ()
    """Of a record: name, value, and whether it is hidden until asked for."""
    node: str = ""
    """The node that a record is."""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    more: bool = False
    """There are more rows than these."""
    text: str = ""


def shown(result: Result, kind: str) -> Shown:
    """The first rows of what flows; nothing else is fetched."""
    if isinstance(result, Record):
        fields = tuple(_field(name, value) for name, value in result.fields.items())
        return Shown(kind=kind, fields=fields, node=result.id or "")
    if isinstance(result, Table):
        found, more = result.first(MOST_ROWS)
        cells = tuple(tuple(simple(value) for value in row) for row in found)
        return Shown(kind=kind, columns=result.columns, rows=cells, more=more)
    if isinstance(result, str):
        return Shown(kind=kind, text=result[:LONGEST_TEXT], more=len(result) > LONGEST_TEXT)
    if isinstance(result, Iterator):
        rows = tuple(islice(point_rows(result), MOST_POINTS + 1))
        return Shown(
            kind=kind,
            columns=POINT_COLUMNS,
            rows=rows[:MOST_POINTS],
            more=len(rows) > MOST_POINTS,
        )
    return Shown(kind=kind)


def kept(result: Shown) -> dict[str, Any]:
    """As JSON; what is hidden is not kept."""
    fields = [[name, None if hidden else value, hidden] for name, value, hidden in result.fields]
    held: dict[str, Any] = json.loads(
        json.dumps(
            {
                "kind": result.kind,
                "fields": fields,
                "node": result.node,
                "columns": result.columns,
                "rows": result.rows[:MOST_ROWS],
                "more": result.more or len(result.rows) > MOST_ROWS,
                "text": result.text,
            },
            default=str,
        )
    )
    return held


def restored(held: Mapping[str, Any]) -> Shown:
    """A kept result."""
    return Shown(
        **{
            **held,
            "fields": tuple((name, value, hidden) for name, value, hidden in held["fields"]),
            "columns": tuple(held["columns"]),
            "rows": tuple(tuple(row) for row in held["rows"]),
        }
    )


def plain(result: Result, kind: str) -> Any:
    """As JSON takes it whole: for REST and the command line. A file has no such form."""
    if isinstance(result, Record):
        fields = {name: _revealed(value) for name, value in result.fields.items()}
        return {"id": result.id, "version": result.version, "fields": fields}
    if isinstance(result, Table):
        return {"columns": result.columns, "rows": [_plain_row(row) for row in result.rows]}
    if isinstance(result, Iterator):
        return {"columns": POINT_COLUMNS, "rows": [_plain_row(row) for row in point_rows(result)]}
    return {"text": result} if isinstance(result, str) else {"kind": kind}


def json_pieces(result: Result, kind: str) -> Iterator[str]:
    """The same as JSON text, a row at a time."""
    rows = result.rows if isinstance(result, Table) else None
    rows = point_rows(result) if isinstance(result, Iterator) else rows
    if rows is None:
        yield _json(plain(result, kind))
        return
    columns = result.columns if isinstance(result, Table) else POINT_COLUMNS
    head = f'{{"columns": {_json(columns)}, "rows": ['
    for row in rows:
        yield head + _json(_plain_row(row))
        head = ", "
    yield "]}" if head == ", " else f"{head}]}}"


def _json(value: Any) -> str:
    return json.dumps(value, default=str, ensure_ascii=False)


def lines(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Rows as CSV, one line at a time; a text that a spreadsheet would calculate stays a text."""
    yield _line(columns)
    for row in rows:
        yield _line([_safe(simple(value)) for value in row])


def point_rows(points: Iterator[Points]) -> Iterator[tuple[Any, ...]]:
    """A row a point: time, series, value."""
    for part in points:
        times, values = (column.to_pylist() for column in part.batch.columns[:2])
        for time, value in zip(times, values, strict=True):
            yield (time, part.series, value)


def simple(value: object) -> Any:
    """What a cell can hold: nested things as compact JSON."""
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(value, default=str, ensure_ascii=False)
    return "hidden" if isinstance(value, SecretStr) else value


def _field(name: str, value: object) -> tuple[str, Any, bool]:
    hidden = isinstance(value, SecretStr)
    return name, value.get_secret_value() if isinstance(value, SecretStr) else simple(value), hidden


def _revealed(value: object) -> Any:
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def _plain_row(row: Sequence[Any]) -> list[Any]:
    return [
        value.isoformat() if isinstance(value, date | datetime) else _revealed(value)
        for value in row
    ]


def _line(values: Sequence[Any]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(values)
    return out.getvalue()


def _safe(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@") else value
