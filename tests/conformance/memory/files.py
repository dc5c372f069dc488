"""Files: fetched as they are taken, stored in pieces."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack

from connectors.contract import File, Node, NodeId, Upload
from connectors.errors import NotFound, Rejected, Unavailable
from connectors.http import Stream
from tests.conformance.memory.wire import Gone, Row, Wire, node, part

_NAME = re.compile(r"[^/\\\x00-\x1f\x7f]{1,200}")


def open_file(wire: Wire, file: NodeId) -> File:
    row = wire.get(f"nodes/{part(file)}", Row)
    if row.type != "file":
        raise NotFound("This is no file.")
    return streamed(wire, f"files/{row.id}", name=row.name, size=row.size)


def streamed(wire: Wire, path: str, *, name: str, size: int | None = None) -> File:
    stack = ExitStack()
    stream = stack.enter_context(wire.http.stream("GET", path))
    return File(name=name, size=size, chunks=_whole(stream, size), close=stack.close)


def put(wire: Wire, folder: NodeId, upload: Upload) -> Node:
    if not _NAME.fullmatch(upload.name) or upload.name in {".", ".."}:
        raise Rejected("Memory cannot keep this name.", {"name": "Use 1 to 200 plain characters."})
    named = {"name": upload.name}
    return node(wire.put(f"files/{part(folder)}", Row, named, upload.content))


def delete(wire: Wire, file: NodeId) -> None:
    wire.send("DELETE", f"files/{part(file)}", Gone)


def _whole(stream: Stream, size: int | None) -> Iterator[bytes]:
    came = 0
    for chunk in stream:
        came += len(chunk)
        yield chunk
    if size not in (None, came):
        raise Unavailable("Memory broke off in the middle of the file. Try again in a moment.")
