"""What every platform's conformance file has, unless it says otherwise."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

# These are no test modules of their own, so rewritten assertions have to be asked for.
pytest.register_assert_rewrite("tests.conformance.promises", "tests.conformance.points")

from tests.conformance.faults import FaultProxy  # noqa: E402
from tests.conformance.subject import Subject  # noqa: E402


@pytest.fixture(scope="module")
def exempt() -> dict[str, str]:
    """Promises that a platform cannot keep: the test's name and the reason."""
    return {}


@pytest.fixture(scope="module")
def proxy(service: Subject) -> Iterator[FaultProxy]:
    with FaultProxy(service.settings[service.address]) as proxy:
        yield proxy
