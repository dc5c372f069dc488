# ruff: noqa: N803 - arguments have the names that the platform's schema gives them
"""Attribute data of a time-series database: the query, its pages and its export (section 3.4)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from connectors.sandbox.avista import exports
from connectors.sandbox.avista.databases import found, table_of
from connectors.sandbox.avista.ranges import PAGE, RangeQuery, advanced, recalled, remembered, tail
from connectors.sandbox.avista.resolvers import Call, Fault, Resolvers
from connectors.sandbox.avista.series import sealed, unsealed
from connectors.sandbox.avista.values import EARLIEST, sql
from connectors.sandbox.clock import microseconds
from connectors.sandbox.store import Record

RESOLVERS = Resolvers()
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")
NOTICE = "onNotifyTimeSeriesQueryExportComplete"

Asked = Sequence[Mapping[str, Any] | None]


@RESOLVERS.field("Query", "timeSeriesDb_queryDatabase")
def query_database(
    call: Call,
    *,
    timeSeriesDbId: str,
    queryType: str,
    assets: Asked,
    startTime: str | None = None,
    endTime: str | None = None,
    maxRows: int | None = None,
    nextToken: str | None = None,
    **_echoed: str | None,
) -> dict[str, Any] | None:
    """One page: how far the query has come. The rows themselves come by an export only.

    A page is recognised by its token, whatever the query type says. An asset or attribute that
    does not exist has no rows [G]. LAST_X_ROWS takes the last `maxRows` rows of each asset [G].
    """
    database = found(call, timeSeriesDbId)
    if database is None:
        return None
    if maxRows is not None and maxRows < 1:
        raise Fault("ValidationException", "maxRows must be 1 or greater.")
    if nextToken:
        return following(call, nextToken, timeSeriesDbId, maxRows)
    if queryType == "NEXT_TOKEN":
        raise Fault("ValidationException", "A query of type NEXT_TOKEN needs a nextToken.")
    query = _asked(call, database, assets, startTime, endTime)
    if queryType == "LAST_X_ROWS":
        return page(call, _last_rows(call, query, maxRows), None)
    return page(call, query, maxRows)


def _asked(
    call: Call, database: Record, assets: Asked, start: str | None, end: str | None
) -> RangeQuery:
    picks = tuple((one["assetId"], _filter(one)) for one in assets if one)
    low = moment("startTime", start) if start else EARLIEST
    high = moment("endTime", end) if end else call.platform.clock.now_us() * 1000
    if low > high:
        raise Fault("ValidationException", "startTime must not be after endTime.")
    return RangeQuery(
        query_id=f"AEQA{secrets.token_hex(20).upper()}", client_token=secrets.token_hex(16),
        user_id=call.actor.user_id, table=database["timeSeriesDbId"], picks=picks,
        start=low, end=high, text=_text(database, picks, low, high), reached=(0, low),
    )  # fmt: skip


def _filter(asked: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The attributes of an asset; none given means all of them [G]."""
    names = tuple(dict.fromkeys(name for name in asked.get("attributeNamesFilter") or () if name))
    return names or None


def _text(database: Record, picks: Any, low: int, high: int) -> str:
    """What the query would be in SQL; it is only echoed."""
    names = ", ".join("'" + asset_id.replace("'", "''") + "'" for asset_id, _ in picks)
    table = f'"{database["databaseName"]}"."{database["tableName"]}"'
    range_of = f"time BETWEEN '{sql(max(low, 0))}' AND '{sql(high)}'"
    return f"SELECT * FROM {table} WHERE assetId IN ({names}) AND {range_of}"  # noqa: S608


def moment(name: str, text: str) -> int:
    """Nanoseconds of an ISO 8601 time with its offset. Raises Fault."""
    try:
        if ISO.fullmatch(text):
            return microseconds(datetime.fromisoformat(text)) * 1000
    except (ValueError, OverflowError):
        pass
    raise Fault("ValidationException", f"{name} must be a time like 2022-09-25T20:13:04.465Z.")


def _last_rows(call: Call, query: RangeQuery, count: int | None) -> RangeQuery:
    """The range from which on the asset that needs it most has so many rows."""
    if count is None:
        raise Fault("ValidationException", "A query of type LAST_X_ROWS needs maxRows.")
    table = table_of(call, query.table)
    starts = []
    for place, (asset_id, _) in enumerate(query.picks):
        asset = table.asset(asset_id)
        if asset is not None:
            starts.append(tail(asset, query.named(asset, place), query.end + 1, count))
    start = min(starts, default=query.start)
    return replace(query, start=start, reached=(0, start))


def following(call: Call, token: str, table: str, count: int | None) -> dict[str, Any]:
    """The page that a token leads to."""
    held = unsealed("range", token)
    query = recalled(call.platform, held.get("query", ""))
    if query is None or query.table != table or query.user_id != call.actor.user_id:
        raise Fault("ValidationException", "The nextToken belongs to another query.")
    if query.cancelled:
        raise Fault("ValidationException", "The query was cancelled.")
    if held["chunk"] < query.chunk:  # asked again: nothing more is read
        return told(call, query, query.chunk - 1)
    return page(call, query, count)


def page(call: Call, query: RangeQuery, count: int | None) -> dict[str, Any]:
    """Reads on, and tells how far it came."""
    table = call.platform.series.table(query.table)
    if table is not None and query.reached is not None:
        query = advanced(query, table, count or PAGE)
    query = replace(query, chunk=query.chunk + 1)
    remembered(call.platform, query)
    return told(call, query, query.chunk - 1)


def told(call: Call, query: RangeQuery, chunk: int) -> dict[str, Any]:
    """A page in the shape of TimeSeriesQueryResult and of IotQueryByTimeRangeResult."""
    more = query.reached is not None
    again = "cursor_loop" in call.spoiled
    token = sealed("range", {"query": query.query_id, "chunk": 0 if again else query.chunk})
    return {
        "queryProgressPercentage": _progress(query),
        "clientToken": query.client_token,
        "nextToken": token if more or again else None,
        "queryString": query.text,
        "queryId": query.query_id,
        "presignedUrl": None,
        "resultChunkIndex": chunk,
        "startTime": str(query.start // 10**6),
        "endTime": str(query.end // 10**6),
    }


def _progress(query: RangeQuery) -> float:
    """The share of the picks and of the range that lies behind, in percent."""
    if query.reached is None:
        return 100.0
    place, time = query.reached
    part = (time - query.start) / max(query.end - query.start, 1)
    return round(100.0 * (place + part) / max(len(query.picks), 1), 3)


@RESOLVERS.field("Mutation", "timeSeriesDb_generateQueryResultExportFile")
def generate_export(
    call: Call,
    *,
    queryId: str,
    timeSeriesDbId: str,
    fileFormat: str | None = None,
) -> dict[str, Any] | None:
    """Orders the file of what a query has read so far; CSV when no format is given [G]."""
    if found(call, timeSeriesDbId) is None:
        return None
    query = recalled(call.platform, queryId)
    if query is None or query.table != timeSeriesDbId:
        return None
    form = fileFormat or "CSV"

    def tell(url: str, size: int) -> None:
        notice = {"queryId": queryId, "fileType": form, "fileSizeBytes": size, "url": url}
        call.platform.hub.publish(NOTICE, {"queryId": queryId}, notice, keep=True)

    exports.ordered(call, query, table_of(call, timeSeriesDbId), form, tell)
    return {"queryId": queryId, "timeSeriesDbId": timeSeriesDbId, "fileFormat": form}


@RESOLVERS.field("Mutation", "timeSeriesDb_cancelDatabaseQuery")
def cancel_query(
    call: Call,
    *,
    timeSeriesDbId: str,
    queryId: str,
) -> dict[str, Any] | None:
    """Reads no further; what was read can still be exported, as the client of 0.0.24 does."""
    if found(call, timeSeriesDbId) is None:
        return None
    return cancelled(call, queryId, timeSeriesDbId)


def cancelled(call: Call, query_id: str, table: str) -> dict[str, Any]:
    """Ends a query in the shape of ServerResponse."""
    query = recalled(call.platform, query_id)
    if query is None or query.table != table:
        return {"httpStatusCode": 404, "errorMessage": f"There is no query {query_id}."}
    remembered(call.platform, replace(query, cancelled=True))
    return {"httpStatusCode": 200, "errorMessage": None}


@RESOLVERS.subscription(NOTICE)
def await_export(call: Call, *, queryId: str) -> None:
    """Whoever knows the id of a query may wait for its file; it need not exist yet."""
