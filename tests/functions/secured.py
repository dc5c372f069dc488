"""Sandboxes by HTTPS, whose authority nobody else trusts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.egress import Deadline, Egress
from connectors.registry import Terms
from tests.certificates import issued
from tests.conformance.subject import Kept
from tests.sandbox.server import SandboxServer


@contextmanager
def secured(kind: str, folder: Path) -> Iterator[tuple[SandboxServer, Terms]]:
    """One of them, and the terms of those who trust it."""
    certificate = issued(folder)
    with SandboxServer(kind, tls=certificate.tls) as server:
        assert server.url.startswith("https://")
        address = ("127.0.0.1", server.port)
        egress = Egress(allow=frozenset((address,)), authorities=certificate.authority)
        yield server, Terms(egress=egress, deadline=Deadline.after(30), keep=Kept())
