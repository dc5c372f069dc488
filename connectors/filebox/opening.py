"""From a file's bytes and what a person said of it to its columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from connectors.filebox import parquet, workbooks
from connectors.filebox.box import refused
from connectors.filebox.descriptions import Description
from connectors.filebox.guessing import Guess, guess_content, guess_spelling, guess_top
from connectors.filebox.parquet import TableSource
from connectors.filebox.sources import Source
from connectors.filebox.texts import TextSource
from connectors.filebox.workbooks import LOCKED, SheetSource, Workbook

COMPOUND = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """A file with everything that is needed to read it, said or guessed."""

    source: Source
    description: Description
    why: dict[str, str]


def understood(content: BinaryIO, given: Description, *, zone: str) -> Understood:
    """What is not given is guessed. Raises Rejected beside the field that cannot be right."""
    source, found = _source(content, given)
    rest = guess_content(source, given, zone)
    values = {**found.values, **rest.values}
    return Understood(
        source=source,
        description=Description.model_validate({k: v for k, v in values.items() if v is not None}),
        why={**found.why, **rest.why},
    )


def _source(content: BinaryIO, given: Description) -> tuple[Source, Guess]:
    content.seek(0)
    mark = content.read(8)
    if not mark:
        raise refused("file", "The file is empty.")
    if mark.startswith(parquet.MARK):
        return _table(content)
    if mark.startswith(workbooks.MARK):
        return _sheet(content, given)
    if mark.startswith(COMPOUND):
        raise refused("file", LOCKED)
    spelling, found = guess_spelling(content, given)
    return TextSource(content, spelling), found


def _table(content: BinaryIO) -> tuple[Source, Guess]:
    source, found = TableSource(content), Guess()
    aside = f"; with parts, left aside: {', '.join(source.nested)[:200]}" if source.nested else ""
    found.why["Columns"] = f"{len(source.columns)} of a Parquet file{aside}."
    return source, found


def _sheet(content: BinaryIO, given: Description) -> tuple[Source, Guess]:
    book, found = Workbook(content), Guess()
    sheet = given.sheet or next(iter(book.sheets))
    bare = SheetSource(book, sheet)
    skip, header = guess_top(bare.grid, given)
    source = SheetSource(book, sheet, skip=skip, header=header)
    found.values = {"sheet": sheet, "skip": skip, "header": header}
    others = f" of {len(book.sheets)}" if len(book.sheets) > 1 else ""
    found.why["Columns"] = f"{len(source.columns)} on the sheet “{sheet}”{others}."
    return source, found
