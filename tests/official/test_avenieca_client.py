"""AveniECA's published client, unmodified, against the sandbox: REST and Kafka."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.sandbox.accounts import ADMIN
from tests.official.clients import client_python, run_script
from tests.official.judging import judged
from tests.sandbox.server import SandboxServer

VERSION = "0.1.4"


@pytest.fixture(scope="module")
def python() -> Path:
    return client_python(f"requirements-avenieca-{VERSION}.txt")


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with SandboxServer("avenieca") as served:
        yield served


def test_every_function_of_the_client_works_and_refuses(
    python: Path, server: SandboxServer
) -> None:
    broker = server.address("avenieca", "kafka")
    judged("avenieca", "avenieca_judge.py", python, f"{server.url}/v1", broker, ADMIN.email,
           ADMIN.password, label=VERSION)  # fmt: skip


def test_kafkas_own_client_produces_and_consumes(python: Path, server: SandboxServer) -> None:
    lines = run_script(python, "avenieca_broker.py", server.address("avenieca", "kafka"))
    assert {line["step"]: line["saw"] for line in lines} == {
        "offsets gzip": [0, 999],
        "offsets None": [1000, 1999],
        "consumer 0": [True, True, True, 5],
        "consumer 1": [True, True, True, 5],
        "bounds": [0, 2000],
        "by time": [10, 10],
        "from 1998": [1998, 1999],
        "beyond the end": 0,
        "topics": [True, True],
        "to a twin's output": "TopicAuthorizationFailedError",
        "too large": "MessageSizeTooLargeError",
    }
