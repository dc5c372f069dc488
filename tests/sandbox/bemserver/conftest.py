"""A BEMServer for each file of tests, and the people who ask it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.client import Raw
from tests.sandbox.server import ADMIN, MEMBER, OUTSIDER, SandboxServer


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    """Of the newest API that a client was released for."""
    with SandboxServer("bemserver") as served:
        yield served


@pytest.fixture
def admin(server: SandboxServer) -> Iterator[Raw]:
    """Signed in as admin; what the test wrote and switched on is undone."""
    yield Raw(server, ADMIN)
    server.reset()


@pytest.fixture
def member(server: SandboxServer) -> Raw:
    """Signed in as somebody who sees a part."""
    return Raw(server, MEMBER)


@pytest.fixture
def outsider(server: SandboxServer) -> Raw:
    """Signed in as somebody who sees nothing."""
    return Raw(server, OUTSIDER)


@pytest.fixture
def stranger(server: SandboxServer) -> Raw:
    """Not signed in."""
    return Raw(server)
