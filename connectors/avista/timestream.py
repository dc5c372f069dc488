"""Queries in SQL and their answers, which are Timestream's as a text of JSON (section 3.6)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.avista.client import Client, Row, rows, words
from connectors.errors import BadAnswer

MEMBERS = ("QueryId", "QueryStatus", "Rows", "ColumnInfo")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One page: columns with their types, rows of typed values, and both tokens of the next."""

    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[Any, ...], ...]
    query: str
    status: Mapping[str, Any]
    next_token: str | None
    client_token: str | None


def page(
    client: Client,
    database: str,
    text: str,
    *,
    most: int | None = None,
    next_token: str | None = None,
    client_token: str | None = None,
) -> Result:
    """Raises NotFound, Rejected for what is no query, and BadAnswer."""
    found = client.one(
        "timeSeriesDb_queryDatabaseWithTimestreamQuery",
        timeSeriesDbId=database,
        queryString=text,
        maxRows=most,
        nextToken=next_token,
        clientToken=client_token,
    )
    told = _read(words(found, "resultJSONString"))
    columns = tuple((str(one.get("Name")), kind(one)) for one in rows(told["ColumnInfo"]))
    readers = [_READERS.get(name, str) for _, name in columns]
    client_said = found.get("clientToken")
    following = told.get("NextToken")
    return Result(
        columns=columns,
        rows=tuple(_row(one, readers) for one in rows(told["Rows"])),
        query=str(told["QueryId"]),
        status=told["QueryStatus"],
        next_token=following if isinstance(following, str) and following else None,
        client_token=client_said if isinstance(client_said, str) else None,
    )


def pages(client: Client, database: str, text: str, *, most: int | None) -> Iterator[Result]:
    """Every page, to the end. Raises BadAnswer when they go in a circle."""
    seen: set[str] = set()
    found = page(client, database, text, most=most)
    while True:
        yield found
        token = found.next_token
        if token is None:
            return
        if token in seen:
            raise BadAnswer("The platform's pages go in a circle.")
        seen.add(token)
        found = page(
            client, database, text, most=most, next_token=token, client_token=found.client_token
        )


def table_name(row: Row) -> str:
    """What stands behind FROM: quoted, quotes inside doubled."""
    parts = (words(row, "databaseName"), words(row, "tableName"))
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


def kind(column: Row) -> str:
    """A scalar type's name; of others that they are made of parts."""
    found = column.get("Type")
    told = found.get("ScalarType") if isinstance(found, dict) else None
    return str(told) if told else "PARTS"


def _read(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict) or any(name not in found for name in MEMBERS):
        raise BadAnswer("The platform answered a query with something that nobody can read.")
    return found


def _row(row: Row, readers: list[Callable[[str], Any]]) -> tuple[Any, ...]:
    cells = rows(row.get("Data"))
    if len(cells) != len(readers):
        raise BadAnswer("The platform answered a row that does not fit its columns.")
    return tuple(_cell(cell, reader) for cell, reader in zip(cells, readers, strict=True))


def _cell(cell: Row, reader: Callable[[str], Any]) -> Any:
    """A typed value; what has parts stays as the platform wrote it."""
    if cell.get("NullValue"):
        return None
    told = cell.get("ScalarValue")
    if not isinstance(told, str):
        return json.dumps(cell)
    try:
        return reader(told)
    except ValueError:
        raise BadAnswer("The platform told a value that is not of its own type.") from None


def _truth(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


_READERS: Mapping[str, Callable[[str], Any]] = {
    "DOUBLE": float,
    "BIGINT": int,
    "INTEGER": int,
    "BOOLEAN": _truth,
}
