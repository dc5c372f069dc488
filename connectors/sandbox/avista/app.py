"""The HTTP side: GraphQL requests, and the object store behind presigned URLs."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

import orjson
from graphql import OperationType
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute

from connectors.sandbox.avista import bucket
from connectors.sandbox.avista.documents import Malformed
from connectors.sandbox.avista.engine import Operation, Rejected
from connectors.sandbox.avista.gate import NO_HEADER, UNAUTHORIZED, Gate, error_body
from connectors.sandbox.avista.objects import ROOT, S3Error
from connectors.sandbox.avista.realtime import socket
from connectors.sandbox.avista.resolvers import Call
from connectors.sandbox.avista.wording import Body

GRAPHQL = "/graphql"
UNPARSABLE = "Unable to parse GraphQL query."
OVER_HTTP = "Subscriptions are served over WebSockets only."  # the wording is a guess [G]
REFUSED: Mapping[int, tuple[str, str]] = {
    400: ("MalformedHttpRequestException", UNPARSABLE),
    403: ("AccessDeniedException", "Access denied."),
    404: ("NotFoundException", "Not found."),
    405: ("UnsupportedOperation", "Method not allowed."),
    409: ("ConflictException", "Conflict."),
    413: ("MalformedHttpRequestException", "Request body is too large."),
    429: ("TooManyRequestsException", "Rate exceeded."),
}
"""Words for the statuses that AppSync answers; all but those of 400 are guesses [G]."""


def application(gate: Gate) -> Starlette:
    """Everything that the platform serves over HTTP and WebSocket."""
    app = Starlette(
        routes=[
            Route(GRAPHQL, _graphql, methods=["POST"]),
            WebSocketRoute(GRAPHQL, socket),
            *bucket.ROUTES,
        ],
        exception_handlers={HTTPException: _unrouted, S3Error: bucket.s3_error, Exception: _broken},
    )
    app.router.redirect_slashes = False
    app.state.gate = gate
    return app


def refusal(status: int) -> Body:
    """The body of an answer with this status."""
    if status == 401:
        return UNAUTHORIZED
    return error_body(*REFUSED.get(status, ("InternalFailure", "Internal failure.")))


def _json(body: Body, status: int = 200) -> Response:
    headers = {"x-amzn-requestid": secrets.token_hex(16)}
    return Response(orjson.dumps(body), status, headers, "application/json")


async def _graphql(request: Request) -> Response:
    gate: Gate = request.app.state.gate
    token = request.headers.get("authorization")
    if not token:
        return _json(NO_HEADER, 401)
    actor = gate.actor(token)
    if actor is None:
        return _json(UNAUTHORIZED, 401)
    content = await _body(request, gate.platform.settings.largest_body)
    if content is None:
        return _json(refusal(413), 413)
    if not content:
        return _json(error_body("MalformedHttpRequestException", "Request body is empty."), 400)
    return await run_in_threadpool(_answered, gate, gate.call(request, actor), content)


async def _body(request: Request, most: int) -> bytes | None:
    """The whole body; None for one that is too large, of which no more is read than that."""
    pieces = bytearray()
    async for piece in request.stream():
        pieces += piece
        if len(pieces) > most:
            return None
    return bytes(pieces)


def _answered(gate: Gate, call: Call, content: bytes) -> Response:
    try:
        operation = _operation(gate, content)
        if operation.kind is OperationType.SUBSCRIPTION:
            return _json(error_body("BadRequestException", OVER_HTTP), 400)
        return _json(gate.engine.run(call, operation))
    except Malformed:
        return _json(refusal(400), 400)
    except Rejected as rejected:
        return _json({"data": None, "errors": rejected.errors})


def _operation(gate: Gate, content: bytes) -> Operation:
    """Reads a body in either style. Raises Malformed and Rejected."""
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise Malformed from error
    if not isinstance(body, dict):
        raise Malformed
    return gate.operation(body)


async def _unrouted(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    if request.url.path.startswith(ROOT):
        return bucket.unrouted(status)
    return _json(refusal(status), status)


async def _broken(_request: Request, _error: Exception) -> Response:
    return _json(refusal(500), 500)
