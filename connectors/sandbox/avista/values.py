"""The typed values of measures: how they are read from text, told as text, and put in columns."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Value = float | int | str | bool
UNITS = {"SECONDS": 10**9, "MILLISECONDS": 10**6, "MICROSECONDS": 10**3, "NANOSECONDS": 1}
"""Nanoseconds in each unit of time."""

EARLIEST, LATEST = -(2**63) + 1, 2**63 - 1
INTEGER = re.compile(r"[+-]?\d{1,19}")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?")
ARROW = {
    "DOUBLE": pa.float64(),
    "BIGINT": pa.int64(),
    "VARCHAR": pa.string(),
    "BOOLEAN": pa.bool_(),
    "TIMESTAMP": pa.timestamp("ns"),
}
"""The five scalar types, and the column that each becomes."""


def parsed(kind: str, text: str) -> Value:
    """A value from its text. Raises ValueError when the text is not of the kind.

    A TIMESTAMP is an integer of nanoseconds since 1970 [G].
    """
    return PARSERS[kind](text)


def integer(text: str) -> int:
    """A signed integer of 64 bits. Raises ValueError."""
    if not INTEGER.fullmatch(text) or not EARLIEST <= int(text) <= LATEST:
        raise ValueError(text)
    return int(text)


def _double(text: str) -> float:
    number = float(text) if NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _boolean(text: str) -> bool:
    known = {"true": True, "false": False}
    if text.lower() not in known:
        raise ValueError(text)
    return known[text.lower()]


PARSERS: dict[str, Callable[[str], Value]] = {
    "DOUBLE": _double,
    "BIGINT": integer,
    "VARCHAR": str,
    "BOOLEAN": _boolean,
    "TIMESTAMP": integer,
}


def instant(text: str, unit: str) -> int:
    """Nanoseconds since 1970 of an integer in `unit`. Raises ValueError."""
    moment = integer(text) * UNITS[unit]
    if not EARLIEST <= moment <= LATEST:
        raise ValueError(text)
    return moment


def told(kind: str, value: Value) -> str:
    """A value as the platform writes it; a TIMESTAMP as ISO 8601."""
    if kind == "DOUBLE":
        return double_text(float(value))
    if kind == "BOOLEAN":
        return "true" if value else "false"
    return iso(int(value)) if kind == "TIMESTAMP" else str(value)


def double_text(value: float) -> str:
    """The shortest text of the same number; exponents as Java writes them: `1.0E16`, `5.0E-7`."""
    text = repr(value)
    mantissa, found, exponent = text.partition("e")
    if not found:
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}.get(text, text)
    return f"{mantissa}{'' if '.' in mantissa else '.0'}E{int(exponent)}"


def iso(moment: int) -> str:
    """`2022-09-02T21:44:44.000Z`, with more digits only where there is more to tell."""
    date, rest = _calendar(moment, "T")
    return f"{date}.{rest[:3] if rest.endswith('000000') else rest}Z"


def sql(moment: int) -> str:
    """`2022-09-02 21:44:44.000000000`, as query results and exports write it."""
    date, rest = _calendar(moment, " ")
    return f"{date}.{rest}"


def _calendar(moment: int, between: str) -> tuple[str, str]:
    seconds, rest = divmod(moment, 10**9)
    date = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    return f"{date:%Y-%m-%d}{between}{date:%H:%M:%S}", f"{rest:09d}"


def sql_texts(times: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Whole columns of what `sql` tells, from int64 nanoseconds."""
    return times.cast(pa.timestamp("ns")).cast(pa.string())


def texts(kind: str, cells: pa.Array) -> pa.Array:
    """What `told` tells, for a whole column of anything but times; nulls stay null."""
    written = cells.cast(pa.string())
    if kind != "DOUBLE":
        return written
    pattern = (
        (r"^(-?\d+)$", r"\1.0"),
        (r"^(-?\d+)e", r"\1.0e"),
        (r"e\+?(-?)0*(\d)", r"E\1\2"),
        ("^nan$", "NaN"),
    )
    for found, instead in pattern:
        written = pc.replace_substring_regex(written, found, instead)
    return written


def iso_texts(times: NDArray[np.int64]) -> list[str]:
    """Whole columns of what `iso` tells."""
    if np.any(times % 10**6):
        return [iso(moment) for moment in times.tolist()]
    stamps: list[str] = np.datetime_as_string((times // 10**6).astype("M8[ms]")).tolist()
    return [f"{stamp}Z" for stamp in stamps]


def column(kind: str, values: Sequence[Value | None]) -> pa.Array:
    """A column of single values."""
    return pa.array(values, ARROW[kind])


def measured(kind: str, values: NDArray[np.float64]) -> pa.Array:
    """A column of numbers; NaN is a missing value."""
    missing = np.isnan(values)
    if kind == "BIGINT":
        whole = np.where(missing, 0, values).astype(np.int64)
        return pa.array(whole, mask=missing)
    return pa.array(values, mask=missing)


def plain(value: Any) -> Value | None:
    """One value of a column as `told` takes it."""
    if not value.is_valid:
        return None
    if pa.types.is_timestamp(value.type):
        return int(value.value)
    found: Value = value.as_py()
    return found
