"""What the published clients 0.0.24 and 1.2.1 read from the sandbox equals what ours reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import NodeId, Window
from connectors.egress import Deadline, Egress
from connectors.operations import operations
from connectors.registry import Terms, open_service
from tests.conformance.points import stored
from tests.conformance.sandbox_avista import CAMPUS, KIND, WEEK, node, settings
from tests.conformance.subject import Kept
from tests.connectors.certificates import Authority
from tests.official.clients import client_python, run_script
from tests.sandbox.server import SandboxServer

pytestmark = pytest.mark.official

ASSET, ATTRIBUTE = (
    "campus-synthetic.server-rooms",
    "Supply temperature, stuck sensor (synthetic)",
)
DEVICE = "iotEndpointId.17"


@dataclass(frozen=True)
class Sides:
    """Our service, and what a published client printed."""

    service: Any
    theirs: dict[str, Any]

    def do(self, operation: str, /, **values: object) -> Any:
        named = {one.name: one for one in operations(type(self.service))}
        return named[operation].call(self.service, values)

    def rows(self, operation: str, /, **values: object) -> list[dict[str, Any]]:
        table = self.do(operation, **values)
        return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def sides(version: str, folder: Path) -> Iterator[Sides]:
    """A sandbox by TLS: the clients wait for exports by secure WebSockets only."""
    authority = Authority.made(folder)
    authority.server("127.0.0.1")
    (file,) = (str(one) for one in folder.iterdir() if str(one) != authority.file)
    work = folder / "work"
    work.mkdir()
    python = client_python(f"requirements-avista-{version}.txt")
    with SandboxServer(KIND, tls=(file, file)) as server:
        last = WEEK.end - timedelta(milliseconds=1)  # the clients' ranges hold their ends
        (theirs,) = run_script(
            python, "avista_agreement.py", f"{server.url}/graphql", authority.file, str(work),
            ASSET, ATTRIBUTE, iso(WEEK.start), iso(last), seconds=300,
        )  # fmt: skip
        egress = Egress(allow=frozenset({("127.0.0.1", server.port)}), authorities=authority.file)
        terms = Terms(egress=egress, deadline=Deadline.after(120), keep=Kept())
        with open_service(KIND, settings(server), terms) as service:
            yield Sides(service, theirs)


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sides]:
    yield from sides("0.0.24", tmp_path_factory.mktemp("older"))


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sides]:
    yield from sides("1.2.1", tmp_path_factory.mktemp("newer"))


@pytest.fixture(params=["older", "newer"])
def either(request: pytest.FixtureRequest) -> Sides:
    found: Sides = request.getfixturevalue(request.param)
    return found


def test_the_account_is_the_same(either: Sides) -> None:
    fields = either.do("account.get").fields
    assert [fields[name] for name in ("userId", "firstName", "lastName")] == (
        either.theirs["getUserInfo"]
    )


def test_stores_folders_and_files_are_the_same(either: Sides) -> None:
    names = ("dataStoreId", "name", "description", "ownerUserId", "homeDirectoryId")
    rows = either.rows("stores.list")
    assert [[row[name] for name in names] for row in rows] == either.theirs["listDataStores"]
    store = node("store", "dataStoreId.1")
    inside = either.service.children(store).items
    folders = [one.name for one in inside if one.role == "folder"]
    files = [one.name for one in inside if one.role == "file"]
    assert [folders, files] == either.theirs["getDataStoreDirectory"]
    fields = either.do("file.get", file=node("file", "dataStoreFileId.1")).fields
    names = ("name", "fileExtension", "storageSizeBytes", "contentType", "description")
    assert [fields[name] for name in names] == either.theirs["getDataStoreFileMeta"]
    with either.service.open(node("file", "dataStoreFileId.1")) as file:
        assert b"".join(file).decode() == either.theirs["downloadDataStoreFile"]


def test_databases_and_their_series_are_the_same(older: Sides) -> None:
    names = ("timeSeriesDbId", "name", "databaseName", "tableName")
    rows = older.rows("databases.list")
    assert [[row[name] for name in names] for row in rows] == (
        older.theirs["listTimeSeriesDatabases"]
    )
    rows = older.rows("database.last_values", database=node("database", CAMPUS))
    assert [[row["asset"], row["attribute"], row["type"]] for row in rows] == (
        older.theirs["latest"]
    )


def test_points_are_the_attribute_data_of_the_client(older: Sides) -> None:
    place = node("series", CAMPUS, ASSET, ATTRIBUTE, "DOUBLE")
    times, values = stored(older.service.read([place], WEEK))[place]
    found = [[iso(datetime.fromtimestamp(at / 1e6, UTC)), value]
             for at, value in zip(times, values, strict=True)]  # fmt: skip
    assert len(found) > 500
    assert found == [[at, float(value)] for at, value in older.theirs["points"]]


def test_rows_of_a_query_are_the_same(older: Sides) -> None:
    table = older.do("database.get", database=node("database", CAMPUS)).fields["sql"]
    text = (
        f"SELECT measure_name, time FROM {table} WHERE assetId = '{ASSET}' "  # noqa: S608
        "ORDER BY time DESC LIMIT 20"
    )
    page = older.do(
        "database.sql_page", database=node("database", CAMPUS), query=text, max_rows=7
    ).fields
    assert page["rows"] == older.theirs["sql"]
    assert bool(page["nextToken"]) == older.theirs["more"]


def test_collaboratives_and_what_they_share_are_the_same(older: Sides) -> None:
    rows = older.rows("collaboratives.list")
    members = dict.fromkeys(
        (row["collaborative"], row["organization"], row["state"]) for row in rows
    )
    assert [list(one) for one in members] == older.theirs["listCollaboratives"]
    place = node("collaborative", "collaborativeId.1")
    rows = older.rows("collaborative.services", collaborative=place)
    assert [[row["serviceType"], row["serviceId"]] for row in rows] == (
        older.theirs["listCollaborativeServices"]
    )
    grants = older.service.grants(node("store", "dataStoreId.1"))
    assert [one.id for one in grants] == older.theirs["sharedWith"]


def test_devices_are_the_same(newer: Sides) -> None:
    fields = newer.do("endpoint.get", endpoint=node("endpoint", DEVICE)).fields
    assert [
        fields["name"],
        fields["modelId"],
        [[one["name"], one["schemaType"]] for one in fields["telemetry"]],
        [[one["name"], one["value"]] for one in fields["properties"]],
    ] == newer.theirs["getEndpoint"]
    group = newer.do("group.get", group=node("group", "iotGroupId.1")).fields
    assert [one["iotEndpointId"] for one in group["endpoints"]] == newer.theirs["getGroup"]
    rows = newer.rows("endpoint.last_values", endpoint=node("endpoint", DEVICE))
    assert [row["attribute"] for row in rows] == newer.theirs["listEndpointLastValues"]


def test_points_are_the_telemetry_of_the_client(newer: Sides) -> None:
    first = newer.service.children(node("endpoint", DEVICE)).items[0]
    window = Window(start=WEEK.start, end=WEEK.end)
    times, values = stored(newer.service.read([NodeId(first.id)], window))[first.id]
    found = [[f"{datetime.fromtimestamp(at / 1e6, UTC):%Y-%m-%d %H:%M:%S}.000000000", value]
             for at, value in zip(times, values, strict=True)]  # fmt: skip
    told = [[row["timestamp"], row.get(first.name)] for row in newer.theirs["points"]]
    assert len(found) > 500
    assert found == told
