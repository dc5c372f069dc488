"""What the API answers with."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from ninja import Schema
from pydantic import Field

from connectors.operations import Operation
from dashboard.browse.models import Seen
from dashboard.connections.models import Connection
from dashboard.exports.models import Export, File, Run
from dashboard.operations.models import Call


class Problem(Schema):
    """Why it was not done. `whose` says whose side it is on; `fields` has a sentence a value."""

    error: str
    message: str
    whose: str = "request"
    fields: dict[str, str] = Field(default_factory=dict)


class ConnectionShape(Schema):
    id: UUID
    kind: str
    name: str
    account: str
    health: str

    @classmethod
    def of(cls, row: Connection) -> ConnectionShape:
        return cls(
            id=row.pk, kind=row.kind, name=row.name, account=row.account_label, health=row.health
        )


class NodeShape(Schema):
    """`series` names a series to `points` and in the address of a chart."""

    id: str
    name: str
    type: str
    role: str
    expandable: bool
    unit: str
    series: str | None
    last_seen: datetime | None
    details: dict[str, Any]

    @classmethod
    def of(cls, row: Seen) -> NodeShape:
        return cls(
            id=row.node, name=row.name, type=row.type, role=row.role, expandable=row.expandable,
            unit=row.unit, series=row.series if row.role == "series" else None,
            last_seen=row.last_seen, details=row.details,
        )  # fmt: skip


class NodesShape(Schema):
    """Some nodes; `next` asks for more as `cursor`. `seen_at`: the platform did not answer, this
    is what it said then."""

    nodes: list[NodeShape]
    next: str | None
    seen_at: datetime | None


class OperationShape(Schema):
    """A function; `parameters` is the JSON schema of what it takes."""

    name: str
    label: str
    help: str
    danger: str
    on: str | None
    result: str
    lasting: bool
    parameters: dict[str, Any]

    @classmethod
    def of(cls, one: Operation) -> OperationShape:
        return cls(
            name=one.name, label=one.label, help=one.help, danger=one.danger, on=one.on,
            result=one.kind, lasting=one.lasting, parameters=one.parameters.model_json_schema(),
        )  # fmt: skip


class CallShape(Schema):
    """One call. `result` is there once a lasting one is done."""

    id: UUID
    operation: str
    state: str
    says: str
    progress: str
    share: float | None
    started_at: datetime
    finished_at: datetime | None
    result: Any = None

    @classmethod
    def of(cls, row: Call) -> CallShape:
        return cls(
            id=row.pk, operation=row.operation, state=row.state, says=row.says,
            progress=row.progress, share=row.share, started_at=row.started_at,
            finished_at=row.finished_at, result=row.result,
        )  # fmt: skip


class ExportShape(Schema):
    id: UUID
    name: str
    format: str
    shape: str

    @classmethod
    def of(cls, row: Export) -> ExportShape:
        return cls(id=row.pk, name=row.name, format=row.format, shape=row.shape)


class FileShape(Schema):
    id: int
    name: str
    type: str
    bytes: int
    sha256: str

    @classmethod
    def of(cls, row: File) -> FileShape:
        return cls(id=row.pk, name=row.name, type=row.type, bytes=row.bytes, sha256=row.sha256)


class RunShape(Schema):
    id: UUID
    export: UUID
    state: str
    trouble: str
    start: datetime
    end: datetime
    rows: int
    files: list[FileShape]

    @classmethod
    def of(cls, row: Run) -> RunShape:
        return cls(
            id=row.pk, export=row.export_id, state=row.state, trouble=row.trouble,
            start=row.start, end=row.end, rows=row.rows or 0,
            files=[FileShape.of(file) for file in row.files.all()],
        )  # fmt: skip
