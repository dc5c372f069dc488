"""Segment files: Parquet in Django's default storage, a local folder or any other by setting.

A file is written under a temporary name and moved when it is whole. Its name is the SHA-256 of its
content beneath that of the node's id, so no text of a platform stands in a path, and a chunk that
is read again after a crash gets the same name. More than one row may therefore name one file:
whoever deletes a file first asks whether a row still names it.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from django.core.files import File
from django.core.files.storage import default_storage

from connectors.contract import POINTS_PER_BATCH, TIME, Window
from connectors.errors import BadAnswer
from dashboard.series.windows import micros

PARTS = "segments/parts"
STALE_SECONDS = 24 * 3600
"""A part this old was left by a process that died: no chunk takes a day."""
ENCODING = {"time": "DELTA_BINARY_PACKED"}
"""With numbers left plain, ten years at one minute are 16 MB, read in 0.07 s; the default, a
dictionary for each column, makes that 63 MB and 0.2 s."""
NOTHING = hashlib.sha256().hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A file that is whole and in its place; `file` is empty when there was no point."""

    file: str = ""
    rows: int = 0
    bytes: int = 0
    sha256: str = NOTHING


class Draft:
    """One segment while it is written; at most one row group of it is in memory."""

    def __init__(self, *, connection: UUID, node: str, window: Window) -> None:
        digest = hashlib.sha256(node.encode()).hexdigest()
        self.folder = f"segments/{connection}/{digest}"
        self.rows = 0
        self._last = micros(window.start) - 1
        self._end = micros(window.end)
        self._part = _parts() / f"{uuid4().hex}.parquet"
        self._writer: pq.ParquetWriter | None = None
        self._pending: list[pa.RecordBatch] = []
        self._waiting = 0

    def write(self, batch: pa.RecordBatch) -> None:
        """Takes points that rise on from the last ones. Raises BadAnswer for others, OSError."""
        if batch.num_rows == 0:
            return
        times = stamps(batch.column(0))
        if times[0] <= self._last or times[-1] >= self._end or bool((np.diff(times) <= 0).any()):
            raise BadAnswer("The connector gave points out of order or outside the time asked for")
        self._last = int(times[-1])
        self._pending.append(batch)
        self.rows += batch.num_rows
        self._waiting += batch.num_rows
        if self._waiting >= POINTS_PER_BATCH:
            self._flush()

    def keep(self) -> Stored:
        """Closes the file and moves it to its place. Raises OSError."""
        if self.rows == 0:
            return Stored()
        self._flush()
        self._close()
        with self._part.open("rb") as part:
            digest = hashlib.file_digest(part, "sha256").hexdigest()
            size = os.fstat(part.fileno()).st_size
            os.fsync(part.fileno())
        name = _publish(self._part, f"{self.folder}/{digest}.parquet")
        return Stored(file=name, rows=self.rows, bytes=size, sha256=digest)

    def discard(self) -> None:
        """Leaves nothing behind; after `keep` there is nothing to leave."""
        self._close()
        self._part.unlink(missing_ok=True)

    def _flush(self) -> None:
        if not self._pending:
            return
        kind = self._writer.schema.field(1).type if self._writer else _kind(self._pending)
        if self._writer is None:
            schema = pa.schema([("time", TIME), ("value", kind)])
            self._writer = pq.ParquetWriter(
                self._part,
                schema,
                compression="zstd",
                use_dictionary=["value"] if kind == pa.string() else False,
                column_encoding=ENCODING,
                write_statistics=["time"],
            )
        batches = [_shaped(batch, self._writer.schema) for batch in self._pending]
        self._writer.write_table(pa.Table.from_batches(batches), row_group_size=POINTS_PER_BATCH)
        self._pending, self._waiting = [], 0

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()


def stamps(column: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """A column of times without nulls as int64 microseconds, not copied."""
    buffer = column.buffers()[1]
    whole = np.frombuffer(buffer, dtype=np.int64) if buffer else np.empty(0, dtype=np.int64)
    return whole[column.offset : column.offset + len(column)]


@contextmanager
def opened(file: str) -> Iterator[pq.ParquetFile]:
    """A segment's file, mapped into memory where it is local."""
    local = _local(file)
    if local is not None:
        with pq.ParquetFile(local, memory_map=True) as parquet:
            yield parquet
        return
    with default_storage.open(file, "rb") as stream, pq.ParquetFile(stream) as parquet:
        yield parquet


def sweep() -> int:
    """Removes the parts that dead processes left in the storage's folder; gives their number."""
    folder = _local(PARTS)
    if folder is None or not folder.is_dir():
        return 0
    limit = time.time() - STALE_SECONDS
    stale = [part for part in folder.iterdir() if part.stat().st_mtime < limit]
    for part in stale:
        part.unlink(missing_ok=True)
    return len(stale)


def _parts() -> Path:
    """Where parts are written: beside the files, so that a move is one rename."""
    folder = _local(PARTS)
    if folder is None:
        return Path(tempfile.gettempdir())
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _publish(part: Path, name: str) -> str:
    """Moves the part to its name; a file of that name has the same content."""
    final = _local(name)
    if final is not None:
        final.parent.mkdir(parents=True, exist_ok=True)
        part.replace(final)
        return name
    if not default_storage.exists(name):
        with part.open("rb") as whole:
            name = default_storage.save(name, File(whole))
    part.unlink()
    return name


def _local(name: str) -> Path | None:
    """The path of a name, or None for a storage that has none."""
    try:
        return Path(default_storage.path(name))
    except NotImplementedError:
        return None


def _kind(batches: list[pa.RecordBatch]) -> pa.DataType:
    """The type of a file's values: that of its first row group, float64 where whole numbers and
    others are mixed."""
    kinds = {batch.schema.field(1).type for batch in batches}
    return kinds.pop() if len(kinds) == 1 else pa.float64()


def _shaped(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    try:
        return batch.cast(schema)
    except pa.ArrowInvalid:
        raise BadAnswer("The connector gave values of two kinds for one series") from None
