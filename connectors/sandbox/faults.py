"""Faults on demand: what goes wrong, for whom, how often, and a record of every time it did."""

from __future__ import annotations

import asyncio
import json
import random
import re
import socket
import struct
from collections.abc import Awaitable, Callable, Container, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from threading import Lock
from typing import Any, Protocol, get_args, get_type_hints

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connectors.sandbox.spoiling import SPOILS

PROXY_PAGE = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502</h1></body></html>"
LINGER_NONE = struct.pack("ii", 1, 0)  # close() then sends RST instead of FIN
PIECE = 16  # bytes sent at a time by `slow`
LONGEST = 1_000_000_000  # seconds; about what a date in a header can take
STATUS = re.compile("[45][0-9]{2}")
WORDS = {str: "a text", int: "a whole number", float: "a number", bool: "true or false",
         type(None): "null"}  # fmt: skip


WAITING = ("latency", "jitter", "slow")
"""What does nothing without seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong."""

    kind: str
    """One of KINDS, or an HTTP status of 400 and more such as `403`."""
    path: str = "/"
    """Only requests whose path starts so."""
    method: str | None = None
    platform: str | None = None
    account: str | None = None
    after: int = 0
    """So many matching calls pass first."""
    times: int | None = None
    """At most so often; None for always."""
    seconds: float = 0.0
    """How long `latency` and `jitter` wait, and `slow` between two pieces."""
    retry_after: float | None = None
    """Seconds in the Retry-After header; may be negative."""
    as_date: bool = False
    """Retry-After as an HTTP date."""
    location: str = ""
    """Where `redirect` points."""

    def __post_init__(self) -> None:
        """Refuses what would do nothing, or break the platform instead. Raises ValueError."""
        for name, words in _mistyped(self):
            raise ValueError(f"{name} must be {words}")
        if self.kind not in KINDS and not STATUS.fullmatch(self.kind):
            raise ValueError(f"kind must be a status of 400 to 599 or one of {', '.join(KINDS)}")
        limits = (
            ("path", "a path that starts with /", self.path.startswith("/")),
            ("after", "0 or more", self.after >= 0),
            ("times", "1 or more", self.times is None or self.times >= 1),
            ("seconds", f"0 to {LONGEST}", 0 <= self.seconds <= LONGEST),
            ("seconds", "given with this kind", self.kind not in WAITING or self.seconds > 0),
            ("retry_after", f"within {LONGEST}", abs(self.retry_after or 0) <= LONGEST),
            ("location", "on one line", self.location.isprintable()),
        )
        for name, words, _ in (limit for limit in limits if not limit[2]):
            raise ValueError(f"{name} must be {words}")


def _mistyped(fault: Fault) -> Iterator[tuple[str, str]]:
    """The fields of another type than declared, with what they have to be."""
    for name, hint in get_type_hints(Fault).items():
        value = getattr(fault, name)
        kinds = get_args(hint) or (hint,)
        wanted = (*kinds, int) if float in kinds else kinds
        if not isinstance(value, wanted) or (isinstance(value, bool) and bool not in kinds):
            yield name, " or ".join(WORDS[kind] for kind in kinds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Injected:
    """One time that a fault struck."""

    kind: str
    platform: str
    method: str
    path: str
    account: str | None
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One call that a fault may hit; beyond HTTP, `method` is such as `WEBSOCKET` or `STOR`."""

    platform: str
    method: str
    path: str
    account: str | None = None


class Dialect(Protocol):
    """What the switch must know of a platform to speak in its voice."""

    def account(self, headers: Headers) -> str | None:
        """Who is calling, as far as the headers tell."""
        ...

    def refusal(self, status: int, *, expired: bool) -> tuple[Mapping[str, str], bytes]:
        """Headers and body of an error in the platform's own shape."""
        ...


class FaultSwitch:
    """The faults that are on. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._active: list[Fault] = []
        self._injected: list[Injected] = []

    def add(self, fault: Fault) -> None:
        """Switches a fault on."""
        with self._lock:
            self._active.append(fault)

    def clear(self) -> None:
        """Switches everything off and empties the record."""
        with self._lock:
            self._active.clear()
            self._injected.clear()

    @contextmanager
    def on(self, kind: str, **settings: Any) -> Iterator[None]:
        """A fault for the length of a block."""
        fault = Fault(kind=kind, **settings)
        self.add(fault)
        try:
            yield
        finally:
            self._remove(fault)

    def _remove(self, fault: Fault) -> None:
        """Switches a fault off, whatever is left of its counts."""
        with self._lock:
            self._active = [
                other
                for other in self._active
                if replace(other, times=fault.times, after=fault.after) != fault
            ]

    @property
    def active(self) -> list[Fault]:
        """What is on, with what is left of its counts."""
        with self._lock:
            return list(self._active)

    @property
    def injected(self) -> list[Injected]:
        """Every fault that struck, oldest first."""
        with self._lock:
            return list(self._injected)

    def strike(self, call: Target, able: Container[str]) -> list[Fault]:
        """The faults that hit this call, counted down and recorded.

        `able` holds the kinds that can be shown there: a status counts as `status`.
        """
        with self._lock:
            return [fault for fault in list(self._active) if self._strikes(fault, call, able)]

    def _strikes(self, fault: Fault, call: Target, able: Container[str]) -> bool:
        """Whether the fault strikes this call; if it does, that is counted and told."""
        if not _aimed(fault, call, able):
            return False
        place = self._active.index(fault)
        if fault.after:
            self._active[place] = replace(fault, after=fault.after - 1)
            return False
        if fault.times is not None:
            self._active[place : place + 1] = (
                [replace(fault, times=fault.times - 1)] if fault.times > 1 else []
            )
        self._injected.append(
            Injected(
                kind=fault.kind,
                platform=call.platform,
                method=call.method,
                path=call.path,
                account=call.account,
                at=datetime.now(UTC).isoformat(),
            )
        )
        return True


def _aimed(fault: Fault, call: Target, able: Container[str]) -> bool:
    aims = (
        (fault.platform, call.platform),
        (fault.account, call.account),
        (fault.method, call.method),
    )
    if any(wanted is not None and wanted != found for wanted, found in aims):
        return False
    kind = "status" if fault.kind.isdigit() else fault.kind
    return call.path.startswith(fault.path) and kind in able


class Faulty:
    """An ASGI app around a platform, through which the faults strike."""

    def __init__(
        self,
        app: ASGIApp,
        switch: FaultSwitch,
        platform: str,
        dialect: Dialect,
        spoils: frozenset[str] = frozenset(),
    ) -> None:
        self._app = app
        self._switch = switch
        self._platform = platform
        self._dialect = dialect
        self._able = {"http": HTTP_KINDS | spoils, "websocket": SOCKET_KINDS | spoils}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, unless a fault answers it."""
        if scope["type"] not in self._able or not self._switch.active:
            await self._app(scope, receive, send)
            return
        target = Target(
            platform=self._platform,
            method=scope.get("method", "WEBSOCKET"),
            path=scope["path"],
            account=self._dialect.account(Headers(scope=scope)),
        )
        struck = self._switch.strike(target, self._able[scope["type"]])
        app = self._app
        for fault in reversed([fault for fault in struck if fault.kind not in SPOILS]):
            app = self._around(fault, app)
        spoiled = frozenset(fault.kind for fault in struck if fault.kind in SPOILS)
        await app({**scope, "spoiled": spoiled}, receive, send)

    def _around(self, fault: Fault, app: ASGIApp) -> ASGIApp:
        if fault.kind in CHANGES:
            return _changed(fault, app)
        answer = ANSWERS[fault.kind](fault) if fault.kind in ANSWERS else self._refused(fault)

        async def refuse(scope: Scope, _receive: Receive, send: Send) -> None:
            await _answer(scope, send, *answer)

        return refuse

    def _refused(self, fault: Fault) -> tuple[int, Mapping[str, str], bytes]:
        status = 401 if fault.kind == "expired" else int(fault.kind)
        headers, body = self._dialect.refusal(status, expired=fault.kind == "expired")
        return status, {**headers, **_retry_after(fault)}, body


def _retry_after(fault: Fault) -> dict[str, str]:
    if fault.retry_after is None:
        return {}
    if not fault.as_date:
        return {"Retry-After": f"{fault.retry_after:g}"}
    moment = datetime.now(UTC) + timedelta(seconds=fault.retry_after)
    return {"Retry-After": format_datetime(moment, usegmt=True)}


async def _answer(
    scope: Scope, send: Send, status: int, headers: Mapping[str, str], body: bytes
) -> None:
    """A whole answer; to a WebSocket it is the denial of the handshake."""
    kind = "http.response" if scope["type"] == "http" else "websocket.http.response"
    fields = {"content-length": str(len(body)), **headers}
    raw = [(name.lower().encode(), value.encode()) for name, value in fields.items()]
    await send({"type": f"{kind}.start", "status": status, "headers": raw})
    await send({"type": f"{kind}.body", "body": body})


Whole = tuple[int, Mapping[str, str], bytes]
JSON = {"content-type": "application/json"}
HTML = {"content-type": "text/html; charset=utf-8"}
ANSWERS: Mapping[str, Callable[[Fault], Whole]] = {
    "bad_gateway": lambda fault: (502, {**HTML, **_retry_after(fault)}, PROXY_PAGE),
    "html": lambda _fault: (200, HTML, PROXY_PAGE),
    "empty": lambda _fault: (200, JSON, b""),
    "wrong_type": lambda _fault: (200, JSON, json.dumps("not what was asked for").encode()),
    "redirect": lambda fault: (302, {"location": fault.location}, b""),
}

Run = Callable[[Fault, ASGIApp, Scope, Receive, Send], Awaitable[None]]


def _changed(fault: Fault, app: ASGIApp) -> ASGIApp:
    run = CHANGES[fault.kind]

    async def change(scope: Scope, receive: Receive, send: Send) -> None:
        await run(fault, app, scope, receive, send)

    return change


async def _late(fault: Fault, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    share = random.random() if fault.kind == "jitter" else 1.0
    await asyncio.sleep(fault.seconds * share)
    await app(scope, receive, send)


async def _slow(fault: Fault, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """The answer, a few bytes at a time."""

    async def dribble(message: Message) -> None:
        body = message.get("body", b"")
        for start in range(0, max(len(body) - PIECE, 0), PIECE):
            piece = body[start : start + PIECE]
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            await asyncio.sleep(fault.seconds)
        rest = body[len(body) - (len(body) - 1) % PIECE - 1 :] if body else b""
        await send({**message, "body": rest} if "body" in message else message)

    await app(scope, receive, dribble)


async def _truncated(
    _fault: Fault, app: ASGIApp, scope: Scope, receive: Receive, send: Send
) -> None:
    """Half of the first piece of the body, then the connection closes."""
    cut = False

    async def half(message: MutableMapping[str, Any]) -> None:
        nonlocal cut
        body = message.get("body", b"")
        if cut:
            return
        if not body:
            await send(message)
            return
        cut = True
        await send({**message, "body": body[: len(body) // 2], "more_body": True})
        transport = _transport(send)
        if transport is not None:
            transport.close()

    await app(scope, receive, half)


async def _reset(
    _fault: Fault, _app: ASGIApp, _scope: Scope, _receive: Receive, send: Send
) -> None:
    """The connection breaks before a byte is answered."""
    transport = _transport(send)
    if transport is None:
        raise ConnectionResetError
    plain: socket.socket = transport.get_extra_info("socket")
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NONE)
    transport.abort()


def _transport(send: Send) -> asyncio.Transport | None:
    """The connection behind uvicorn's `send`, a bound method of its request cycle."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    return transport if isinstance(transport, asyncio.Transport) else None


CHANGES: Mapping[str, Run] = {
    "latency": _late,
    "jitter": _late,
    "slow": _slow,
    "truncated": _truncated,
    "reset": _reset,
}
SOCKET_KINDS = frozenset(("status", "expired", "latency", "jitter", "reset", *ANSWERS))
HTTP_KINDS = SOCKET_KINDS | CHANGES.keys()
KINDS = ("expired", *ANSWERS, *CHANGES, *sorted(SPOILS))


def described(switch: FaultSwitch) -> dict[str, Any]:
    """What is on and what struck, as JSON takes it."""
    return {
        "active": [asdict(fault) for fault in switch.active],
        "injected": [asdict(one) for one in switch.injected],
    }
