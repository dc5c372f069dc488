"""The published OpenergyVBP client judges the stand-in, function by function."""

from __future__ import annotations

from connectors.sandbox.accounts import ADMIN
from connectors.sandbox.openergy.settings import Settings
from tests.official.clients import client_python
from tests.official.judging import judged
from tests.sandbox.server import SandboxServer


def test_every_public_function_of_the_client_works_as_its_reference_says() -> None:
    python = client_python("requirements-openergy-1.5.2.txt")
    settings = Settings(script_python=str(python), pending_seconds=0.05, running_seconds=0.05)
    with SandboxServer("openergy", settings={"openergy": settings}) as server:
        url = f"{server.url}/api/v2"
        judged("openergy", "openergy.py", python, url, ADMIN.email, ADMIN.password, label="1.5.2")
