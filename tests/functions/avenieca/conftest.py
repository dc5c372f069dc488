"""What the tests of AveniECA's functions stand on; a file of tests has a sandbox of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.connectors.avenieca_stage import Stage, staged


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with staged() as stage:
        yield stage
