# ruff: noqa: E731, FBT003 - the client takes its flags by position
"""Time-series databases by the client: list, publish, latest values, query, export."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from avista_kinds import kind
from avista_records import records
from avista_side import ERRORS

STAMPS = [f"2023-11-14T22:13:20.{n:03d}Z" for n in range(4)]
START, END = "2023-11-14T22:00:00.000Z", "2023-11-14T23:00:00.000Z"
CAMPUS = "timeSeriesDbId.3"
DATABASE = "timeSeriesDbId name description ownerUserId databaseName tableName"
LIST = f"{{ timeSeriesDb_listDatabases {{ {DATABASE} }} }}"
CREATE = f'mutation {{ timeSeriesDb_createDatabase(name: "Judged") {{ {DATABASE} }} }}'
LATEST = """query($id: ID!) { timeSeriesDb_listAllAssetLastValues(timeSeriesDbId: $id) {
  queryProgressPercentage clientToken nextToken queryId resultChunkIndex data { assetId name
  attributes { attributeType lastValue lastValueTime name data { timestamp value } } } } }"""


class Databases:
    """The functions that 0.0.24 has as its own and 1.2.1 as classes inside."""

    def __init__(self, judge: Any, dx: Any, side: Any) -> None:
        self.judge, self.dx, self.side = judge, dx, side
        self.own = side.data(CREATE)
        self.id = self.own["timeSeriesDbId"]
        self.outside = side.connect("sandbox-avista-outsider")
        self.refused = ERRORS.Unauthorized if side.new else ERRORS.QueryFailed
        """What a refused query raises; 0.0.24 fails to tell it apart (section 6.2)."""
        self.failed = ERRORS.Unauthorized if side.new else ERRORS.MutationFailed

    def right(self, names: list[str], call: Any, check: Any) -> None:
        """The same right input for the functions that one call goes through."""
        for name in self.there(names):
            self.judge.right(name, call, check)

    def wrong(self, names: list[str], call: Any, check: Any = None, raises: Any = None) -> None:
        """The same wrong input."""
        for name in self.there(names):
            more = {} if check is None else {"check": check}
            self.judge.wrong(name, call, raises=raises, **more)

    def there(self, names: list[str]) -> list[str]:
        """Those that this version of the client has."""
        found = [name for name in names if name in self.judge.functions]
        assert found, names
        return found

    def query(self, name: str, *arguments: Any, dx: Any = None) -> Any:
        """Runs one of the client's query classes."""
        made = kind(f"graphql_queries.{name}", name)
        return made((dx or self.dx)._client, False, *arguments).performQuery()

    def mutation(self, name: str, *arguments: Any, dx: Any = None) -> Any:
        """Runs one of the client's mutation classes."""
        made = kind(f"graphql_mutations.{name}", name)
        return made((dx or self.dx)._client, False, *arguments).performMutation()


def names_of(function: str, operation: str, verb: str = "performQuery") -> list[str]:
    """A function of 0.0.24's object, and the class that does it in both versions."""
    return [f"AvistaDigitalExchange.{function}", f"{operation}.{verb}"]


def judge_databases(judge: Any, dx: Any, side: Any) -> None:
    """All of it, on a database of its own."""
    held = Databases(judge, dx, side)
    lists(held)
    made = records(held)
    published(held, made)
    latest(held)
    in_sql(held)
    pages(held)
    exports(held)
    words(held)


def lists(held: Databases) -> None:
    names = names_of("listTimeSeriesDatabases", "timeSeriesDb_listDatabases")
    nobody = held.side.connect("nonsense")
    listed = lambda dx=None: held.query("timeSeriesDb_listDatabases", dx=dx)
    shape = lambda found: {key: getattr(found, key) for key in DATABASE.split()}
    held.right(names, listed, lambda all_: [shape(one) for one in all_] == held.side.data(LIST))
    held.wrong(names, lambda: listed(nobody), raises=ERRORS.UnauthorizedException)
    one = lambda key, dx=None: held.query("timeSeriesDb_getDatabase", key, dx=dx)
    if not held.side.new:
        judged_flat(held, listed_shape=shape)
    names = ["timeSeriesDb_getDatabase.performQuery"]
    held.right(names, lambda: one(held.id), lambda found: shape(found) == held.own)
    held.wrong(names, lambda: one(CAMPUS, held.outside), raises=held.refused)
    held.wrong(names, lambda: one("timeSeriesDbId.0"), raises=ERRORS.MissingDataInResultException)


def judged_flat(held: Databases, listed_shape: Any) -> None:
    """The same two by 0.0.24's own object."""
    name = "AvistaDigitalExchange.listTimeSeriesDatabases"
    held.judge.right(
        name,
        held.dx.listTimeSeriesDatabases,
        lambda all_: [listed_shape(one) for one in all_] == held.side.data(LIST),
    )
    held.judge.wrong(name, held.outside.listTimeSeriesDatabases, lambda all_: all_ == [])
    name = "AvistaDigitalExchange.getTimeSeriesDatabase"
    held.judge.right(
        name,
        lambda: held.dx.getTimeSeriesDatabase(held.id),
        lambda found: listed_shape(found) == held.own,
    )
    held.judge.wrong(
        name, lambda: held.outside.getTimeSeriesDatabase(CAMPUS), raises=ERRORS.QueryFailed
    )


def published(held: Databases, made: list[Any]) -> None:
    names = [f"timeSeriesDb_publishToDatabase.{verb}" for verb in ("performMutation",)]
    send = lambda what, dx=None: held.mutation(
        "timeSeriesDb_publishToDatabase", held.id, "a1", what, dx=dx
    )
    if not held.side.new:
        names = ["AvistaDigitalExchange.publishToTimeSeriesDatabase"]
        send = lambda what, dx=None: (dx or held.dx).publishToTimeSeriesDatabase(
            held.id, "a1", what
        )
    held.right(names, lambda: send(made), written)
    held.wrong(names, lambda: send(["no record"]), raises=ERRORS.InvalidParameterException)
    held.wrong(names, lambda: send(made, held.outside), raises=held.failed)
    made[1].measureValue = "heavy"
    held.wrong(names, lambda: send(made), raises=ERRORS.MutationFailed)
    made[1].measureValue = "1.5"


def written(answer: Any) -> bool:
    """Whether the platform says that it wrote what was sent."""
    (asset,) = answer
    points = {one.name: [(p.timestamp, p.value) for p in one.data] for one in asset.attributes}
    return (asset.assetId, asset.name) == ("a1", "Asset 1") and points == {
        "note": [(STAMPS[0], "a, b")],
        "count": [(STAMPS[0], "321")],
        "kW": [(STAMPS[1], "1.5"), (STAMPS[2], "2.5")],
    }


def latest(held: Databases) -> None:
    name = "timeSeriesDb_listAllAssetLastValues"
    ask = lambda key, dx=None: held.query(name, key, dx=dx)
    names = [f"{name}.performQuery"]
    check = lambda got: (
        {
            one.name: (one.attributeType, one.lastValue, one.lastValueTime)
            for one in got.data[0].attributes
        }
        == {
            "note": ("VARCHAR", "a, b", STAMPS[0]),
            "count": ("BIGINT", "321", STAMPS[0]),
            "kW": ("DOUBLE", "2.5", STAMPS[2]),
        }
    )
    held.right(names, lambda: ask(held.id), check)
    held.wrong(names, lambda: ask(CAMPUS, held.outside), raises=held.refused)
    if not held.side.new:
        flat = ["AvistaDigitalExchange.listTimeSeriesAssetsAndLatestValues"]
        held.right(flat, lambda: held.dx.listTimeSeriesAssetsAndLatestValues(held.id), check)
        held.wrong(
            flat,
            lambda: held.outside.listTimeSeriesAssetsAndLatestValues(CAMPUS),
            raises=held.refused,
        )


def in_sql(held: Databases) -> None:
    name = "timeSeriesDb_queryDatabaseWithTimestreamQuery"
    table = f'"{held.own["databaseName"]}"."{held.own["tableName"]}"'
    text = f"SELECT kW FROM {table} WHERE kW IS NOT NULL ORDER BY time DESC"  # noqa: S608

    def everything(ask: Any) -> list[Any]:
        page = ask(text, 1)
        rows = list(page.rows)
        while page.nextToken:
            page = ask(text, 1, page.nextToken, page.clientToken)
            rows += page.dataRows
        return [row["Data"][0]["ScalarValue"] for row in rows] + [page.columnInfo]

    wanted = ["2.5", "1.5", [{"Name": "kW", "Type": {"ScalarType": "DOUBLE"}}]]
    ways = {
        f"{name}.performQuery": lambda text, rows, following=None, client=None: held.query(
            name, held.id, text, rows, following, client
        )
    }
    if not held.side.new:
        flat = "AvistaDigitalExchange.queryTimeSeriesDatabase_TimestreamFormat"
        ways[flat] = lambda *rest: held.dx.queryTimeSeriesDatabase_TimestreamFormat(held.id, *rest)
    for function, ask in ways.items():
        held.right([function], lambda ask=ask: everything(ask), lambda got: got == wanted)
        held.wrong([function], lambda ask=ask: ask("SELECT", 1), raises=ERRORS.QueryFailed)
        held.wrong([function], lambda ask=ask: ask(text, 5000), raises=ERRORS.QueryFailed)


def pages(held: Databases) -> None:
    """Queries for attribute data, by their class."""
    name = "timeSeriesDb_queryDatabase"
    assets = [{"assetId": "a1", "attributeNames": ["kW", "count"]}]
    made = kind(f"graphql_queries.{name}", name)
    ask = lambda *rest, dx=None: held.query(name, held.id, assets, *rest, dx=dx)

    def walk() -> list[Any]:
        found = [ask(START, END, 2)]
        while found[-1].nextToken:
            last = found[-1]
            found.append(ask(START, END, 2, last.nextToken, last.clientToken, last.queryString))
        return found

    held.right(
        [f"{name}.performQuery"],
        walk,
        lambda found: (
            [one.resultChunkIndex for one in found] == [0, 1]
            and found[0].queryId == found[1].queryId
            and found[1].queryProgressPercentage == 100.0
        ),
    )
    held.wrong([f"{name}.performQuery"], lambda: ask(START, END, -1), raises=ERRORS.QueryFailed)
    held.wrong(
        [f"{name}.performQuery"], lambda: ask(START, END, dx=held.outside), raises=held.refused
    )
    quoted = made(held.dx._client, False, held.id, assets, START, END).getAttributeNamesListString
    held.right(
        [f"{name}.getAttributeNamesListString"],
        lambda: quoted(["a", "b"]),
        lambda got: got == '"a", "b"',
    )
    held.wrong([f"{name}.getAttributeNamesListString"], lambda: quoted([]), raises=IndexError)
    valid = kind(f"graphql_queries.{name}", "isValidTimestampFormat")
    held.right([f"{name}.isValidTimestampFormat"], lambda: valid(START), lambda got: got)
    held.judge.nothing_wrong(f"{name}.isValidTimestampFormat", "it says yes to everything")
    ended(held, ask)


def ended(held: Databases, ask: Any) -> None:
    """Orders of 1.2.1's classes that 0.0.24 has in its base class."""
    cancel = "timeSeriesDb_cancelDatabaseQuery"
    order = "timeSeriesDb_generateQueryResultExportFile"
    query_id = ask(START, END).queryId
    if f"{cancel}.performMutation" in held.judge.functions:
        held.right(
            [f"{cancel}.performMutation"],
            lambda: held.mutation(cancel, held.id, query_id),
            lambda got: (got.httpStatusCode, got.errorMessage) == (200, None),
        )
        held.wrong(
            [f"{cancel}.performMutation"],
            lambda: held.mutation(cancel, held.id, "none"),
            lambda got: got.httpStatusCode == 404,
        )
    ways = {
        f"{order}.performMutation": lambda key, form="CSV": held.mutation(order, held.id, key, form)
    }
    if not held.side.new:
        ways = {
            "AvistaDigitalExchange.generateQueryResultFile": lambda key, form="CSV": (
                held.dx.generateQueryResultFile(held.id, key, form)
            )
        }
    for name, make in ways.items():
        held.right(
            [name],
            lambda make=make: make(query_id),
            lambda got: (got.queryId, got.fileFormat) == (query_id, "CSV"),
        )
        held.wrong(
            [name], lambda make=make: make("none"), raises=ERRORS.MissingDataInResultException
        )
        held.wrong([name], lambda make=make: make(query_id, "XML"), raises=ERRORS.MutationFailed)


def exports(held: Databases) -> None:
    """The whole way to a file, which only 0.0.24 has in one function."""
    if held.side.new:
        return
    name = "AvistaDigitalExchange.getTimeSeriesAssetAttributeData"
    assets = [
        {"assetId": "a1", "attributeNames": ["kW", "count"]},
        {"assetId": "nobody", "attributeNames": ["kW"]},
    ]
    folder = held.side.folder / "exports"
    folder.mkdir()
    ask = lambda start, form, rows=None: held.dx.getTimeSeriesAssetAttributeData(
        held.id, assets, start, END, str(folder), form, rows
    )
    held.right(
        [name], lambda: ask(START, "CSV", 1), lambda done: done and _csv(folder / "result.csv")
    )
    held.right(
        [name], lambda: ask(START, "json"), lambda done: done and _json(folder / "result.json")
    )
    held.wrong([name], lambda: ask("yesterday", "CSV"), raises=ERRORS.InvalidParameterException)
    held.wrong([name], lambda: ask(START, "XML"), raises=ERRORS.InvalidParameterException)


def _csv(path: Path) -> bool:
    with path.open(newline="") as file:
        rows = list(csv.reader(file))
    stamp = lambda n: f"2023-11-14 22:13:20.{n:03d}000000"
    return rows == [
        ["assetId", "name", "timestamp", "kW", "count"],
        ["a1", "Asset 1", stamp(0), "", "321"],
        ["a1", "Asset 1", stamp(1), "1.5", ""],
        ["a1", "Asset 1", stamp(2), "2.5", ""],
    ]


def _json(path: Path) -> bool:
    (asset,) = json.loads(path.read_text())
    points = {
        one["name"]: [(p["timestamp"], p["value"]) for p in one["data"]]
        for one in asset["attributes"]
    }
    return asset["assetId"] == "a1" and points == {
        "kW": [(STAMPS[1], "1.5"), (STAMPS[2], "2.5")],
        "count": [(STAMPS[0], "321")],
    }


def words(held: Databases) -> None:
    name = "avista_digital_exchange.isValidISO8601Timestamp"
    valid = kind("avista_digital_exchange", "isValidISO8601Timestamp")
    held.right([name], lambda: valid(START), lambda got: got is True)
    held.wrong([name], lambda: valid("2022-09-25"), lambda got: got is False)
