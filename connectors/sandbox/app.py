"""The sandbox as one ASGI app: the platform whose port was asked, behind the fault switch."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from connectors.sandbox import control
from connectors.sandbox.faults import Fault, FaultSwitch, Faulty
from connectors.sandbox.spoiling import SPOILS
from connectors.sandbox.standin import StandIn


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosted:
    """A stand-in and the socket of its HTTP."""

    standin: StandIn
    listening: socket.socket

    @property
    def port(self) -> int:
        """Where its HTTP is served."""
        port: int = self.listening.getsockname()[1]
        return port


class Sandbox:
    """Some stand-ins that can be put back to their first state while they serve."""

    def __init__(self, hosted: Sequence[Hosted]) -> None:
        self.hosted = tuple(hosted)
        self.faults: FaultSwitch = hosted[0].standin.ground.faults
        self._control = control.application(self)
        self._apps: dict[int, ASGIApp] = {}
        self._open()

    def standin(self, kind: str) -> StandIn:
        """The stand-in of a platform. Raises KeyError when it is not served."""
        return {each.standin.kind: each.standin for each in self.hosted}[kind]

    def reset(self) -> None:
        """Forgets everything that was written, and every fault."""
        self.faults.clear()
        for each in self.hosted:
            each.standin.ground.store.clear()
        self._open()

    def switch_on(self, fault: Fault) -> None:
        """Adds a fault. Raises ValueError for one that no platform meant could show."""
        meant = [
            each.standin for each in self.hosted if fault.platform in (None, each.standin.kind)
        ]
        if not meant:
            raise ValueError(f"{fault.platform} is not served here")
        if fault.kind in SPOILS and not any(fault.kind in each.spoils for each in meant):
            raise ValueError(f"{fault.kind} cannot be shown by {fault.platform or 'any platform'}")
        self.faults.add(fault)

    def addresses(self) -> Iterator[str]:
        """`host:port` of everything that is or may be listened on."""
        for each in self.hosted:
            ground = each.standin.ground
            web = urlsplit(ground.addresses["http"])
            yield web.netloc
            yield from (place for name, place in ground.addresses.items() if name != "http")
            yield from (f"{web.hostname}:{port}" for port in each.standin.ports())

    def _open(self) -> None:
        for each in self.hosted:
            standin = each.standin
            standin.open()
            self._apps[each.port] = Faulty(
                standin.app, self.faults, standin.kind, standin.dialect, standin.spoils
            )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Control routes never fail by a fault."""
        if scope["type"] == "http" and scope["path"].startswith(control.ROOT):
            await self._control(scope, receive, send)
            return
        await self._apps[scope["server"][1]](scope, receive, send)
