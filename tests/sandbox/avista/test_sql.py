# ruff: noqa: S608 - queries of the sandbox's own table, by its own language
"""Avista's time-series databases asked in Timestream's SQL: results, pages, errors."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from tests.sandbox.avista.series import Database, record
from tests.sandbox.avista.wire import Wire
from tests.sandbox.server import SandboxServer

NOON = 1_700_000_000_000


def test_a_query_that_pages_gives_every_row_once(database: Database) -> None:
    for asset in ("a", "b"):
        database.publish(asset, *(record(NOON + n // 3, f"m{n % 3}", "BIGINT", str(n))
                                  for n in range(100)))  # fmt: skip
    plain = f"SELECT assetId, time, measure_name FROM {database.table}"
    for text in (plain, f"{plain} ORDER BY time DESC, measure_name", f"{plain} LIMIT 77",
                 f"{plain} WHERE measure_name <> 'm1'"):  # fmt: skip
        at_once = database.cells(text)
        paged = database.cells(text, rows=7)
        assert paged == at_once
        assert len({tuple(row) for row in paged}) == len(paged)
    assert len(database.cells(plain)) == 200
    assert len(database.cells(f"{plain} LIMIT 77")) == 77


def test_the_last_page_has_no_token_and_the_client_token_stays(database: Database) -> None:
    database.publish("a", *(record(NOON + n, "m", "BIGINT", str(n)) for n in range(4)))
    text = f"SELECT m FROM {database.table}"
    first, client = database.sql(text, rows=2)
    second, again = database.sql(text, rows=2, next=first["NextToken"], client=client)
    assert client == again
    assert first["QueryId"] == second["QueryId"]
    assert "NextToken" not in second
    assert [row["Data"][0]["ScalarValue"] for row in second["Rows"]] == ["2", "3"]
    assert "another query" in database.sql_error(f"{text} ", next=first["NextToken"], client=client)
    assert "another query" in database.sql_error(text, next=first["NextToken"], client="other")
    assert "invalid" in database.sql_error(text, next="AYAB")


@pytest.mark.parametrize("rows", [-1, 1001, 2_000_000_000])
def test_pages_have_at_most_a_thousand_rows(database: Database, rows: int) -> None:
    message = database.sql_error(f"SELECT * FROM {database.table}", rows=rows)
    assert f"Value '{rows}' at 'maxRows' failed to satisfy constraint" in message


def test_bins_are_averaged(database: Database) -> None:
    database.publish("a", *(record(NOON + n * 60_000, "kW", "DOUBLE", str(n)) for n in range(60)))
    cells = database.cells(
        f"SELECT bin(time, 30m) AS t, avg(kW) AS mean, min(kW), max(kW), sum(kW), count(*) "
        f"FROM {database.table} WHERE kW BETWEEN 10 AND 49 OR kW IS NULL "
        f"GROUP BY bin(time, 30m) ORDER BY t DESC"
    )
    values = np.arange(10, 50)
    stamps = (NOON // 60_000 + values) // 30
    wanted = []
    for stamp in sorted(set(stamps.tolist()), reverse=True):
        inside = values[stamps == stamp].astype(float)
        moment = datetime.fromtimestamp(stamp * 1800, UTC)
        figures = inside.mean(), inside.min(), inside.max(), inside.sum()
        wanted.append([f"{moment:%Y-%m-%d %H:%M:%S}.000000000", *map(str, figures),
                       str(inside.size)])  # fmt: skip
    assert cells == wanted


def test_aggregates_of_nothing_are_one_row(database: Database) -> None:
    database.publish("a", record(NOON, "kW", "DOUBLE", "1"))
    text = f"SELECT count(*), count(kW), avg(kW), max(time) FROM {database.table} WHERE kW > 5"
    assert database.cells(text) == [["0", "0", None, None]]
    assert database.cells(f"{text} GROUP BY assetId") == []


def test_conditions_know_three_values(database: Database) -> None:
    database.publish("a", record(NOON, "x", "DOUBLE", "1"), record(NOON + 1, "y", "VARCHAR", "a%b"))
    count = f"SELECT count(*) FROM {database.table} WHERE"
    for condition, wanted in {
        "x = 1": "1", "NOT x = 1": "0", "NOT x = 1 OR y IS NOT NULL": "1",
        "x IN (1, 2)": "1", "x NOT IN (2, NULL)": "0", "y LIKE 'a%'": "1", "y LIKE 'a__'": "1",
        "y LIKE 'b%'": "0", "y NOT LIKE '_'": "1", "x <> 1 OR x IS NULL": "1", "null": "0",
        "coalesce(x, 7) = 7": "1", "x + 1 = 2 AND x * 2 - 1 = 1": "1", "true": "2",
        "time = from_milliseconds(1700000000000)": "1", "time > '2023-11-14 22:13:20'": "1",
        "time >= from_iso8601_timestamp('2023-11-14T22:13:20Z')": "2", "time > ago(1d)": "0",
        "time < now() - 1d * 2": "2", "time BETWEEN timestamp '2023-11-14 22:13:20' AND now()": "2",
    }.items():  # fmt: skip
        assert database.cells(f"{count} {condition}") == [[wanted]], condition


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The query syntax is invalid at line 1:1"),
        ("SELECT", "The query syntax is invalid at line 1:7"),
        ("SELECT *\nFROM T JOIN T", "The query syntax is invalid at line 2:"),
        ("WITH x AS (SELECT 1) SELECT * FROM x", "The query syntax is invalid at line 1:1"),
        ("SELECT nope FROM T", "line 1:8: Column 'nope' does not exist"),
        ("SELECT * FROM a.b", "line 1:15: Schema 'a' does not exist"),
        ("SELECT derivative(kW) FROM T", "line 1:8: Function derivative not registered"),
        ("SELECT avg(name) FROM T", "line 1:8: Unexpected parameters (varchar) for function avg"),
        ("SELECT kW, avg(kW) FROM T", "'kW' must be an aggregate expression or appear in GROUP BY"),
        ("SELECT * FROM T WHERE avg(kW) > 1", "Cannot use the aggregation avg here"),
        ("SELECT * FROM T WHERE kW", "WHERE clause must evaluate to a boolean"),
        ("SELECT * FROM T WHERE kW > 'a'", "'>' cannot be applied to double, varchar"),
        ("SELECT * FROM T WHERE time > 'soon'", "Value cannot be cast to timestamp: soon"),
        ("SELECT kW FROM T ORDER BY 2", "Position 2 is not in select list"),
        ("SELECT 1 / 0 FROM T", "Division by zero"),
        ("SELECT 9223372036854775807 + 1 FROM T", "Numeric overflow"),
        ("SELECT 99999999999999999999 FROM T", "Invalid numeric literal"),
        ("SELECT bin(time, 0s) FROM T", "The width of a bin must be positive"),
        ("SELECT * FROM T WHERE " + "not " * 500 + "true", "The expression is too complex"),
    ],
)
def test_what_is_outside_of_the_subset_is_told_in_timestreams_voice(
    database: Database, text: str, message: str
) -> None:
    database.publish("a", record(NOON, "kW", "DOUBLE", "1"))
    assert message in database.sql_error(text.replace(" T", f" {database.table}"))


def test_pages_drift_and_cursors_loop_when_they_are_told_to(
    server: SandboxServer, admin: Wire
) -> None:
    database = Database(admin)
    database.publish("a", *(record(NOON + n, "m", "BIGINT", str(n)) for n in range(6)))
    text = f"SELECT m FROM {database.table}"
    with server.faults.on("page_drift", platform="avista"):
        drifted = [row[0] for row in database.cells(text, rows=3)]
    assert drifted == ["0", "1", "2", "2", "3", "4", "4", "5"]
    with server.faults.on("cursor_loop", platform="avista"):
        first, client = database.sql(text, rows=3)
        second, _ = database.sql(text, rows=3, next=first["NextToken"], client=client)
    assert first["Rows"] == second["Rows"]
