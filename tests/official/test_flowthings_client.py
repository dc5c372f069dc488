"""The sandbox flowthings.io, judged by the platform's published client 1.0.5, unmodified."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.sandbox.accounts import ADMIN, MEMBER, token
from connectors.sandbox.faults import Fault
from tests.certificates import issued
from tests.official.clients import client_python, run_script
from tests.official.judging import judged
from tests.sandbox.server import SandboxServer

KIND = "flowthings"
ADMINS = token(KIND, ADMIN)
WAIT = 0.2  # seconds that each call is held up
FINDS = 50


@pytest.fixture(scope="module")
def python() -> Path:
    return client_python("requirements-flowthings-1.0.5.txt")


@pytest.fixture
def served() -> Iterator[SandboxServer]:
    with SandboxServer(KIND) as server:
        yield server


def test_every_public_function_does_what_it_promises(served: SandboxServer, python: Path) -> None:
    """All of them, by introspection: with right input, with wrong input, and what is broken."""
    host = served.url.removeprefix("http://")
    judged(KIND, "flowthings_judge.py", python, host, ADMINS, token(KIND, MEMBER), label="1.0.5")


@pytest.mark.parametrize("library", ["gevent", "eventlet"])
def test_fifty_finds_run_side_by_side_and_answer_in_order(
    served: SandboxServer, python: Path, library: str
) -> None:
    """One after the other they would take as long as all their waits together."""
    served.faults.add(Fault(kind="latency", seconds=WAIT, path="/v0.1/admin/flow/"))
    host = served.url.removeprefix("http://")
    (saw,) = run_script(python, "flowthings_parallel.py", library, host, ADMINS)
    assert saw["in order"]
    assert saw["seconds"] < FINDS * WAIT / 2
    assert saw["lazy"].startswith("f")


def test_the_client_reaches_it_over_tls_with_a_private_authority(
    python: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`requests` and websocket-client each have a variable of their own."""
    certificate = issued(tmp_path)
    for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "WEBSOCKET_CLIENT_CA_BUNDLE"):
        monkeypatch.setenv(name, certificate.authority)
    with SandboxServer(KIND, tls=certificate.tls) as server:
        host = server.url.removeprefix("https://")
        (saw,) = run_script(python, "flowthings_tls.py", host, ADMINS)
    assert saw == [[True, {"a": 1}]]
