# ruff: noqa: E731, FBT003 - the client takes its flags by position
"""The types that the client makes of a database's answers."""

from __future__ import annotations

from typing import Any

from avista_database import CAMPUS, DATABASE, LATEST
from avista_kinds import builders, kind
from avista_side import ERRORS
from requests.exceptions import HTTPError

TYPES = {
    "TimeSeriesDb": "time_series_db",
    "TimeSeriesAssetAttribute": "time_series_asset_attribute",
    "TimeSeriesAssetAttributeData": "time_series_asset_attribute_data",
    "TimeSeriesAssetData": "time_series_asset_data",
    "TimeSeriesAssetsAndLastValuesResult": "time_series_assets_and_last_values_result",
    "TimeSeriesQueryResult": "time_series_query_result",
    "TimeSeriesQueryExport": "time_series_query_export",
    "QueryResult_TimestreamVariables": "timestream_query_result",
    "GenerateQueryResultExportFileResult": "time_series_generate_query_export_result",
    "ServerResponse": "server_response",
}
"""Where the client keeps each type."""
ONE = f'{{ timeSeriesDb_getDatabase(timeSeriesDbId: "{CAMPUS}") {{ {DATABASE} }} }}'
RANGE = f"""{{ timeSeriesDb_queryDatabase(timeSeriesDbId: "{CAMPUS}", queryType: TIME_PERIOD,
  assets: []) {{ queryProgressPercentage clientToken nextToken queryString queryId presignedUrl
  resultChunkIndex }} }}"""
COUNT = "SELECT count(*) FROM campus_synthetic_3.measurements WHERE time > now()"
SQL = f"""{{ timeSeriesDb_queryDatabaseWithTimestreamQuery(timeSeriesDbId: "{CAMPUS}",
  queryString: "{COUNT}") {{ resultJSONString clientToken }} }}"""
CANCEL = f"""mutation {{ timeSeriesDb_cancelDatabaseQuery(timeSeriesDbId: "{CAMPUS}",
  queryId: "none") {{ httpStatusCode errorMessage }} }}"""
PUBLISH = """mutation {{ timeSeriesDb_publishToDatabase(timeSeriesDbId: "{0}", assetId: "judged",
  data: {{records: [{{Time: "1", MeasureName: "m", MeasureValueType: BIGINT, MeasureValue: "7"}}]}})
  {{ attributes {{ data {{ timestamp value }} }} }} }}"""


def judge_database_types(judge: Any, dx: Any, side: Any) -> None:
    """All of them."""
    answers = answered(side)
    builders(
        judge,
        dx,
        {name: (f"data_types.{TYPES[name]}", answer) for name, answer in answers.items()},
    )
    services(judge, dx, answers["TimeSeriesDb"])
    told(judge, dx, answers)
    unused(judge, dx)
    files(judge, side)


def answered(side: Any) -> dict[str, Any]:
    """An answer of the platform for each type."""
    latest = side.data(LATEST, id=CAMPUS)
    asset = latest["data"][0]
    (written,) = side.data(PUBLISH.format(CAMPUS))
    return {
        "TimeSeriesDb": side.data(ONE),
        "TimeSeriesAssetsAndLastValuesResult": latest,
        "TimeSeriesAssetData": asset,
        "TimeSeriesAssetAttribute": asset["attributes"][0],
        "TimeSeriesAssetAttributeData": written["attributes"][0]["data"][0],
        "TimeSeriesQueryResult": side.data(RANGE),
        "QueryResult_TimestreamVariables": side.data(SQL),
        "ServerResponse": side.data(CANCEL),
        "GenerateQueryResultExportFileResult": {
            "queryId": "q",
            "timeSeriesDbId": CAMPUS,
            "fileFormat": "CSV",
        },
        "TimeSeriesQueryExport": {
            "queryId": "q",
            "fileType": "CSV",
            "fileSizeBytes": 7,
            "url": side.url,
        },
    }


def services(judge: Any, dx: Any, answer: Any) -> None:
    """A database as a service that is shared."""
    cls = kind("data_types.time_series_db", "TimeSeriesDb")
    choose = lambda given: cls.getCorrectServiceTypeFromServiceObject(given, dx._client, False)
    shared = {"serviceType": "TIME_SERIES_DB", "serviceId": CAMPUS, "timeSeriesDb": answer}
    name = "TimeSeriesDb.getCorrectServiceTypeFromServiceObject"
    judge.right(name, lambda: choose(shared), lambda made: made.timeSeriesDbId == CAMPUS)
    judge.wrong(
        name,
        lambda: choose({**shared, "serviceType": "OCS_ADAPTER"}),
        raises=ERRORS.ServiceTypeNotAvailable,
    )
    name = "TimeSeriesDb.buildFromDictionaryRoot"
    judge.right(
        name,
        lambda: cls(answer, dx._client, False),
        lambda made: (made.serviceId, made.serviceType) == (CAMPUS, "TIME_SERIES_DB"),
    )
    judge.wrong(
        name, lambda: cls({"other": 1}, dx._client, False), raises=ERRORS.ServiceTypeNotAvailable
    )


def told(judge: Any, dx: Any, answers: dict[str, Any]) -> None:
    """Answers as texts for people."""
    asset = answers["TimeSeriesAssetData"]
    one = kind("data_types.time_series_asset_data", "TimeSeriesAssetData")
    many = kind(
        "data_types.time_series_assets_and_last_values_result",
        "TimeSeriesAssetsAndLastValuesResult",
    )
    whole = answers["TimeSeriesAssetsAndLastValuesResult"]
    made = one(asset, dx._client, False)
    every = many(whole, dx._client, False, CAMPUS)
    last = asset["attributes"][0]["lastValue"]
    judge.right(
        "TimeSeriesAssetData.getAttributesString", made.getAttributesString, lambda got: last in got
    )
    judge.right(
        "TimeSeriesAssetsAndLastValuesResult.getDataString",
        every.getDataString,
        lambda got: all(each["assetId"] in got for each in whole["data"]),
    )
    made.attributes = every.data = None
    judge.wrong(
        "TimeSeriesAssetData.getAttributesString", made.getAttributesString, raises=TypeError
    )
    judge.wrong(
        "TimeSeriesAssetsAndLastValuesResult.getDataString", every.getDataString, raises=TypeError
    )


def unused(judge: Any, dx: Any) -> None:
    """A type that the client ships and no operation of the platform has."""
    cls = kind("data_types.time_series_publish_response", "TimeSeriesPublishResponse")
    name = "TimeSeriesPublishResponse"
    build = lambda given: cls(given, dx._client, False)
    judge.right(
        f"{name}.buildFromDictionary",
        lambda: build({"RecordsIngested": {"Total": 3}}),
        lambda made: made.totalRecordsWritten == 3,
    )
    judge.wrong(f"{name}.buildFromDictionary", lambda: build({}), raises=KeyError)


def files(judge: Any, side: Any) -> None:
    """An export file taken home, by the client's own notice of it."""
    place = '{ storage_getDataStoreFileDownloadUrl(dataStoreFileId: "dataStoreFileId.1") { url } }'
    for name, module in export_types(side):
        cls = kind(f"data_types.{module}", name)
        folder = side.folder / name
        folder.mkdir()
        taken(judge, cls, folder, side.data(place)["url"])


def taken(judge: Any, cls: Any, folder: Any, url: str) -> None:
    """One kind of notice."""
    name, notice = cls.__name__, cls.__new__(cls)
    notice.fileType = notice.fileFormat = "CSV"
    target = folder / "result.csv"
    judge.right(f"{name}.getFilename", notice.getFilename, lambda got: got == "result.csv")
    path = lambda where: cls.createWritePath(where, "result.csv")
    judge.right(
        f"{name}.createWritePath", lambda: path(str(folder)), lambda got: got == str(target)
    )
    judge.wrong(f"{name}.createWritePath", lambda: path(None), raises=TypeError)
    take = lambda where: notice.downloadAndWriteFile(url, str(where))
    whole = lambda _none: target.read_bytes().startswith(b"Illinois")
    judge.right(f"{name}.downloadAndWriteFile", lambda: take(folder), whole)
    gone = lambda: take("/no/such/place/x")
    judge.wrong(f"{name}.downloadAndWriteFile", gone, raises=FileNotFoundError)
    if hasattr(cls, "downloadFile"):
        load = lambda where: notice.downloadFile(where)
        judge.right(f"{name}.downloadFile", lambda: load(url), lambda got: got.startswith("Illin"))
        judge.wrong(f"{name}.downloadFile", lambda: load(f"{url}x"), raises=HTTPError)
    notice.fileType = notice.fileFormat = "XML"
    judge.wrong(f"{name}.getFilename", notice.getFilename, lambda got: got == "result.XML")


def export_types(side: Any) -> list[tuple[str, str]]:
    """The notices of finished exports."""
    found = [("TimeSeriesQueryExport", "time_series_query_export")]
    return [*found, ("IotQueryExport", "iot_query_export")] if side.new else found
