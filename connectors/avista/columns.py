"""Export files in CSV to Arrow columns (section 3.4): a row for each asset and time, a column for
each attribute, an empty cell where there is no value.

Whole lines are cut from the file as it comes; a line ends where a line end stands outside quotes.
No cell becomes a Python object.
"""

from __future__ import annotations

import csv as text_csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from connectors.errors import BadAnswer, Unavailable

BLOCK = 2 * 1024 * 1024
"""Bytes parsed at once; about fifty of a line of one series."""
LARGEST_LINE = 32 * 1024 * 1024
"""A line holds one record; texts are the longest that there is."""
STAMP = pa.timestamp("ns")
TYPES = {
    "DOUBLE": pa.float64(), "BIGINT": pa.int64(), "BOOLEAN": pa.bool_(),
    "VARCHAR": pa.string(), "TIMESTAMP": pa.string(),
    "double": pa.float64(), "integer": pa.int64(), "boolean": pa.bool_(),
    "string": pa.string(), "dateTime": pa.string(), "duration": pa.string(),
}  # fmt: skip
"""The column of each measure type, and of each schema of telemetry."""
HEADS = (["assetId", "name", "timestamp"], ["iotEndpointId", "name", "timestamp"])
BROKEN = "The platform's export file holds a line that is no row of points."


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Some rows: whose they are, nanoseconds since 1970, and a column for each known attribute."""

    keys: pa.Array
    times: pa.Array
    values: Mapping[str, pa.Array]


def blocks(source: BinaryIO, types: Mapping[str, str], size: int | None) -> Iterator[Block]:
    """The file block by block. `types` are those of the attributes wanted; `size` its bytes, where
    the platform told.

    Raises BadAnswer for what is no such file, and Unavailable for one that ends too early.
    """
    names: list[str] | None = None
    for lines in _lines(source, size):
        body = lines
        if names is None:
            end = _first_end(lines)
            names = _names(bytes(lines[:end]))
            body = lines[end:]
        if len(body):
            yield from _parsed(body, names, types)
    if names is None:
        raise BadAnswer("The platform's export file is empty.")


def _lines(source: BinaryIO, size: int | None) -> Iterator[memoryview]:
    """The same bytes in pieces of whole lines; checked for completeness before the last."""
    rest, taken = b"", 0
    while piece := source.read(BLOCK):
        taken += len(piece)
        text = rest + piece
        cut = _last_end(text)
        if cut == 0 and len(text) > LARGEST_LINE:
            raise BadAnswer("The platform's export file holds a line without an end.")
        rest = text[cut:]
        if cut:
            yield memoryview(text)[:cut]
    if size is not None and taken != size:
        raise Unavailable("The export file did not arrive whole. Try again in a moment.")
    if rest and size is None:
        raise BadAnswer("The platform's export file breaks off in the middle of a line.")
    if rest:
        yield memoryview(rest)


def _last_end(text: bytes) -> int:
    """Behind the last line end that stands outside quotes; 0 for none."""
    cut = len(text)
    while (cut := text.rfind(b"\n", 0, cut)) >= 0:
        if text.count(b'"', 0, cut) % 2 == 0:
            return cut + 1
    return 0


def _first_end(lines: memoryview) -> int:
    """Behind the header."""
    text, cut = bytes(lines[:LARGEST_LINE]), -1
    while (cut := text.find(b"\n", cut + 1)) >= 0:
        if text.count(b'"', 0, cut) % 2 == 0:
            return cut + 1
    return len(text)


def _names(head: bytes) -> list[str]:
    """The header's columns. Raises BadAnswer unless it is that of an export."""
    try:
        names = next(text_csv.reader(io.StringIO(head.decode(), newline="")), [])
    except (UnicodeDecodeError, text_csv.Error):
        names = []
    if names[:3] not in HEADS:
        raise BadAnswer("The platform's export file has other columns than those documented.")
    return names


def _parsed(body: memoryview, names: Sequence[str], types: Mapping[str, str]) -> Iterator[Block]:
    """Columns go by their place: an attribute may be called `name` or `timestamp`."""
    places = {name: f"c{place}" for place, name in enumerate(names) if place >= 3}
    wanted = {name: places[name] for name in types if name in places}
    try:
        table = csv.read_csv(
            pa.py_buffer(body),
            read_options=csv.ReadOptions(
                use_threads=False,
                column_names=[f"c{place}" for place in range(len(names))],
                block_size=len(body) + 1,
            ),
            parse_options=csv.ParseOptions(newlines_in_values=True),
            convert_options=csv.ConvertOptions(
                column_types={"c0": pa.string(), "c2": STAMP}
                | {place: TYPES[types[name]] for name, place in wanted.items()},
                include_columns=["c0", "c2", *wanted.values()],
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:
        raise BadAnswer(BROKEN) from None
    for batch in table.to_batches():
        if batch.column(0).null_count or batch.column(1).null_count:
            raise BadAnswer(BROKEN)
        values = {name: batch.column(place + 2) for place, name in enumerate(wanted)}
        yield Block(keys=batch.column(0), times=batch.column(1), values=values)


def finite(values: pa.Array) -> tuple[pa.Array, int]:
    """NaN and infinities as null, and how many those were; other types as they are."""
    if not pa.types.is_floating(values.type):
        return values, 0
    good = np.isfinite(values.to_numpy(zero_copy_only=False))
    wrong = len(values) - int(np.count_nonzero(good))
    if wrong == 0:
        return values, 0
    return pc.if_else(pa.array(good), values, pa.scalar(None, values.type)), wrong


def typed(texts: Sequence[str | None], kind: str) -> pa.Array:
    """Values told one by one as text, as a column. Raises BadAnswer."""
    try:
        return pa.array(texts, pa.string()).cast(TYPES[kind])
    except pa.ArrowInvalid:
        raise BadAnswer("The platform told a value that is not of its own type.") from None
