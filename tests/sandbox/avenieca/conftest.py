"""An AveniECA for each file of tests; its clock stands still."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.avenieca.wire import NOW
from tests.sandbox.clock import HandClock
from tests.sandbox.server import SandboxServer


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer("avenieca", clock=HandClock(shown=[NOW])) as served:
        yield served
