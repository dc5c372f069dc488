"""Files as people make them, from the upload to the points."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.contract import NodeId
from connectors.errors import NotFound, Unavailable
from tests.conformance.subject import Opened
from tests.conformance.uploads import upload
from tests.connectors.filebox_stage import (
    ALWAYS,
    BOX,
    described,
    done,
    opened,
    points,
    told,
    workbook,
)

TWO = {"v": [("2024-01-01T00:00:00+00:00", 1.5), ("2024-01-01T01:00:00+00:00", 2.0)]}


@pytest.fixture
def box(tmp_path: Path) -> Opened:
    return opened(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "time,v\n2024-01-01 00:00,1.5\n2024-01-01 01:00,2\n",
        "time;v\r\n01.01.2024 00:00;1,5\r\n01.01.2024 01:00;2,0\r\n13.01.2024 00:00;\r\n",
        "time\tv\n1/13/2024 0:00\t\n1/1/2024 12:00 AM\t1.5\n1/1/2024 1:00 AM\t2\n",
        "Report\n\ntime|v\n2024-01-01T00:00Z|1.5\n2024-01-01T01:00Z|2\n",
        "ts,v\n1704067200,1.5\n1704070800,2\n",
        "ts,v\n1704067200000,1.5\n1704070800000,2\n",
        "date;v\n45292;1,5\n45292,0416667;2\n",
        "date;clock;v\n2024-01-01;00:00;1,5\n2024-01-01;01:00;2\n",
        '"time","v"\n"2024-01-01 00:00","1.5"\n"2024-01-01 01:00","2"\n',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_text_file_is_guessed_whatever_its_country(box: Opened, text: str, encoding: str) -> None:
    assert points(box, described(box, text.encode(encoding))) == TWO


def test_a_file_without_names_has_numbered_columns(box: Opened) -> None:
    file = described(box, b"2024-01-01 00:00,1.5,7\n2024-01-01 01:00,2,8\n")
    assert list(points(box, file)) == ["column 2", "column 3"]


def test_days_beyond_the_twelfth_at_the_end_decide_for_the_beginning(box: Opened) -> None:
    start = datetime(2024, 1, 1)  # noqa: DTZ001
    rows = [start + timedelta(minutes=10 * at) for at in range(60_000)]
    text = "time,v\n" + "".join(f"{row:%d/%m/%Y %H:%M},1\n" for row in rows)
    found = done(box, "file.guess", file=box.put(BOX, upload("a.csv", text.encode())).id)
    assert found.fields["time_format"] == "day first"
    assert found.fields["Time"].endswith("sure.")


def test_days_that_never_tell_are_said_to_be_a_guess(box: Opened) -> None:
    text = b"time,v\n01/02/2024,1\n02/02/2024,2\n03/02/2024,3\n"
    found = done(box, "file.guess", file=box.put(BOX, upload("a.csv", text)).id)
    assert found.fields["time_format"] == "day first", "a day a step, not a month"
    assert "day first and month first alike" in found.fields["Time"]
    assert "Please check." in found.fields["Time"]


def test_a_long_file_has_a_series_for_each_name(box: Opened) -> None:
    rows = [f"2024-01-01 {h:02}:00,{m},{h}" for h in range(20) for m in ("b", "a")]
    text = "time,meter,value [kWh]\n" + "\n".join(rows)
    file = described(box, text.encode())
    found = points(box, file)
    assert {name: len(rows) for name, rows in found.items()} == {"b": 20, "a": 20}
    assert [node.unit for node in box.children(file).items] == ["kWh", "kWh"]


def test_units_and_columns_are_what_a_person_says(box: Opened) -> None:
    text = b"time,a,b=c\n2024-01-01,1,2\n2024-01-02,3,4\n"
    file = described(box, text, values=["b=c = m³", "a"])
    assert [(n.name, n.unit) for n in box.children(file).items] == [("b=c", "m³"), ("a", None)]


def test_the_last_of_equal_times_counts_and_the_others_are_counted(box: Opened) -> None:
    text = b"time,v\n2024-01-02,9\n2024-01-01,1\n2024-01-02,8\n2024-01-01,2\n2024-01-01,3\n"
    file = described(box, text)
    assert [value for _, value in points(box, file)["v"]] == [3.0, 8.0]
    series = box.children(file).items[0].id
    notes = next(box.read([series], ALWAYS)).notes
    assert (notes.duplicates, notes.unreadable) == (3, 0)
    assert told(box, file)["Points that a later row at the same time replaced"] == "3"


def test_every_odd_row_is_counted_and_none_is_invented(box: Opened) -> None:
    text = (
        "time,v,w\n"
        "2024-03-31 01:30,1,\n"
        "2024-03-31 02:30,2,1\n"  # skipped by the clocks
        "2024-03-31 03:30,NaN,1\n"
        "2024-03-31 04:30,broken,2\n"
        "never,5,3\n"
        "2024-03-31 05:30,6,4,too many\n"
        "2024-03-31 06:30,7,5\n"
        "2024-03-31 07:30,8,6\n"
    )
    file = described(box, text.encode(), zone="Europe/Berlin")
    found = points(box, file)
    assert [value for _, value in found["v"]] == [1.0, None, None, 7.0, 8.0]
    assert [time[11:16] for time, _ in found["w"]] == ["01:30", "02:30", "04:30", "05:30"]
    said = told(box, file)
    assert said["Rows with another number of columns, left out"] == "1"
    assert said["Rows without a time that can be read, left out"] == "1"
    assert said["Rows at a time that the clocks skipped, left out"] == "1"
    assert said["Cells that hold no number, kept as gaps"] == "2"
    assert said["Cells without a value"] == "1"


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_points_come_out_sorted_whatever_the_order_of_the_rows(
    box: Opened, data: st.DataObject
) -> None:
    minutes = data.draw(st.lists(st.integers(0, 500), min_size=2, max_size=300))
    start = datetime(2024, 1, 1, tzinfo=UTC)
    last = {start + timedelta(minutes=at): float(n) for n, at in enumerate(minutes)}
    rows = (f"{start + timedelta(minutes=at):%Y-%m-%dT%H:%MZ},{n}" for n, at in enumerate(minutes))
    content = ("time,v\n" + "\n".join(rows)).encode()
    name = f"{uuid4()}.csv"
    file = described(box, content, name=name, time_column="time", values=["v"], layout="wide")
    assert points(box, file)["v"] == [(t.isoformat(), v) for t, v in sorted(last.items())]


def test_a_workbook_is_read_with_its_dates_and_shared_texts(box: Opened) -> None:
    sheet = (
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
        '<row r="3"><c r="A3" s="1"><v>45292</v></c><c r="B3"><v>1.5</v></c></row>'
        '<row r="4"><c r="A4" s="1"><v>45292.0416666667</v></c>'
        '<c r="B4"><f>1+1</f><v>2</v></c></row>'
    )
    content = workbook({"Notes": "", "Data": sheet}, texts=["time", "v"])
    file = box.put(BOX, upload("a.xlsx", content)).id
    done(box, "file.describe", file=file, sheet="Data")
    assert points(box, file) == TWO


def test_a_parquet_file_says_itself_what_it_is(box: Opened) -> None:
    stamps = pa.array([1704067200_000000001, 1704070800_000000000], pa.timestamp("ns", "UTC"))
    nested = pa.array([{"a": 1}, {"a": 2}])
    table = pa.table({"when": stamps, "v": pa.array([1.5, 2.0]), "parts": nested})
    held = BytesIO()
    pq.write_table(table, held)
    file = box.put(BOX, upload("a.parquet", held.getvalue())).id
    assert "parts" in done(box, "file.guess", file=file).fields["Columns"]
    done(box, "file.describe", file=file)
    assert points(box, file) == TWO
    notes = next(box.read([box.children(file).items[0].id], ALWAYS)).notes
    assert notes.floored == 1


def test_new_content_keeps_the_ids_of_the_series(box: Opened) -> None:
    file = described(box, b"time,v\n2024-01-01 00:00,1\n2024-01-01 01:00,2\n")
    before = [node.id for node in box.children(file).items]
    new = b"time,v\n2024-01-01 00:00,1.5\n2024-01-01 01:00,2\n"
    done(box, "file.replace", file=file, content=upload("b.csv", new))
    assert [node.id for node in box.children(file).items] == before
    assert points(box, file) == TWO


def test_a_name_may_change_and_nothing_else_does(box: Opened) -> None:
    file = described(box, b"time,v\n2024-01-01 00:00,1.5\n2024-01-01 01:00,2\n")
    done(box, "file.rename", file=file, name="Zähler.csv")
    assert box.node(file).name == "Zähler.csv"
    assert points(box, file) == TWO


def test_nothing_is_left_of_what_was_deleted_or_described_anew(box: Opened, tmp_path: Path) -> None:
    file = described(box, b"time,v\n2024-01-01,1\n2024-01-02,2\n")
    for zone in ("Europe/Paris", "UTC", "Asia/Tokyo"):
        done(box, "file.describe", file=file, zone=zone)
    assert len(list(tmp_path.iterdir())) == 4
    box.delete(file)
    assert [path.name for path in tmp_path.iterdir()] == ["index.json"]


def test_a_disk_that_is_full_leaves_nothing_half(
    box: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, put = type(box.door.files), type(box.door.files).put

    def full(self: object, key: str, content: BytesIO) -> int:
        if key != "index.json":
            raise OSError(28, "No space left on device")
        return put(self, key, content)  # type: ignore[arg-type]

    monkeypatch.setattr(files, "put", full)
    with pytest.raises(Unavailable, match="disk of this server is full"):
        box.put(BOX, upload("a.csv", b"1"))
    assert box.children(BOX).items == ()
    assert [path.name for path in tmp_path.iterdir()] == ["index.json"]


def test_what_a_process_left_that_died_goes_after_a_day(box: Opened, tmp_path: Path) -> None:
    (tmp_path / "left").write_bytes(b"1")
    index = '{"files": [], "waiting": {"left": "2024-01-01T00:00:00+00:00"}}'
    (tmp_path / "index.json").write_text(index)
    box.put(BOX, upload("a.csv", b"1"))
    assert not (tmp_path / "left").exists()


def test_a_box_of_many_files_is_listed_in_pages(box: Opened) -> None:
    for at in range(103):
        box.put(BOX, upload(f"{at:03}.csv", b"1"))
    first = box.children(BOX)
    second = box.children(BOX, first.next)
    names = [node.name for node in (*first.items, *second.items)]
    assert names == [f"{at:03}.csv" for at in range(103)]
    assert (first.next is None, second.next) == (False, None)


def test_a_file_that_nobody_described_has_no_series(box: Opened) -> None:
    file = box.put(BOX, upload("a.csv", b"time,v\n2024-01-01,1\n")).id
    assert box.children(file).items == ()
    series = NodeId(f"series/{file.removeprefix('file/')}/{'0' * 32}")
    with pytest.raises(NotFound, match="say first how it is to be read"):
        box.node(series)
