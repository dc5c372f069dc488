"""What the tests of flowthings.io's functions stand on; each file has a sandbox of its own."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from tests.conformance.sandbox_flowthings import Bare
from tests.functions.flowthings.shared import Ours, fresh, served
from tests.sandbox.server import SandboxServer


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with served() as server:
        yield server


@pytest.fixture
def bare(server: SandboxServer) -> Bare:
    return Bare(server)


@pytest.fixture
def ours(server: SandboxServer) -> Ours:
    return Ours(server)


@pytest.fixture
def flow(bare: Bare) -> str:
    """The id of a new one."""
    return bare.flow(fresh("flow"))


@pytest.fixture
def wire(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """What goes over the wire is logged: verb and path."""
    caplog.set_level(logging.DEBUG, logger="connectors.http")
    return caplog
