# ruff: noqa: S608 - queries of the sandbox's own table, by its own language
"""Any text as a query in SQL: an answer or an error in Timestream's voice, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import strategies as st

from tests.sandbox.avista.series import SQL, Database, multi
from tests.sandbox.avista.wire import Wire
from tests.sandbox.fuzzing import for_seconds
from tests.sandbox.server import SandboxServer

pytestmark = pytest.mark.fuzz
TESTS = 7
"""That share the platform's time."""

NOON = 1_700_000_000_000
TOKENS = r"""select from where and or not between in like is null group by order limit asc desc
nulls first last as distinct join union case true false * + - / ( ) , . ; = <> != < <= > >= '' "" --
avg min max sum count bin ago now round abs coalesce from_milliseconds to_milliseconds date
timestamp assetId name measure_name time x n s b t nope 0 1 2 1.5 1e400 9223372036854775807
99999999999999999999 1h 5m 0s 999999999d 'a%' '2023-11-14' 'x' T "x" "time" é ☃ \ \0"""
WORDS = st.sampled_from(TOKENS.split()) | st.just("\0")
OPERATORS = st.sampled_from((*"+-*/=<>", "<>", "<=", ">=", "and", "or", "like"))
FUNCTIONS = st.sampled_from(
    ("avg", "sum", "min", "max", "count", "bin", "abs", "round", "coalesce", "ago", "nope")
)
NAMES = st.sampled_from(["x", "n", "s", "b", "t", "time", "assetId", "measure_name", '"X"', "nope"])
CONSTANTS = st.sampled_from(
    ["0", "-1", "2.5", "'a'", "null", "true", "1h", "now()", "ago(2d)", "'2023-11-14'",
     "timestamp '2023-11-14 22:13:20'", "9223372036854775807", "-9223372036854775807"]
)  # fmt: skip


def expressions() -> st.SearchStrategy[str]:
    """Well-formed expressions, of the right types or not."""
    return st.recursive(
        NAMES | CONSTANTS,
        lambda inner: st.one_of(
            st.tuples(inner, OPERATORS, inner).map(lambda parts: f"({' '.join(parts)})"),
            st.tuples(inner, inner, inner).map(lambda p: f"({p[0]} between {p[1]} and {p[2]})"),
            st.tuples(inner, inner).map(lambda p: f"({p[0]} not in ({p[1]}, null))"),
            inner.map(lambda one: f"({one} is not null)"),
            inner.map(lambda one: f"(not {one})"),
            inner.map(lambda one: f"-{one}"),
            st.tuples(FUNCTIONS, st.lists(inner, max_size=2).map(", ".join))
            .map(lambda parts: f"{parts[0]}({parts[1]})"),
        ),
        max_leaves=6,
    )  # fmt: skip


def queries() -> st.SearchStrategy[str]:
    """Texts of words, any text, and well-formed queries."""
    items = st.lists(expressions(), min_size=1, max_size=3).map(", ".join)
    clause = st.one_of(st.just(""), expressions())
    whole = st.tuples(items, clause, clause, clause, st.sampled_from(["", "limit 1", "limit 0"]))
    return st.one_of(
        st.lists(WORDS, max_size=25).map(" ".join),
        st.lists(WORDS, max_size=12).map(lambda words: f"select * from T where {' '.join(words)}"),
        st.text(max_size=60),
        whole.map(
            lambda parts: (
                f"select {parts[0]} from T"
                + "".join(
                    f" {word} {part}"
                    for word, part in zip(
                        ("where", "group by", "order by"), parts[1:4], strict=True
                    )
                    if part
                )
                + f" {parts[4]}"
            )
        ),
    )


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    """A database with a column of every type."""
    with SandboxServer("avista") as server:
        made = Database(Wire(server))
        for n in range(5):
            made.publish("a", multi(NOON + n, "m", {
                "x": ("DOUBLE", f"{n}.5"), "n": ("BIGINT", str(n)), "s": ("VARCHAR", "a%"),
                "b": ("BOOLEAN", "true"), "t": ("TIMESTAMP", str(NOON))}))  # fmt: skip
        yield made


def test_any_query_is_answered_in_timestreams_voice(database: Database) -> None:
    def check(text: str) -> None:
        text = text.replace(" T", f" {database.table}")
        reply = database.wire.post(
            {"query": SQL, "variables": {"id": database.id, "text": text, "rows": 2}}
        )
        assert reply.status == 200, text
        if "errors" in reply.data:
            (error,) = reply.data["errors"]
            assert error["errorType"] == "ValidationException", (text, error)
            assert "Traceback" not in error["message"]
            return
        (answer,) = reply.data["data"].values()
        page = json.loads(answer["resultJSONString"])
        assert len(page["Rows"]) <= 2
        assert all(len(row["Data"]) == len(page["ColumnInfo"]) for row in page["Rows"])

    assert for_seconds(queries(), check, among=TESTS) >= 1
    assert database.cells(f"SELECT count(*) FROM {database.table}") == [["5"]]


def test_any_tokens_and_sizes_are_answered(database: Database) -> None:
    tokens = st.none() | st.text(max_size=80) | st.sampled_from(["AYAB", "a" * 12 + "e30="])
    sizes = st.none() | st.integers(-(2**31), 2**31 - 1)

    def check(given: tuple[str | None, str | None, int | None]) -> None:
        following, client, rows = given
        answer = database.wire.ask(SQL, id=database.id, text=f"SELECT x FROM {database.table}",
                                   next=following, client=client, rows=rows)  # fmt: skip
        if "errors" in answer:
            assert [one["errorType"] for one in answer["errors"]] == ["ValidationException"], given

    assert for_seconds(st.tuples(tokens, tokens, sizes), check, among=TESTS) >= 1
