"""BEMServer's wide CSV to Arrow columns (section 3.3), without a Python object for any cell.

Blocks of whole lines are cut from the answer as it comes and parsed one by one, which is as fast
as `pyarrow.csv.open_csv` and leaves no thread of Arrow's reading a socket that we close.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from connectors.contract import POINTS_PER_BATCH, TIME
from connectors.errors import BadAnswer

BLOCK = 52 * POINTS_PER_BATCH
"""Bytes parsed at once, 3.4 MB: the shortest line of one series has 26, so a block is two batches
or fewer. With half of it, four requests at once take 7 % more CPU, in turns of the interpreter."""
FIRST = "Datetime"
LONGEST_HEAD = 4096
"""Bytes of the header line: a hundred numbers of at most ten digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Some lines: `times` (microseconds, UTC) and a float64 column for each series asked."""

    times: pa.Array
    values: tuple[pa.Array, ...]


def blocks(source: BinaryIO, numbers: Sequence[int]) -> Iterator[Block]:
    """The answer for these series, block by block. Raises BadAnswer when it is not theirs."""
    names: list[str] = []
    for lines in _lines(source, BLOCK):
        body = lines
        if not names:
            head = bytes(lines[:LONGEST_HEAD]).partition(b"\n")[0]
            names = _names(head, numbers)
            body = lines[len(head) + 1 :]
        if body:
            yield from _parsed(body, names, numbers)
    if not names:
        raise BadAnswer("BEMServer answered nothing where it should give points.")


def _lines(source: BinaryIO, size: int) -> Iterator[memoryview]:
    """The same bytes in pieces of about `size` that end with a line; one copy, no more."""
    rest = b""
    while piece := source.read(size):
        text = rest + piece
        cut = text.rfind(b"\n") + 1
        if cut == 0 and len(text) > size:
            raise BadAnswer("BEMServer answered a line without an end.")
        rest = text[cut:]
        if cut:
            yield memoryview(text)[:cut]
    if rest:
        raise BadAnswer("BEMServer's answer breaks off in the middle of a line.")


def _names(head: bytes, numbers: Sequence[int]) -> list[str]:
    """The header's columns. Raises BadAnswer unless they are the time and the series asked."""
    names = head.decode("utf-8", "replace").strip().split(",")
    if names[0] != FIRST or sorted(names[1:]) != sorted(map(str, numbers)):
        raise BadAnswer("BEMServer answered other columns than those asked for.")
    return names


def _parsed(body: memoryview, names: list[str], numbers: Sequence[int]) -> Iterator[Block]:
    try:
        table = csv.read_csv(
            pa.py_buffer(body),
            read_options=csv.ReadOptions(
                use_threads=False, column_names=names, block_size=len(body) + 1
            ),
            convert_options=csv.ConvertOptions(
                column_types={FIRST: TIME} | dict.fromkeys(names[1:], pa.float64()),
                include_columns=[FIRST, *map(str, numbers)],
                null_values=[""],
            ),
        )
    except pa.ArrowInvalid:
        raise BadAnswer("BEMServer answered a line that is no row of points.") from None
    for batch in table.to_batches(max_chunksize=POINTS_PER_BATCH):
        yield Block(times=batch.column(0), values=tuple(batch.columns[1:]))


def micros(times: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The times as whole microseconds since the epoch, without a copy."""
    found: np.ndarray[tuple[int], np.dtype[np.int64]] = times.view(pa.int64()).to_numpy()
    return found


def numbers_only(values: pa.Array) -> tuple[pa.Array, int]:
    """The values with infinities and NaN as null, and how many those were."""
    finite = np.isfinite(values.to_numpy(zero_copy_only=False))
    wrong = len(values) - int(np.count_nonzero(finite))
    if wrong == 0:
        return values, 0
    return pc.if_else(pa.array(finite), values, pa.scalar(None, pa.float64())), wrong
