"""What the published client reads: the account, stores, files, series, devices, collaboratives.

    python avista_agreement.py URL AUTHORITY FOLDER ASSET ATTRIBUTE START END

One JSON line: each function with what it gave; those that this version has. The times are ISO.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from avista_side import Side

DATABASE = "timeSeriesDbId.3"
STORE, FILE, DEVICE, GROUP = (
    "dataStoreId.1", "dataStoreFileId.1", "iotEndpointId.17", "iotGroupId.1",
)  # fmt: skip


def plain(made: Any, *names: str) -> list[Any]:
    """Some properties of an object."""
    return [getattr(made, name) for name in names]


def stores(of: Any, folder: Path) -> dict[str, Any]:
    """Data stores and files, which both versions have under the same names."""
    names = ("dataStoreId", "name", "description", "ownerUserId", "homeDirectoryId")
    home = of.getDataStore(STORE).homeDirectoryId
    directory = of.getDataStoreDirectory(home)
    of.downloadDataStoreFile(FILE, str(folder))
    file = of.getDataStoreFileMeta(FILE)
    return {
        "listDataStores": [plain(one, *names) for one in of.listDataStores()],
        "getDataStoreDirectory": [
            [one.name for one in directory.directories],
            [one.getFilename() for one in directory.files],
        ],
        "getDataStoreFileMeta": plain(
            file, "name", "fileExtension", "storageSizeBytes", "contentType", "description"
        ),
        "downloadDataStoreFile": (folder / file.getFilename()).read_text(),
    }


def older(dx: Any, folder: Path, asset: str, attribute: str, start: str, end: str) -> Any:
    """What 0.0.24 has: databases and collaboratives."""
    latest = dx.listTimeSeriesAssetsAndLatestValues(DATABASE).data
    wanted = [{"assetId": asset, "attributeNames": [attribute]}]
    dx.getTimeSeriesAssetAttributeData(DATABASE, wanted, start, end, str(folder), "JSON", None)
    (data,) = json.loads((folder / "result.json").read_text())
    database = dx.getTimeSeriesDatabase(DATABASE)
    text = f'SELECT measure_name, time FROM "{database.databaseName}"."{database.tableName}"'  # noqa: S608
    page = dx.queryTimeSeriesDatabase_TimestreamFormat(
        DATABASE, f"{text} WHERE assetId = '{asset}' ORDER BY time DESC LIMIT 20", 7
    )
    collaboratives = dx.listCollaboratives()
    services = dx.listCollaborativeServices("collaborativeId.1")
    return {
        "listTimeSeriesDatabases": [
            plain(one, "timeSeriesDbId", "name", "databaseName", "tableName")
            for one in dx.listTimeSeriesDatabases()
        ],
        "latest": [
            [one.assetId, value.name, value.attributeType]
            for one in latest
            for value in one.attributes
        ],
        "points": [[one["timestamp"], one["value"]] for one in data["attributes"][0]["data"]],
        "sql": [[cell["ScalarValue"] for cell in row["Data"]] for row in page.rows],
        "more": bool(page.nextToken),
        "listCollaboratives": [
            [one.name, member.organization.name, member.memberState]
            for one in collaboratives
            for member in one.memberOrganizations
        ],
        "listCollaborativeServices": [plain(one, "serviceType", "serviceId") for one in services],
        "sharedWith": [
            one.collaborativeId for one in dx.listCollaborativesServiceSharedWith(STORE)
        ],
    }


def newer(dx: Any, start: str, end: str) -> Any:
    """What 1.2.1 has: devices."""
    endpoint = dx.iot.getEndpoint(DEVICE)
    group = dx.iot.getGroup(GROUP, includeEndpoints=True)
    names = [one.name for one in endpoint.telemetry]
    return {
        "getEndpoint": [endpoint.name, endpoint.modelId,
                        [[one.name, one.schemaType] for one in endpoint.telemetry],
                        [[one.name, one.value] for one in endpoint.properties]],
        "getGroup": [one.iotEndpointId for one in group.endpoints],
        "listEndpointLastValues": [
            one["attributeName"] for one in dx.iot.listEndpointLastValues(DEVICE)],
        "points": dx.iot.queryDataByTimeRange(DEVICE, names[:1], start, end),
    }  # fmt: skip


def main(url: str, authority: str, folder: str, *asked: str) -> None:
    """Everything that reads."""
    os.environ |= {"REQUESTS_CA_BUNDLE": authority, "SSL_CERT_FILE": authority}
    os.chdir(folder)
    Path("logs").mkdir(exist_ok=True)  # the client's own logger writes there, or does not load
    with contextlib.redirect_stdout(sys.stderr):  # the client prints what it does
        side = Side(url, authority, Path(folder))
        dx = side.connect()
        user = dx.getUserInfo()
        told = {"getUserInfo": plain(user, "userId", "firstName", "lastName")}
        told |= stores(dx.dataStores if side.new else dx, Path(folder))
        told |= newer(dx, *asked[2:]) if side.new else older(dx, Path(folder), *asked)
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
