"""Time-series databases as the platform's client has them (sections 2.3 and 3.4 to 3.7)."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from connectors.avista import ids, latest, shown, timestream, writing
from connectors.avista.client import Client, Row
from connectors.avista.exports import Asked, Exports, Form, Ready
from connectors.avista.files import Files
from connectors.avista.latest import Asset, Value
from connectors.avista.moments import check_range, iso, millis
from connectors.avista.problems import RecordsRefused
from connectors.avista.records import InputRecord
from connectors.contract import Acts, File, NodeId
from connectors.errors import Rejected
from connectors.operations import Progress, Record, Table, operation

COLUMNS = ("timeSeriesDbId", "name", "description", "ownerUserId", "databaseName", "tableName")
VALUES = ("node", "asset", "name", "attribute", "type", "lastValue", "lastValueTime")
ASSETS = {"home-1": ["power", "temperature"], "home-2": []}
ONE = [{"time": 1711843200000, "measure_name": "power", "measure_value_type": "DOUBLE",
        "measure_value": 21.5}]  # fmt: skip
SEVERAL = [
    {
        "time": 1711843200000,
        "measure_name": "room",
        "measure_value_type": "MULTI",
        "measure_values": [
            {"name": "temperature", "type": "DOUBLE", "value": 20.5},
            {"name": "occupied", "type": "BOOLEAN", "value": True},
        ],
    }
]
"""What the forms show as examples."""
MEDIA = {"CSV": "text/csv", "JSON": "application/json"}

DatabaseId = Annotated[NodeId, Field(title="Database", description="Which one.")]
Start = Annotated[datetime, Field(title="From", description="The first moment that counts.")]
End = Annotated[datetime, Field(title="Until", description="The last moment that counts.")]
Format = Annotated[
    Literal["CSV", "JSON"], Field(title="Format", description="How the file is written.")
]
Sql = Annotated[
    str,
    Field(title="Query", description="In SQL; the database's page says what stands behind FROM.",
          min_length=1, max_length=100_000),
]  # fmt: skip
Most = Annotated[
    int | None,
    Field(title="Rows a page", description="At most. Empty: as the platform likes.", ge=1,
          le=1_000_000),
]  # fmt: skip


class DatabaseOperations(Acts):
    """Mixed into the service, which has the client, the exports and the files."""

    _client: Client
    _exports: Exports
    _files: Files

    @operation(name="databases.list", label="Databases", danger="reads",
               help="All time-series databases that the account sees.")  # fmt: skip
    def list_databases(self) -> Table:
        return shown.table("database", self._client.many("timeSeriesDb_listDatabases"), COLUMNS)

    @operation(
        name="database.get",
        label="Database",
        on="database",
        danger="reads",
        help="What the platform knows of it, and what stands behind FROM in SQL.",
    )
    def get_database(self, database: DatabaseId) -> Record:
        key = ids.key(database, "database")
        row = self._client.one("timeSeriesDb_getDatabase", timeSeriesDbId=key)
        return shown.record("database", row, sql=timestream.table_name(row))

    @operation(name="database.last_values", label="Latest values", on="database", danger="reads",
               help="Each attribute of each asset with its newest value and time.")  # fmt: skip
    def last_values(self, database: DatabaseId) -> Table:
        key = ids.key(database, "database")
        first = latest.assets(self._client, key)  # so that a missing one is told at once
        found = latest.every(self._client, key, first=first)
        return Table(columns=VALUES, rows=_values(key, found))

    @operation(
        name="database.last_values_file",
        label="Latest values as a file",
        on="database",
        danger="reads",
        help="The same as a file of JSON, an object for each asset.",
    )
    def last_values_file(self, database: DatabaseId) -> File:
        found = list(latest.every(self._client, ids.key(database, "database")))
        content = json.dumps([_as_json(one) for one in found], indent=1).encode()
        return File(name="latest.json", chunks=iter([content]), type=MEDIA["JSON"],
                    size=len(content))  # fmt: skip

    @operation(name="database.export", label="Export a range", on="database", danger="reads",
               help="The points of some assets between two times, as one file.")  # fmt: skip
    def export(
        self,
        database: DatabaseId,
        start: Start,
        end: End,
        assets: Annotated[
            dict[str, list[str]],
            Field(title="Assets", description="Each asset's id with its attributes' names; none "
                  "means all of them.", min_length=1, max_length=1000, examples=[ASSETS]),
        ],
        format: Format = "CSV",
        max_rows: Most = None,
    ) -> Generator[Progress, None, File]:  # fmt: skip
        check_range(start, end)
        asked = Asked(
            database=ids.key(database, "database"),
            picks={key: tuple(names) for key, names in assets.items()},
            start=millis(start),
            end=millis(end),
            most=max_rows,
        )
        found = yield from self._exports.file(asked, format)
        return self._fetched(found, format)

    @operation(
        name="database.query_file",
        label="File of an earlier query",
        on="database",
        danger="reads",
        help="Makes the file of a query once more, by the query's id.",
    )
    def query_file(
        self,
        database: DatabaseId,
        query: Annotated[
            str, Field(title="Query id", description="As the platform named it.", min_length=1)
        ],
        format: Format = "CSV",
    ) -> Generator[Progress, None, File]:
        yield Progress(text="Waiting for the file.")
        found = self._exports.again(ids.key(database, "database"), query, format)
        return self._fetched(found, format)

    @operation(
        name="database.query",
        label="Query a range",
        on="database",
        danger="reads",
        help="Reads a range on the platform and gives the query's id, for files of it.",
    )
    def query(
        self,
        database: DatabaseId,
        start: Start,
        end: End,
        assets: Annotated[
            dict[str, list[str]],
            Field(title="Assets", description="Each asset's id with its attributes' names.",
                  min_length=1, max_length=1000, examples=[ASSETS]),
        ],
    ) -> Record:  # fmt: skip
        asked = Asked(database=ids.key(database, "database"), start=millis(start), end=millis(end),
                      picks={key: tuple(names) for key, names in assets.items()})  # fmt: skip
        return Record(fields={"queryId": self._exports.queried(asked)})

    @operation(
        name="database.sql",
        label="Query in SQL",
        on="database",
        danger="reads",
        help="Every row of a query in Timestream's SQL, page by page to the end.",
    )
    def sql(self, database: DatabaseId, query: Sql, max_rows: Most = None) -> Table:
        pages = timestream.pages(self._client, ids.key(database, "database"), query, most=max_rows)
        first = next(pages)
        names = tuple(name for name, _ in first.columns)
        return Table(columns=names, rows=_rows(first, pages))

    @operation(
        name="database.sql_page",
        label="One page in SQL",
        on="database",
        danger="reads",
        help="One page of a query, with its columns' types, its status and both tokens.",
    )
    def sql_page(
        self,
        database: DatabaseId,
        query: Sql,
        max_rows: Most = None,
        next_token: Annotated[
            str | None, Field(title="Next token", description="Of the page before.")
        ] = None,
        client_token: Annotated[
            str | None, Field(title="Client token", description="Of the page before.")
        ] = None,
    ) -> Record:
        found = timestream.page(
            self._client, ids.key(database, "database"), query, most=max_rows,
            next_token=next_token, client_token=client_token,
        )  # fmt: skip
        return Record(fields={
            "queryId": found.query, "queryStatus": dict(found.status),
            "columns": [list(column) for column in found.columns],
            "rows": [list(row) for row in found.rows],
            "nextToken": found.next_token, "clientToken": found.client_token,
        })  # fmt: skip

    @operation(
        name="database.publish",
        label="Publish records",
        on="database",
        danger="writes",
        help="Writes records of one asset, which is made when there is none yet.",
    )
    def publish(
        self,
        database: DatabaseId,
        asset: Annotated[
            str, Field(title="Asset", description="Its id: of one that is there, or a new one.",
                       min_length=1, max_length=1000),
        ],
        records: Annotated[
            list[InputRecord],
            Field(title="Records", description="Each with a time since 1970 in its time_unit "
                  "(milliseconds, if nothing else is said), measure_name, measure_value_type, and "
                  "measure_value or (MULTI) measure_values.",
                  min_length=1, max_length=10_000, examples=[ONE, SEVERAL]),
        ],
    ) -> Record:  # fmt: skip
        key = ids.key(database, "database")
        try:
            found = writing.published(self._client, key, asset, [one.wire() for one in records])
        except RecordsRefused as wrong:
            said = " ".join(f"Record {one.index}: {one.reason}" for one in wrong.refused)
        else:
            row: Row = found[0] if found else {"assetId": asset, "attributes": []}
            return Record(fields=row, id=ids.of("asset", key, asset).id)
        raise Rejected.on("records", said)

    def _fetched(self, ready: Ready, form: Form) -> File:
        return self._files.fetched(
            ready.url, f"result.{form.lower()}", size=ready.size, type=MEDIA[form], promised=True
        )


def _rows(
    first: timestream.Result, others: Iterator[timestream.Result]
) -> Iterator[tuple[object, ...]]:
    yield from first.rows
    for page in others:
        yield from page.rows


def _values(database: str, found: Iterator[Asset]) -> Iterator[tuple[object, ...]]:
    for asset in found:
        for one in asset.values:
            node = ids.of("series", database, asset.key, one.name, one.type).id
            yield node, asset.key, asset.name, one.name, one.type, one.text, one.at


def _as_json(asset: Asset) -> Row:
    """As the platform's client writes it: TimeSeriesAssetData."""
    return {"assetId": asset.key, "name": asset.name,
            "attributes": [_attribute(one) for one in asset.values]}  # fmt: skip


def _attribute(one: Value) -> Row:
    at = None if one.at is None else iso(millis(one.at))
    return {"name": one.name, "attributeType": one.type, "lastValue": one.text,
            "lastValueTime": at}  # fmt: skip
