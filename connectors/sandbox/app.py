"""One sandbox address: a platform behind the fault switch, and the control routes beside it."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from connectors.sandbox.bemserver import app as bemserver
from connectors.sandbox.bemserver.call import Platform, Settings
from connectors.sandbox.clock import Clock
from connectors.sandbox.faults import Fault, FaultSwitch, Faulty, described
from connectors.sandbox.world import world

CONTROL = "/_control/"


@dataclass(slots=True)
class Sandbox:
    """An ASGI app that can be put back to its first state while it serves."""

    settings: Settings = field(default_factory=Settings)
    clock: Clock = field(default_factory=Clock)
    seed: int = 1
    faults: FaultSwitch = field(default_factory=FaultSwitch)
    platform: Platform = field(init=False)
    _app: ASGIApp = field(init=False)
    _control: ASGIApp = field(init=False)

    def __post_init__(self) -> None:
        """Builds the first state."""
        self._control = _control(self)
        self.reset()

    def reset(self) -> None:
        """Forgets everything that was written, and every fault."""
        self.faults.clear()
        self.platform = bemserver.platform(
            self.settings, self.clock, world(self.clock, seed=self.seed)
        )
        dialect = bemserver.Dialect(self.platform)
        inner = bemserver.application(self.platform)
        self._app = Faulty(inner, self.faults, "bemserver", dialect)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Control routes never fail by a fault."""
        if scope["type"] == "http" and scope["path"].startswith(CONTROL):
            await self._control(scope, receive, send)
            return
        await self._app(scope, receive, send)


Control = Callable[[bytes], Response]


def _control(sandbox: Sandbox) -> Starlette:
    def show(_body: bytes) -> Response:
        return JSONResponse(described(sandbox.faults))

    def add(body: bytes) -> Response:
        try:
            fault = Fault(**json.loads(body))
        except (TypeError, ValueError) as problem:
            return JSONResponse({"error": str(problem)}, 422)
        sandbox.faults.add(fault)
        return JSONResponse(described(sandbox.faults), 201)

    def clear(_body: bytes) -> Response:
        sandbox.faults.clear()
        return Response(None, 204)

    def reset(_body: bytes) -> Response:
        sandbox.reset()
        return Response(None, 204)

    faults = f"{CONTROL}faults"
    return Starlette(
        routes=[
            Route(faults, _near(show), methods=["GET"]),
            Route(faults, _near(add), methods=["POST"]),
            Route(faults, _near(clear), methods=["DELETE"]),
            Route(f"{CONTROL}reset", _near(reset), methods=["POST"]),
        ]
    )


def _near(control: Control) -> Callable[[Request], Awaitable[Response]]:
    """A control route; callers from another machine are refused."""

    async def endpoint(request: Request) -> Response:
        return _distant(request) or control(await request.body())

    return endpoint


def _distant(request: Request) -> Response | None:
    """A refusal for callers from another machine."""
    host = request.client.host if request.client else ""
    try:
        near = ipaddress.ip_address(host).is_loopback
    except ValueError:
        near = False
    return None if near else JSONResponse({"error": "only from this machine"}, 403)
