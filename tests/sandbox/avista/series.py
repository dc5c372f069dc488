"""Time-series, IoT and captures of the Avista stand-in, as the clients ask for them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from typing import Any

from tests.sandbox.avista.wire import Wire

LATEST = """query($id: ID!, $next: String) {
  timeSeriesDb_listAllAssetLastValues(timeSeriesDbId: $id, nextToken: $next) {
    queryProgressPercentage clientToken nextToken queryId resultChunkIndex
    data { assetId name attributes { name attributeType lastValue lastValueTime } } } }"""
PUBLISH = """mutation($asset: ID!, $id: ID!, $data: TimeSeriesDbDataInput!) {
  timeSeriesDb_publishToDatabase(assetId: $asset, timeSeriesDbId: $id, data: $data) {
    assetId name
    attributes { name attributeType lastValue lastValueTime data { timestamp value } } } }"""
RANGE = """query($id: ID!, $kind: TimeSeriesDbQueryType!, $assets: [TimeSeriesQueryAssetInput]!,
    $start: String, $end: String, $rows: Int, $next: String) {
  timeSeriesDb_queryDatabase(timeSeriesDbId: $id, queryType: $kind, assets: $assets,
    startTime: $start, endTime: $end, maxRows: $rows, nextToken: $next) {
    queryProgressPercentage clientToken nextToken queryString queryId presignedUrl
    resultChunkIndex } }"""
EXPORT = """mutation($of: String!, $id: ID!, $form: TimeSeriesQueryOutputFileType) {
  timeSeriesDb_generateQueryResultExportFile(queryId: $of, timeSeriesDbId: $id,
    fileFormat: $form) { queryId timeSeriesDbId fileFormat } }"""
DONE = """subscription($id: String!) {
  onNotifyTimeSeriesQueryExportComplete(queryId: $id) { queryId fileType fileSizeBytes url } }"""
SQL = """query($id: ID!, $text: String!, $rows: Int, $next: String, $client: String) {
  timeSeriesDb_queryDatabaseWithTimestreamQuery(timeSeriesDbId: $id, queryString: $text,
    maxRows: $rows, nextToken: $next, clientToken: $client) { resultJSONString clientToken } }"""
CREATE = 'mutation { timeSeriesDb_createDatabase(name: "Trial") { timeSeriesDbId databaseName } }'
MANY_PAGES = 100


class Database:
    """One database, asked over the wire."""

    def __init__(self, wire: Wire, database_id: str | None = None) -> None:
        self.wire = wire
        if database_id is None:
            made = wire.data(CREATE)
            self.id, self.sql_name = made["timeSeriesDbId"], made["databaseName"]
        else:
            self.id = database_id
            query = (
                "query($id: ID!) { timeSeriesDb_getDatabase(timeSeriesDbId: $id) { databaseName } }"
            )
            self.sql_name = wire.data(query, id=database_id)["databaseName"]

    @property
    def table(self) -> str:
        """What stands behind FROM."""
        return f'"{self.sql_name}"."measurements"'

    def publish(self, asset: str, *records: dict[str, Any]) -> Any:
        """The answer's only asset."""
        (found,) = self.wire.data(PUBLISH, asset=asset, id=self.id, data={"records": records})
        return found

    def refused(self, asset: str, *records: dict[str, Any]) -> list[dict[str, Any]]:
        """The records that were refused."""
        answer = self.wire.ask(PUBLISH, asset=asset, id=self.id, data={"records": records})
        (error,) = answer["errors"]
        assert error["errorType"] == "RejectedRecordsException"
        listed: list[dict[str, Any]] = json.loads(
            error["message"].partition("RejectedRecords: ")[2]
        )
        return listed

    def latest(self) -> dict[str, dict[str, tuple[str, str, str]]]:
        """Type, value and time of each attribute of each asset."""
        return {
            asset["assetId"]: {
                one["name"]: (one["attributeType"], one["lastValue"], one["lastValueTime"])
                for one in asset["attributes"]
            }
            for page in self.latest_pages()
            for asset in page["data"]
        }

    def latest_pages(self) -> Iterator[Any]:
        """Every page."""
        following = None
        for _ in range(MANY_PAGES):
            page = self.wire.data(LATEST, id=self.id, next=following)
            yield page
            following = page["nextToken"]
            if following is None:
                return
        raise AssertionError("the pages do not end")

    def query(self, assets: Sequence[tuple[str, list[str]]], start: str | None, end: str | None,
              rows: int | None = None, kind: str = "TIME_PERIOD") -> list[Any]:  # fmt: skip
        """The pages of a query for attribute data."""
        asked = [{"assetId": name, "attributeNamesFilter": names} for name, names in assets]
        pages: list[Any] = []
        while not pages or pages[-1]["nextToken"]:
            assert len(pages) <= MANY_PAGES
            pages.append(self.wire.data(
                RANGE, id=self.id, kind=kind, assets=asked, start=start, end=end, rows=rows,
                next=pages[-1]["nextToken"] if pages else None))  # fmt: skip
        return pages

    def export(self, query_id: str, form: str = "CSV") -> bytes:
        """The file of a query, waited for by the subscription."""
        with self.wire.socket() as frames:
            assert frames.start(DONE, id=query_id)["type"] == "start_ack"
            ordered = self.wire.data(EXPORT, of=query_id, id=self.id, form=form)
            assert ordered == {"queryId": query_id, "timeSeriesDbId": self.id, "fileFormat": form}
            frame = frames.take()
        notice = frame["payload"]["data"]["onNotifyTimeSeriesQueryExportComplete"]
        assert (notice["queryId"], notice["fileType"]) == (query_id, form)
        content = self.wire.file("GET", notice["url"]).body
        assert len(content) == notice["fileSizeBytes"]
        return content

    def rows(
        self, assets: Sequence[tuple[str, list[str]]], start: str, end: str
    ) -> list[list[str]]:
        """The CSV file of a query, as rows of cells, the header first."""
        pages = self.query(assets, start, end)
        return list(csv.reader(io.StringIO(self.export(pages[0]["queryId"]).decode())))

    def sql(self, text: str, **more: Any) -> tuple[dict[str, Any], str]:
        """One page of a query in SQL, and its client token."""
        answer = self.wire.data(SQL, id=self.id, text=text, **more)
        return json.loads(answer["resultJSONString"]), answer["clientToken"]

    def sql_pages(self, text: str, rows: int | None = None) -> Iterator[dict[str, Any]]:
        """Every page."""
        page, client = self.sql(text, rows=rows)
        yield page
        for _ in range(MANY_PAGES):
            if "NextToken" not in page:
                return
            page, client = self.sql(text, rows=rows, next=page["NextToken"], client=client)
            yield page
        raise AssertionError("the pages do not end")

    def cells(self, text: str, rows: int | None = None) -> list[list[str | None]]:
        """The rows of every page as texts, None for NULL."""
        return [
            [None if cell.get("NullValue") else cell["ScalarValue"] for cell in row["Data"]]
            for page in self.sql_pages(text, rows)
            for row in page["Rows"]
        ]

    def sql_error(self, text: str, **more: Any) -> str:
        """What a query in SQL is refused with."""
        answer = self.wire.ask(SQL, id=self.id, text=text, **more)
        (error,) = answer["errors"]
        assert error["errorType"] == "ValidationException"
        assert answer["data"] == {"timeSeriesDb_queryDatabaseWithTimestreamQuery": None}
        return str(error["message"])


def record(time: object, measure: str, kind: str, value: str, **more: Any) -> dict[str, Any]:
    """A record of one value; `unit`, `version` and `dimensions` by keyword."""
    return {
        "Time": str(time), "TimeUnit": more.get("unit", "MILLISECONDS"), "MeasureName": measure,
        "MeasureValueType": kind, "MeasureValue": value,
        "Dimensions": [{"Name": name, "Value": text}
                       for name, text in more.get("dimensions", {}).items()],
        "Version": more.get("version", 1),
    }  # fmt: skip


def multi(time: object, measure: str, values: dict[str, tuple[str, str]], **more: Any) -> Any:
    """A record of several values: name → type and text."""
    made = record(time, measure, "MULTI", "", **more)
    del made["MeasureValue"]
    measures = [
        {"Name": name, "Type": kind, "Value": text} for name, (kind, text) in values.items()
    ]
    return {**made, "MeasureValues": measures}
