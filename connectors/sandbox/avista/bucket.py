"""The object store's side: downloads and uploads by presigned URL, errors in S3's XML."""

from __future__ import annotations

import secrets
from xml.sax.saxutils import escape

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from connectors.sandbox.avista.gate import Gate
from connectors.sandbox.avista.objects import BINARY, ROOT, S3Error, StoredObject

TOO_LARGE = "Your proposed upload exceeds the maximum allowed size"


async def download(request: Request) -> Response:
    """The bytes of an object, in parts."""
    stored = _permitted(request)
    if not stored.version:
        raise S3Error(404, "NoSuchKey", "The specified key does not exist.")
    gate: Gate = request.app.state.gate
    headers = {"content-length": str(stored.size), "etag": f'"{stored.etag}"'}
    parts = gate.platform.objects.read(stored)
    return StreamingResponse(parts, 200, headers, stored.content_type)


async def upload(request: Request) -> Response:
    """Takes the bytes of an object; it is seen when the last has come."""
    gate: Gate = request.app.state.gate
    platform = gate.platform
    filling = platform.objects.filling(_permitted(request))
    try:
        async for piece in request.stream():
            if filling.size + len(piece) > platform.settings.largest_upload:
                raise S3Error(400, "EntityTooLarge", TOO_LARGE)
            await run_in_threadpool(filling.add, piece)
    except (ClientDisconnect, S3Error):
        filling.abandon()
        raise
    kind = request.headers.get("content-type") or BINARY
    stored = await run_in_threadpool(_completed, gate, filling.done(kind))
    return Response(headers={"etag": f'"{stored.etag}"'})


def _completed(gate: Gate, stored: StoredObject) -> StoredObject:
    """Tells the part of the platform that an upload belongs to."""
    if stored.kind in gate.resolvers.uploads:
        with gate.platform.lock:
            gate.resolvers.uploads[stored.kind](gate.platform, stored.owner, stored)
    return stored


def _permitted(request: Request) -> StoredObject:
    """The object of a URL that is signed for this. Raises S3Error."""
    gate: Gate = request.app.state.gate
    key = request.path_params["key"]
    gate.platform.objects.check(request.method, key, request.query_params)
    return gate.platform.objects.get(key)


async def s3_error(_request: Request, error: Exception) -> Response:
    """An error as the object store words it."""
    return _xml(error) if isinstance(error, S3Error) else unrouted(500)


def _xml(error: S3Error) -> Response:
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{error.code}</Code><Message>{escape(error.message)}</Message>"
        f"<RequestId>{secrets.token_hex(8).upper()}</RequestId></Error>"
    )
    return Response(text, error.status, media_type="application/xml")


def unrouted(status: int) -> Response:
    """For a method that the object store does not know."""
    return _xml(S3Error(status, "MethodNotAllowed", "The specified method is not allowed."))


ROUTES = (
    Route(f"{ROOT}{{key:path}}", download, methods=["GET"]),
    Route(f"{ROOT}{{key:path}}", upload, methods=["PUT"]),
)
