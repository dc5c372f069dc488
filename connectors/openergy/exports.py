"""Series exports (section 3.7): a task, then a zip of CSV files in the account's own FTP area.

The published client takes the file with the highest name, so two exports at a time, a refused task
or a full folder give it somebody else's. Here exports of one connection wait for each other, the
folder is listed whole before and after, and of the new files only one that holds what was asked
for is taken.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.contract import Door, Node
from connectors.errors import BadAnswer, NotFound, Rejected
from connectors.openergy.client import Client, Row
from connectors.openergy.files import Files
from connectors.openergy.following import follow
from connectors.openergy.ids import HOME, Ref, Spot
from connectors.operations import Progress

FOLDER = Spot(HOME, "/series_exports")
MOST_BYTES = 512 * 1024 * 1024
"""Of one zip, and of all that it unpacks to."""
UNSURE = (
    "Several exports ended at once, and their files cannot be told apart. All of them lie in the "
    "folder series_exports of My files."
)
NO_FILE = "The export has finished, but no new file with these series has come."


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """An export that has arrived."""

    node: Node
    content: bytes
    """The zip."""


@dataclass(frozen=True, slots=True)
class Exporter:
    """Exports of one account."""

    client: Client
    files: Files
    door: Door

    def start(self, body: Mapping[str, object]) -> Generator[Progress, None, Row]:
        """The task's record when it has finished."""
        task = self.client.export(body)
        return (yield from follow(self.client, "series_export_task", task))

    def fetch(
        self, body: Mapping[str, object], labels: Sequence[str]
    ) -> Generator[Progress, None, Export]:
        """The zip of this export and no other."""
        with self.door.keep.lock():
            before = {node.id for node in self.listed()}
            yield from self.start(body)
            fresh = [node for node in self.listed() if node.id not in before]
            yield Progress(text="Fetching the file.")
            found = [(node, self._content(node)) for node in fresh]
        fitting = [one for one in found if _holds(one[1], body, labels)]
        if len(fitting) > 1:
            raise Rejected(UNSURE)
        if not fitting:
            raise BadAnswer(NO_FILE)
        return Export(node=fitting[0][0], content=fitting[0][1])

    def listed(self) -> Iterator[Node]:
        """Every zip in the folder; none where there is no folder yet."""
        account = self.files.account(HOME)
        try:
            rows = list(self.files.rows(account, FOLDER.path))
        except NotFound:
            return
        except Rejected as wrong:
            if "path" not in wrong.fields:
                raise
            return
        for row in rows:
            node = self.files.node_of(FOLDER, row)
            if node.role == "file" and node.name.endswith(".zip"):
                yield node

    def _content(self, node: Node) -> bytes:
        whole = bytearray()
        with self.files.open(Spot(HOME, f"{FOLDER.path}/{node.name}", "file")) as file:
            for piece in file:
                whole += piece
                if len(whole) > MOST_BYTES:
                    raise Rejected("This export is too big to unpack here. Ask for less at once.")
        return bytes(whole)


def asked(series: Sequence[Ref], values: Mapping[str, object]) -> dict[str, object]:
    """The body: all twelve keys, null where nothing was given; series by id."""
    defaults: dict[str, object] = {
        "start": None, "end": None, "out_freq": None, "clock": None, "out_mode": "series",
        "sep": ",", "decimal": ".", "time_grouper": None, "with_tags": False,
        "in_start_mode": "right", "in_end_mode": "left",
    }  # fmt: skip
    return {"series": [ref.uuid for ref in series], **defaults, **values}


def label(row: Row) -> str:
    """How an export names a series: `a [importer=importer a]`, hyphens as spaces."""
    generator: Any = row.get("generator")
    made = generator if isinstance(generator, dict) else {}
    return f"{row.get('name')} [{made.get('model')}={made.get('name')}]".replace("-", " ")


def members(content: bytes) -> dict[str, str]:
    """Each CSV file of a zip as text. Raises BadAnswer for whatever else is in it."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as box:
            infos = box.infolist()
            names = [info.filename for info in infos]
            if not names or any(not n.endswith(".csv") or "/" in n for n in names):
                raise BadAnswer("The export holds something else than CSV files.")
            if sum(info.file_size for info in infos) > MOST_BYTES:
                raise BadAnswer("The export unpacks to more than can be taken.")
            return {name: box.read(name).decode() for name in names}
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise BadAnswer("The export cannot be unpacked.") from None


def _holds(content: bytes, body: Mapping[str, object], labels: Sequence[str]) -> bool:
    """Whether a zip has the series that were asked for, by their labels and their number."""
    try:
        found = members(content)
    except BadAnswer:
        return False
    if body["time_grouper"] is not None:
        return True
    if body["out_mode"] == "series":
        return _alike([name.removesuffix(".csv") for name in found], labels)
    if len(found) != 1:
        return False
    header = next(csv.reader(io.StringIO(*found.values()), delimiter=str(body["sep"])), [])
    return _alike([name for name in header[1:] if name != "tags"], labels)


def _alike(names: Sequence[str], labels: Sequence[str]) -> bool:
    """Which other letters an export replaces, and how it counts doubles, is not documented: names
    that agree in their letters and digits are taken for the same, and the number has to fit."""
    plain = Counter(_plain(one) for one in labels)
    doubled = any(count > 1 for count in plain.values())
    return len(names) == len(labels) and (doubled or Counter(map(_plain, names)) == plain)


def _plain(text: str) -> str:
    return "".join(letter for letter in text if letter.isalnum())


def rows(content: bytes, body: Mapping[str, object]) -> Iterator[tuple[str, str, float | None]]:
    """Label, time and value, file after file and line after line, of an export in series mode."""
    for name, text in members(content).items():
        lines = csv.reader(io.StringIO(text), delimiter=str(body["sep"]))
        next(lines, None)
        for line in lines:
            yield name.removesuffix(".csv"), line[0], number(line[1], body)


def frame(
    content: bytes, body: Mapping[str, object]
) -> tuple[tuple[str, ...], Iterator[tuple[object, ...]]]:
    """The head and the lines of an export in dataframe mode."""
    found = members(content)
    if len(found) != 1:
        raise BadAnswer("The export should be one table, and is several.")
    lines = csv.reader(io.StringIO(*found.values()), delimiter=str(body["sep"]))
    head = next(lines, [])
    if not head:
        raise BadAnswer("The export is an empty table.")
    cells = ((line[0], *(number(cell, body) for cell in line[1:])) for line in lines)
    return ("time", *head[1:]), cells


def number(cell: str, body: Mapping[str, object]) -> float | None:
    """Empty is none. Raises BadAnswer for what is no number."""
    try:
        return float(cell.replace(str(body["decimal"]), ".")) if cell else None
    except ValueError:
        raise BadAnswer("The export holds a value that is no number.") from None
