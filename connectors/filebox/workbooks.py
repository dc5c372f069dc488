"""Workbooks (.xlsx, ECMA-376), read cell by cell as they stream out of the archive.

A workbook of a few kilobytes can unpack to all memory there is, or name one cell a million rows
down: so nothing is taken from what it says of its own size, and a row is gone when the next comes.
Formulas are not worked out: what their program last showed is taken.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import BinaryIO
from xml.parsers import expat

import pyarrow as pa

from connectors.filebox.box import refused
from connectors.filebox.sources import (
    BATCH_ROWS,
    HEAD_ROWS,
    MOST_COLUMNS,
    Grid,
    names_of,
    table_of,
)
from connectors.filebox.texts import usual_width

MARK = b"PK\x03\x04"
MOST_BYTES = 2**30
"""Of one part, unpacked; a full sheet of a million rows has a fifth of it."""
MOST_TEXT = 2**26
"""Of the shared texts, which are held in memory."""
LONGEST_CELL = 32_767
PIECE = 2**16
MOST_IDLE = 2**23
"""Bytes of a sheet without a row: a person waits for the first ones."""
BATCH_CELLS = 1_000_000
MOST_ROWS = 1_048_576
BROKEN = "This workbook cannot be read: it has to be an .xlsx that opens without repair."
LOCKED = "This workbook is locked with a password, or is an old .xls. Save it as plain .xlsx."
_PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_DATE_FORMATS = {*range(14, 23), *range(27, 37), 45, 46, 47, *range(50, 59)}
"""Numbers of the built-in formats that show a time (ECMA-376, 18.8.30)."""
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_EPOCHS = {False: datetime(1899, 12, 30), True: datetime(1904, 1, 1)}  # noqa: DTZ001 wall times


class Workbook:
    """The sheets of a workbook by name, and what their cells need to be read."""

    def __init__(self, content: BinaryIO) -> None:
        try:
            self._box = zipfile.ZipFile(content)
        except (zipfile.BadZipFile, OSError, ValueError):
            raise refused("file", BROKEN) from None
        if "xl/workbook.xml" not in self._box.namelist():
            raise refused("file", BROKEN)
        self._late = False
        self.sheets = self._named()
        if not self.sheets:
            raise refused("file", "This workbook has no sheet.")
        self._texts: list[str] | None = None
        self._dates: frozenset[int] | None = None

    def rows(self, sheet: str) -> Iterator[list[str]]:
        """Row after row as text, without those that are empty; a time in ISO 8601."""
        if sheet not in self.sheets:
            raise refused("sheet", f"The sheets are {', '.join(self.sheets)[:300]}.")
        if self._texts is None:
            self._texts = self._shared()
            self._dates = self._styles()
        cells = _Cells(self._texts, self._dates or frozenset(), _EPOCHS[self._late])
        idle = 0
        for _ in self._parsed(self.sheets[sheet], cells.start, cells.end, cells.letters):
            found = cells.take()
            idle = 0 if found else idle + PIECE
            if idle > MOST_IDLE:
                raise refused("file", "This workbook holds megabytes without a row.")
            yield from found
        yield from cells.take()

    def _named(self) -> dict[str, str]:
        """Each sheet and its part."""
        ids: dict[str, str] = {}
        places: dict[str, str] = {}

        def sheet(name: str, given: Mapping[str, str]) -> None:
            if name == "sheet":
                link = next((v for k, v in given.items() if k.rpartition(" ")[2] == "id"), "")
                ids[given.get("name", "")] = link
            if name == "workbookPr":
                self._late = given.get("date1904") in ("1", "true")

        def link(name: str, given: Mapping[str, str]) -> None:
            if name == "Relationship" and given.get("Type", "").endswith("/worksheet"):
                places[given.get("Id", "")] = given.get("Target", "")

        _exhaust(self._parsed("xl/workbook.xml", sheet))
        _exhaust(self._parsed("xl/_rels/workbook.xml.rels", link))
        return {name: _part(places[key]) for name, key in ids.items() if key in places}

    def _shared(self) -> list[str]:
        """The texts that cells name by number."""
        found: list[str] = []
        held = {"text": "", "inside": ""}

        def start(name: str, _given: Mapping[str, str]) -> None:
            held["inside"] = "t" if name == "t" else "rPh" if name == "rPh" else held["inside"]
            if name == "si":
                held["text"] = ""

        def letters(text: str) -> None:
            if held["inside"] == "t":
                held["text"] += text

        def end(name: str) -> None:
            if name == "t":
                held["inside"] = ""
            if name == "si":
                found.append(held["text"])

        _exhaust(self._parsed("xl/sharedStrings.xml", start, end, letters, most=MOST_TEXT))
        return found

    def _styles(self) -> frozenset[int]:
        """The numbers of the styles that show a time."""
        dated = set(_DATE_FORMATS)
        styles: list[bool] = []
        held = {"inside": False}

        def start(name: str, given: Mapping[str, str]) -> None:
            if name == "numFmt" and _shows_time(given.get("formatCode", "")):
                dated.add(int(given.get("numFmtId", "0")))
            if name == "cellXfs":
                held["inside"] = True
            if name == "xf" and held["inside"]:
                styles.append(int(given.get("numFmtId", "0")) in dated)

        def end(name: str) -> None:
            if name == "cellXfs":
                held["inside"] = False

        _exhaust(self._parsed("xl/styles.xml", start, end))
        return frozenset(at for at, dates in enumerate(styles) if dates)

    def _parsed(
        self,
        part: str,
        start: Callable[[str, Mapping[str, str]], None],
        end: Callable[[str], None] = lambda name: None,
        letters: Callable[[str], None] = lambda text: None,
        *,
        most: int | None = None,
    ) -> Iterator[None]:
        """Calls back for what stands in a part, and stops after each piece; a part that is not
        there holds nothing. Raises Rejected on `file`."""
        if part not in self._box.namelist():
            return
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _forbidden
        parser.StartElementHandler = lambda name, given: start(name.rpartition(" ")[2], given)
        parser.EndElementHandler = lambda name: end(name.rpartition(" ")[2])
        parser.CharacterDataHandler = letters
        try:
            with self._box.open(part) as stream:
                taken = 0
                while piece := stream.read(PIECE):
                    taken += len(piece)
                    if taken > (most or MOST_BYTES):
                        raise refused("file", "This workbook unpacks to more than a workbook can.")
                    parser.Parse(piece, False)  # noqa: FBT003 expat takes no name for it
                    yield
                parser.Parse(b"", True)  # noqa: FBT003
        except (expat.ExpatError, zipfile.BadZipFile, ValueError, OSError, RuntimeError, EOFError):
            raise refused("file", BROKEN) from None


class _Cells:
    """Puts cells into rows as a parser meets them."""

    def __init__(self, texts: Sequence[str], dates: frozenset[int], epoch: datetime) -> None:
        self._texts, self._dates, self._epoch = texts, dates, epoch
        self._ready: list[list[str]] = []
        self._row: dict[int, str] = {}
        self._column = 0
        self._kind, self._dated = "", False
        self._text, self._taking = "", False
        self._count = 0

    def start(self, name: str, given: Mapping[str, str]) -> None:
        if name == "c":
            place = _PLACE.match(given.get("r", ""))
            self._column = _number(place[1]) if place else self._column + 1
            self._kind, self._text = given.get("t", "n"), ""
            self._dated = int(given.get("s", "0") or 0) in self._dates
        elif name in ("v", "t"):
            self._taking = True
        elif name == "row":
            self._row, self._column = {}, 0

    def letters(self, text: str) -> None:
        if self._taking:
            self._text += text
            if len(self._text) > LONGEST_CELL:
                raise ValueError("more letters than a cell holds")

    def end(self, name: str) -> None:
        if name in ("v", "t"):
            self._taking = False
        elif name == "c" and self._text and self._column <= MOST_COLUMNS:
            self._row[self._column] = self._shown()
        elif name == "row" and self._row:
            self._count += 1
            if self._count > MOST_ROWS:
                raise ValueError("more rows than a sheet has")
            width = max(self._row)
            self._ready.append([self._row.get(at, "") for at in range(1, width + 1)])
            self._row = {}

    def take(self) -> list[list[str]]:
        """The rows that are whole."""
        found, self._ready = self._ready, []
        return found

    def _shown(self) -> str:
        if self._kind == "s":
            at = int(self._text)
            if not 0 <= at < len(self._texts):
                raise ValueError("no such text")
            return self._texts[at]
        if self._kind == "b":
            return "1" if self._text == "1" else "0"
        if self._kind == "n" and self._dated:
            return self._moment(float(self._text))
        return self._text

    def _moment(self, days: float) -> str:
        """A day and its fraction as a time of the clock, to the millisecond."""
        if not 0 <= days < 300_000:
            return self._text
        shown = self._epoch + timedelta(milliseconds=round(days * 86_400_000))
        return shown.isoformat(sep=" ", timespec="milliseconds")


class SheetSource:
    """One sheet of a workbook."""

    def __init__(
        self, book: Workbook, sheet: str, *, skip: int | None = None, header: bool | None = None
    ) -> None:
        self.book, self.sheet = book, sheet
        self.ragged = 0
        self.grid: Grid = list(islice(book.rows(sheet), HEAD_ROWS))
        if not self.grid:
            raise refused("sheet", "This sheet is empty.")
        self._skip, self._header = skip or 0, bool(header)
        rows = self.grid[self._skip :]
        names = rows[0] if rows and self._header else []
        self._body = rows[1:] if self._header else rows
        self.columns = names_of(names, max(len(names), usual_width(self._body)))

    def sample(self) -> pa.Table:
        return table_of(self._body, self.columns)

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        rows = islice(self.book.rows(self.sheet), self._skip + self._header, None)
        most = min(BATCH_ROWS, BATCH_CELLS // max(1, len(self.columns)))
        while taken := list(islice(rows, most)):
            yield table_of(taken, self.columns).select(list(columns)).to_batches()[0]


def _exhaust(pieces: Iterator[None]) -> None:
    for _ in pieces:
        pass


def _forbidden(*_declared: object) -> None:
    raise ValueError("no workbook declares a document type")


def _part(target: str) -> str:
    return target[1:] if target.startswith("/") else f"xl/{target}"


def _number(letters: str) -> int:
    found = 0
    for letter in letters:
        found = found * 26 + ord(letter) - 64
    return found


def _shows_time(format: str) -> bool:
    """Whether a format of numbers has letters of a date or a clock, outside of quotes."""
    return bool(set("dmyhs") & set(_QUOTED.sub("", format.lower()).replace("general", "")))
