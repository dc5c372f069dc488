"""An Avista for each file of tests, and the people who ask it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.sandbox.accounts import MEMBER, OUTSIDER
from tests.sandbox.avista.series import Database
from tests.sandbox.avista.wire import Wire
from tests.sandbox.server import SandboxServer


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer("avista") as served:
        yield served


@pytest.fixture
def admin(server: SandboxServer) -> Iterator[Wire]:
    """The admin; what the test wrote is undone."""
    yield Wire(server)
    server.reset()


@pytest.fixture
def reader(server: SandboxServer) -> Wire:
    """The admin, who writes nothing."""
    return Wire(server)


@pytest.fixture
def member(server: SandboxServer) -> Wire:
    """Somebody who sees a part."""
    return Wire(server, MEMBER)


@pytest.fixture
def outsider(server: SandboxServer) -> Wire:
    """Somebody who sees nothing."""
    return Wire(server, OUTSIDER)


@pytest.fixture
def database(admin: Wire) -> Database:
    """A new, empty database of the admin's."""
    return Database(admin)
