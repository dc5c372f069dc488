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
from connectors.sandbox.clock import microseconds
from connectors.sandbox.samples import Block
from connectors.sandbox.spoiling import spoiled_samples
from connectors.sandbox.zones import Instants, stamps

Values = NDArray[np.float64]

DATED = 31_536_000  # a larger id in JSON is a date to pandas
SMALL = 1e-4  # below it Python writes an exponent and orjson does not


def header(names: Sequence[str]) -> bytes:
    """`Datetime` and a column for each series, quoted where a name needs it."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(["Datetime", *names])
    return line.getvalue().encode()


def lines(
    blocks: Iterable[Block], zone: str, spoilt: frozenset[str] = frozenset()
) -> Iterator[bytes]:
    """The rows, a block at a time, with offsets that have no colon."""
    for found in blocks:
        block, rows = written(found, spoilt)
        times = stamps(block.times, zone, colon=False, fraction=False)
        text = "\n".join([f"{time},{row}" for time, row in zip(times, rows, strict=True)])
        yield text.encode() + b"\n"


def written(block: Block, spoilt: frozenset[str]) -> tuple[Block, list[str]]:
    """A block with its rows as text; where a content fault struck, some are wrong."""
    if not spoilt:
        return block, cells(block.values)
    count = block.times.size
    times, rows = spoiled_samples(block.times, np.arange(count, dtype=np.float64), spoilt - {"nan"})
    at = np.minimum(rows, count - 1).astype(np.int64)
    texts = cells(block.values[at])
    if "nan" in spoilt:
        texts[len(texts) // 2] = ",".join(["NaN"] * block.values.shape[1])
    return Block(times, block.values[at]), texts


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


def read_upload(body: bytes, *, any_year: bool = False) -> list[Column]:
    """An uploaded CSV, whole or not at all. Raises Problem 422 with the platform's messages."""
    try:
        text = body.decode()
    except UnicodeDecodeError as problem:
        raise wrong(str(problem)) from None
    rows = csv.reader(io.StringIO(text if any_year else text.replace("\0", "")), strict=True)
    try:
        names = next(rows, None)
        if not names:
            raise wrong("Missing headers")
        if "" in names:
            raise wrong("Empty timeseries name or trailing comma")
        if names[0] != "Datetime":
            raise wrong("Invalid file")
        table = [row for row in rows if row]
    except csv.Error:
        raise wrong("Bad CSV file") from None
    table = _squared(table, len(names))
    times = np.array([instant(row[0], any_year=any_year) for row in table], dtype=np.int64)
    return [
        _column(name, times, [row[n] for row in table])
        for n, name in enumerate(_numbered(names[1:]), 1)
    ]


def _squared(table: list[list[str]], width: int) -> list[list[str]]:
    """Rows as wide as the head; a short one is no fault. Raises Problem 422 for a long one: pandas
    moves the head to the left when the very first is, and the dates then name a series."""
    if table and len(table[0]) > width:
        raise wrong("Wrong timeseries ID type")
    if any(len(row) > width for row in table):
        raise wrong("Bad CSV file")
    return [row + [""] * (width - len(row)) for row in table]


def _numbered(names: Sequence[str]) -> list[str]:
    """Of a name that comes again pandas makes another: `a`, `a.1`."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        count = seen[name] = seen.get(name, -1) + 1
        found.append(f"{name}.{count}" if count else name)
    return found


def _column(name: str, times: Instants, texts: Sequence[str]) -> Column:
    try:
        values = np.array([float(text) if text else np.nan for text in texts], dtype=np.float64)
    except ValueError:
        raise wrong("Invalid values") from None
    held = ~np.isnan(values)
    return Column(name, times[held], values[held])


def instant(text: str, *, any_year: bool = False) -> int:
    """One timestamp in microseconds. Raises Problem 422, and 500 for an empty one."""
    if not text:
        raise Problem(500)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise wrong("Invalid timestamp") from None
    if moment.tzinfo is None:
        raise wrong("Invalid or TZ-naive timestamp")
    if not any_year and not EARLIEST <= moment < LATEST:
        raise wrong("Invalid timestamp")
    return microseconds(moment)


def read_json_upload(body: bytes, *, any_year: bool = False) -> list[Column]:
    """An uploaded JSON object of series -> time -> value. Raises Problem 422, or 500 as pandas
    stumbles."""
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise wrong("Wrong JSON file") from None
    if data in (None, []):
        return []
    if isinstance(data, list):
        raise wrong("Invalid timestamp")  # pandas takes the positions for times
    if not isinstance(data, dict):
        raise wrong("Wrong JSON file")
    if not all(isinstance(part, dict) or part == [] for part in data.values()):
        raise wrong("Wrong JSON file")
    if any(name.isdecimal() and int(name) > DATED for name in data):
        raise Problem(500)
    return [_json_column(name, samples or {}, any_year=any_year) for name, samples in data.items()]


def _json_column(name: str, samples: dict[str, object], *, any_year: bool) -> Column:
    held = [(time, value) for time, value in samples.items() if value is not None]
    times = np.array([instant(time, any_year=any_year) for time, _ in held], dtype=np.int64)
    try:
        values = np.array([_number(value) for _, value in held], dtype=np.float64)
    except ValueError:
        raise wrong("Invalid values") from None
    return Column(name, times, values)


def _number(value: object) -> float:
    return float(value) if isinstance(value, bool) else float(str(value))
