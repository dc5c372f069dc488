"""The routes of AveniECA as an ASGI app. Every error has the platform's own body."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterator

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.sandbox.avenieca import (
    cortex,
    document,
    embedding,
    ess,
    fields,
    response,
    retrieval,
    sequence,
)
from connectors.sandbox.avenieca.call import Call, Platform, answer
from connectors.sandbox.avenieca.problems import Problem
from connectors.sandbox.spoiling import spoiled

Handler = Callable[[Call], Response]
Endpoint = Callable[[Request], Awaitable[Response]]

BASE = "/v1"
LONGEST_BODY = 8 * 1024 * 1024
LOGIN = {"username": fields.text(), "password": fields.text()}
log = logging.getLogger(__name__)

# Words before ids: /ess/search, /ess/M/sequence and /embedding/M/hash would else be ids.
ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("POST", "/ess/search", ess.search),
    ("POST", "/ess", ess.create),
    ("GET", "/ess/{module}", ess.get_all),
    ("GET", "/ess/{module}/sequence", ess.get_all_sequence),
    ("GET", "/ess/{module}/sequence/{seq}", ess.get_one_sequence),
    ("GET", "/ess/{module}/embedding/{emb}", ess.get_one_with_embedding),
    ("GET", "/ess/{module}/pretty/{id}", ess.get_one_pretty),
    ("GET", "/ess/{module}/aggregate/{aggregate}/{id}", ess.get_all_aggregates),
    ("PUT", "/ess/{module}/upsert/{id}", ess.upsert),
    ("GET", "/ess/{module}/{id}", ess.get_one),
    ("PATCH", "/ess/{module}/{id}", ess.update),
    ("POST", "/sequence", sequence.create),
    ("GET", "/sequence/{module}", sequence.get_all),
    ("GET", "/sequence/{module}/{id}", sequence.get_one),
    ("PATCH", "/sequence/{module}/{id}", sequence.update),
    ("POST", "/predictions", cortex.predictions),
    ("POST", "/predictions/raw", cortex.predictions_raw),
    ("POST", "/document", document.create),
    ("GET", "/document", document.get_all),
    ("POST", "/document/ess/{module}/{id}", document.create_from_ess),
    ("POST", "/document/sequence/{module}/{id}", document.create_from_sequence),
    ("PUT", "/document/embed/{id}", document.embed),
    ("GET", "/document/{id}", document.get_one),
    ("PATCH", "/document/{id}", document.update),
    ("DELETE", "/document/{id}", document.delete),
    ("POST", "/embedding", embedding.create),
    ("GET", "/embedding/{module}", embedding.get_all),
    ("GET", "/embedding/{module}/hash", embedding.get_one_with_hash),
    ("GET", "/embedding/{module}/{id}", embedding.get_one),
    ("PATCH", "/embedding/{module}/{id}", embedding.update),
    ("DELETE", "/embedding/{module}/{id}", embedding.delete),
    ("GET", "/response", response.get_all),
    ("GET", "/response/{id}", response.get_one),
    ("POST", "/retrieval", retrieval.query),
)
SLOW = frozenset(
    (ess.get_all, ess.get_all_sequence, ess.get_all_aggregates, ess.get_one_with_embedding,
     ess.search, sequence.get_all, cortex.predictions, cortex.predictions_raw, document.get_all,
     embedding.get_all, embedding.get_one_with_hash, retrieval.query)
)  # fmt: skip
"""What goes through many rows, and therefore works off the event loop."""


def application(platform: Platform) -> Starlette:
    """The whole REST API, under `/v1`."""
    routes = [Route(f"{BASE}/login", _sign_in, methods=["POST"])]
    routes += [Route(f"{BASE}{path}", _signed(run), methods=[verb]) for verb, path, run in ROUTES]
    app = Starlette(
        routes=routes,
        exception_handlers={Problem: _problem, HTTPException: _refused, Exception: _broken},
    )
    app.router.redirect_slashes = False
    app.state.platform = platform
    return app


def served(app: Starlette) -> Iterator[str]:
    """Each route as `GET /ess/{module}`, from the routing table itself."""
    for route in app.routes:
        if isinstance(route, Route):
            for method in sorted((route.methods or set()) - {"HEAD"}):
                yield f"{method} {route.path.removeprefix(BASE)}"


def _signed(handler: Handler) -> Endpoint:
    """An endpoint for somebody signed in."""

    async def endpoint(request: Request) -> Response:
        platform: Platform = request.app.state.platform
        if platform.sessions.user(request.headers.get("authorization")) is None:
            raise Problem(401, "unauthorized")
        call = Call(
            platform=platform,
            path=request.path_params,
            body=await _body(request),
            spoiled=spoiled(request.scope),
        )
        soon = _at_once(handler, call)
        return await run_in_threadpool(_locked, handler, call) if soon is None else soon

    return endpoint


def _at_once(handler: Handler, call: Call) -> Response | None:
    """The answer where that takes no while; None where it would hold up the event loop."""
    twins = call.platform.twins
    if handler in SLOW or not twins.ready(call.path.get("module")):
        return None
    if not twins.lock.acquire(blocking=False):
        return None
    try:
        return handler(call)
    finally:
        twins.lock.release()


def _locked(handler: Handler, call: Call) -> Response:
    with call.platform.twins.lock:
        return handler(call)


async def _body(request: Request) -> bytes:
    """The whole body. Raises Problem 400 for one that is too long [G]."""
    pieces, length = [], 0
    try:
        async for piece in request.stream():
            length += len(piece)
            if length > LONGEST_BODY:
                raise Problem(400, "the body is too long")
            pieces.append(piece)
    except ClientDisconnect:
        raise Problem(400, "the body is not whole") from None
    return b"".join(pieces)


async def _sign_in(request: Request) -> Response:
    platform: Platform = request.app.state.platform
    given = fields.loaded(await _body(request), LOGIN)
    return answer(platform.sessions.sign_in(given["username"], given["password"]))


def refusal(status: int, *errors: str) -> Response:
    """The platform's error body."""
    return answer({"errors": list(errors)}, status)


async def _problem(_request: Request, problem: Exception) -> Response:
    if not isinstance(problem, Problem):
        raise problem
    return answer(problem.body(), problem.status)


async def _refused(request: Request, refused: Exception) -> Response:
    """404 and 405 of the routing. Nothing is told to somebody who is not signed in."""
    platform: Platform = request.app.state.platform
    known = platform.sessions.user(request.headers.get("authorization")) is not None
    if not known and request.scope["path"] != f"{BASE}/login":
        return refusal(401, "unauthorized")
    status = refused.status_code if isinstance(refused, HTTPException) else 500
    return refusal(status, {404: "not found", 405: "method not allowed"}.get(status, "refused"))


async def _broken(_request: Request, fault: Exception) -> Response:
    log.error("the AveniECA stand-in broke", exc_info=fault)
    return refusal(500, "internal server error")
