"""The routes that switch faults and reset the sandbox. They answer on every platform's port."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Awaitable, Callable
from dataclasses import fields
from typing import Any, Protocol

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.sandbox.faults import Fault, FaultSwitch, described

ROOT = "/_control/"


class Controlled(Protocol):
    """What the routes act on."""

    faults: FaultSwitch

    def switch_on(self, fault: Fault) -> None:
        """Adds a fault. Raises ValueError."""
        ...

    def reset(self) -> None:
        """Back to the first state."""
        ...


Control = Callable[[bytes], Response]


def application(sandbox: Controlled) -> Starlette:
    """The control routes, for callers on this machine."""

    def show(_body: bytes) -> Response:
        return JSONResponse(described(sandbox.faults))

    def add(body: bytes) -> Response:
        try:
            sandbox.switch_on(_fault(json.loads(body)))
        except (TypeError, ValueError, RecursionError) as problem:
            return JSONResponse({"error": str(problem)}, 422)
        return JSONResponse(described(sandbox.faults), 201)

    def clear(_body: bytes) -> Response:
        sandbox.faults.clear()
        return Response(None, 204)

    def reset(_body: bytes) -> Response:
        sandbox.reset()
        return Response(None, 204)

    faults = f"{ROOT}faults"
    return Starlette(
        routes=[
            Route(faults, _near(show), methods=["GET"]),
            Route(faults, _near(add), methods=["POST"]),
            Route(faults, _near(clear), methods=["DELETE"]),
            Route(f"{ROOT}reset", _near(reset), methods=["POST"]),
        ]
    )


def _fault(given: Any) -> Fault:
    """Raises ValueError and TypeError with a sentence."""
    known = [field.name for field in fields(Fault)]
    if not isinstance(given, dict) or "kind" not in given:
        raise ValueError("a fault is an object with a kind")
    if set(given) - set(known):
        raise ValueError(f"a fault has no {min(set(given) - set(known))}, but {', '.join(known)}")
    return Fault(**given)


def _near(control: Control) -> Callable[[Request], Awaitable[Response]]:
    """A control route; callers from another machine are refused."""

    async def endpoint(request: Request) -> Response:
        return _distant(request) or control(await request.body())

    return endpoint


def _distant(request: Request) -> Response | None:
    """A refusal for callers from another machine, and for pages open in a browser of this one."""
    client = request.client.host if request.client else ""
    if not _near_name(client) or not _near_name(request.url.hostname or ""):
        return JSONResponse({"error": "only from this machine"}, 403)
    if "origin" in request.headers:
        return JSONResponse({"error": "not from a page in a browser"}, 403)
    return None


def _near_name(host: str) -> bool:
    """Whether a host is this machine by its own name for itself: no other site can be called so."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
