"""A flowthings.io for each file of tests.

Files that need another clock or other settings say so with a fixture of the same name.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.flowthings.wire import KIND, Account
from tests.sandbox.server import SandboxServer


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer(KIND) as served:
        yield served


@pytest.fixture
def admin(server: SandboxServer) -> Iterator[Account]:
    """The admin; what the test wrote is undone."""
    yield Account(server)
    server.reset()
