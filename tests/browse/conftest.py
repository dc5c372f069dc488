"""A connection to a platform in memory, with a small tree on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors import registry
from dashboard.accounts.models import Workspace
from dashboard.connections.models import Connection
from tests.browse.platform import service as platform


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[platform.World]:
    """The platform, empty and well."""
    monkeypatch.setitem(registry.OURS, "tree", "tests.browse.platform")
    platform.WORLD.__init__()  # type: ignore[misc]
    yield platform.WORLD
    registry.load.cache_clear()


@pytest.fixture
def tree(world: platform.World, workspace: Workspace) -> Connection:
    """Plant A holds a boiler with two meters; plant B is empty; the top holds a third meter."""
    platform.folder("a", "Plant A")
    platform.folder("b", "Plant B")
    platform.series("top", "Outdoor temperature", unit="°C")
    platform.folder("a/boiler", "Boiler", parent="a")
    platform.series("a/gas", "Gas meter", parent="a/boiler")
    platform.series("a/heat", "Heat meter", parent="a/boiler")
    return Connection.objects.create(workspace=workspace, kind="tree", name="Tree works")
