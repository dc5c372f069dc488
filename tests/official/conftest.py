"""Real servers, one version after another, each beside a sandbox of its version; the last lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox.bemserver.call import Settings
from tests.official import real_bemserver
from tests.official.clients import client_python, run_script
from tests.official.judging import VERDICTS, table
from tests.official.scenario import whole
from tests.official.sides import Side
from tests.official.small_world import load
from tests.sandbox.server import ADMIN, SandboxServer

CLIENTS = {"0.24.3": "0.21.1", "0.26.0": "0.22.0", "0.27.0": "0.22.0"}
"""The newest published client for each API; to 0.27.0 none is, and 0.22.0 works (section 0)."""


@dataclass(frozen=True, kw_only=True)
class Twins:
    """The small world on a real server and on the sandbox of the same version."""

    version: str
    python: Path
    """Runs the published client."""
    real: Side
    sandbox: Side

    @cached_property
    def seen(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """What our service saw on each: asked once, since it changes what is there."""
        return whole(self.real), whole(self.sandbox)

    def client(self, side: Side, script: str, *arguments: str) -> list[Any]:
        """What the published client printed; as an administrator when no account is given."""
        host = side.url.removeprefix("http://")
        who = arguments or (ADMIN.email, ADMIN.password)
        return run_script(self.python, script, host, *who, seconds=600)


@pytest.fixture(scope="session")
def machine() -> Iterator[real_bemserver.Machine]:
    programs = real_bemserver.postgres_programs()
    if programs is None:
        pytest.skip("promise: the real BEMServer (needs PostgreSQL)")
    with real_bemserver.machine(programs) as here:
        yield here


@pytest.fixture(scope="session", params=CLIENTS)
def twins(request: pytest.FixtureRequest, machine: real_bemserver.Machine) -> Iterator[Twins]:
    """One version: the real server, the sandbox, and the client."""
    version = request.param
    python = client_python(f"requirements-bemserver-server-{version}.txt")
    client = client_python(f"requirements-bemserver-{CLIENTS[version]}.txt")
    with (
        real_bemserver.bemserver(machine, python, version) as real,
        SandboxServer("bemserver", settings={"bemserver": Settings(flavour=version)}) as sandbox,
    ):
        key = sandbox.bemserver.tokens.key
        yield Twins(
            version=version,
            python=client,
            real=Side(url=real.url, ids=load(real.url), key=real.key.encode()),
            sandbox=Side(url=sandbox.url, ids=load(sandbox.url), key=key),
        )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is `official`: no file can forget to say so."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.official)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A line for each function of each client, then one for each platform."""
    for line in table(VERDICTS):
        terminalreporter.write_line(line)
