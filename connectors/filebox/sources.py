"""What every kind of file is to those who read it: named columns, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import pyarrow as pa

BATCH_ROWS = 50_000
HEAD_ROWS, TAIL_ROWS = 3_000, 1_500
"""What a guess looks at: the days of a month beyond the twelfth may stand at the end only."""
MOST_COLUMNS = 4_000
Grid = list[list[str]]


class Source(Protocol):
    """One file, described as far as its columns can be told apart."""

    columns: tuple[str, ...]
    ragged: int
    """Rows that were left out so far, because they have another number of columns."""

    def sample(self) -> pa.Table:
        """Some rows from the beginning, and where it costs little from the end."""
        ...

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """All rows of these columns; text, or what the file itself says it is.

        Raises Rejected, on the field of the description that cannot be right.
        """
        ...


def names_of(cells: Sequence[str], width: int) -> tuple[str, ...]:
    """A name for each column, each name once."""
    found: dict[str, None] = {}
    for at in range(width):
        plain = " ".join(cells[at].split())[:300] if at < len(cells) else ""
        name, again = plain or f"column {at + 1}", 2
        while name in found:
            name, again = f"{plain or 'column'} ({again})", again + 1
        found[name] = None
    return tuple(found)


def table_of(grid: Grid, names: Sequence[str]) -> pa.Table:
    """Rows of text as columns; short rows are filled up with nothing."""
    columns = [
        pa.array([row[at] if at < len(row) else None for row in grid], pa.string())
        for at in range(len(names))
    ]
    return pa.table(columns, names=list(names))
