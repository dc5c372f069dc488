"""Calling a platform's functions: who may, once, recorded, and what is known when it breaks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from tempfile import TemporaryFile
from typing import Any, BinaryIO, cast
from uuid import UUID

from django.core.files import File as Stored
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils import timezone

from connectors import registry
from connectors.contract import Acts, File, Upload
from connectors.errors import BadAnswer, ConnectorError, Unavailable
from connectors.operations import Operation, Progress, Result, operations
from dashboard import access
from dashboard.access import Role
from dashboard.accounts.models import Person
from dashboard.activity.services import event_record
from dashboard.connections import vault
from dashboard.connections.models import Connection
from dashboard.connections.services import connection_open
from dashboard.operations.models import Call, State
from dashboard.operations.results import kept, shown

ROLES = {"reads": Role.VIEWER, "writes": Role.EDITOR, "destroys": Role.EDITOR}
ORDER = {"writes": 0, "reads": 1, "destroys": 2}
SILENT = timedelta(minutes=15)
"""A call that has told nothing for so long has lost its worker."""
NUDGE = timedelta(seconds=60)
"""A call that no worker has taken by then is sent again."""
IN_DOUBT = "Nobody knows whether the platform did this. Look at what is there before you try again."
LOST = f"Tieline was stopped in the middle of this. {IN_DOUBT}"


class SentAlready(Exception):
    """This very form was sent before; `call` is what became of it."""

    def __init__(self, call: Call) -> None:
        super().__init__("sent already")
        self.call = call


def offered(kind: str) -> tuple[Operation, ...]:
    """Every operation of a platform."""
    service = registry.load(kind)
    return operations(service) if issubclass(service, Acts) else ()


def find(kind: str, name: str) -> Operation | None:
    """The operation of this name."""
    return next((one for one in offered(kind) if one.name == name), None)


def on_node(kind: str, type: str) -> tuple[Operation, ...]:
    """The operations on nodes of a type: what draws something first, what destroys last."""
    found = [one for one in offered(kind) if one.on == type]
    return tuple(sorted(found, key=lambda one: (one.kind != "points", ORDER[one.danger])))


def may_call(operation: Operation, connection: Connection, person: Person) -> None:
    """Raises PermissionDenied when the person's role is too small for the danger."""
    role = ROLES[operation.danger]
    if role > Role.VIEWER:
        access.demand(connection, person, role)


def call_begin(
    connection: Connection,
    operation: Operation,
    *,
    person: Person | None,
    once: UUID,
    node: str = "",
    values: Mapping[str, object] | None = None,
) -> Call:
    """Writes down that this is called now. Raises SentAlready for the same `once`."""
    call = Call(
        id=once,
        workspace=connection.workspace,
        connection=connection,
        person=person,
        operation=operation.name,
        node=node,
        lasting=operation.lasting,
        given=_sealed(once, values) if operation.lasting and values is not None else b"",
    )
    _write_down(call)
    subject = f"{operation.name} on {connection.name}"
    event_record(workspace=connection.workspace, person=person, verb="ran", subject=subject)
    return call


@contextmanager
def done_once(
    connection: Connection, name: str, *, person: Person | None, once: UUID, node: str = ""
) -> Iterator[Call]:
    """What is no function of the platform, done once all the same. Raises SentAlready.

    The block says in the call how it ended (`state`, `says`, `result`); where it raises a
    ConnectorError, surely nothing was done.
    """
    call = Call(
        id=once, workspace=connection.workspace, connection=connection, person=person,
        operation=name, node=node,
    )  # fmt: skip
    _write_down(call)
    try:
        yield call
    except (ConnectorError, vault.Locked) as trouble:
        _end(call, State.FAILED, says=str(getattr(trouble, "message", trouble)))
        raise
    except BaseException:
        _end(call, State.UNKNOWN, says=LOST)
        raise
    call.save(update_fields=["result"])
    _end(call, call.state, says=call.says)


@contextmanager
def called(
    call: Call, operation: Operation, values: Mapping[str, object], *, seconds: float | None = None
) -> Iterator[Result]:
    """The result of a call that has begun; what flows ends with the block.

    How it ended is written down, whatever ends the block. Raises ConnectorError.
    """
    try:
        with connection_open(call.connection, seconds=seconds) as service:
            yield operation.call(service, values, told=lambda step: call_tell(call, step))
    except (ConnectorError, vault.Locked) as trouble:
        _end(call, _state(operation, trouble), says=says(operation, trouble))
        raise
    except BaseException:
        _end(call, State.UNKNOWN if operation.danger != "reads" else State.FAILED, says=LOST)
        raise
    _end(call, State.DONE)


def says(operation: Operation, trouble: Exception) -> str:
    """The trouble in a sentence; of a change that nobody saw through, what is known."""
    message = str(getattr(trouble, "message", trouble))
    doubt = operation.danger != "reads" and isinstance(trouble, Unavailable | BadAnswer)
    return f"{message} {IN_DOUBT}" if doubt else message


def call_tell(call: Call, step: Progress) -> None:
    """Writes down how far it is."""
    Call.objects.filter(pk=call.pk).update(
        progress=step.text[:200], share=step.share, heard_at=timezone.now()
    )


def call_run(call: Call, *, seconds: float) -> None:
    """Does a lasting call, once: what it was given is gone with the first try."""
    operation = find(call.connection.kind, call.operation)
    taken = Call.objects.filter(pk=call.pk, state=State.RUNNING).exclude(given=b"")
    if operation is None or not taken.update(given=b"", heard_at=timezone.now()):
        return
    values, uploads = _unsealed(call.given)
    try:
        with called(call, operation, values, seconds=seconds) as result:
            _keep(call, operation, result)
    except (ConnectorError, vault.Locked):
        return  # written down, with its sentence
    finally:
        for name in uploads:
            default_storage.delete(name)


def calls_waiting(now: datetime) -> list[UUID]:
    """The lasting calls that no worker has taken: their message may be lost."""
    waiting = Call.objects.filter(state=State.RUNNING, heard_at__lt=now - NUDGE)
    return list(waiting.exclude(given=b"").values_list("pk", flat=True))


def calls_lost(now: datetime) -> int:
    """Ends the calls whose worker is gone; none of them is tried again."""
    silent = Call.objects.filter(state=State.RUNNING, given=b"", heard_at__lt=now - SILENT)
    return silent.update(state=State.UNKNOWN, says=LOST, finished_at=now)


def _write_down(call: Call) -> None:
    """Raises SentAlready for a call of the same id."""
    try:
        with transaction.atomic():
            call.save(force_insert=True)
    except IntegrityError:
        raise SentAlready(Call.objects.get(pk=call.pk)) from None


def _state(operation: Operation, trouble: Exception) -> State:
    doubt = operation.danger != "reads" and isinstance(trouble, Unavailable | BadAnswer)
    return State.UNKNOWN if doubt else State.FAILED


def _end(call: Call, state: str, *, says: str = "") -> None:
    call.state, call.says, call.finished_at = state, says, timezone.now()
    call.save(update_fields=["state", "says", "finished_at"])


def _keep(call: Call, operation: Operation, result: Result) -> None:
    """What came of a lasting call, for its page."""
    if isinstance(result, File):
        with result, TemporaryFile() as whole:
            whole.writelines(result)
            call.file = default_storage.save(f"calls/{call.pk}", Stored(whole))
        call.result = {"name": result.name, "type": result.type}
    else:
        call.result = kept(shown(result, operation.kind))
    call.save(update_fields=["result", "file"])


def _sealed(once: UUID, values: Mapping[str, object]) -> bytes:
    """Sealed until the worker takes them; uploads wait in the storage."""
    texts: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, Upload):
            place = default_storage.save(f"calls/{once}-{name}", Stored(value.content))
            value = {"upload": [value.name, place, value.size, value.type]}
        texts[name] = json.dumps(value, default=_text)
    return vault.seal(texts or {"": "null"})


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    revealed = getattr(value, "get_secret_value", None)
    return str(revealed() if revealed else value)


def _unsealed(given: bytes | memoryview) -> tuple[dict[str, object], list[str]]:
    """The values, and the names of the uploads that wait."""
    values = {name: json.loads(text) for name, text in vault.unseal(given).items() if name}
    uploads = []
    for name, value in values.items():
        if isinstance(value, dict) and list(value) == ["upload"]:
            title, place, size, type_ = value["upload"]
            content = cast("BinaryIO", default_storage.open(place))
            values[name] = Upload(name=title, content=content, size=size, type=type_)
            uploads.append(place)
    return values, uploads
