"""Samples as CSV text, and CSV text as samples (section 3.3)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import orjson
from numpy.typing import NDArray

from connectors.sandbox.bemserver.fields import EARLIEST, LATEST
from connectors.sandbox.bemserver.problems import Problem
from connectors.sandbox.bemserver.samples import Block
from connectors.sandbox.clock import microseconds
from connectors.sandbox.zones import Instants, stamps

Values = NDArray[np.float64]

SMALL = 1e-4  # below it Python writes an exponent and orjson does not


def header(names: Sequence[str]) -> bytes:
    """`Datetime` and a column for each series, quoted where a name needs it."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(["Datetime", *names])
    return line.getvalue().encode()


def lines(blocks: Iterable[Block], zone: str) -> Iterator[bytes]:
    """The rows, a block at a time, with offsets that have no colon."""
    for block in blocks:
        times = stamps(block.times, zone, colon=False, fraction=False)
        rows = cells(block.values)
        text = "\n".join([f"{time},{row}" for time, row in zip(times, rows, strict=True)])
        yield text.encode() + b"\n"


def cells(table: Values) -> list[str]:
    """Each row of a table as text: Python's shortest numbers, nothing where there is none.

    orjson writes a whole array about ten times faster than joining `repr`s.
    """
    size = np.abs(table)
    if np.any((size < SMALL) & (size > 0)):
        return [",".join("" if v != v else repr(v) for v in row) for row in table.tolist()]
    text = orjson.dumps(np.ascontiguousarray(table), option=orjson.OPT_SERIALIZE_NUMPY).decode()
    if "null" in text:
        text = text.replace("null", "")
    return text[2:-2].split("],[")


@dataclass(frozen=True, slots=True)
class Column:
    """The samples that an upload holds for one series."""

    name: str
    times: Instants
    values: Values


def wrong(message: str) -> Problem:
    """422 with nothing but a message, as data uploads answer."""
    return Problem(422, message=message)


def read_upload(body: bytes) -> list[Column]:
    """An uploaded CSV, whole or not at all. Raises Problem 422 with the platform's messages."""
    try:
        text = body.decode()
    except UnicodeDecodeError as problem:
        raise wrong(str(problem)) from None
    rows = csv.reader(io.StringIO(text))
    names = next(rows, None)
    if not names:
        raise wrong("Missing headers")
    if names[0] != "Datetime":
        raise wrong("Invalid file")
    if any(not name for name in names[1:]):
        raise wrong("Empty timeseries name or trailing comma")
    try:
        table = [row for row in rows if row]
    except csv.Error:
        raise wrong("Bad CSV file") from None
    if any(len(row) > len(names) for row in table):
        raise wrong("Bad CSV file")
    table = [row + [""] * (len(names) - len(row)) for row in table]  # a short row is no fault
    times = np.array([instant(row[0]) for row in table], dtype=np.int64)
    return [_column(name, times, [row[n] for row in table]) for n, name in enumerate(names[1:], 1)]


def _column(name: str, times: Instants, texts: Sequence[str]) -> Column:
    try:
        values = np.array([float(text) if text else np.nan for text in texts], dtype=np.float64)
    except ValueError:
        raise wrong("Invalid values") from None
    held = ~np.isnan(values)
    return Column(name, times[held], values[held])


def instant(text: str) -> int:
    """One timestamp in microseconds. Raises Problem 422."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise wrong("Invalid timestamp") from None
    if moment.tzinfo is None:
        raise wrong("Invalid or TZ-naive timestamp")
    if not EARLIEST <= moment < LATEST:
        raise wrong("Invalid timestamp")
    return microseconds(moment)


def read_json_upload(body: bytes) -> list[Column]:
    """An uploaded JSON object of series -> time -> value. Raises Problem 422."""
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise wrong("Wrong JSON file") from None
    if data == []:
        return []
    if not isinstance(data, dict) or not all(isinstance(part, dict) for part in data.values()):
        raise wrong("Wrong JSON file")
    return [_json_column(name, samples) for name, samples in data.items()]


def _json_column(name: str, samples: dict[str, object]) -> Column:
    held = [(time, value) for time, value in samples.items() if value is not None]
    times = np.array([instant(time) for time, _ in held], dtype=np.int64)
    try:
        values = np.array([float(str(value)) for _, value in held], dtype=np.float64)
    except ValueError:
        raise wrong("Invalid values") from None
    return Column(name, times, values)
