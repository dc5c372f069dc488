"""What a file most likely is, and how sure that is: shown to a person, who then decides."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.filebox import words
from connectors.filebox.box import refused
from connectors.filebox.descriptions import DELIMITERS, MOST_SERIES, Description
from connectors.filebox.sources import Grid, Source
from connectors.filebox.texts import Spelling, encoding_of, grid, head_lines, usual_width
from connectors.filebox.zones import Micros

ENOUGH = 0.9
"""The share of a column's cells that have to be what the column is taken for."""
MOSTLY, NAMED = 0.5, 0.7
"""Of a column of values, for a meter that failed wrote words; of one that is called a time."""
FEW = 0.2
"""Of the long layout: series are named by far fewer texts than there are rows."""
_UNIT = re.compile(r"^(?P<name>.*\S)\s*[\[(](?P<unit>[^\[\]()]{1,20})[\])]\s*$")
_TIMELY = re.compile(r"time|date|datum|zeit|heure|stamp|hora|fecha|uhr|jour|tag|day|^ts$|^t$", re.I)
_CLOCK = re.compile(r"^\s*\d{1,2}:\d{2}(:\d{2})?(\s*[AaPp][Mm])?\s*$")
_COMMA = re.compile(r"^\s*[+-]?(\d{1,3}(\.\d{3})+|\d+),\d+\s*$")
_POINT = re.compile(r"^\s*[+-]?(\d{1,3}(,\d{3})+|\d+)\.\d+\s*$")
_COUNTS = {
    "epoch seconds": (1e8, 4.2e9),
    "epoch milliseconds": (1e11, 4.2e12),
    "excel serial": (20_000, 80_000),
}
"""Between 1973 and 2103; of Excel's days between 1954 and 2119."""


@dataclass(slots=True)
class Guess:
    """Values of a description, and a sentence for each subject on how they were found."""

    values: dict[str, Any] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)


def guess_spelling(content: Any, given: Description) -> tuple[Spelling, Guess]:
    """Of a text file; what is given is not guessed. Raises Rejected."""
    found = Guess()
    encoding = given.encoding or encoding_of(content)
    lines = head_lines(content, encoding)
    if not any(line.strip() for line in lines):
        raise refused("file", "The file holds no text.")
    delimiter, sure = (given.delimiter, "as you said") if given.delimiter else _delimiter(lines)
    rows = grid(lines, DELIMITERS[delimiter])
    skip, header = guess_top(rows, given)
    found.values = {
        "encoding": encoding, "delimiter": delimiter, "skip": skip, "header": header,
    }  # fmt: skip
    found.why["Columns"] = f"{usual_width(rows[skip:])}, with a {delimiter} between them: {sure}."
    spelling = Spelling(encoding=encoding, delimiter=delimiter, skip=skip, header=header)
    return spelling, found


def guess_top(rows: Grid, given: Description) -> tuple[int, bool]:
    """How many lines stand above, and whether names stand over the first row of values."""
    skip = _above(rows) if given.skip is None else given.skip
    if given.header is not None:
        return skip, given.header
    first = rows[skip] if skip < len(rows) else []
    return skip, not _holds_value(first)


def guess_content(source: Source, given: Description, zone: str) -> Guess:
    """Time, values, layout and decimal sign from a sample. Raises Rejected on `time_column`,
    `values` and `file`."""
    sample = source.sample()
    if sample.num_rows == 0:
        raise refused("file", "The file has no rows of values.")
    found = Guess()
    found.values["decimal"] = decimal = given.decimal or _decimal(sample, found)
    found.values |= _time(sample, given, decimal, found)
    clock = given.clock_column or _clock_beside(sample, found.values["time_column"], given)
    found.values["clock_column"] = clock
    found.values |= {"zone": given.zone or zone, "doubled": given.doubled or "by order"}
    taken = {found.values["time_column"], clock}
    found.values |= _values(sample, given, decimal, taken, found)
    found.why["Looked at"] = f"{sample.num_rows:,} rows."
    return found


def _delimiter(lines: Sequence[str]) -> tuple[str, str]:
    """The sign that gives most rows the same number of columns."""
    scores: dict[str, float] = {}
    for name, sign in DELIMITERS.items():
        rows = [row for row in grid(lines[:500], sign) if row]
        width = usual_width(rows)
        alike = sum(len(row) == width for row in rows) / len(rows)
        scores[name] = alike if width > 1 else 0.0
    best = max(scores, key=lambda name: scores[name])  # of equal ones the first: see DELIMITERS
    if not scores[best]:
        return "comma", "a guess, for all lines have one column only"
    others = [name for name in scores if name != best and scores[name] > 0.8]
    sure = f"likely; a {others[0]} would do too" if others else "sure"
    return best, sure


def _above(rows: Grid) -> int:
    """Lines before the first that is as wide as the rest."""
    width = usual_width(rows)
    return next((at for at, row in enumerate(rows) if len(row) == width and any(row)), 0)


def _holds_value(cells: Sequence[str]) -> bool:
    """Whether one of the cells is a number or a time: so are none of a line of names."""
    plain = pa.array(cells, pa.string())
    if any(words.numbers(plain, sign).found.any() for sign in ("point", "comma")):
        return True
    return any(words.walls(plain, way, "point").found.any() for way in ("iso", "day first"))


def _decimal(sample: pa.Table, found: Guess) -> str:
    """By the cells that can be written in one way only."""
    texts = [c for c in sample.columns if pa.types.is_string(c.type)]
    cells = [str(cell) for column in texts for cell in column.slice(0, 500).to_pylist() if cell]
    comma = sum(bool(_COMMA.match(cell)) for cell in cells)
    point = sum(bool(_POINT.match(cell)) for cell in cells)
    if not texts:
        return "point"
    sign = "comma" if comma > point else "point"
    counts = f"{max(comma, point):,} numbers have a {sign}"
    sure = "sure" if not min(comma, point) else f"likely; {min(comma, point):,} have the other"
    found.why["Decimal sign"] = f"{counts}: {sure}." if comma or point else "Only whole numbers."
    return sign


def _time(sample: pa.Table, given: Description, decimal: str, found: Guess) -> dict[str, Any]:
    """The column of the time, and how it is written."""
    names = [given.time_column] if given.time_column else _likely_times(sample.column_names)
    for name in names:
        column = _cells(sample, name, "time_column")
        if pa.types.is_timestamp(column.type):
            found.why["Time"] = f"“{name}” is stored as a time: sure."
            return {"time_column": name, "time_format": given.time_format or "iso"}
        ways = _ways(column, decimal, named=bool(_TIMELY.search(name) or given.time_column))
        if ways or given.time_format:
            way = given.time_format or _best(column, ways, decimal, found, name)
            return {"time_column": name, "time_format": way}
    if given.time_column:
        said = f"Nothing in “{names[0]}” reads as a time. It begins with {_begins(column)}."
        raise refused("time_column", said)
    said = f"No column reads as a time. The columns are {', '.join(sample.column_names)[:300]}."
    raise refused("time_column", said)


def _likely_times(names: Sequence[str]) -> list[str]:
    """Those first that are called so."""
    return sorted(names, key=lambda name: not _TIMELY.search(name))


def _ways(column: pa.Array, decimal: str, *, named: bool) -> dict[str, float]:
    """The ways of writing that most cells follow, and how many of them do."""
    shares: dict[str, float] = {}
    given = len(column) - _blank(column)
    if not given:
        return {}
    if pa.types.is_string(column.type):
        for way in ("iso", "day first", "month first"):
            shares[way] = float(words.walls(column, way, decimal).found.sum()) / given
    if not any(share >= ENOUGH for share in shares.values()):
        shares |= _counted(column, decimal, named=named)
    least = NAMED if named else ENOUGH
    return {way: share for way, share in shares.items() if share >= least}


def _counted(column: pa.Array, decimal: str, *, named: bool) -> dict[str, float]:
    """Seconds since 1970 and the like: numbers of a size that rise, or are called a time."""
    found = words.numbers(column, decimal)
    values = found.values[found.found]
    if len(values) < max(1, ENOUGH * len(column)) or not (named or (np.diff(values) > 0).all()):
        return {}
    return {
        way: float(((values > low) & (values < high)).mean())
        for way, (low, high) in _COUNTS.items()
    }


def _best(
    column: pa.Array, ways: Mapping[str, float], decimal: str, found: Guess, name: str
) -> str:
    """Of two readings the one that more cells follow; of equal ones that with even steps."""
    best = max(ways, key=lambda way: ways[way])
    rivals = [way for way in ways if way != best and ways[way] == ways[best]]
    if not rivals:
        found.why["Time"] = f"“{name}” is written {best}: {_sureness(ways[best])}."
        return best
    both = (best, *rivals)
    best = min(both, key=lambda way: _roughness(words.walls(column, way, decimal).micros))
    rest = " and ".join(way for way in both if way != best)
    found.why["Time"] = (
        f"“{name}” reads {best} and {rest} alike: no row that was looked at tells. "
        f"“{best}” is taken because its steps are more even. Please check."
    )
    return best


def _roughness(times: Micros) -> tuple[int, int]:
    """How often the times step back, and how many different steps there are."""
    steps = np.diff(times)
    return int((steps < 0).sum()), len(np.unique(steps))


def _sureness(share: float) -> str:
    return "sure" if share == 1.0 else f"{share:.0%} of the cells fit"


def _clock_beside(sample: pa.Table, time: str, given: Description) -> str | None:
    """A column of the time of day, where the one of the time has dates only."""
    column = _cells(sample, time, "time_column")
    if given.clock_column is not None or not pa.types.is_string(column.type):
        return given.clock_column
    if any(":" in (cell or "") for cell in column.slice(0, 50).to_pylist()):
        return None
    for name in sample.column_names:
        cells = [cell for cell in sample[name].slice(0, 50).to_pylist() if cell]
        if name != time and cells and all(_CLOCK.match(str(cell)) for cell in cells):
            return str(name)
    return None


def _values(
    sample: pa.Table, given: Description, decimal: str, taken: set[str | None], found: Guess
) -> dict[str, Any]:
    """Wide or long, and the columns of values."""
    numeric = [
        name
        for name in sample.column_names
        if name not in taken and _numeric(sample[name].combine_chunks(), decimal)
    ]
    named = _naming(sample, [*taken, *numeric]) if _repeated(sample, taken) else None
    names = given.series_column or named
    long = given.layout or ("long" if names and len(numeric) == 1 else "wide")
    if not numeric and given.values is None:
        said = "No column holds numbers. Look at the decimal sign and at what divides the columns."
        raise refused("values", said)
    count = f"{len(numeric):,} column{'s' if len(numeric) != 1 else ''} of numbers"
    found.why["Values"] = f"{count}, {long} layout."
    lines = given.values if given.values is not None else [_line(name) for name in numeric]
    return {
        "layout": long,
        "values": (lines[:1] if long == "long" else lines)[:MOST_SERIES],
        "series_column": names if long == "long" else None,
    }


def _numeric(column: pa.Array, decimal: str) -> bool:
    if pa.types.is_timestamp(column.type):
        return False
    found = words.numbers(column, decimal)
    right, strange = int(found.found.sum()), int(found.strange.sum())
    typed = not pa.types.is_string(column.type)
    return right > 0 and (typed or right >= MOSTLY * (right + strange))


def _naming(sample: pa.Table, taken: Sequence[str | None]) -> str | None:
    """The column of texts that come again and again."""
    for name in sample.column_names:
        column = sample[name].combine_chunks()
        if name in taken or not pa.types.is_string(column.type) or _blank(column):
            continue
        if 1 <= len(pc.unique(column)) <= max(1, FEW * sample.num_rows):
            return str(name)
    return None


def _repeated(sample: pa.Table, times: set[str | None]) -> bool:
    """Whether a time stands in several rows: so it is where each series has rows of its own."""
    columns = [name for name in sample.column_names if name in times]
    apart = sample.select(columns).group_by(columns).aggregate([])
    return len(apart) < len(sample)


def _line(name: str) -> str:
    """`Power [kW]` has its unit in its name."""
    unit = _UNIT.match(name)
    return f"{name} = {unit['unit'].strip()}" if unit else name


def _cells(sample: pa.Table, name: str, field: str) -> pa.Array:
    if name not in sample.column_names:
        said = f"There is no column “{name}”. There are {', '.join(sample.column_names)[:300]}."
        raise refused(field, said)
    return sample[name].combine_chunks()


def _blank(column: pa.Array) -> int:
    if not pa.types.is_string(column.type):
        return int(column.null_count)
    return int(words.mask(pc.equal(pc.utf8_trim_whitespace(pc.fill_null(column, "")), "")).sum())


def _begins(column: pa.Array) -> str:
    return ", ".join(f"“{str(cell)[:40]}”" for cell in column.slice(0, 3).to_pylist())
