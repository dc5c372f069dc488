"""Files of points that people upload (sections 3.2 and 3.3), read before anything is sent.

CSV is wide, `Datetime,<series>,…`; JSON is `{series: {time: value}}`. A fault is told beside the
parameter `file`, and nothing of such a file is stored.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from io import BytesIO, StringIO

import orjson
import pyarrow as pa
from pyarrow import csv as columnar

from connectors.bemserver.columns import FIRST
from connectors.bemserver.writing import plain
from connectors.contract import TIME, Upload
from connectors.errors import Rejected

BYTES = 32 * 1024 * 1024
"""Of one file, which is held whole: about a million points."""
FIELD = "file"

Columns = dict[str, pa.RecordBatch]
"""The points of each series, by the series' label: `time` and `value`, without nulls."""

_COLUMN = re.compile(r"CSV column #(\d+)")


def columns(upload: Upload) -> Columns:
    """What a file holds; it is JSON when it begins like it. Raises Rejected on `file`."""
    if upload.size > BYTES:
        raise refused("This file is too big. Cut it into files of at most 32 MB.")
    body = upload.content.read(BYTES)
    found = _objects(body) if body.lstrip()[:1] in (b"{", b"[") else _lines(body)
    checked = {label: _plain(*column) for label, column in found}
    if not checked:
        raise refused("There is no series in this file.")
    return checked


def refused(text: str) -> Rejected:
    return Rejected.on(FIELD, text)


def _lines(body: bytes) -> Iterator[tuple[str, tuple[pa.Array, pa.Array]]]:
    names = _head(body)
    try:
        table = columnar.read_csv(
            BytesIO(body),
            read_options=columnar.ReadOptions(column_names=names, skip_rows=1, use_threads=False),
            convert_options=columnar.ConvertOptions(
                column_types={FIRST: TIME} | dict.fromkeys(names[1:], pa.float64()),
                null_values=[""],
            ),
        )
    except pa.ArrowInvalid as wrong:
        text = _said(str(wrong), names)
    else:
        times = table.column(0).combine_chunks()
        for name in names[1:]:
            yield name, (times, table.column(name).combine_chunks())
        return
    raise refused(text)


def _head(body: bytes) -> list[str]:
    """The names of the columns. Raises Rejected."""
    try:
        text = body.partition(b"\n")[0].decode("utf-8-sig").rstrip("\r")
    except UnicodeDecodeError:
        text = ""
    names = next(csv.reader(StringIO(text)), [])
    if names[:1] != [FIRST]:
        raise refused(f"The first column of a CSV file has to be called {FIRST}.")
    if "" in names or len(set(names)) < len(names):
        raise refused("Every column needs a name of its own.")
    return names


def _said(trouble: str, names: list[str]) -> str:
    found = _COLUMN.search(trouble)
    if found is None:
        return "This is no CSV file: its lines have to have as many cells as the first."
    if int(found[1]) == 0:
        return "Every time needs a date, a time and its zone: 2025-01-31T12:00:00+01:00."
    return f"There is something in the column “{names[int(found[1])]}” that is no number."


def _objects(body: bytes) -> Iterator[tuple[str, tuple[pa.Array, pa.Array]]]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(one, dict) for one in found.values()):
        raise refused("A JSON file has to hold {series: {time: value}}.")
    for label, points in found.items():
        yield label, (_times(list(points)), _numbers(label, list(points.values())))


def _times(texts: list[str]) -> pa.Array:
    try:
        return pa.array(texts, pa.string()).cast(TIME)
    except pa.ArrowInvalid:
        pass
    raise refused(_said("CSV column #0", []))


def _numbers(label: str, values: list[object]) -> pa.Array:
    """Numbers, or texts that are."""
    try:
        return pa.array([None if one is None else float(str(one)) for one in values], pa.float64())
    except ValueError:
        pass
    raise refused(_said("CSV column #1", ["", label]))


def _plain(times: pa.Array, values: pa.Array) -> pa.RecordBatch:
    try:
        return plain(times, values)
    except Rejected as wrong:
        text = wrong.message
    raise refused(text)
