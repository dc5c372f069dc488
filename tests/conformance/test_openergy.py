"""OpenergyVBP, on its stand-in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest

from connectors.contract import NodeId
from tests.conformance.calls_openergy import calls
from tests.conformance.sandbox_openergy import (
    CROWD,
    LONG,
    NOBODY,
    WEEK,
    Bare,
    crowd,
    id_of,
    openergy,
    subject,
)
from tests.conformance.subject import Known, Subject
from tests.conformance.suite import Conformance
from tests.sandbox.server import SandboxServer

SERIES = (
    "Laboratory electric power (synthetic)",
    "Laboratory electric power (synthetic) cleaned",
)
FILE = b"date,a\n2024-01-01 00:00:00,1\n" * 60_000


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with openergy() as server:
        yield server


@pytest.fixture(scope="module")
def service(server: SandboxServer) -> Subject:
    return subject(server)


@pytest.fixture(scope="module")
def known(server: SandboxServer) -> Known:
    bare = Bare(server)
    importer = crowd(bare)
    gate = bare.gate(importer["project"], "inbox")
    bare.stored(gate, "known.csv", FILE)
    series = [bare.one("odata/series", name=name) for name in SERIES]
    return Known(
        folder=id_of("importer", importer),
        children=CROWD,
        missing=NodeId(f"importer/{NOBODY}"),
        missing_series=NodeId(f"series/{NOBODY}/{NOBODY}"),
        window=WEEK,
        long=LONG,
        series=tuple(id_of("series", row) for row in series),
        rows=len(bare.values(series[0], WEEK)),
        file=NodeId(f"file/{gate['id']}/known.csv"),
        digest=hashlib.sha256(FILE).hexdigest(),
        inbox=id_of("gate", gate),
        calls=calls(bare, series),
    )


class TestOpenergy(Conformance):
    """Exempt by themselves: half a file (FTP tells no size; its end is told by the 226 instead)."""
