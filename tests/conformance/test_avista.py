"""The Avista Digital Exchange, on its stand-in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest

from connectors.contract import NodeId
from tests.conformance.calls_avista import calls
from tests.conformance.faults import FaultProxy
from tests.conformance.sandbox_avista import (
    CAMPUS,
    CROWD,
    KIND,
    LONG,
    WEEK,
    crowd,
    inbox,
    node,
    numbers,
    points,
    series,
    stored,
    subject,
    written,
)
from tests.conformance.subject import Known, Subject
from tests.conformance.suite import Conformance
from tests.sandbox.avista.series import Database
from tests.sandbox.avista.wire import Wire
from tests.sandbox.server import SandboxServer

FILE = b"date,a\n2024-01-01 00:00:00,1\n" * 60_000


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer(KIND) as server:
        server.standin(KIND).platform.series.latest_page = 10
        yield server


@pytest.fixture(scope="module")
def service(server: SandboxServer) -> Subject:
    return subject(server)


@pytest.fixture(scope="module")
def proxy(service: Subject) -> Iterator[FaultProxy]:
    """Addresses of files are signed for the host that was asked: they lead through here too."""
    with FaultProxy(service.settings[service.address], named=True) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def known(server: SandboxServer) -> Known:
    wire = Wire(server)
    campus = Database(wire, CAMPUS)
    asset, (first, second) = numbers(campus, WEEK)
    store = inbox(wire)
    taking = written(wire, "plant", "kW", "kWh")
    return Known(
        folder=node("database", crowd(wire).id), children=CROWD,
        missing=NodeId("store/dataStoreId.0"),
        missing_series=node("series", CAMPUS, "nowhere", "kW", "DOUBLE"),
        series=(series(campus, asset, first), series(campus, asset, second)),
        window=WEEK, long=LONG, rows=len(points(campus, asset, first, WEEK)),
        writable=series(taking, "plant", "kW"), live=series(taking, "plant", "kWh"),
        file=node("file", stored(wire, store, "known.csv", FILE)),
        digest=hashlib.sha256(FILE).hexdigest(), inbox=node("store", store["dataStoreId"]),
        shareable=node("store", store["dataStoreId"]), audience="collaborativeId.3",
        calls=calls(wire),
    )  # fmt: skip


class TestAvista(Conformance):
    """No exemptions."""
