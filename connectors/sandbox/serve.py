"""Serves the sandbox: every platform on ports of its own, in one process."""

from __future__ import annotations

import fcntl
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import uvicorn

from connectors.sandbox.app import Hosted, Sandbox
from connectors.sandbox.box import BOX
from connectors.sandbox.clock import Clock
from connectors.sandbox.faults import FaultSwitch
from connectors.sandbox.standin import Ground, Offer, StandIn
from connectors.sandbox.store import Database, Store
from connectors.sandbox.world import Campaign, world

NEAR = 100
"""A platform whose port is taken moves on by at most so many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which platforms to serve, where, and in which state."""

    kinds: Sequence[type[StandIn]]
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Each platform's own settings, by kind."""
    host: str = "127.0.0.1"
    port: int = 0
    """The first port; the others follow. 0 takes free ones."""
    clock: Clock = field(default_factory=Clock)
    seed: int = 1
    folder: Path | None = None
    """Where the state is kept; None: in memory."""
    tls: tuple[str, str] | None = None
    """Files of a certificate and its key, for HTTP and WebSocket."""


@contextmanager
def serving(plan: Plan) -> Iterator[tuple[Sandbox, uvicorn.Server]]:
    """The sandbox on its ports, ready to `run`. Raises OSError where it cannot listen."""
    with ExitStack() as stack:
        database = Database(_kept(plan, stack))
        stack.callback(database.close)
        shared = _Shared(portfolio=world(plan.clock, seed=plan.seed), faults=FaultSwitch())
        hosted = [
            _hosted(plan, kind, sockets, shared, database.store(kind.kind))
            for kind, sockets in _bound(plan, stack)
        ]
        sandbox = Sandbox(hosted)
        for each in hosted:
            each.standin.start()
            stack.callback(each.standin.stop)
        yield sandbox, _server(sandbox, plan)


def _kept(plan: Plan, stack: ExitStack) -> Path | None:
    """The file of the state, ours alone until the stack ends. Raises OSError when it is taken."""
    if plan.folder is None:
        return None
    plan.folder.mkdir(parents=True, exist_ok=True)
    path = plan.folder / f"sandbox-{plan.seed}.sqlite3"
    lock = stack.enter_context(path.with_suffix(".lock").open("w"))
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as taken:
        raise OSError(taken.errno, "another sandbox uses it", str(plan.folder)) from None
    return path


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shared:
    """What all platforms have in common."""

    portfolio: tuple[Campaign, ...]
    faults: FaultSwitch


def _hosted(
    plan: Plan,
    kind: type[StandIn],
    sockets: dict[str, socket.socket],
    shared: _Shared,
    store: Store,
) -> Hosted:
    """A stand-in on its sockets."""
    web = sockets.pop("http")
    addresses = {name: _place(each) for name, each in sockets.items()}
    addresses["http"] = f"http{'s' if plan.tls else ''}://{_place(web)}"
    ground = Ground(
        clock=plan.clock,
        world=shared.portfolio,
        seed=plan.seed,
        store=store,
        faults=shared.faults,
        addresses=addresses,
        listening=sockets,
    )
    return Hosted(standin=kind(ground, plan.settings.get(kind.kind)), listening=web)


def run(sandbox: Sandbox, server: uvicorn.Server) -> None:
    """Serves until the server is told to stop."""
    server.run([each.listening for each in sandbox.hosted])


def offers(sandbox: Sandbox) -> list[Offer]:
    """The accounts of every platform served."""
    return [offer for each in sandbox.hosted for offer in each.standin.offers()]


def further(sandbox: Sandbox) -> list[str]:
    """What is served besides HTTP, a line each."""
    return [
        f"{each.standin.label}, {name:<24} {place}"
        for each in sandbox.hosted
        for name, place in each.standin.ground.addresses.items()
        if name != "http"
    ]


def listed(sandbox: Sandbox) -> dict[str, object]:
    """Every address that the sandbox uses, the offers, and boxes to be filled with files, as JSON
    takes them."""
    return {
        "addresses": sorted(sandbox.addresses()),
        "offers": [asdict(offer) for offer in offers(sandbox)],
        "boxes": [asdict(BOX)],
    }


def _bound(
    plan: Plan, stack: ExitStack
) -> Iterator[tuple[type[StandIn], dict[str, socket.socket]]]:
    """The sockets of each platform, by name; all closed with the stack."""
    port = plan.port
    for kind in plan.kinds:
        sockets = {}
        for name in ("http", *kind.sockets):
            strict = port == plan.port
            sockets[name] = stack.enter_context(_listening(plan.host, port, strict=strict))
            port = sockets[name].getsockname()[1] + 1 if plan.port else 0
        yield kind, sockets


def _listening(host: str, port: int, *, strict: bool) -> socket.socket:
    """On this port, or unless `strict` on the next free one. Raises OSError."""
    for candidate in range(port, port + (1 if strict else NEAR)):
        try:
            return listen(host, candidate)
        except OSError:
            if strict or candidate == port + NEAR - 1:
                raise
    raise OSError(f"no free port from {port}")


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises OSError, or OverflowError past 65535.

    The protocol is named because asyncio turns Nagle's delay (40 ms an answer) off only then.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(256)
    except (OSError, OverflowError):
        listening.close()
        raise
    return listening


def _place(listening: socket.socket) -> str:
    """`host:port` of a listening socket."""
    host, port = listening.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _server(sandbox: Sandbox, plan: Plan) -> uvicorn.Server:
    """A server that logs nothing: what a client sends is nobody's business."""
    certificate, key = plan.tls or (None, None)
    config = uvicorn.Config(
        sandbox,
        log_level="critical",
        access_log=False,
        lifespan="off",
        proxy_headers=False,
        server_header=False,
        http="h11",  # others refuse the verbs MGET and MPUT
        ws="websockets-sansio",
        timeout_keep_alive=75,  # as a proxy keeps it; the tutorials sleep for exactly 5 seconds
        ws_max_size=2**20,
        timeout_graceful_shutdown=1,
        ssl_certfile=certificate,
        ssl_keyfile=key,
    )
    return uvicorn.Server(config)
