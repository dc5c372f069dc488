"""A form that begins with what the thing itself says: what a reading operation gives of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from connectors.contract import Service
from connectors.errors import ConnectorError
from connectors.operations import Operation, Record
from dashboard.connections.models import Connection
from dashboard.connections.services import connection_open
from dashboard.declared import typed
from dashboard.operations.results import Shown, shown
from dashboard.operations.services import find

MOST_NOTES = 12
LONGEST_NOTE = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefilled:
    """What stands in the form at first, what is said about that, and what would come of it."""

    initial: dict[str, Any] = field(default_factory=dict)
    notes: tuple[tuple[str, str], ...] = ()
    look: Shown | None = None
    trouble: str = ""
    """Why the form is empty, or cannot be looked at; the page is there all the same."""


def prefilled(
    connection: Connection, operation: Operation, *, node: str, zone: ZoneInfo
) -> Prefilled:
    """Asks what the declaration names for this node. No trouble of the platform is an error."""
    reading = find(connection.kind, operation.prefill) if operation.prefill else None
    if reading is None or reading.subject is None or not node:
        return Prefilled()
    try:
        with connection_open(connection) as service:
            record = reading.call(service, {reading.subject: node})
            if not isinstance(record, Record):
                return Prefilled()
            return _filled(service, operation, record, node=node, zone=zone)
    except ConnectorError as trouble:
        return Prefilled(trouble=trouble.message)


def _filled(
    service: Service[Any], operation: Operation, record: Record, *, node: str, zone: ZoneInfo
) -> Prefilled:
    declared = operation.parameters.model_fields
    told = dict(record.fields) | ({"version": record.version} if record.version else {})
    values = {name: value for name, value in told.items() if name in declared}
    values = {name: value for name, value in values.items() if value is not None}
    initial = {name: typed(declared[name], value, zone=zone) for name, value in values.items()}
    notes = [(name, str(value)) for name, value in told.items() if name not in declared]
    short = tuple((name, text[:LONGEST_NOTE]) for name, text in notes if text)[:MOST_NOTES]
    try:
        look = _looked(service, operation, values | {operation.subject or "": node})
    except ConnectorError as trouble:
        return Prefilled(initial=initial, notes=short, trouble=trouble.message)
    return Prefilled(initial=initial, notes=short, look=look)


def _looked(service: Service[Any], operation: Operation, values: dict[str, Any]) -> Shown | None:
    """What its preview says of these values; of what destroys, a person asks for that."""
    preview = find(service.kind, operation.preview) if operation.preview else None
    if preview is None or operation.danger == "destroys":
        return None
    known = preview.parameters.model_fields
    given = {name: value for name, value in values.items() if name in known}
    return shown(preview.call(service, given), preview.kind)
