"""A connection to the clockwork platform, and its dial, set back after each test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from connectors import registry
from connectors.contract import Window
from dashboard.accounts.models import Workspace
from dashboard.connections.models import Connection
from dashboard.series import reading, services
from tests.series.clockwork import service
from tests.series.clockwork.service import Dial

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
Maker = Callable[..., Connection]
Fill = Callable[..., None]


@pytest.fixture(autouse=True)
def dial(monkeypatch: pytest.MonkeyPatch) -> Dial:
    monkeypatch.setitem(registry.OURS, "clockwork", "tests.series.clockwork")
    monkeypatch.setattr(service, "dial", Dial())
    return service.dial


@pytest.fixture
def connected(workspace: Workspace) -> Maker:
    def made(**settings: object) -> Connection:
        return Connection.objects.create(
            workspace=workspace, kind="clockwork", name="Clock", settings=settings
        )

    return made


@pytest.fixture
def clock(connected: Maker) -> Connection:
    return connected()


def days(first: float, last: float) -> Window:
    """From `first` to `last` days before noon of 1 March 2026."""
    return Window(start=NOW - timedelta(days=first), end=NOW - timedelta(days=last))


def fill_now(connection: Connection, window: Window, *nodes: str, now: datetime = NOW) -> None:
    services.fill_now(
        connection=connection,
        nodes=nodes or ("meter",),
        window=window,
        now=now,
        seconds=60,
        background=False,
    )


def holds(connection: Connection, window: Window, *, node: str = "meter", step: int = 60) -> bool:
    """Are the archived points in the window exactly the platform's?"""
    found = reading.arrays(connection=connection, node=node, window=window)
    times = service.stamps(window, step)
    return bool(
        np.array_equal(found.times, times)
        and np.array_equal(found.values, service.expected(node, times))
    )


@pytest.fixture
def settles_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    traits = replace(service.Clockwork.traits, settles=timedelta(0))
    monkeypatch.setattr(service.Clockwork, "traits", traits)
