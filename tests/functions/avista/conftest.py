"""What the tests of Avista's functions stand on; a file of tests has a sandbox of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.functions.avista.shared import Ours, served
from tests.sandbox.avista.wire import Wire
from tests.sandbox.server import SandboxServer


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with served() as server:
        yield server


@pytest.fixture
def wire(server: SandboxServer) -> Wire:
    return Wire(server)


@pytest.fixture
def ours(server: SandboxServer) -> Ours:
    return Ours(server)
