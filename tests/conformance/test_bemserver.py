"""BEMServer, on its stand-in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.contract import NodeId
from tests.conformance.calls_bemserver import CAMPAIGN, ROWS
from tests.conformance.calls_bemserver_data import ACTS
from tests.conformance.sandbox_bemserver import (
    CROWD,
    LONG,
    PRESENT,
    SPACE,
    WEEK,
    crowd,
    group,
    values,
)
from tests.conformance.subject import Known, Subject
from tests.conformance.suite import Conformance
from tests.sandbox.server import ADMIN, SandboxServer


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer("bemserver") as server:
        crowd(server)
        yield server


@pytest.fixture(scope="module")
def service(server: SandboxServer) -> Subject:
    settings = {"url": server.url, "email": ADMIN.email, "password": ADMIN.password}
    return Subject(kind="bemserver", settings=settings)


@pytest.fixture(scope="module")
def known(server: SandboxServer) -> Known:
    return Known(
        folder=NodeId(SPACE), children=CROWD + PRESENT, missing=NodeId("site/9999"),
        missing_series=NodeId("timeseries/9999@1"), window=WEEK, long=LONG,
        series=(NodeId("timeseries/40@1"), NodeId("timeseries/52@1")),
        rows=len(values(server, 40, WEEK.start, WEEK.end)),
        writable=NodeId("timeseries/57@1"), text="Laboratory electric pow",
        calls={**ROWS, **ACTS}, shareable=CAMPAIGN, audience=group(server),
    )  # fmt: skip


class TestBEMServer(Conformance):
    """No exemptions."""
