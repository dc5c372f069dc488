"""Files that mean harm, or are no files of values: each gets a sentence beside its field."""

from __future__ import annotations

import resource
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.contract import NodeId
from connectors.errors import ConnectorError, Rejected
from connectors.filebox import workbooks
from tests.conformance.subject import Opened
from tests.conformance.uploads import upload
from tests.connectors.filebox_stage import BOX, described, done, opened, points, workbook

GOOD = b"time,v\n2024-01-01 00:00,1.5\n2024-01-01 01:00,2\n"


@pytest.fixture
def box(tmp_path: Path) -> Opened:
    return opened(tmp_path)


def refusal(box: Opened, content: bytes, **values: Any) -> tuple[str, str]:
    """The one field that is refused, and what is said beside it."""
    with pytest.raises(Rejected) as refused:
        described(box, content, **values)
    (said,) = refused.value.fields.items()
    assert said[1].endswith("."), said
    return said


def parquet(**columns: Any) -> bytes:
    held = BytesIO()
    pq.write_table(pa.table(columns), held)
    return held.getvalue()


@pytest.mark.parametrize(
    ("content", "field", "words"),
    [
        (b"", "file", "The file is empty"),
        (b"\n\n\n", "file", "no text"),
        (b"time,v\n", "file", "no rows of values"),
        (b"\x00\x01\x02\x03" * 99, "file", "neither a text file"),
        (b"\x1f\x8b\x08" + b"x" * 99, "file", "unpacked"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 99, "file", "Save it as plain .xlsx"),
        (b"PK\x03\x04" + b"x" * 99, "file", "This workbook cannot be read"),
        (b"PAR1" + b"x" * 99, "file", "This Parquet file cannot be read"),
        (b"hello\nworld\n", "time_column", "No column reads as a time"),
        (b"a;b\nx;y\nz;w\n", "time_column", "The columns are a, b"),
        (b"time,v\n2024-01-01,x\n2024-01-02,y\n", "values", "No column holds numbers"),
        (b"time,v\n9999-01-01,1\n9998-01-01,2\n", "time_column", "No column reads as a time"),
    ],
)  # fmt: skip
def test_what_is_no_file_of_values_is_said(
    box: Opened, content: bytes, field: str, words: str
) -> None:
    found, said = refusal(box, content)
    assert (found, words in said) == (field, True), said


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"time_column": "when"}, "time_column", "There is no column “when”"),
        ({"time_column": "v", "time_format": "iso", "values": ["time"]}, "time_format", "2 of 2"),
        ({"values": ["power"]}, "values", "There are time, v"),
        ({"values": ["time"]}, "values", "cannot be both"),
        ({"values": []}, "values", "at least one"),
        ({"layout": "long"}, "series_column", "Say which column"),
        ({"layout": "long", "series_column": "x"}, "series_column", "There is no column"),
        ({"clock_column": "clock"}, "clock_column", "There is no column"),
        ({"encoding": "utf-16"}, "encoding", "not written in utf-16"),
        ({"zone": "Mars/Olympus"}, "zone", "There is no time zone"),
        ({"time_format": "day first"}, "time_format", "cannot be read so"),
        ({"delimiter": "semicolon"}, "time_column", "No column reads as a time"),
        ({"skip": 900}, "file", "no rows"),
    ],
)
def test_a_wrong_description_is_said_beside_its_field(
    box: Opened, values: dict[str, object], field: str, words: str
) -> None:
    found, said = refusal(box, GOOD, **values)
    assert (found, words in said) == (field, True), said


def test_wrong_letters_deep_in_a_file_are_said(box: Opened) -> None:
    content = GOOD + b"2024-01-01 02:00,3\n" * 60_000 + b"2024-01-01 03:00,\xff\xfe\n"
    field, said = refusal(box, content, encoding="utf-8")
    assert (field, said) == ("encoding", "The letters are not written in utf-8. Try another.")


def test_a_line_without_end_is_said(box: Opened) -> None:
    field, said = refusal(box, GOOD + b"9" * 20_000_000)
    assert field == "delimiter"
    assert "longer than 8 MB" in said


def test_a_quote_that_is_never_closed_harms_nothing(box: Opened) -> None:
    content = GOOD + b'2024-01-01 02:00,"' + b"x\n" * 1_000
    assert [value for _, value in points(box, described(box, content))["v"]][:2] == [1.5, 2.0]


def test_a_formula_in_a_text_file_is_a_text(box: Opened) -> None:
    content = GOOD + b"2024-01-01 02:00,\"=cmd|' /C calc'!A0\"\n"
    assert points(box, described(box, content))["v"][2][1] is None


def test_nested_columns_alone_are_no_values(box: Opened) -> None:
    field, said = refusal(box, parquet(a=pa.array([[1], [2]])))
    assert (field, "parts only" in said) == ("file", True)


def test_numbers_that_are_none_are_gaps(box: Opened) -> None:
    times = pa.array([1, 2, 3, 4], pa.timestamp("s")).cast(pa.timestamp("us"))
    values = pa.array([1.0, float("nan"), float("inf"), None])
    found = points(box, described(box, parquet(time=times, v=values)))
    assert [value for _, value in found["v"]] == [1.0, None, None]


def test_dates_of_no_meter_are_left_out_and_counted(box: Opened) -> None:
    times = pa.array([-(2**60), 1_704_067_200_000_000, 1_704_067_260_000_000], pa.timestamp("us"))
    file = described(box, parquet(time=times, v=pa.array([1.0, 2.0, 3.0])))
    assert len(points(box, file)["v"]) == 2
    assert box.node(file).details["Rows without a time that can be read, left out"] == "1"


def test_a_parquet_file_that_unpacks_to_too_much_is_refused(box: Opened) -> None:
    many = 40_000_000
    times = pa.array([0], pa.timestamp("us")).take(pa.array([0] * 1_000))
    held = BytesIO()
    table = pa.table({"time": pa.chunked_array([times] * (many // 1_000))})
    table = table.append_column("v", pa.chunked_array([pa.array([1.0] * 1_000)] * (many // 1_000)))
    pq.write_table(table, held, row_group_size=many, use_dictionary=False, compression="zstd")
    field, said = refusal(box, held.getvalue())
    assert (field, "row group" in said) == ("file", True)


def test_a_workbook_that_unpacks_without_end_is_stopped(
    box: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbooks, "MOST_BYTES", 2**22)
    bomb = b'<worksheet xmlns="x"><sheetData>' + b"<row/>" * 2**20
    content = workbook({"S": ""}, parts={"xl/worksheets/s1.xml": bomb})
    assert len(content) < 2**17
    field, said = refusal(box, content)
    assert (field, "unpacks to more" in said) == ("file", True)


@pytest.mark.parametrize(
    "part",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><worksheet>&b;</worksheet>',
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet>&a;</worksheet>',
        b"<worksheet><sheetData><row><c><v>1</v>",
        b"<worksheet><sheetData><row><c t='s'><v>7</v></c></row></sheetData></worksheet>",
        b"<worksheet><sheetData><row><c><v>" + b"9" * 99_999 + b"</v></c></row></sheetData>",
        b"\xff\xfe\x00",
    ],
)  # fmt: skip
def test_a_workbook_that_is_none_inside_is_said(box: Opened, part: bytes) -> None:
    field, said = refusal(box, workbook({"S": ""}, parts={"xl/worksheets/s1.xml": part}))
    assert field in ("file", "sheet"), said


def test_a_cell_a_million_rows_down_takes_no_memory(box: Opened) -> None:
    """A reader that made room for every cell before the last one would need 400 GB."""
    sheet = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>time</t></is></c></row>'
        '<row r="2"><c r="A2" s="1"><v>45292</v></c><c r="B2"><v>1.5</v></c></row>'
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    file = described(box, workbook({"S": sheet}), values=["column 2"], header=True)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert len(points(box, file)["column 2"]) == 1
    assert grown < 300_000, "kB"


def test_an_encrypted_part_is_said(box: Opened) -> None:
    content = bytearray(workbook({"S": "<row/>"}))
    with zipfile.ZipFile(BytesIO(content)) as whole:
        first = whole.infolist()[0].header_offset
    content[first + 6] |= 1
    at = content.index(b"PK\x01\x02")
    content[at + 8] |= 1
    assert refusal(box, bytes(content))[0] == "file"


def test_more_than_may_be_kept_is_said_beside_the_content(tmp_path: Path) -> None:
    box = opened(tmp_path, largest=1_000_000)
    with pytest.raises(Rejected) as refused:
        box.put(BOX, upload("a.csv", b"1" * 3_000_000))
    assert refused.value.fields == {"content": "The file has 3.0 MB; at most 1 MB are taken here."}
    assert list(tmp_path.iterdir()) == []


def test_new_content_that_does_not_fit_changes_nothing(box: Opened) -> None:
    file = described(box, GOOD)
    before = points(box, file)
    with pytest.raises(Rejected) as refused:
        done(box, "file.replace", file=file, content=upload("b.csv", b"when,x\n2024-01-01,1\n"))
    assert "There is no column “time”" in refused.value.fields["content"]
    assert points(box, file) == before
    with box.open(file) as content:
        assert b"".join(content) == GOOD


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_whatever_is_uploaded_is_read_or_refused_with_a_sentence(
    box: Opened, data: st.DataObject
) -> None:
    start = data.draw(
        st.sampled_from([b"", b"PK\x03\x04", b"PAR1", b"\xff\xfe", b"time,v\n", GOOD])
    )
    rest = data.draw(st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
    file = box.put(BOX, upload("x", start + rest)).id
    wrong = _trouble(box, file)
    box.delete(file)
    assert wrong is None or (isinstance(wrong, Rejected) and wrong.message.endswith((".", "…")))


def _trouble(box: Opened, file: NodeId) -> ConnectorError | None:
    """Why it could not be described; None: it could."""
    try:
        done(box, "file.guess", file=file)
        done(box, "file.describe", file=file)
    except ConnectorError as wrong:
        return wrong
    return None
