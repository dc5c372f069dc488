"""Parquet files: columns that say themselves what they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from connectors.filebox.box import refused
from connectors.filebox.sources import BATCH_ROWS, HEAD_ROWS, MOST_COLUMNS, TAIL_ROWS

MARK = b"PAR1"
DAMAGED = "This Parquet file cannot be read: it is damaged, or was cut off."
MOST_CELL_BYTES = 2**28
"""Of one row group's wanted columns, unpacked: reading holds one at a time."""


class TableSource:
    """A Parquet file. Columns with parts are left aside."""

    def __init__(self, content: BinaryIO) -> None:
        self.ragged = 0
        try:
            self._file = pq.ParquetFile(content, memory_map=False, pre_buffer=False)
            schema = self._file.schema_arrow
        except (pa.ArrowException, OSError, ValueError):
            raise refused("file", DAMAGED) from None
        flat = [one.name for one in schema if _flat(one.type)]
        if not flat:
            raise refused("file", "This Parquet file has columns with parts only, no plain ones.")
        self.columns = tuple(name for name in dict.fromkeys(flat) if flat.count(name) == 1)
        self.nested = tuple(one.name for one in schema if not _flat(one.type))
        if len(self.columns) > MOST_COLUMNS:
            raise refused("file", f"The file has more than {MOST_COLUMNS:,} columns.")

    def sample(self) -> pa.Table:
        """The first rows, and those of the last row group."""
        groups = self._file.metadata.num_row_groups
        if groups == 0 or self._file.metadata.num_rows == 0:
            raise refused("file", "The file holds no rows.")
        head = next(self._read(self.columns, [0], HEAD_ROWS))
        if groups == 1:
            return pa.Table.from_batches([head])
        tail = next(self._read(self.columns, [groups - 1], TAIL_ROWS))
        return pa.Table.from_batches([head, tail])

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        groups = range(self._file.metadata.num_row_groups)
        for group in groups:
            yield from self._read(columns, [group], BATCH_ROWS)

    def _read(
        self, columns: Sequence[str], groups: list[int], rows: int
    ) -> Iterator[pa.RecordBatch]:
        self._weigh(columns, groups)
        try:
            for batch in self._file.iter_batches(
                batch_size=rows, row_groups=groups, columns=list(columns), use_threads=False
            ):
                yield _plain(batch.select(list(columns)))
        except (pa.ArrowException, OSError, ValueError):
            raise refused("file", DAMAGED) from None

    def _weigh(self, columns: Sequence[str], groups: list[int]) -> None:
        """A file of a few bytes can unpack to more than there is memory."""
        wanted = set(columns)
        for group in groups:
            told = self._file.metadata.row_group(group)
            parts = [told.column(at) for at in range(told.num_columns)]
            mine = [part for part in parts if part.path_in_schema in wanted]
            if any(part.total_uncompressed_size > MOST_CELL_BYTES for part in mine):
                said = "A row group of this Parquet file is too big. Write it with smaller ones."
                raise refused("file", said)


def _plain(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Texts as texts, dates as times, whatever numbers there are as they are."""
    columns = [_simple(column) for column in batch.columns]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _simple(column: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type):
        return column.cast(pa.string())
    if pa.types.is_date(column.type):
        return column.cast(pa.timestamp("ms")).cast(pa.timestamp("us"))
    if pa.types.is_decimal(column.type) or pa.types.is_boolean(column.type):
        return column.cast(pa.float64())
    return column


def _flat(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _flat(kind.value_type)
    texts = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    times = pa.types.is_timestamp(kind) or pa.types.is_date(kind)
    counts = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    others = pa.types.is_boolean(kind) or pa.types.is_string_view(kind)
    return bool(texts or times or counts or others)
