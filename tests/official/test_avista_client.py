"""Avista's published clients, unmodified, against the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.certificates import issued
from tests.official.clients import client_python
from tests.official.judging import judged
from tests.official.tunnel import tunnel
from tests.sandbox.server import SandboxServer

VENDOR = "rrfs7pb7ancybo7bom7uxcsaxq.{}.us-west-2.amazonaws.com"
REQUESTS, LIVE = VENDOR.format("appsync-api"), VENDOR.format("appsync-realtime-api")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusted:
    """A sandbox by TLS, and the file of the authority behind its certificate."""

    server: SandboxServer
    authority: str

    @property
    def env(self) -> dict[str, str]:
        """What makes every transport of the clients trust it."""
        return {"REQUESTS_CA_BUNDLE": self.authority, "SSL_CERT_FILE": self.authority}

    @property
    def url(self) -> str:
        """Where GraphQL is."""
        return f"{self.server.url}/graphql"


@pytest.fixture
def trusted(tmp_path: Path) -> Iterator[Trusted]:
    """A fresh Avista with a certificate for its address and for the vendor's two hosts."""
    certificate = issued(tmp_path, REQUESTS, LIVE)
    with SandboxServer("avista", tls=certificate.tls) as server:
        yield Trusted(server=server, authority=certificate.authority)


@pytest.mark.parametrize("version", ["0.0.24", "1.2.1"])
def test_every_function_works_when_the_client_is_pointed_here(
    version: str, trusted: Trusted, tmp_path: Path
) -> None:
    """By its attributes: method C of the reference."""
    folder = tmp_path / "work"
    folder.mkdir()
    judged(
        "avista",
        "avista.py",
        client_python(f"requirements-avista-{version}.txt"),
        trusted.url,
        trusted.authority,
        str(folder),
        label=version,
        env=trusted.env,
    )


def test_every_function_works_by_a_proxy_with_nothing_of_the_client_changed(
    trusted: Trusted, tmp_path: Path
) -> None:
    """The client asks for the vendor's own hosts, both of them: method B of the reference."""
    folder = tmp_path / "work"
    folder.mkdir()
    with tunnel(trusted.server.port) as (proxy, asked):
        judged(
            "avista",
            "avista.py",
            client_python("requirements-avista-0.0.24.txt"),
            f"https://{REQUESTS}/graphql",
            trusted.authority,
            str(folder),
            label="0.0.24 by proxy",
            env={**trusted.env, "HTTPS_PROXY": proxy, "https_proxy": proxy},
        )
    assert {f"{REQUESTS}:443", f"{LIVE}:443"} <= set(asked)
