"""Sessions: what a client subscribed to, and the messages that wait for it."""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import RLock
from typing import TYPE_CHECKING, Any

from connectors.sandbox.flowthings.problems import Problem
from connectors.sandbox.flowthings.settings import Settings

if TYPE_CHECKING:
    from connectors.sandbox.flowthings.rights import Actor


class Mailbox:
    """Messages for one client. Posted from any thread, taken on the event loop."""

    def __init__(self, most: int) -> None:
        self._messages: deque[str] = deque(maxlen=most)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._posted = asyncio.Event()

    def post(self, message: dict[str, Any]) -> None:
        """Adds a message, and wakes whoever waits."""
        self._messages.append(json.dumps(message))
        self.wake()

    def wake(self) -> None:
        """Lets whoever waits look again."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended with its server
                self._loop.call_soon_threadsafe(self._posted.set)

    def take(self) -> list[str]:
        """The messages that are there, which are gone then."""
        found = []
        while self._messages:
            found.append(self._messages.popleft())
        return found

    async def wait(self, seconds: float | None, stop: Callable[[], bool]) -> None:
        """Until a message is there or `stop` holds, at most so long; None: however long."""
        self._loop = asyncio.get_running_loop()
        end = None if seconds is None else self._loop.time() + seconds
        with suppress(TimeoutError):
            async with asyncio.timeout_at(end):
                while True:
                    self._posted.clear()  # before looking: what comes later sets it again
                    if self._messages or stop():
                        return
                    await self._posted.wait()


@dataclass(slots=True)
class Session:
    """One client's session; it outlives its connection for a while."""

    id: str
    actor: Actor
    mailbox: Mailbox
    subscriptions: dict[str, tuple[str, bool]] = field(default_factory=dict)
    """By what was subscribed to, a flow's id or path: the flow's id, and whether with types."""
    seen: float = field(default_factory=time.monotonic)
    turn: int = 0
    connected: int = 0
    ended: bool = False

    @contextmanager
    def held(self) -> Iterator[int]:
        """A connection for the length of a block; a newer one takes the messages over."""
        self.turn += 1
        self.connected += 1
        self.mailbox.wake()
        try:
            yield self.turn
        finally:
            self.connected -= 1
            self.seen = time.monotonic()

    def goes_on(self, turn: int) -> bool:
        """Whether a connection is still the newest of a session that has not ended."""
        return not self.ended and self.turn == turn

    async def wait(self, turn: int, seconds: float | None = None) -> None:
        """Until there is something to tell, or the connection does not go on, or so long."""
        await self.mailbox.wait(seconds, lambda: not self.goes_on(turn))

    def idle(self, seconds: float) -> bool:
        """Whether nobody was connected for so long."""
        return not self.connected and time.monotonic() - self.seen > seconds


class Sessions:
    """Every session, by id."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._held: dict[str, Session] = {}
        self._lock = RLock()

    def open(self, identifier: str, actor: Actor) -> Session:
        """A new session. Raises Problem 503 when there are too many."""
        with self._lock:
            self._purge()
            if len(self._held) >= self._settings.most_sessions:
                raise Problem(503, "There are too many sessions.")
            session = Session(identifier, actor, Mailbox(self._settings.most_messages))
            self._held[identifier] = session
            return session

    def get(self, identifier: str) -> Session | None:
        """A session that has not ended."""
        with self._lock:
            self._purge()
            return self._held.get(identifier)

    def all(self) -> list[Session]:
        """Every session."""
        with self._lock:
            return list(self._held.values())

    def watched(self) -> set[str]:
        """The ids of the flows that somebody subscribed to."""
        return {flow for each in self.all() for flow, _ in list(each.subscriptions.values())}

    def end(self) -> None:
        """Ends all of them: their connections close."""
        with self._lock:
            ended, self._held = list(self._held.values()), {}
        for session in ended:
            session.ended = True
            session.mailbox.wake()

    def _purge(self) -> None:
        for session in list(self._held.values()):
            if session.idle(self._settings.session_seconds):
                session.ended = True
                del self._held[session.id]
