"""The functions of a file: what it may be, how it is read, its name, new content for it."""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field

from connectors.contract import NodeId, Upload
from connectors.errors import Rejected
from connectors.filebox import ids
from connectors.filebox.box import CARD, POINTS, Box, Entry, now, refused
from connectors.filebox.cards import Card, card_of
from connectors.filebox.config import BoxConfig
from connectors.filebox.descriptions import Description
from connectors.filebox.opening import Understood, understood
from connectors.filebox.parsing import Reader, check_counts
from connectors.filebox.previewing import previewed
from connectors.filebox.shelving import Spool, shelved
from connectors.operations import (
    Acts,
    Progress,
    Record,
    Resource,
    Table,
    family,
    operation,
)

TYPE = "file"
# One row: only families take their form from a model, and this form is long.
FILES = (
    Resource(
        name="file", one="file", many="files", verbs=frozenset({"guess", "preview", "describe"})
    ),
)
TELL_ROWS = 200_000
MB = 1_000_000
FileId = Annotated[NodeId, Field(title="File", description="A file in the box.")]
Described = Generator[Progress, None, Record]


class Describing(Acts):
    """Mixed into the service, which has these."""

    config: BoxConfig
    _box: Box

    @operation(
        name="file.guess",
        label="Guess how it is read",
        help="Looks at rows from the beginning and the end and says what they seem to be, how "
        "sure that is, and why. Nothing is kept.",
        on=TYPE,
        danger="reads",
    )
    def guess_file(self, file: FileId) -> Record:
        """What is found of a file that cannot be understood as a whole is given too."""
        entry = self._box.entry(ids.file_in(file))
        if entry.card:
            kept = card_of(self._box, entry).description.model_dump(exclude_none=True)
            return Record(fields={**kept, "So far": "This is how the file is read now."}, id=file)
        with self._box.raw(entry) as content:
            try:
                found = understood(content, Description(), zone=self.config.zone)
            except Rejected as wrong:
                if "file" in wrong.fields:
                    raise
                return Record(fields={"zone": self.config.zone, "Not found": wrong.message})
        return Record(fields={**found.description.model_dump(exclude_none=True), **found.why})

    @family(
        FILES,
        "preview",
        label="Look at the first rows",
        help="Shows the first rows as they would be read. Nothing is kept.",
        on=lambda row: TYPE,
        danger="reads",
        fields=lambda row: Description,
    )
    def preview_file(self, row: Resource, /, file: FileId, **values: Any) -> Table:
        entry = self._box.entry(ids.file_in(file))
        with self._box.raw(entry) as content:
            found = understood(content, Description(**values), zone=self.config.zone)
            return previewed(found.source, _together(found, values))

    @family(
        FILES,
        "describe",
        label="Say how it is read",
        help="Makes series of the file's columns: which is the time and in which zone, which are "
        "values and in which units. What is not said is guessed. The file stays as it is, and "
        "can be described again: its series keep their ids, so charts show the correction.",
        on=lambda row: TYPE,
        danger="writes",
        fields=lambda row: Description,
        preview="preview",
        prefill="guess",
    )
    def describe_file(self, row: Resource, /, file: FileId, **values: Any) -> Described:
        entry = self._box.entry(ids.file_in(file))
        with self._box.keys(CARD, POINTS) as (card, points):
            made = yield from _made(self._box, entry, values, points, self.config.zone)
            self._box.write(card, made.document())
            self._box.exchange(entry, replace(entry, card=card))
        return Record(fields=made.told, id=file)

    @operation(
        name="file.rename",
        label="Rename",
        help="Gives the file another name. Its series and what shows them stay.",
        on=TYPE,
        danger="writes",
    )
    def rename_file(
        self,
        file: FileId,
        name: Annotated[
            str, Field(title="Name", description="What it is called from now on.", max_length=400)
        ],
    ) -> Record:
        entry = self._box.rename(ids.file_in(file), name)
        return Record(fields={"Name": entry.name}, id=file)

    @operation(
        name="file.replace",
        label="Replace",
        help="Puts new content in the place of the old and reads it as before. The series keep "
        "their ids, so charts and exports show the new values. What cannot be read so changes "
        "nothing.",
        on=TYPE,
        danger="destroys",
    )
    def replace_file(
        self,
        file: FileId,
        content: Annotated[
            Upload, Field(title="New content", description="A file of the same columns.")
        ],
    ) -> Described:
        entry = self._box.entry(ids.file_in(file))
        check_size(self._box, content)
        with self._box.keys("", CARD, POINTS) as (raw, card, points):
            size = self._box.store(raw, content.content)
            renewed = replace(entry, raw=raw, size=size, at=now())
            if not entry.card:
                self._box.exchange(entry, renewed)
                return Record(fields={"Bytes": size}, id=file)
            told = card_of(self._box, entry).description.model_dump(exclude_none=True)
            made = yield from _as_before(self._box, renewed, told, points, self.config.zone)
            self._box.write(card, made.document())
            self._box.exchange(entry, replace(renewed, card=card))
        return Record(fields=made.told, id=file)


def check_size(box: Box, upload: Upload) -> None:
    """Raises Rejected on `content` before anything is stored."""
    if upload.size > box.files.largest:
        size, most = upload.size / MB, box.files.largest / MB
        said = f"The file has {size:,.1f} MB; at most {most:,.0f} MB are taken here."
        raise refused("content", said)


def _together(found: Understood, values: Mapping[str, Any]) -> Description:
    """What was guessed, and over it what was said."""
    return found.description.model_copy(update=dict(values))


def _as_before(
    box: Box, entry: Entry, told: Mapping[str, Any], points: str, zone: str
) -> Generator[Progress, None, Card]:
    """New content under the old description; what does not fit is said of the content."""
    try:
        return (yield from _made(box, entry, told, points, zone))
    except Rejected as wrong:
        said = " ".join(wrong.fields.values()) or wrong.message
        raise refused("content", f"It cannot be read as the old one was. {said}") from None


def _made(
    box: Box, entry: Entry, values: Mapping[str, Any], points: str, zone: str
) -> Generator[Progress, None, Card]:
    """Reads the whole file and stores its points. Raises Rejected beside a field."""
    with ExitStack() as stack:
        content = stack.enter_context(box.raw(entry))
        spool = stack.enter_context(Spool(stack.enter_context(tempfile.TemporaryFile())))
        found = understood(content, Description(**values), zone=zone)
        description = _together(found, values)
        reader, told = Reader(found.source, description), 0
        for piece in reader.pieces():
            spool.add(piece)
            if reader.counts.rows - told >= TELL_ROWS:
                told = reader.counts.rows
                yield Progress(text=f"{told:,} rows are read.")
        spool.finish()
        good = sum(group.rows for groups in spool.groups.values() for group in groups)
        check_counts(reader.counts, good - reader.counts.strange)
        yield Progress(text=f"All {reader.counts.rows:,} rows are read; they are being sorted.")
        with tempfile.TemporaryFile() as whole:
            units = reader.units_of(spool.groups)
            shelves = tuple(shelved(spool, units, whole))
            whole.seek(0)
            box.store(points, whole)
        return Card(
            description=description,
            series=shelves,
            counts=reader.counts,
            ragged=found.source.ragged,
        )
