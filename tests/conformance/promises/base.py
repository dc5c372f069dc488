"""What the promises share: fixtures, skipping by power, exemptions by name."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.contract import powers
from tests.conformance.subject import Opened, Subject


class Promises:
    """A test class of the suite; platforms subclass `Conformance`, which has all of them."""

    @pytest.fixture(autouse=True)
    def _exempt(self, request: pytest.FixtureRequest, exempt: dict[str, str]) -> None:
        name = request.node.originalname
        if name in exempt:
            pytest.skip(f"exempt: {exempt[name]}")

    @pytest.fixture
    def opened(self, service: Subject) -> Opened:
        return service.open()


def having(service: Subject, power: type[Any]) -> Opened:
    """The account, opened; skips the test where the service has no such power."""
    if power not in powers(service.type):
        pytest.skip(f"{service.kind} lacks {power.__name__}")
    return service.open()
