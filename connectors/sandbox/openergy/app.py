"""The HTTP side: `/api/v2/<app>/<resource>/…`, always with a slash at the end (section 1.1).

The checks come in the order of Django REST Framework: address, sign-in, method, record, rights,
content type, body.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocketClose

from connectors.sandbox.openergy import auth, resources
from connectors.sandbox.openergy.actions import ACTIONS, Action
from connectors.sandbox.openergy.call import Call, Platform
from connectors.sandbox.openergy.fields import known_id
from connectors.sandbox.openergy.problems import Problem, answer, json_answer
from connectors.sandbox.openergy.table import Resource

BASE = "/api/v2/"
LARGEST_BODY = 10 * 1024 * 1024
READS = ("GET", "HEAD")
LIST_VERBS = {"GET": "list", "POST": "create"}
ITEM_VERBS = {"GET": "one", "PATCH": "patch", "DELETE": "delete"}
PUT_REFUSED = "update action forbidden, use partial_update"


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What a URL names: a resource, and maybe a record of it, and maybe an action."""

    resource: Resource
    key: str | None = None
    action: Action | None = None
    switch: bool = False
    """Whether it is the `active/` of a record."""

    def methods(self) -> tuple[str, ...]:
        """What may be asked of it."""
        if self.action is not None:
            return self.action.methods
        if self.switch:
            return ("PATCH",)
        verbs = LIST_VERBS if self.key is None else ITEM_VERBS
        return tuple(method for method, verb in verbs.items() if verb in self.resource.verbs)


class Api:
    """The platform's HTTP side as an ASGI app."""

    def __init__(self, platform: Callable[[], Platform]) -> None:
        self._platform = platform

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request; the platform has no WebSocket."""
        if scope["type"] == "websocket":
            await WebSocketClose()(scope, receive, send)
        elif scope["type"] == "http":
            response = await self._answer(Request(scope, receive))
            await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        try:
            body = await _body(request)
            return await run_in_threadpool(_answered, self._platform(), request, body)
        except Problem as problem:
            return answer(problem)
        except ClientDisconnect:
            return Response(None, 400)  # nobody is there to read it
        except Exception:  # noqa: BLE001 - whatever broke, the platform's own 500 says it
            return answer(Problem(500))


async def _body(request: Request) -> bytes:
    """The body of a request. Raises Problem 413."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST_BODY:
            raise Problem(413, "Request body exceeded the largest size.")
        parts.append(part)
    return b"".join(parts)


def _answered(platform: Platform, request: Request, body: bytes) -> Response:
    aim = _aim(platform, request.scope["path"])
    method = "GET" if request.method == "HEAD" else request.method
    with platform.lock:
        call = Call(
            platform=platform,
            actor=auth.actor(platform, request.headers.get("authorization")),
            method=method,
            params=request.query_params,
            headers=request.headers,
            body=body,
            scope=request.scope,
        )
    if method == "OPTIONS":
        return _described(aim)
    if method not in aim.methods():
        raise _not_allowed(aim, method)
    with platform.lock if aim.action is None or aim.action.locked else nullcontext():
        return _handled(call, aim)


def _not_allowed(aim: Aim, method: str) -> Problem:
    """405; but 403 for the PUT of what can be patched, as the vendor's toolkit words it [O]."""
    if method == "PUT" and "PATCH" in aim.methods() and not aim.switch:
        return Problem(403, PUT_REFUSED)
    return Problem(405, f'Method "{method}" not allowed.')


def _aim(platform: Platform, path: str) -> Aim:
    """What a URL names. Raises Problem 404."""
    inside = path.removeprefix(BASE)
    parts = inside.split("/")
    if inside == path or len(parts) not in (3, 4, 5) or parts.pop() != "":
        raise Problem(404)
    resource = platform.catalogue.get("/".join(parts[:2]))
    if resource is None:
        raise Problem(404)
    return _deeper(resource, parts[2:])


def _deeper(resource: Resource, parts: list[str]) -> Aim:
    if not parts:
        return Aim(resource=resource)
    if len(parts) == 1:
        action = ACTIONS.on_list(resource.path, parts[0])
        return Aim(resource=resource, key=None if action else parts[0], action=action)
    action = ACTIONS.on_record(resource.path, parts[1])
    switch = parts[1] == "active" and resource.field("active") is not None
    if action is None and not switch:
        raise Problem(404)
    return Aim(resource=resource, key=parts[0], action=action, switch=switch)


def _handled(call: Call, aim: Aim) -> Response:
    if aim.key is None:
        return _of_resource(call, aim)
    row = call.one(aim.resource.path, known_id(aim.key))
    if aim.switch:
        return resources.activate(call, aim.resource, row)
    if aim.action is not None and aim.action.detail is not None:
        if aim.action.need == "write":
            call.may_write(aim.resource.path, row)
        return _response(aim.action.detail(call, row))
    verbs = {"GET": resources.one_row, "PATCH": resources.change_row,
             "DELETE": resources.delete_row}  # fmt: skip
    return verbs[call.method](call, aim.resource, row)


def _of_resource(call: Call, aim: Aim) -> Response:
    if aim.action is not None and aim.action.listing is not None:
        return _response(aim.action.listing(call))
    if call.method == "POST":
        return resources.create_row(call, aim.resource)
    return resources.list_rows(call, aim.resource)


def _response(result: Any) -> Response:
    if isinstance(result, Response):
        return result
    return Response(None, 204) if result is None else json_answer(result)


def _described(aim: Aim) -> Response:
    """OPTIONS as DRF answers it, in short."""
    name = aim.resource.path.rpartition("/")[2].replace("_", " ").title()
    body = {"name": name, "description": "", "renders": ["application/json"],
            "parses": ["application/json", "application/x-www-form-urlencoded"]}  # fmt: skip
    return json_answer(body, 200, {"Allow": ", ".join((*aim.methods(), "OPTIONS"))})


def routes(catalogue: Mapping[str, Resource]) -> Iterator[str]:
    """Everything served over HTTP, as `METHOD /app/resource/{id}/`."""
    for path, resource in catalogue.items():
        yield from (f"{method} /{path}/" for method in Aim(resource=resource).methods())
        item = Aim(resource=resource, key="{id}")
        yield from (f"{method} /{path}/{{id}}/" for method in item.methods())
        if resource.field("active") is not None:
            yield f"PATCH /{path}/{{id}}/active/"
    yield from ACTIONS.routes()


class Voice:
    """The platform's error bodies for the fault switch."""

    def account(self, headers: Headers) -> str | None:
        """The login of a Basic header."""
        return auth.peek(headers.get("authorization"))

    def refusal(self, status: int, *, expired: bool) -> tuple[Mapping[str, str], bytes]:
        """The error body for a status; Basic credentials do not expire, so 401 is one thing."""
        response = answer(Problem(status))
        return dict(response.headers), bytes(response.body)
