"""The files that an importer without a script can read: CSV with a header, stamps first [G]."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence

import numpy as np

from connectors.sandbox.openergy.moments import read_naive
from connectors.sandbox.openergy.scripts import FAR, Parsed
from connectors.sandbox.zones import Instants

SEPARATORS = ",;\t|"
EMPTY = frozenset(("", "nan", "null", "none", "na", "n/a"))


class FormatError(Exception):
    """A file that cannot be read, with the reason."""


def parse(content: bytes) -> list[Parsed]:
    """The columns of a file. Raises FormatError with the line that is wrong."""
    sep = _sep(content)
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=sep,
                               strict=True))  # fmt: skip
    except (UnicodeDecodeError, csv.Error) as problem:
        raise FormatError(f"no CSV file: {problem}") from None
    if not rows or len(rows[0]) < 2:
        raise FormatError("line 1: a header with a stamp column and a value column is missing")
    times = np.array(list(_stamps(rows[1:])), dtype=np.int64)
    decimal = "." if sep == "," else ","
    columns = [_column(rows, position, decimal) for position in range(1, len(rows[0]))]
    return [_parsed(name, times, values) for name, values in columns if name]


def _sep(content: bytes) -> str:
    header = content.decode("utf-8-sig", "replace").partition("\n")[0]
    return max(SEPARATORS, key=header.count)


def _stamps(rows: Sequence[Sequence[str]]) -> Iterator[int]:
    for number, row in enumerate(rows, 2):
        try:
            stamp = read_naive(row[0])
        except (IndexError, ValueError, OverflowError):
            raise FormatError(f"line {number}: no stamp in the first column") from None
        if abs(stamp) > FAR:
            raise FormatError(f"line {number}: a stamp too far from 1970")
        yield stamp


def _column(rows: Sequence[Sequence[str]], position: int, decimal: str) -> tuple[str, list[float]]:
    values = [_number(row, position, number, decimal) for number, row in enumerate(rows[1:], 2)]
    return rows[0][position].strip(), values


def _number(row: Sequence[str], position: int, line: int, decimal: str) -> float:
    text = row[position].strip() if position < len(row) else ""
    if text.lower() in EMPTY:
        return math.nan
    try:
        return float(text.replace(decimal, "."))
    except ValueError:
        raise FormatError(f"line {line}: {text[:40]!r} is no number") from None


def _parsed(name: str, times: Instants, values: list[float]) -> Parsed:
    numbers = np.array(values)
    kept = np.isfinite(numbers)
    return Parsed(name=name, times=times[kept], values=numbers[kept])
