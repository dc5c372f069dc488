"""Files on a platform: putting them into a folder, getting them, deleting them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import BinaryIO, cast

from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from connectors import registry
from connectors.contract import Downloads, NodeId, Upload, Uploads
from connectors.errors import Rejected
from dashboard.accounts.models import Person
from dashboard.activity.services import event_record
from dashboard.browse import seen
from dashboard.browse.models import Seen
from dashboard.browse.services import can
from dashboard.connections.models import Connection
from dashboard.connections.services import connection_open

PATIENCE = 120.0
"""Seconds that a platform has to take a file which a person waits for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """What became of an upload: the new node, or why the platform did not take it."""

    node: Seen | None = None
    refused: Rejected | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Passing:
    """A file on its way through us; `chunks` frees what lies behind it."""

    name: str
    type: str
    size: int | None
    chunks: Iterator[bytes]


def takes_files(connection: Connection, node: Seen) -> bool:
    """Whether files can be put into this node."""
    service = registry.load(connection.kind)
    if not issubclass(service, Uploads) or node.role != "folder":
        return False
    return not service.takes or node.type in service.takes


def gives_file(connection: Connection, node: Seen) -> bool:
    """Whether this node is a file that can be saved."""
    return node.role == "file" and can(connection, Downloads)


def loses_file(connection: Connection, node: Seen) -> bool:
    """Whether this node is a file that can be deleted."""
    return node.role == "file" and can(connection, Uploads)


def file_put(connection: Connection, *, folder: str, given: UploadedFile, person: Person) -> Put:
    """Sends the file once. Raises ConnectorError, but for what can be said beside the field."""
    upload = Upload(
        name=given.name or "file",
        content=cast("BinaryIO", given.file),
        size=given.size or 0,
        type=given.content_type or "application/octet-stream",
    )
    with connection_open(connection, seconds=PATIENCE) as service:
        if not isinstance(service, Uploads):
            raise Rejected(f"{service.label} takes no files.")
        try:
            made = service.put(NodeId(folder), upload)
        except Rejected as refused:
            return Put(refused=refused)
    _record(connection, person, "uploaded a file to")
    row = seen.row(connection, made, at=timezone.now())
    seen.remember_one(row)
    return Put(node=row)


def file_get(connection: Connection, *, file: str) -> Passing:
    """The file; its first piece is here before the answer begins. Raises ConnectorError."""
    stack = ExitStack()
    with stack:
        service = stack.enter_context(connection_open(connection, seconds=PATIENCE))
        if not isinstance(service, Downloads):
            raise Rejected(f"{service.label} gives no files.")
        found = stack.enter_context(service.open(NodeId(file)))
        first = next(found.chunks, b"")
        held = stack.pop_all()
    chunks = _ended(first, found.chunks, held)
    return Passing(name=found.name, type=found.type, size=found.size, chunks=chunks)


def file_delete(connection: Connection, *, file: str, person: Person) -> None:
    """Raises ConnectorError."""
    with connection_open(connection) as service:
        if not isinstance(service, Uploads):
            raise Rejected(f"{service.label} deletes no files.")
        service.delete(NodeId(file))
    seen.forget(connection, [file])
    _record(connection, person, "deleted a file of")


def _ended(first: bytes, rest: Iterator[bytes], stack: ExitStack) -> Iterator[bytes]:
    with stack:
        yield first
        yield from rest


def _record(connection: Connection, person: Person, verb: str) -> None:
    event_record(workspace=connection.workspace, person=person, verb=verb, subject=connection.name)
