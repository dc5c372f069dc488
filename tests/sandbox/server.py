"""A sandbox in a thread, on a port of its own."""

from __future__ import annotations

from threading import Thread
from types import TracebackType

from connectors.sandbox.app import Sandbox
from connectors.sandbox.bemserver.call import Settings
from connectors.sandbox.bemserver.seed import ACCOUNTS, Account
from connectors.sandbox.clock import Clock
from connectors.sandbox.faults import FaultSwitch
from connectors.sandbox.serve import address, listen, server

ADMIN, MEMBER, OUTSIDER = ACCOUNTS


class SandboxServer:
    """Serves from the moment it is made until `close`."""

    accounts: tuple[Account, ...] = ACCOUNTS

    def __init__(
        self, settings: Settings | None = None, *, clock: Clock | None = None, seed: int = 1
    ) -> None:
        self.sandbox = Sandbox(settings or Settings(), clock or Clock(), seed)
        self._listening = listen("127.0.0.1", 0)
        self.url = address(self._listening)
        self.port = int(self.url.rpartition(":")[2])
        self._server = server(self.sandbox)
        self._thread = Thread(
            target=self._server.run, args=([self._listening],), name="sandbox", daemon=True
        )
        self._thread.start()

    @property
    def faults(self) -> FaultSwitch:
        """Switches faults on, and tells which struck."""
        return self.sandbox.faults

    def reset(self) -> None:
        """Back to the first state; tokens given before no longer hold."""
        self.sandbox.reset()

    def close(self) -> None:
        """Stops serving and frees the port."""
        self._server.should_exit = True
        self._thread.join(timeout=10)
        self._listening.close()

    def __enter__(self) -> SandboxServer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
