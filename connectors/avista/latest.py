"""Assets of databases and telemetry of endpoints with their newest values, page by page (3.5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

import orjson

from connectors.avista.client import Client, Row, rows, words
from connectors.avista.ids import Owner
from connectors.avista.moments import instant, of_millis
from connectors.contract import Page
from connectors.errors import BadAnswer, NotFound, Rejected
from connectors.paging import walk


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One attribute of an asset, or one telemetry of an endpoint, as it was last."""

    name: str
    type: str
    """DOUBLE …, or of a telemetry its schema: double …"""
    text: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One asset of a database."""

    key: str
    name: str
    values: tuple[Value, ...] = field(repr=False)


def assets(
    client: Client, database: str, cursor: str | None = None, *, again: bool = True
) -> Page[Asset]:
    """One page of a database's assets. Raises NotFound, and Rejected for a made-up cursor."""
    page = client.one(
        "timeSeriesDb_listAllAssetLastValues",
        again=again,
        timeSeriesDbId=database,
        **_following(cursor),
    )
    items = tuple(asset(row) for row in rows(page.get("data")))
    return Page(items=items, next=_cursor(page))


def every(
    client: Client, database: str, *, first: Page[Asset] | None = None, again: bool = True
) -> Iterator[Asset]:
    """Every asset; `first` is the first page, where it is known already. Raises BadAnswer when the
    pages go in a circle."""

    def turn(cursor: str | None) -> Page[Asset]:
        known = first if cursor is None else None
        return known or assets(client, database, cursor, again=again)

    return walk(turn)


def one(client: Client, database: str, key: str, *, again: bool = True) -> Asset:
    """The asset of this id. Raises NotFound. There is no request for one alone."""
    for found in every(client, database, again=again):
        if found.key == key:
            return found
    raise NotFound("This database has no such asset.")


def named(
    client: Client, owner: Owner, wanted: Iterable[tuple[str, str]], *, again: bool = True
) -> str:
    """The name of an asset or endpoint that has all these attributes of these types. Raises
    NotFound: publishing to what is not there would make it."""
    database, key = owner
    if database is None:
        row = client.one("iot_getEndpoint", again=again, iotEndpointId=key)
        types = {one.get("name"): one.get("schemaType") for one in rows(row.get("telemetry"))}
        name = str(row.get("name"))
    else:
        found = one(client, database, key, again=again)
        types = {value.name: value.type for value in found.values}
        name = found.name
    if any(types.get(attribute) != kind for attribute, kind in wanted):
        raise NotFound("The platform has no such series.")
    return name


def of_endpoint(client: Client, endpoint: str) -> tuple[Value, ...]:
    """The newest value of each telemetry that has one."""
    turn = partial(_telemetry, client, endpoint)
    return tuple(walk(turn))


def asset(row: Row) -> Asset:
    """TimeSeriesDbAssetData without its points."""
    key = words(row, "assetId")
    found = tuple(_value(one) for one in rows(row.get("attributes")))
    return Asset(key=key, name=str(row.get("name") or key), values=found)


def _value(row: Row) -> Value:
    told = row.get("lastValueTime")
    return Value(
        name=words(row, "name"),
        type=words(row, "attributeType"),
        text=_text(row.get("lastValue")),
        at=instant(told) if told else None,
    )


def _telemetry(client: Client, endpoint: str, cursor: str | None) -> Page[Value]:
    page = client.one(
        "iot_listEndpointLastValues", iotEndpointId=endpoint, **_following(cursor, query=True)
    )
    mine = [row for row in rows(page.get("data")) if row.get("iotEndpointId") == endpoint]
    values = (one for row in mine for one in rows(row.get("telemetryValues")))
    query = page.get("queryId")
    return Page(items=tuple(_last(one) for one in values), next=_cursor(page, query))


def _last(row: Row) -> Value:
    model = row.get("telemetryModel")
    if not isinstance(model, dict):
        raise BadAnswer("The platform told a value without saying of which telemetry.")
    at = row.get("timestamp")
    return Value(
        name=words(model, "name"),
        type=words(model, "schemaType"),
        text=_text(row.get("value")),
        at=of_millis(at) if at else None,
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _cursor(page: Row, query: object = None) -> str | None:
    """Both tokens: the next request needs them (sections 3.5 and 3.6)."""
    if not page.get("nextToken"):
        return None
    return orjson.dumps([page["nextToken"], page.get("clientToken"), query]).decode()


def _following(cursor: str | None, *, query: bool = False) -> dict[str, Any]:
    """Raises Rejected for a cursor that was not given out here."""
    if cursor is None:
        return {}
    try:
        token, client, of = orjson.loads(cursor)
    except (ValueError, TypeError):
        token = client = of = None
    if not isinstance(token, str):
        raise Rejected("This page of the list does not exist.")
    tokens = {"nextToken": token, "clientToken": client}
    return {**tokens, "queryId": of} if query else tokens
