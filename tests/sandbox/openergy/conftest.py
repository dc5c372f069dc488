"""An OpenergyVBP for each file of tests; its tasks are finished at once.

Files that need other settings say so with a fixture of the same name.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.sandbox.openergy.settings import Settings
from tests.sandbox.openergy.wire import Api
from tests.sandbox.server import SandboxServer


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    settings = Settings(instant=True, schedules=False)
    with SandboxServer("openergy", settings={"openergy": settings}) as served:
        yield served


@pytest.fixture
def reader(server: SandboxServer) -> Api:
    """The admin, in a test that leaves the world as it is."""
    return Api(server)


@pytest.fixture
def api(server: SandboxServer) -> Iterator[Api]:
    """The admin; what the test wrote and switched on is undone."""
    yield Api(server)
    server.reset()
