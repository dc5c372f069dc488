"""What is written reads back as what it was."""

from __future__ import annotations

import csv
import io
import math
import resource
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.exports import writers
from dashboard.exports.merge import Source, merged

TIME = pa.timestamp("us", tz="UTC")
BEGIN = datetime(1960, 1, 1, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZONES = ["UTC", "Europe/Paris", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kathmandu"]
Points = list[tuple[int, Any]]

ticks = st.integers(-(10**15), 4 * 10**15)
floats = st.floats(allow_nan=False, allow_infinity=False) | st.none()
texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)
numbers = st.dictionaries(ticks, floats, max_size=60).map(lambda got: sorted(got.items()))
wordy = st.dictionaries(ticks, texts, max_size=20).map(lambda got: sorted(got.items()))
cuts = st.integers(1, 25)


def source(title: str, points: Points, *, cut: int = 7, kind: pa.DataType | None = None) -> Source:
    return Source(title, iter(list(batches(points, cut, kind or pa.float64()))))


def batches(points: Points, cut: int, kind: pa.DataType) -> Iterator[pa.RecordBatch]:
    for first in range(0, len(points), cut):
        part = points[first : first + cut]
        time = pa.array([at for at, _ in part], pa.int64()).cast(TIME)
        yield pa.record_batch({"time": time, "value": pa.array([value for _, value in part], kind)})


def long(sources: Sequence[Source], zone: tzinfo, *, spreadsheet: bool = False) -> list[list[str]]:
    sink = io.BytesIO()
    for _ in writers.csv_long(sink, sources, zone=zone, spreadsheet=spreadsheet):
        pass
    return list(csv.reader(io.StringIO(sink.getvalue().decode(), newline="")))


def wide(sources: Sequence[Source], zone: tzinfo) -> list[list[str]]:
    sink = io.BytesIO()
    for _ in writers.csv_wide(sink, sources, zone=zone):
        pass
    return list(csv.reader(io.StringIO(sink.getvalue().decode(), newline="")))


def tick(text: str) -> int:
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)


@given(points=numbers, cut=cuts, zone=st.sampled_from(ZONES))
@settings(max_examples=60, deadline=None)
def test_times_and_floats_read_back_equal(points: Points, cut: int, zone: str) -> None:
    header, *rows = long([source("m", points, cut=cut)], zoned(zone))
    assert header == ["time", "series", "value"]
    assert [(tick(time), float(value) if value else None) for time, _, value in rows] == points
    assert [math.copysign(1, float(value)) for *_, value in rows if value] == [
        math.copysign(1, float(value)) for _, value in points if value is not None
    ]
    if zone != "UTC":
        assert all(
            datetime.fromisoformat(time).utcoffset()
            == datetime.fromisoformat(time).astimezone(ZoneInfo(zone)).utcoffset()
            for time, *_ in rows
        )


def zoned(name: str) -> tzinfo:
    return UTC if name == "UTC" else ZoneInfo(name)


@given(points=wordy, title=texts)
@settings(max_examples=60, deadline=None)
def test_any_text_reads_back_equal_and_any_name_stays_on_its_line(
    points: Points, title: str
) -> None:
    _, *rows = long([source(title, points, kind=pa.string())], UTC)
    assert [(tick(time), value) for time, _, value in rows] == points
    assert len({name for _, name, _ in rows}) <= 1
    assert all(name.split() == writers.CONTROL.sub(" ", title).split() for _, name, _ in rows)


@given(many=st.lists(numbers, min_size=1, max_size=5), cut=cuts, zone=st.sampled_from(ZONES))
@settings(max_examples=60, deadline=None)
def test_the_wide_shape_is_the_join_by_time(many: list[Points], cut: int, zone: str) -> None:
    sources = [source(f"m{at}", points, cut=cut) for at, points in enumerate(many)]
    _, *rows = wide(sources, zoned(zone))
    known = [dict(points) for points in many]
    wanted = sorted(set().union(*known))
    assert [tick(row[0]) for row in rows] == wanted
    for position, points in enumerate(known):
        values = [float(row[position + 1]) if row[position + 1] else None for row in rows]
        assert values == [points.get(at) for at in wanted]
    assert [one.rows for one in sources] == [len(points) for points in many]


def test_a_fraction_of_a_second_is_written_where_there_is_one_and_nowhere_else() -> None:
    points: Points = [(0, 1.0), (1_500_000, 2.5), (60_000_000, None)]
    rows = long([source("m", points)], UTC)
    assert rows[1:] == [
        ["1970-01-01T00:00:00Z", "m", "1"],
        ["1970-01-01T00:00:01.500000Z", "m", "2.5"],
        ["1970-01-01T00:01:00Z", "m", ""],
    ]


def test_offsets_follow_every_change_of_the_clocks_within_one_batch() -> None:
    hours = np.arange(24 * 366, dtype=np.int64) * 3_600_000_000 + 1_735_689_600_000_000
    points: Points = [(int(at), 1.0) for at in hours]
    paris = ZoneInfo("Europe/Paris")
    rows = long([source("m", points, cut=9000)], paris)[1:]
    wanted = [
        (EPOCH + timedelta(microseconds=at)).astimezone(paris).isoformat() for at, _ in points
    ]
    assert [row[0] for row in rows] == wanted


@pytest.mark.parametrize(
    ("name", "machine", "spreadsheet"),
    [
        ("=1+1", "=1+1", "'=1+1"),
        ("@SUM(A1)", "@SUM(A1)", "'@SUM(A1)"),
        ("-5", "-5", "'-5"),
        ("＝cmd", "＝cmd", "'＝cmd"),
        ("|calc", "|calc", "'|calc"),
        ('a"b,c', 'a"b,c', 'a"b,c'),
        ("two\nlines\x00", "two lines ", "two lines "),
        ("<img onerror=x>", "<img onerror=x>", "<img onerror=x>"),
    ],
)
def test_hostile_names_are_quoted_and_made_safe_only_where_asked(
    name: str, machine: str, spreadsheet: str
) -> None:
    points: Points = [(0, -5.0)]
    assert long([source(name, points)], UTC)[1][1:] == [machine, "-5"]
    assert long([source(name, points)], UTC, spreadsheet=True)[1][1:] == [spreadsheet, "-5"]


def test_text_values_are_made_safe_for_spreadsheets_and_numbers_never_are() -> None:
    points: Points = [(0, "=HYPERLINK()"), (1, "fine"), (2, None)]
    rows = long([source("m", points, kind=pa.string())], UTC, spreadsheet=True)[1:]
    assert [row[2] for row in rows] == ["'=HYPERLINK()", "fine", ""]


def parquet(sources: Sequence[Source], *, shape: str) -> pa.Table:
    sink = io.BytesIO()
    write = writers.parquet_wide if shape == "wide" else writers.parquet_long
    for _ in write(sink, sources, zone=UTC, notes={"tieline": "{}"}):
        pass
    return pq.read_table(pa.BufferReader(sink.getvalue()))


@given(many=st.lists(numbers, min_size=1, max_size=4), cut=cuts)
@settings(max_examples=60, deadline=None)
def test_parquet_reads_back_equal_in_both_shapes(many: list[Points], cut: int) -> None:
    def sources() -> list[Source]:
        return [source(f"m{at}", points, cut=cut) for at, points in enumerate(many)]

    table = parquet(sources(), shape="long")
    flat = [(at, f"m{n}", value) for n, points in enumerate(many) for at, value in points]
    times = table["time"].cast(pa.int64()).to_pylist()
    assert (
        list(zip(times, table["series"].to_pylist(), table["value"].to_pylist(), strict=True))
        == flat
    )
    joined = parquet(sources(), shape="wide")
    assert joined["time"].cast(pa.int64()).to_pylist() == sorted(set().union(*map(dict, many)))


def test_series_of_several_types_keep_their_own_type_in_the_wide_shape() -> None:
    sources = [
        source("i", [(0, 2**60 + 1)], kind=pa.int64()),
        source("b", [(0, True)], kind=pa.bool_()),
        source("t", [(0, "on")], kind=pa.string()),
    ]
    (row,) = parquet(sources, shape="wide").drop_columns(["time"]).to_pylist()
    assert row == {"i": 2**60 + 1, "b": True, "t": "on"}


def test_series_of_numbers_and_texts_share_a_text_column_in_the_long_shape() -> None:
    sources = [source("n", [(0, 1.5)]), source("t", [(0, "on")], kind=pa.string())]
    assert parquet(sources, shape="long")["value"].to_pylist() == ["1.5", "on"]


def test_memory_stays_the_same_from_the_first_batch_to_the_last() -> None:
    def endless(offset: int) -> Iterator[pa.RecordBatch]:
        for number in range(14):
            first = (number * 65_536) * 60_000_000 + offset
            at = np.arange(65_536, dtype=np.int64) * 60_000_000 + first
            yield pa.record_batch({"time": pa.array(at).cast(TIME), "value": at / 7})

    class Nowhere(io.RawIOBase):
        def write(self, data: object) -> int:
            return memoryview(data).nbytes  # type: ignore[arg-type]

    sources = [Source(f"m{at}", endless(at * 1_000_000)) for at in range(4)]
    writer = writers.csv_wide(Nowhere(), sources, zone=UTC)  # type: ignore[arg-type]
    for _ in range(5):
        next(writer)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in writer:
        pass
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 60_000  # kilobytes; the points alone are 59 MB and their texts four times that


def test_a_join_of_series_that_share_no_time_makes_small_batches() -> None:
    sources = [
        source(f"m{at}", [(row * 1000 + at, 1.0) for row in range(500)], cut=500)
        for at in range(150)
    ]
    sizes = [batch.num_rows for batch in merged(sources)]
    assert sum(sizes) == 150 * 500
    assert max(sizes) <= 150 * 100
