"""Connections, what lies on them, and every function of their platforms."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from ninja import Router, Status
from ninja.errors import HttpError

from connectors.contract import Upload
from connectors.errors import Rejected
from connectors.operations import Operation
from dashboard import access
from dashboard.api.callers import Asked, once, reach
from dashboard.api.shapes import (
    CallShape,
    ConnectionShape,
    NodeShape,
    NodesShape,
    OperationShape,
)
from dashboard.browse import seen
from dashboard.browse.services import Listing, children_list, node_open, search_platform
from dashboard.connections.models import Connection
from dashboard.declared import meant
from dashboard.files.names import file_name, safe_type
from dashboard.operations import results, services, tasks
from dashboard.operations.models import Call
from dashboard.operations.running import Flow, run_now

router = Router(tags=["platforms"])
UTC = ZoneInfo("UTC")
JSON = "application/json"


@router.get("/connections", response=list[ConnectionShape])
def connections(request: Asked) -> list[ConnectionShape]:
    """The connections of the key's workspace."""
    rows = access.visible(Connection, request.auth.person)
    return [ConnectionShape.of(row) for row in rows.filter(workspace=request.auth.workspace)]


@router.get("/connections/{uuid:connection}/nodes", response=NodesShape)
def nodes(request: Asked, connection: UUID, parent: str = "", cursor: str = "") -> NodesShape:
    """What lies directly under `parent`; left out: the top."""
    account = reach(request, Connection, connection)
    found = children_list(account, parent=_node(parent), now=timezone.now(), word=cursor)
    return _listed(found)


@router.get("/connections/{uuid:connection}/node", response=NodeShape)
def node(request: Asked, connection: UUID, id: str) -> NodeShape:
    """One node, by the id that the platform gave it."""
    account = reach(request, Connection, connection)
    return NodeShape.of(node_open(account, id=_node(id), now=timezone.now()).node)


@router.get("/connections/{uuid:connection}/search", response=NodesShape)
def search(request: Asked, connection: UUID, text: str, cursor: str = "") -> NodesShape:
    """What the platform itself finds by a text."""
    account = reach(request, Connection, connection)
    found = search_platform(account, text=text, now=timezone.now(), cursor=cursor or None)
    return _listed(found)


@router.get("/connections/{uuid:connection}/operations", response=list[OperationShape])
def operations(request: Asked, connection: UUID) -> list[OperationShape]:
    """Every function of the platform, with the schema of what it takes."""
    account = reach(request, Connection, connection)
    return [OperationShape.of(one) for one in services.offered(account.kind)]


@router.post("/connections/{uuid:connection}/operations/{name}", response={202: CallShape})
def operate(
    request: Asked, connection: UUID, name: str, *, confirm: bool = False
) -> HttpResponse | StreamingHttpResponse | Status[CallShape]:
    """Calls a function with a JSON object, or with a form where a file goes in.

    The answer is the result: JSON, CSV where `Accept: text/csv` asks for it, or the file. One that
    takes minutes answers 202 with the call. An `Idempotency-Key` (a UUID) that was used before
    gives that call and does nothing. What cannot be undone wants `?confirm=true`.
    """
    account = reach(request, Connection, connection)
    operation = _operation(account, name)
    reach(request, Connection, connection, role=services.ROLES[operation.danger])
    if operation.danger == "destroys" and not confirm:
        raise HttpError(409, "This cannot be undone. Confirm it with ?confirm=true.")
    values = _values(request, operation)
    operation.check(values)
    try:
        call = services.call_begin(
            account, operation, person=request.auth.person, values=values,
            once=once(request) or uuid4(),
        )  # fmt: skip
    except services.SentAlready as sent:
        return Status(202, CallShape.of(reach(request, Call, sent.call.pk)))
    if operation.lasting:
        tasks.run.delay_on_commit(str(call.pk))  # type: ignore[attr-defined]
        return Status(202, CallShape.of(call))
    if "text/csv" in request.headers.get("Accept", "") or operation.kind == "file":
        return _flowing(call, operation, values)
    return _streamed(call, operation, values)


@router.get("/calls/{uuid:call}", response=CallShape)
def call(request: Asked, call: UUID) -> CallShape:
    """How far a call is, and what came of it."""
    return CallShape.of(reach(request, Call, call))


def _operation(account: Connection, name: str) -> Operation:
    found = services.find(account.kind, name)
    if found is None:
        raise Http404(f"There is no function {name}.")
    return found


def _node(id: str) -> str:
    if len(id) > seen.NODE_LENGTH or "\0" in id:
        raise Http404
    return id


def _listed(found: Listing) -> NodesShape:
    rows = [NodeShape.of(row) for row in found.nodes]
    return NodesShape(nodes=rows, next=found.next, seen_at=found.seen_at)


def _values(request: Asked, operation: Operation) -> dict[str, object]:
    """Raises Rejected for a body that is no object."""
    if (request.content_type or "").startswith("multipart/form-data"):
        return _form(request, operation)
    try:
        body = json.loads(request.body or b"{}")
    except (ValueError, RecursionError):
        raise Rejected("The body is no JSON.") from None
    if not isinstance(body, dict):
        raise Rejected("The body has to be a JSON object.")
    return body


def _form(request: Asked, operation: Operation) -> dict[str, object]:
    """Texts as the declaration means them, and files."""
    declared = operation.parameters.model_fields
    values: dict[str, object] = {}
    for name, text in request.POST.items():
        try:
            values[name] = meant(declared[name], text, zone=UTC) if name in declared else text
        except ValueError as wrong:
            raise Rejected("Some values need a look.", {name: str(wrong)}) from None
    for name, file in request.FILES.items():
        content: Any = file
        values[name] = Upload(
            name=content.name, content=content.file, size=content.size or 0,
            type=content.content_type or "application/octet-stream",
        )  # fmt: skip
    return values


def _flowing(
    call: Call, operation: Operation, values: dict[str, object]
) -> StreamingHttpResponse | HttpResponse:
    """A file, or all rows as CSV."""
    outcome = run_now(call, operation, values, whole=True)
    if outcome.trouble is not None:
        raise outcome.trouble
    flow = outcome.flow
    if flow is None:  # what has no rows has no CSV
        raise HttpError(406, "This function gives no table.")
    return _saved(flow)


def _saved(flow: Flow) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(flow.chunks, content_type=safe_type(flow.type))
    answer["Content-Disposition"] = f'attachment; filename="{file_name(flow.name)}"'
    return answer


def _streamed(call: Call, operation: Operation, values: dict[str, object]) -> StreamingHttpResponse:
    """The result as JSON, written as it comes: a table is never whole in memory."""
    stack = ExitStack()
    with stack:
        result = stack.enter_context(services.called(call, operation, values))
        pieces = results.json_pieces(result, operation.kind)
        first = next(pieces)
        kept = stack.pop_all()

    def body() -> Any:
        with kept:
            yield first
            yield from pieces

    return StreamingHttpResponse(body(), content_type=JSON)
