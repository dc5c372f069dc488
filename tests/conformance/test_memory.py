"""The reference keeps every promise, without exemption."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors import registry
from connectors.contract import NodeId, Window
from tests.conformance.memory.server import COUNT, START, STEP, MemoryServer
from tests.conformance.subject import Known, Subject
from tests.conformance.suite import Conformance


@pytest.fixture(scope="module")
def service() -> Iterator[Subject]:
    with pytest.MonkeyPatch.context() as patch, MemoryServer() as server:
        patch.setitem(registry.OURS, "memory", "tests.conformance.memory")
        yield Subject(kind="memory", settings=server.settings)


@pytest.fixture(scope="module")
def known() -> Known:
    return Known(
        folder=NodeId("meters"),
        children=24,
        missing=NodeId("nowhere"),
        missing_series=NodeId("nothing"),
        series=(NodeId("power"), NodeId("m03")),
        window=Window(start=START, end=START + 960 * STEP),
        rows=960,
        long=Window(start=START, end=START + COUNT * STEP),
        writable=NodeId("m23"),
        text="Total pow",
    )


class TestMemory(Conformance):
    """No exemptions."""
