"""A platform that tells times which no meter saw: from the year 1 no calendar counts back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse

from connectors import registry
from dashboard.accounts.models import Workspace
from dashboard.browse.models import Seen
from dashboard.connections.models import Connection
from dashboard.connections.probe import sample
from dashboard.connections.services import connection_open
from tests.browse.platform import service as platform

YEARS = (1, 1677, 1899, 2200, 9999)


@pytest.fixture(params=YEARS)
def tree(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, workspace: Workspace
) -> Iterator[Connection]:
    """One meter, whose newest point is of an impossible year."""
    monkeypatch.setitem(registry.OURS, "tree", "tests.browse.platform")
    platform.WORLD.__init__()  # type: ignore[misc]
    meter = platform.series("meter", "Meter")
    newest = datetime(request.param, 1, 1, tzinfo=UTC)
    platform.WORLD.add(replace(meter, last_seen=newest))
    yield Connection.objects.create(workspace=workspace, kind="tree", name="Tree works")
    registry.load.cache_clear()


def test_an_impossible_newest_point_breaks_no_page(tree: Connection, owner: Client) -> None:
    asked = {"id": "meter"}
    for name in ("node", "latest"):
        page = owner.get(reverse(f"browse:{name}", args=[tree.pk]), asked)
        assert page.status_code == 200, name
    assert Seen.objects.get().last_seen is None
    for name in ("explore", "data"):
        for span in ("P1D", "P10Y"):
            shown = {"series": f"{tree.pk}:meter", "span": span}
            assert owner.get(reverse(f"charts:{name}"), shown).status_code == 200, name


def test_an_impossible_newest_point_breaks_no_test_of_an_account(tree: Connection) -> None:
    with connection_open(tree) as service:
        assert "Meter" in sample(service, now=datetime(2026, 1, 1, tzinfo=UTC))
