"""Sandboxes in a thread, on ports of their own."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from threading import Thread
from typing import Any

from connectors.sandbox.app import Sandbox
from connectors.sandbox.bemserver.call import Platform
from connectors.sandbox.bemserver.seed import ACCOUNTS, Account
from connectors.sandbox.clock import Clock
from connectors.sandbox.faults import FaultSwitch
from connectors.sandbox.serve import Plan, run, serving
from connectors.sandbox.standins import chosen
from tests.serving import Closing

ADMIN, MEMBER, OUTSIDER = ACCOUNTS


class SandboxServer(Closing):
    """Serves from the moment it is made until `close`."""

    accounts: tuple[Account, ...] = ACCOUNTS
    sandbox: Sandbox

    def __init__(
        self,
        *kinds: str,
        settings: Mapping[str, Any] | None = None,
        clock: Clock | None = None,
        seed: int = 1,
        tls: tuple[str, str] | None = None,
        folder: Path | None = None,
    ) -> None:
        plan = Plan(kinds=chosen(*kinds), settings=settings or {}, clock=clock or Clock(),
                    seed=seed, tls=tls, folder=folder)  # fmt: skip
        with ExitStack() as stack:
            self.sandbox, self._server = stack.enter_context(serving(plan))
            self._closing = stack.pop_all()
        self.url = self.address(kinds[0] if kinds else self.sandbox.hosted[0].standin.kind)
        self.port = int(self.url.rpartition(":")[2])
        self._thread = Thread(
            target=run, args=(self.sandbox, self._server), name="sandbox", daemon=True
        )
        self._thread.start()

    @property
    def faults(self) -> FaultSwitch:
        """Switches faults on, and tells which struck."""
        return self.sandbox.faults

    @property
    def bemserver(self) -> Platform:
        """What the BEMServer among them holds."""
        platform: Platform = self.standin("bemserver").platform
        return platform

    def standin(self, kind: str) -> Any:
        """One platform, of the class that its package declares."""
        return self.sandbox.standin(kind)

    def address(self, kind: str, name: str = "http") -> str:
        """Where it is: a URL for `http`, else `host:port`."""
        address: str = self.standin(kind).ground.addresses[name]
        return address

    def reset(self) -> None:
        """Back to the first state; tokens given before no longer hold."""
        self.sandbox.reset()

    def close(self) -> None:
        """Stops serving and frees the ports."""
        self._server.should_exit = True
        self._thread.join(timeout=10)
        self._closing.close()
