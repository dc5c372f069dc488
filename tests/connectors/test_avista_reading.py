"""Avista's export files: good ones, strange ones, broken ones, and the way to them."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from connectors.avista import columns, exports
from connectors.avista.columns import blocks
from connectors.avista.exports import Exports
from connectors.avista.ids import Place
from connectors.avista.reading import SERIES_PER_EXPORT, Rising, jobs
from connectors.avista.realtime import Session
from connectors.avista.timestream import page
from connectors.contract import Window
from connectors.errors import BadAnswer, Unavailable
from connectors.sandbox.accounts import ADMIN
from tests.conformance.points import stored as points_of
from tests.conformance.sandbox_avista import CAMPUS, KIND, WEEK, node, subject
from tests.functions.avista.shared import Ours, saying
from tests.sandbox.avista.series import Database, multi
from tests.sandbox.avista.wire import Wire
from tests.sandbox.server import SandboxServer

HEAD = b"assetId,name,timestamp,kW\n"
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
WINDOW = Window(start=NOON, end=NOON + timedelta(minutes=1))
ROOMS = node("series", CAMPUS, "campus-synthetic.server-rooms",
             "Supply temperature, stuck sensor (synthetic)", "DOUBLE")  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer(KIND) as server:
        yield server


def parsed(content: bytes, types: dict[str, str] | None = None, size: int | None = -1) -> list[Any]:
    """Keys, times and values of the first attribute, row by row."""
    told = len(content) if size == -1 else size
    asked = types or {"kW": "DOUBLE"}
    found = []
    for block in blocks(io.BytesIO(content), asked, told):
        values = block.values.get(next(iter(asked)), pa.nulls(len(block.keys)))
        times = block.times.cast(pa.int64()).to_pylist()
        found += list(zip(block.keys.to_pylist(), times, values.to_pylist(), strict=True))
    return found


def test_rows_are_read_whatever_stands_in_texts() -> None:
    content = (
        b'assetId,name,timestamp,"odd ""name"", with\nall",name\n'
        b'"a,1","A ""1""\nx",2024-03-19 10:39:31.942000000,"two\nlines, ""q""",t\n'
        b"b,B,2024-03-19 10:39:32.000000001,,\n"
    )
    name = 'odd "name", with\nall'
    assert parsed(content, {name: "VARCHAR"}) == [
        ("a,1", 1_710_844_771_942_000_000, 'two\nlines, "q"'),
        ("b", 1_710_844_772_000_000_001, None),
    ]
    assert [row[2] for row in parsed(content, {"name": "VARCHAR"})] == ["t", None]


def test_numbers_are_read_as_java_writes_them_and_no_number_is_null() -> None:
    rows = b"".join(
        b"a,A,2024-03-19 10:39:31.000000000,%s\n" % text
        for text in (b"1.0E16", b"-5.0E-7", b"NaN", b"Infinity", b"0.1")
    )
    found = [value for _, _, value in parsed(HEAD + rows)]
    assert found[:2] == [1e16, -5e-7]
    assert math.isnan(found[2])
    assert math.isinf(found[3])
    values, unreadable = columns.finite(pa.array(found))
    assert (values.to_pylist(), unreadable) == ([1e16, -5e-7, None, None, 0.1], 2)


def test_a_file_in_many_pieces_is_the_same_file(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [b'a,"A, ""x""\ny",2024-03-19 10:%02d:00.000000000,%d.5\n' % (n, n) for n in range(60)]
    content = HEAD + b"".join(lines)
    whole = parsed(content)
    assert len(whole) == 60
    for size in (41, 64, 1000):
        monkeypatch.setattr(columns, "BLOCK", size)
        assert parsed(content) == whole


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\n", b"<html></html>\n", b"id,name,timestamp,kW\n", b"\xff\xfe\n",
        HEAD + b"a,A,yesterday,1.5\n", HEAD + b"a,A,2024-03-19 10:39:31.942,heavy\n",
        HEAD + b"a,A\n", HEAD + b",A,2024-03-19 10:39:31.942,1.5\n",
        HEAD + b"a,A,,1.5\n", HEAD + b"a,A,2024-03-19 10:39:31.942,1.5,9\n",
    ],
)  # fmt: skip
def test_what_is_no_export_is_a_bad_answer(content: bytes) -> None:
    with pytest.raises(BadAnswer):
        parsed(content)


def test_a_file_that_ends_early_is_never_taken_for_a_whole_one() -> None:
    content = HEAD + b"a,A,2024-03-19 10:39:31.942,1.5\n" * 3
    assert len(parsed(content)) == 3
    with pytest.raises(Unavailable, match="whole"):
        parsed(content, size=len(content) + 1)
    with pytest.raises(BadAnswer, match="breaks off"):
        parsed(content[:-3], size=None)
    assert len(parsed(content[:-1])) == 3  # no line end at the end, and all bytes are there


def rising(*pushes: list[tuple[int, float]]) -> list[Any]:
    """Points of blocks of (nanoseconds after noon, value)."""
    base = int(NOON.timestamp()) * 10**9
    column = Rising(Place("series", ("d", "a", "kW", "DOUBLE")), WINDOW)
    found = []
    for push in pushes:
        times = pa.array([base + at for at, _ in push], columns.STAMP)
        found += list(column.push(times, pa.array([value for _, value in push])))
    return [*found, *column.last()]


def test_of_equal_times_the_last_stays_also_across_blocks() -> None:
    found = rising([(0, 1.0), (0, 2.0), (1_500, 3.0)], [(1_900, 4.0), (2_000, 5.0)])
    rows = [row["value"] for one in found for row in one.batch.to_pylist()]
    assert rows == [2.0, 4.0, 5.0]
    notes = sum((one.notes for one in found[1:]), start=found[0].notes)
    assert (notes.duplicates, notes.floored) == (2, 2)


def test_times_outside_the_window_are_left_out_and_far_ones_are_a_bad_answer() -> None:
    minute = 60 * 10**9
    (one,) = rising([(-999_999, 0.0), (0, 1.0), (minute, 2.0)])
    assert one.batch.column("value").to_pylist() == [1.0]
    for far in (-1_000_000, minute + 1_000_000):
        with pytest.raises(BadAnswer, match="outside"):
            rising([(far, 1.0)])
    with pytest.raises(BadAnswer, match="order"):
        rising([(5_000, 1.0)], [(4_000, 2.0)])


def test_series_share_an_export_where_their_types_agree() -> None:
    many = [Place("series", ("d", f"a{n}", "kW", "DOUBLE")) for n in range(SERIES_PER_EXPORT + 1)]
    other = Place("series", ("d", "b", "kW", "BIGINT"))
    elsewhere = Place("series", ("e", "a", "kW", "DOUBLE"))
    device = Place("telemetry", ("iotEndpointId.1", "kW", "double"))
    found = jobs([*many, other, elsewhere, device])
    assert [len(job.series) for job in found] == [SERIES_PER_EXPORT, 1, 1, 1, 1]
    assert [job.database for job in found] == ["d", "d", "d", "e", None]
    assert [job.types["kW"] for job in found[:3]] == ["DOUBLE", "DOUBLE", "BIGINT"]


# -- against the sandbox


def test_a_spoiled_export_is_mended_noted_or_refused(server: SandboxServer) -> None:
    opened = subject(server).open()
    times, values = points_of(opened.read([ROOMS], WEEK))[ROOMS]
    with server.faults.on("duplicate_stamps"):
        found = list(subject(server).open().read([ROOMS], WEEK))
        assert points_of(iter(found))[ROOMS] == (times, values)
        assert sum(one.notes.duplicates for one in found) == 1
    with server.faults.on("nan"):
        found = list(subject(server).open().read([ROOMS], WEEK))
        assert sum(one.notes.unreadable for one in found) == 1
        assert points_of(iter(found))[ROOMS][1].count(None) == 1
    with server.faults.on("unsorted_stamps"), pytest.raises(BadAnswer, match="order"):
        list(subject(server).open().read([ROOMS], WEEK))
    with server.faults.on("truncated", path="/objects/"), pytest.raises(Unavailable):
        list(subject(server).open().read([ROOMS], WEEK))


def test_both_styles_read_the_same_points_in_one_page_or_many(
    server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(Wire(server))
    database.publish("a", *(
        multi(int(NOON.timestamp()) + n, "m", {"kW": ("DOUBLE", str(n + 0.5))}, unit="SECONDS")
        for n in range(60)
    ))  # fmt: skip
    place = node("series", database.id, "a", "kW", "DOUBLE")
    whole = points_of(subject(server).open().read([place], WINDOW))
    assert whole[place][1] == [n + 0.5 for n in range(60)]
    assert points_of(subject(server, style="inline").open().read([place], WINDOW)) == whole
    before = Exports._page

    def small(self: Exports, asked: exports.Asked, page: Any) -> Any:
        return before(self, replace(asked, most=7), page)

    monkeypatch.setattr(Exports, "_page", small)
    assert points_of(subject(server).open().read([place], WINDOW)) == whole


def test_a_live_connection_that_breaks_once_is_made_again(
    server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[str] = []
    before = Exports._ordered

    def broken(self: Exports, database: str | None, query: str, form: exports.Form) -> Any:
        tries.append(query)
        if len(tries) == 1:
            raise Unavailable("Broken.")
        return before(self, database, query, form)

    monkeypatch.setattr(Exports, "_ordered", broken)
    assert points_of(subject(server).open().read([ROOMS], WEEK))[ROOMS][0]
    assert len(tries) == 2
    assert tries[0] == tries[1]


def test_a_file_of_another_form_or_another_query_is_a_bad_answer(
    server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for change in ({"queryId": "AEQANOBODY"}, {"fileType": "JSON"}):
        told = Session.next

        def changed(
            self: Session, key: str, seconds: float, told: Any = told, change: Any = change
        ) -> Any:
            return {**told(self, key, seconds), **change}

        with monkeypatch.context() as patch:
            patch.setattr(Session, "next", changed)
            with pytest.raises(BadAnswer):
                list(subject(server).open().read([ROOMS], WEEK))


def test_a_file_is_ordered_only_when_its_notice_is_listened_for(
    server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    listen, ask = Session.subscribe, Exports._order

    def listened(self: Session, field: str, **values: Any) -> str:
        found = listen(self, field, **values)
        order.append("confirmed")
        return found

    def asked(self: Exports, *of: Any) -> None:
        order.append("ordered")
        ask(self, *of)

    monkeypatch.setattr(Session, "subscribe", listened)
    monkeypatch.setattr(Exports, "_order", asked)
    assert points_of(subject(server).open().read([ROOMS], WEEK))
    assert order == ["confirmed", "ordered"]


def test_a_file_shorter_than_the_platform_said_is_not_whole(
    server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Session.next

    def longer(self: Session, key: str, seconds: float) -> Any:
        found = told(self, key, seconds)
        return {**found, "fileSizeBytes": found["fileSizeBytes"] + 1}

    monkeypatch.setattr(Session, "next", longer)
    with pytest.raises(Unavailable, match="whole"):
        list(subject(server).open().read([ROOMS], WEEK))


def test_what_is_read_is_over_when_the_deadline_is(server: SandboxServer) -> None:
    opened = subject(server).open(seconds=1.0)
    with server.faults.on("latency", seconds=1.5), pytest.raises(Unavailable):
        list(opened.read([ROOMS], WEEK))


def test_an_answer_of_a_query_that_does_not_fit_itself_is_a_bad_answer(
    server: SandboxServer,
) -> None:
    ours = Ours(server, ADMIN)
    place = node("database", CAMPUS)
    fields = ours.do("database.get", database=place).fields
    text = f"SELECT assetId FROM {fields['sql']} LIMIT 1"  # noqa: S608
    for old, new in (('\\"QueryId\\"', '\\"Query\\"'), ('\\"Data\\": [{', '\\"Data\\": [{}, {')):
        with saying(server, old, new) as spoiled, pytest.raises(BadAnswer):
            page(spoiled.opened._client, CAMPUS, text)  # type: ignore[attr-defined]
