"""What the tests of BEMServer's functions stand on; a file of tests has a sandbox of its own.

Files that need another server, or one campaign for all their tests, say so with a fixture of the
same name.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from tests.conformance.faults import FaultProxy
from tests.functions.bemserver.ground import Ground
from tests.functions.bemserver.rows import Stage, staged
from tests.functions.bemserver.shared import Bare, Ours, served
from tests.sandbox.server import SandboxServer


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with served() as server:
        yield server


@pytest.fixture(scope="module")
def ours(server: SandboxServer) -> Ours:
    return Ours(server)


@pytest.fixture(scope="module")
def bare(server: SandboxServer) -> Bare:
    return Bare(server)


@pytest.fixture
def ground(bare: Bare) -> Ground:
    return Ground(bare)


@pytest.fixture
def proxy(server: SandboxServer) -> Iterator[FaultProxy]:
    with FaultProxy(server.url) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with staged() as stage:
        yield stage


@pytest.fixture
def wire(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """What goes over the wire is logged: verb, path and status."""
    caplog.set_level(logging.DEBUG, logger="connectors.http")
    return caplog
