"""What the node ids of a box are made of: `box`, `file/<file>`, `series/<file>/<series>`.

A file keeps its id when it is renamed or its content replaced. A series is known by the name that
it has in its file (the column, or the text that names it), so it stays when the file is described
anew.
"""

from __future__ import annotations

import hashlib
import re

from connectors.contract import NodeId
from connectors.errors import NotFound

BOX = NodeId("box")
_FILE = re.compile(r"file/([0-9a-f]{32})")
_SERIES = re.compile(r"series/([0-9a-f]{32})/([0-9a-f]{32})")
NOT_OURS = "There is nothing of this id in the box."


def of_file(file: str) -> NodeId:
    return NodeId(f"file/{file}")


def of_series(file: str, series: str) -> NodeId:
    return NodeId(f"series/{file}/{series}")


def key_of(name: str) -> str:
    """Of a series, from its name: names have any length and any letters."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def file_in(id: NodeId) -> str:
    """Raises NotFound for what is no file's id."""
    found = _FILE.fullmatch(id)
    if found is None:
        raise NotFound(NOT_OURS)
    return found[1]


def series_in(id: NodeId) -> tuple[str, str]:
    """The file and the series. Raises NotFound for what is no series' id."""
    found = _SERIES.fullmatch(id)
    if found is None:
        raise NotFound(NOT_OURS)
    return found[1], found[2]
