"""Text files: how their letters are written, and their columns, by Arrow's own reader."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import BinaryIO

import pyarrow as pa
import pyarrow.csv as pc

from connectors.filebox.box import refused
from connectors.filebox.descriptions import DELIMITERS
from connectors.filebox.sources import HEAD_ROWS, MOST_COLUMNS, TAIL_ROWS, Grid, names_of, table_of

PIECE = 2**20
HEAD_BYTES, TAIL_BYTES = 2**19, 2**18
LOOKED_AT = 2**26
"""Bytes that are looked through for letters that are no UTF-8: 0.1 s."""
LONGEST_LINE = 2**23
NO_TEXT = (
    "This is neither a text file, nor a workbook (.xlsx), nor Parquet. "
    "Save it as one of these, unpacked, and upload that."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """How a text file is written."""

    encoding: str
    delimiter: str
    """A key of `DELIMITERS`."""
    skip: int
    header: bool


class Utf8(io.RawIOBase):
    """A stream in another encoding as UTF-8, without a byte order mark."""

    def __init__(self, content: BinaryIO, encoding: str) -> None:
        super().__init__()
        self._content = content
        self._letters = codecs.getincrementaldecoder(encoding)()
        self._left = b""
        self._first = True

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object, /) -> int:
        room = memoryview(buffer)  # type: ignore[arg-type]
        while not self._left:
            piece = self._content.read(PIECE)
            text = self._letters.decode(piece, final=not piece)
            self._left = (text.removeprefix("\ufeff") if self._first else text).encode()
            self._first = self._first and not text
            if not piece:
                break
        taken = self._left[: len(room)]
        room[: len(taken)] = taken
        self._left = self._left[len(taken) :]
        return len(taken)


@dataclass(slots=True)
class TextSource:
    """A text file with a known spelling."""

    content: BinaryIO
    spelling: Spelling
    columns: tuple[str, ...] = ()
    ragged: int = 0
    _head: Grid = field(default_factory=list)

    def __post_init__(self) -> None:
        sign = DELIMITERS[self.spelling.delimiter]
        rows = grid(head_lines(self.content, self.spelling.encoding), sign)[self.spelling.skip :]
        self._head = rows[1:] if self.spelling.header else rows
        self._head = [row for row in self._head if any(row)]
        width = usual_width(self._head or rows)
        if width > MOST_COLUMNS:
            raise refused("delimiter", f"There are {width:,} columns; at most {MOST_COLUMNS:,}.")
        names = rows[0] if rows and self.spelling.header else []
        self.columns = names_of(names, width)

    def sample(self) -> pa.Table:
        sign = DELIMITERS[self.spelling.delimiter]
        tail = grid(tail_lines(self.content, self.spelling.encoding), sign)
        fitting = [row for row in (*self._head, *tail) if len(row) == len(self.columns)]
        return table_of(fitting, self.columns)

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Rises through the file once; whoever stops early closes nothing but the generator."""
        self.content.seek(0)
        try:
            with closing(self._reader(columns)) as reader:
                yield from reader
        except UnicodeError:
            raise _illegible(self.spelling.encoding) from None
        except pa.ArrowInvalid as wrong:
            raise refused("delimiter", _unreadable(wrong)) from None

    def _reader(self, columns: Sequence[str]) -> pc.CSVStreamingReader:
        stream = io.BufferedReader(Utf8(self.content, self.spelling.encoding), PIECE)
        return pc.open_csv(
            stream,
            read_options=pc.ReadOptions(
                column_names=list(self.columns),
                skip_rows=self.spelling.skip + self.spelling.header,
                block_size=LONGEST_LINE,
                use_threads=False,
            ),
            parse_options=pc.ParseOptions(
                delimiter=DELIMITERS[self.spelling.delimiter],
                invalid_row_handler=self._left_out,
            ),
            convert_options=pc.ConvertOptions(
                column_types=dict.fromkeys(self.columns, pa.string()),
                include_columns=list(columns),
                strings_can_be_null=False,
                quoted_strings_can_be_null=False,
            ),
        )

    def _left_out(self, row: object) -> str:
        self.ragged += 1
        return "skip"


def encoding_of(content: BinaryIO) -> str:
    """By its mark, else by what it can be. Raises Rejected on `file` for what is no text."""
    content.seek(0)
    first = content.read(4_096)
    if not first:
        raise refused("file", "The file is empty.")
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in first or first.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"%PDF", b"Rar!")):
        raise refused("file", NO_TEXT)
    letters = codecs.getincrementaldecoder("utf-8")()
    content.seek(0)
    taken, windows = 0, True
    while taken < LOOKED_AT and (piece := content.read(PIECE)):
        taken += len(piece)
        try:
            letters.decode(piece)
        except UnicodeError:
            windows = not any(byte in piece for byte in b"\x81\x8d\x8f\x90\x9d")
            return "windows-1252" if windows else "latin-1"
    return "utf-8"


def head_lines(content: BinaryIO, encoding: str) -> list[str]:
    """The first lines, without one that may be cut. Raises Rejected on `encoding`."""
    content.seek(0)
    piece = content.read(HEAD_BYTES)
    more = bool(content.read(1))
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(piece, final=not more)
    except UnicodeError:
        raise _illegible(encoding) from None
    lines = text.removeprefix("\ufeff").splitlines()
    return (lines[:-1] if more and len(lines) > 1 else lines)[:HEAD_ROWS]


def tail_lines(content: BinaryIO, encoding: str) -> list[str]:
    """The last lines, where the head did not show them."""
    size = content.seek(0, io.SEEK_END)
    start = max(HEAD_BYTES, size - TAIL_BYTES)
    if start >= size or encoding == "utf-16":  # whose byte order is told at the beginning only
        return []
    content.seek(start)
    return content.read().decode(encoding, "replace").splitlines()[1:][-TAIL_ROWS:]


def grid(lines: Sequence[str], sign: str) -> Grid:
    """The cells of lines. A field too long for a cell ends the reading, not the program."""
    found: Grid = []
    reader = csv.reader(lines, delimiter=sign)
    while True:
        try:
            found.append(next(reader))
        except StopIteration:
            return found
        except csv.Error:
            continue


def usual_width(rows: Grid) -> int:
    """How many cells most rows have."""
    widths = [len(row) for row in rows if row]
    return max(set(widths), key=widths.count) if widths else 1


def _illegible(encoding: str) -> Exception:
    return refused("encoding", f"The letters are not written in {encoding}. Try another.")


def _unreadable(wrong: pa.ArrowInvalid) -> str:
    text = str(wrong)
    if "straddling" in text:
        return f"A line is longer than {LONGEST_LINE // 2**20} MB: these are no rows."
    if "invalid UTF8" in text:
        return "The letters are not those of a text file."
    return "The rows cannot be told apart. Look at the sign between the columns, and the quotes."
