"""Serves a sandbox over HTTP, and says under which address and for which accounts."""

from __future__ import annotations

import socket
from dataclasses import asdict, dataclass

import uvicorn

from connectors.sandbox.app import Sandbox
from connectors.sandbox.bemserver.seed import ACCOUNTS


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Some series worth a look: a fixed local window in `zone`, or the span that ends now."""

    name: str
    series: tuple[str, ...]
    zone: str
    start: str = ""
    end: str = ""
    span: str = ""
    cron: str = ""
    """When the demo exports them by itself; empty: never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One connection that a person can make to the sandbox; `settings` as the form names them."""

    kind: str
    name: str
    settings: dict[str, str]
    about: str
    views: tuple[View, ...]


VIEWS = (
    View(
        name="A year of a real home",
        series=("Home 1, heating and cooling: electricity", "Illinois outdoor temperature"),
        zone="America/Chicago",
        start="2016-01-01T00:00",
        end="2017-01-01T00:00",
    ),
    View(
        name="The campus this week",
        series=(
            "Library electric power (synthetic)",
            "Laboratory electric power (synthetic)",
            "North campus outdoor temperature (synthetic)",
        ),
        zone="Europe/Paris",
        span="P7D",
        cron="0 6 * * *",
    ),
)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises OSError.

    The protocol is named because asyncio turns Nagle's delay (40 ms an answer) off only then.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(256)
    except OSError:
        listening.close()
        raise
    return listening


def address(listening: socket.socket) -> str:
    """The URL of a listening socket."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def server(sandbox: Sandbox) -> uvicorn.Server:
    """A server that logs nothing: what a client sends is nobody's business."""
    config = uvicorn.Config(
        sandbox,
        log_level="critical",
        access_log=False,
        lifespan="off",
        proxy_headers=False,
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)


def offers(url: str) -> list[Offer]:
    """The accounts of every platform served."""
    return [
        Offer(
            kind="bemserver",
            name="Sandbox BEMServer"
            if account.admin
            else f"Sandbox BEMServer, {account.name.lower()}",
            settings={"url": url, "email": account.email, "password": account.password},
            about=account.about,
            views=VIEWS if account.admin else (),
        )
        for account in ACCOUNTS
    ]


def listed(url: str) -> list[dict[str, object]]:
    """The offers as JSON takes them."""
    return [asdict(offer) for offer in offers(url)]
