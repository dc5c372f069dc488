"""The sandbox Avista, asked and filled by hand: what the suite compares the service with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from connectors.avista.service import SERVICE
from connectors.contract import NodeId, Window
from connectors.sandbox.accounts import ADMIN, Person, token
from tests.conformance.subject import Subject
from tests.sandbox.avista.series import Database, record
from tests.sandbox.avista.wire import Wire
from tests.sandbox.server import SandboxServer

KIND = SERVICE.kind
"""The service is imported before a server starts: both load the WebSocket library, piece by piece
and in different orders, which two threads must not do at once."""
WEEK = Window(start=datetime(2024, 3, 28, tzinfo=UTC), end=datetime(2024, 4, 1, tzinfo=UTC))
LONG = Window(start=datetime(2023, 1, 1, tzinfo=UTC), end=datetime(2023, 7, 1, tzinfo=UTC))
CAMPUS = "timeSeriesDbId.3"
CROWD = 23
"""Assets of one database; the sandbox is told to put ten on a page."""

DATABASES = "query { timeSeriesDb_listDatabases { timeSeriesDbId name } }"
STORE = 'mutation { storage_createDataStore(name: "Inbox") { dataStoreId homeDirectoryId } }'
CREATE = """mutation($dir: ID!, $store: ID!, $name: String!, $ext: String!) {
  storage_createDataStoreFile(dataStoreDirectoryId: $dir, dataStoreId: $store, name: $name,
    fileExtension: $ext) { url uploadId itemId } }"""
FILE = """query($id: ID!) { storage_getDataStoreFile(dataStoreFileId: $id) {
  dataStoreFileId name fileExtension description storageSizeBytes s3ConfirmedUpload ownerUserId
  lastModified contentType dataStoreId dataStoreDirectoryId } }"""


def settings(server: SandboxServer, person: Person = ADMIN, **more: str) -> dict[str, str]:
    """Of a person's account; live connections have an address of their own, as on the platform."""
    url = f"{server.url}/graphql"
    return {"url": url, "socket": url, "token": token(KIND, person), **more}


def subject(server: SandboxServer, person: Person = ADMIN, **more: str) -> Subject:
    return Subject(kind=KIND, settings=settings(server, person, **more))


def node(sort: str, *parts: str) -> NodeId:
    """A node id, written down by hand."""
    return NodeId("/".join((sort, *(quote(part, safe="") for part in parts))))


def series(database: Database, asset: str, attribute: str, kind: str = "DOUBLE") -> NodeId:
    return node("series", database.id, asset, attribute, kind)


def written(wire: Wire, asset: str, *names: str) -> Database:
    """A new database with one asset that has these attributes."""
    database = Database(wire)
    for name in names:
        database.publish(asset, record(0, name, "DOUBLE", "0.0"))
    return database


def crowd(wire: Wire) -> Database:
    """A database with more assets than a page holds."""
    database = Database(wire)
    for number in range(CROWD):
        database.publish(f"n{number:03}", record(0, "kW", "DOUBLE", "1.0"))
    return database


def inbox(wire: Wire) -> dict[str, Any]:
    """A new, empty data store."""
    found: dict[str, Any] = wire.data(STORE)
    return found


def stored(wire: Wire, store: dict[str, Any], name: str, content: bytes) -> str:
    """The id of a new file in a store's home."""
    front, _, extension = name.partition(".")
    made = wire.data(CREATE, dir=store["homeDirectoryId"], store=store["dataStoreId"], name=front,
                     ext=extension)  # fmt: skip
    assert wire.file("PUT", made["url"], content).status == 200
    return str(made["itemId"])


def numbers(database: Database, window: Window) -> tuple[str, list[str]]:
    """An asset of the sandbox's own with the names of two of its numbers that have values then."""
    latest = database.latest()
    for asset, found in latest.items():
        names = [name for name, (kind, _, _) in found.items() if kind == "DOUBLE"]
        if len(names) > 1 and len(points(database, asset, names[1], window)) > 100:
            return asset, names[:2]
    raise AssertionError("no asset has two numbers with values")


def points(database: Database, asset: str, name: str, window: Window) -> list[tuple[str, str]]:
    """Times and values as texts, by SQL, which the service's reading never uses."""
    quoted = name.replace('"', '""')
    low, high = (f"{edge:%Y-%m-%d %H:%M:%S.%f}" for edge in (window.start, window.end))
    text = (
        f"SELECT time, \"{quoted}\" FROM {database.table} WHERE assetId = '{asset}' "  # noqa: S608
        f"AND time >= '{low}' AND time < '{high}' AND \"{quoted}\" IS NOT NULL ORDER BY time"
    )
    return [(str(time), str(value)) for time, value in database.cells(text)]
