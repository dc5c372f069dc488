# ruff: noqa: N803 - arguments have the names that the platform's schema gives them
"""Queries in SQL as the platform answers them: Timestream's answer as a text of JSON."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

import pyarrow as pa

from connectors.sandbox.avista.databases import found, table_of
from connectors.sandbox.avista.records import Table
from connectors.sandbox.avista.resolvers import Call, Fault, Resolvers
from connectors.sandbox.avista.series import sealed, unsealed
from connectors.sandbox.avista.timestream.nodes import Select
from connectors.sandbox.avista.timestream.parse import invalid, parse
from connectors.sandbox.avista.timestream.plan import Plan, planned
from connectors.sandbox.avista.timestream.run import Position, Scan, kinds, page, whole
from connectors.sandbox.avista.values import sql_texts, texts
from connectors.sandbox.store import Record

RESOLVERS = Resolvers()
MOST_ROWS = 1000
"""Rows in one page, and as many when none are asked for [A]."""
LONGEST_TOKEN = 64
"""Characters of a client token [A]."""
SCALARS = {"interval": "INTERVAL_DAY_TO_SECOND"}
LEAST_METERED = 10_000_000
"""Bytes that a query costs at least [A]."""

Token = dict[str, Any]


@RESOLVERS.field("Query", "timeSeriesDb_queryDatabaseWithTimestreamQuery")
def query(
    call: Call,
    *,
    timeSeriesDbId: str,
    queryString: str,
    maxRows: int | None = None,
    nextToken: str | None = None,
    clientToken: str | None = None,
) -> dict[str, Any] | None:
    """One page of a query's rows. Raises Fault for what is outside of the subset."""
    database = found(call, timeSeriesDbId)
    if database is None:
        return None
    size = _size(maxRows)
    if clientToken is not None and len(clientToken) > LONGEST_TOKEN:
        raise Fault("ValidationException", f"clientToken: at most {LONGEST_TOKEN} characters")
    text = f"{timeSeriesDbId}\n{queryString}"
    token = _token(call, text, nextToken, clientToken)
    try:
        answer = _answer(call, database, queryString, token, size)
    except pa.ArrowException as problem:
        raise Fault("ValidationException", _worded(problem)) from None
    return {"resultJSONString": json.dumps(answer), "clientToken": token["client"]}


def _size(asked: int | None) -> int:
    if not asked:  # the client of 0.0.24 leaves 0 out
        return MOST_ROWS
    if not 0 < asked <= MOST_ROWS:
        raise Fault(
            "ValidationException",
            f"1 validation error detected: Value '{asked}' at 'maxRows' failed to satisfy "
            f"constraint: Member must have value between 1 and {MOST_ROWS}",
        )
    return asked


def _token(call: Call, text: str, following: str | None, client: str | None) -> Token:
    """Where the page begins, from the token of the page before. Raises Fault for a wrong one."""
    digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
    if not following:
        return {"of": digest, "client": client or secrets.token_hex(16), "at": None, "told": 0,
                "last": None, "now": call.platform.clock.now_us() * 1000,
                "id": f"AE{secrets.token_hex(20).upper()}"}  # fmt: skip
    token = unsealed("sql", following)
    if token.get("of") != digest or (client is not None and client != token["client"]):
        raise Fault("ValidationException", "The nextToken belongs to another query.")
    if "page_drift" in call.spoiled and token["last"]:
        return {**token, "at": token["last"], "told": token["told"] - 1}
    return token


def _worded(problem: pa.ArrowException) -> str:
    """Arithmetic that went wrong on a row."""
    text = str(problem).lower()
    if "divide by zero" in text:
        return "Division by zero"
    return "Numeric overflow" if "overflow" in text else "The query cannot be evaluated"


def _answer(call: Call, database: Record, text: str, token: Token, size: int) -> dict[str, Any]:
    select = parse(text)
    _named(select, database)
    table = table_of(call, database["timeSeriesDbId"])
    plan = planned(select, table, token["now"])
    types = kinds(plan)
    scan = Scan()
    if plan.whole:
        rows, following, last = _slice(call, plan, table, token, size, scan)
    else:
        rows, following, last = _page(plan, table, token, size, scan)
    after: Token | None = None
    if following:
        count = token["told"] + rows.num_rows
        after = {**token, "at": following, "last": last, "told": count}
    if "cursor_loop" in call.spoiled:
        after = token
    answer = {
        "QueryId": token["id"],
        "Rows": _rows(rows, types),
        "ColumnInfo": [
            {"Name": title, "Type": {"ScalarType": SCALARS.get(kind, kind.upper())}}
            for title, kind in types
        ],
        "QueryStatus": {
            "ProgressPercentage": 100.0,
            "CumulativeBytesScanned": scan.size,
            "CumulativeBytesMetered": max(scan.size, LEAST_METERED),
        },
    }
    return answer if after is None else {**answer, "NextToken": sealed("sql", after)}


def _named(select: Select, database: Record) -> None:
    """Raises Fault for a table that is not this database's."""
    if select.database.lower() != database["databaseName"].lower():
        raise invalid(select.table_place, f"Schema '{select.database}' does not exist")
    if select.table.lower() != database["tableName"].lower():
        named = f"{select.database}.{select.table}"
        raise invalid(select.table_place, f"Table '{named}' does not exist")


def _page(
    plan: Plan, table: Table, token: Token, size: int, scan: Scan
) -> tuple[pa.Table, Any, Any]:
    """The next rows as they are read."""
    left = size if plan.limit is None else min(size, plan.limit - token["told"])
    begin = Position(*token["at"]) if token["at"] else Position()
    rows, following, last = page(plan, table, begin, max(left, 0), scan)
    at_end = plan.limit is not None and token["told"] + rows.num_rows >= plan.limit
    return rows, None if at_end else following, last


def _slice(
    call: Call, plan: Plan, table: Table, token: Token, size: int, scan: Scan
) -> tuple[pa.Table, Any, Any]:
    """The next rows of a result that is there as a whole."""
    state = call.platform.series
    result = state.results.get(token["id"])
    if result is None:
        result = whole(plan, table, scan)
        state.keep(token["id"], result)
    low = token["at"] or 0
    high = min(low + size, result.num_rows)
    more = high < result.num_rows
    return result.slice(low, high - low), high if more else None, high - 1


def _rows(rows: pa.Table, types: list[tuple[str, str]]) -> list[dict[str, Any]]:
    columns = [
        [{"NullValue": True} if text is None else {"ScalarValue": text} for text in
         _texts(rows.column(place), kind)]
        for place, (_, kind) in enumerate(types)
    ]  # fmt: skip
    return [{"Data": list(cells)} for cells in zip(*columns, strict=True)]


def _texts(cells: pa.ChunkedArray, kind: str) -> list[str | None]:
    """A column of the result as Timestream writes it."""
    if kind == "timestamp":
        return list(sql_texts(cells.cast(pa.int64())).to_pylist())
    if kind == "interval":
        return [None if cell is None else _interval(cell) for cell in cells.to_pylist()]
    return list(texts(kind.upper(), cells).to_pylist())


def _interval(length: int) -> str:
    """`1 02:03:04.000000000`: days, then hours, minutes and seconds."""
    seconds, rest = divmod(abs(length), 10**9)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    sign = "-" if length < 0 else ""
    return f"{sign}{days} {hour:02d}:{minute:02d}:{second:02d}.{rest:09d}"
