"""The platform's addresses, from one table, as an ASGI app."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from connectors.sandbox.flowthings import drops, services, transports
from connectors.sandbox.flowthings.aggregate import aggregate
from connectors.sandbox.flowthings.asking import switched
from connectors.sandbox.flowthings.call import Answer, Call
from connectors.sandbox.flowthings.catalogue import API_TASK, SERVICES, Service
from connectors.sandbox.flowthings.envelope import (
    LARGEST_BODY,
    body_of,
    enveloped,
    refused,
    response,
)
from connectors.sandbox.flowthings.frames import VERBS
from connectors.sandbox.flowthings.problems import Problem
from connectors.sandbox.flowthings.references import references
from connectors.sandbox.flowthings.rights import authenticated
from connectors.sandbox.flowthings.state import State
from connectors.sandbox.flowthings.statistics import counts
from connectors.sandbox.flowthings.tracks import catch_up
from connectors.sandbox.spoiling import spoiled

ROOT = "/v{version}/{account}"
SESSION = "/session"
Handler = Callable[[Call, Request], Answer]
Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One method on one path below the account."""

    verb: str
    path: str
    handler: Handler


def addresses() -> Iterator[Address]:
    """Everything below an account."""
    for service in SERVICES.values():
        for verb, on_service in (
            ("GET", services.find_many),
            ("MGET", services.read_many),
            ("POST", services.create),
            ("MPUT", services.update_many),
        ):
            yield _at(service.path, verb, _of_service(on_service, service))
        for verb, on_object in (
            ("GET", services.read),
            ("PUT", services.update),
            ("DELETE", services.delete),
        ):
            yield _at(f"{service.path}/{{id}}", verb, _of_object(on_object, service))
    yield _at(f"{API_TASK.path}/simulate", "POST", _plain(services.simulate))
    yield from _drop_addresses()
    yield from _statistics_addresses()


def _drop_addresses() -> Iterator[Address]:
    yield _at("/drop", "GET", _plain(drops.find_at_path))
    yield _at("/drop", "MGET", _plain(drops.find_in_many))
    yield _at("/drop", "POST", _plain(drops.create_at_path))
    yield _at("/drop/{flow}/aggregate", "POST", _of_flow(aggregate))
    for verb, on_flow in (
        ("GET", drops.find_many),
        ("MGET", drops.read_many),
        ("POST", drops.create),
        ("MPUT", drops.update_many),
        ("DELETE", drops.delete_all),
    ):
        yield _at("/drop/{flow}", verb, _of_flow(on_flow))
    for verb, on_drop in (("GET", drops.read), ("PUT", drops.update), ("DELETE", drops.delete)):
        yield _at("/drop/{flow}/{id}", verb, _of_drop(on_drop))


def _plain(do: Callable[[Call], Answer]) -> Handler:
    return lambda call, _request: do(call)


def _of_service(do: Callable[[Call, Service], Answer], service: Service) -> Handler:
    return lambda call, _request: do(call, service)


def _of_object(do: Callable[[Call, Service, str], Answer], service: Service) -> Handler:
    return lambda call, request: do(call, service, request.path_params["id"])


def _of_flow(do: Callable[[Call, str], Answer]) -> Handler:
    return lambda call, request: do(call, request.path_params["flow"])


def _of_drop(do: Callable[[Call, str, str], Answer]) -> Handler:
    return lambda call, request: do(call, request.path_params["flow"], request.path_params["id"])


def _statistics_addresses() -> Iterator[Address]:
    parts = ("year", "month", "day")
    for depth in range(len(parts) + 1):
        path = "".join(f"/{{{part}}}" for part in parts[:depth])
        yield _at(f"/statistics/{{type}}/{{id}}{path}", "GET", _counts)


def _counts(call: Call, request: Request) -> Answer:
    parts = request.path_params
    when = tuple(parts[name] for name in ("year", "month", "day") if name in parts)
    return counts(call, parts["type"], parts["id"], when)


def _at(path: str, verb: str, handler: Handler) -> Address:
    return Address(verb=verb, path=path, handler=handler)


def application(state: State) -> ASGIApp:
    """The whole platform. Every answer is an envelope, whatever happens."""
    app = Starlette(
        routes=[*_session_routes(), *_account_routes()],
        exception_handlers={Problem: _refused, HTTPException: _unrouted, Exception: _broken},
    )
    app.router.redirect_slashes = False
    app.state.platform = state
    app.state.tasks = set()
    return _Slashless(app)


class _Slashless:
    """The same address with and without a slash at its end."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on."""
        path = scope.get("path", "")
        if len(path) > 1 and path.endswith("/"):
            scope = {**scope, "path": path[:-1]}
        await self._app(scope, receive, send)


def _account_routes() -> Iterator[BaseRoute]:
    """One route a path, so that a wrong method is told which are right."""
    handlers: dict[str, dict[str, Handler]] = {}
    for address in addresses():
        handlers.setdefault(ROOT + address.path, {})[address.verb] = address.handler
    fixed_first = sorted(handlers, key=lambda path: path.count("{"))
    for path in fixed_first:
        yield Route(path, _endpoint(handlers[path]), methods=list(handlers[path]))


def _session_routes() -> list[BaseRoute]:
    return [
        Route(SESSION, _open_session, methods=["POST"]),
        Route(f"{SESSION}/{{id}}/streaming", _streaming, methods=["GET"]),
        Route(f"{SESSION}/{{id}}/polling", _polling, methods=["GET"]),
        Route(f"{SESSION}/{{id}}/streaming", _frames, methods=["POST"]),
        Route(f"{SESSION}/{{id}}/polling", _frames, methods=["POST"]),
        WebSocketRoute(f"{SESSION}/{{id}}/ws", _socket),
        Route(f"{SESSION}/{{id}}/ws", _no_upgrade, methods=["GET"]),
    ]


def routes() -> Iterator[str]:
    """What is served, as tests/functions names it."""
    for address in addresses():
        yield f"{address.verb} {address.path}"
    for route in _session_routes():
        if isinstance(route, Route):
            yield from (f"{verb} {route.path}" for verb in sorted(route.methods or ()))
        elif isinstance(route, WebSocketRoute):
            yield f"WS {route.path}"
    yield from (f"WS {verb}" for verb in VERBS)


def _state(request: Request | WebSocket) -> State:
    state: State = request.app.state.platform
    return state


def _endpoint(handlers: dict[str, Handler]) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        verb = "GET" if request.method == "HEAD" else request.method
        content = b"" if verb == "GET" else await _content(request)
        return await run_in_threadpool(_answered, request, handlers[verb], content)

    return endpoint


def _answered(request: Request, handler: Handler, content: bytes) -> Response:
    """Off the event loop, because it may compute a year of readings."""
    state = _state(request)
    actor = authenticated(state, request.headers, request.path_params["account"])
    state.count_call(actor.id)
    catch_up(state)
    call = Call(
        state=state,
        actor=actor,
        params=request.query_params,
        body=body_of(content) if content else None,
        spoils=spoiled(request.scope),
    )
    answer = handler(call, request)
    named = references(call, answer.body) if switched(call.params, "refs") else None
    content_told = enveloped(answer.body, status=answer.status, references=named)
    return response(content_told, pretty=switched(call.params, "pretty"))


async def _content(request: Request) -> bytes:
    """The body of a request. Raises Problem 413 before it fills the memory."""
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > LARGEST_BODY:
            raise Problem(413)
        pieces.append(piece)
    return b"".join(pieces)


async def _open_session(request: Request) -> Response:
    state = _state(request)
    answer = transports.open_session(state, request.headers)
    if not any(not task.done() for task in request.app.state.tasks):
        request.app.state.tasks = {asyncio.create_task(transports.tick(state))}
    return response(enveloped(answer.body, status=answer.status))


async def _streaming(request: Request) -> Response:
    return transports.over_stream(_state(request), request)


async def _polling(request: Request) -> Response:
    return await transports.over_poll(_state(request), request)


async def _frames(request: Request) -> Response:
    content = await _content(request)
    identifier = request.path_params["id"]
    answer = await run_in_threadpool(
        transports.frames_by_post, _state(request), identifier, content
    )
    return response(enveloped(answer.body, status=answer.status))


async def _socket(socket: WebSocket) -> None:
    await transports.over_socket(_state(socket), socket)


async def _no_upgrade(_request: Request) -> Response:
    raise Problem(400, "This address speaks WebSocket.")


async def _refused(_request: Request, problem: Exception) -> Response:
    return response(refused(problem if isinstance(problem, Problem) else Problem(500)))


async def _unrouted(_request: Request, refusal: Exception) -> Response:
    """No such address, or not with this method."""
    status = refusal.status_code if isinstance(refusal, HTTPException) else 500
    answer = response(refused(Problem(status)))
    if isinstance(refusal, HTTPException):
        answer.headers.update(refusal.headers or {})
    return answer


async def _broken(_request: Request, _fault: Exception) -> Response:
    return response(refused(Problem(500)))
