# ruff: noqa: N803 - arguments have the names that the platform's schema gives them
"""Time-series databases, their assets and attributes, and the latest values (section 2.3, 3.5)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from connectors.sandbox.avista.access import may_read, must_own, must_read
from connectors.sandbox.avista.records import Asset, Table
from connectors.sandbox.avista.resolvers import Call, Resolvers
from connectors.sandbox.avista.series import sealed, unsealed
from connectors.sandbox.avista.state import Platform
from connectors.sandbox.avista.values import Value, iso, told
from connectors.sandbox.store import Record

RESOLVERS = Resolvers()
NAME = "timeSeriesDbs"


def created(platform: Platform, *, name: str, description: str | None, owner: str) -> Record:
    """A new, empty database. Its SQL names are made of its name and number [G]."""
    database_id = platform.new_id("timeSeriesDbId")
    number = database_id.rpartition(".")[2]
    slug = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "database"
    record = {
        "timeSeriesDbId": database_id,
        "name": name,
        "description": description,
        "ownerUserId": owner,
        "databaseName": f"{slug}_{number}",
        "tableName": "measurements",
    }
    platform.store.records(NAME)[database_id] = record
    platform.series.add(database_id)
    return record


def found(call: Call, database_id: str) -> Record | None:
    """A database that the caller may read; None for one that does not exist. Raises Fault."""
    record = call.platform.store.records(NAME).get(database_id)
    if record is not None:
        must_read(call, record["ownerUserId"], database_id)
    return record


def table_of(call: Call, database_id: str) -> Table:
    """The values of a database that exists."""
    return call.platform.series.databases[database_id]


@RESOLVERS.field("Query", "timeSeriesDb_listDatabases")
def list_databases(call: Call) -> list[Record]:
    """Every database that the caller may read."""
    return [
        record
        for record in call.platform.store.records(NAME).all()
        if may_read(call, record["ownerUserId"], record["timeSeriesDbId"])
    ]


@RESOLVERS.field("Query", "timeSeriesDb_getDatabase")
def get_database(call: Call, *, timeSeriesDbId: str) -> Record | None:
    """One database."""
    return found(call, timeSeriesDbId)


@RESOLVERS.field("Mutation", "timeSeriesDb_createDatabase")
def create_database(call: Call, *, name: str, description: str | None = None) -> Record:
    """A new database of the caller."""
    return created(call.platform, name=name, description=description, owner=call.actor.user_id)


@RESOLVERS.field("Mutation", "timeSeriesDb_updateDatabase")
def update_database(
    call: Call,
    *,
    timeSeriesDbId: str,
    **changes: str | None,
) -> Record | None:
    """A database with another name or description; the SQL names stay."""
    record = call.platform.store.records(NAME).get(timeSeriesDbId)
    if record is None:
        return None
    must_own(call, record["ownerUserId"])
    given = {name: value for name, value in changes.items() if value or name != "name"}
    call.platform.store.records(NAME)[timeSeriesDbId] = {**record, **given}
    return {**record, **given}


@RESOLVERS.field("Mutation", "timeSeriesDb_deleteDatabase")
def delete_database(call: Call, *, timeSeriesDbId: str) -> Record | None:
    """The database as it was; its values are gone."""
    record = call.platform.store.records(NAME).get(timeSeriesDbId)
    if record is None:
        return None
    must_own(call, record["ownerUserId"])
    del call.platform.store.records(NAME)[timeSeriesDbId]
    del call.platform.series.databases[timeSeriesDbId]
    return record


@RESOLVERS.nested("Service", "timeSeriesDb")
def service_database(call: Call, parent: Record) -> Record | None:
    """The database that a shared service is."""
    if parent["serviceType"] != "TIME_SERIES_DB":
        return None
    return call.platform.store.records(NAME).get(parent["serviceId"])


@RESOLVERS.field("Query", "timeSeriesDb_listAllAssetLastValues")
def list_last_values(
    call: Call,
    *,
    timeSeriesDbId: str,
    nextToken: str | None = None,
    clientToken: str | None = None,
) -> dict[str, Any] | None:
    """The newest value of each attribute, asset by asset."""
    if found(call, timeSeriesDbId) is None:
        return None
    page = unsealed("latest", nextToken) if nextToken else _first_page(call)
    every = table_of(call, timeSeriesDbId).assets()
    begin, size = int(page["from"]), call.platform.series.latest_page
    drift = int("page_drift" in call.spoiled and begin > 0)
    following = {**page, "chunk": page["chunk"] + 1, "from": begin + size}
    if "cursor_loop" in call.spoiled:
        following = page
    told_so_far = min(begin + size, len(every))
    more = told_so_far < len(every) or "cursor_loop" in call.spoiled
    return {
        "queryProgressPercentage": 100.0 * told_so_far / max(len(every), 1),
        "clientToken": clientToken,  # the client of 0.0.24 fails on one that it did not send
        "nextToken": sealed("latest", following) if more else None,
        "queryId": page["query"],
        "resultChunkIndex": page["chunk"],
        "data": [asset_data(asset) for asset in every[begin - drift : begin + size]],
    }


def _first_page(call: Call) -> dict[str, Any]:
    return {"query": call.platform.new_id("queryId"), "chunk": 0, "from": 0}


def asset_data(
    asset: Asset, points: dict[str, list[tuple[int, Value]]] | None = None
) -> dict[str, Any]:
    """An asset in the shape of TimeSeriesDbAssetData.

    With `points`, only those attributes, each with these times and values.
    """
    names: Iterable[str] = asset.types if points is None else points
    attributes = []
    for name in names:
        latest = asset.latest(name)
        if latest is not None:
            entries = (points or {}).get(name, [])
            attributes.append(_attribute(name, asset.types[name], latest, entries))
    return {"assetId": asset.asset_id, "name": asset.name, "attributes": attributes}


def _attribute(
    name: str, kind: str, latest: tuple[int, Value], points: list[tuple[int, Value]]
) -> dict[str, Any]:
    time, value = latest
    return {
        "name": name,
        "attributeType": kind,
        "lastValue": told(kind, value),
        "lastValueTime": iso(time),
        "data": [{"timestamp": iso(when), "value": told(kind, what)} for when, what in points],
    }
