"""A connection with two meters, and the addresses that charts of them have."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
from django.test import Client

from connectors import registry
from dashboard.accounts.models import Person, Workspace
from dashboard.browse import seen
from dashboard.browse.models import Seen
from dashboard.connections.models import Connection
from tests.charts.platform import service as platform

Address = Callable[..., str]
YEAR = {"start": "2024-01-01T00:00:00Z", "end": "2025-01-01T00:00:00Z"}
DAY = {"start": "2024-03-01T00:00:00Z", "end": "2024-03-02T00:00:00Z"}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[platform.World]:
    """The platform, empty and well."""
    monkeypatch.setitem(registry.OURS, "works", "tests.charts.platform")
    platform.WORLD.__init__()  # type: ignore[misc]
    yield platform.WORLD
    registry.load.cache_clear()


@pytest.fixture
def works(world: platform.World, workspace: Workspace) -> Connection:
    """Two meters of the platform, both seen before."""
    world.meters |= {"heat": platform.Meter(), "power": platform.Meter()}
    found = Connection.objects.create(workspace=workspace, kind="works", name="Gas works")
    meter_seen(found, "heat", "Heat meter", "kWh")
    meter_seen(found, "power", "Power", "kW")
    return found


@pytest.fixture
def client(alice: Person, client_of: Callable[[Person], Client]) -> Client:
    return client_of(alice)


def meter_seen(connection: Connection, node: str, name: str, unit: str = "") -> None:
    """As the tree would have remembered it."""
    Seen.objects.create(
        connection=connection,
        node=node,
        name=name,
        folded=seen.fold(name),
        type="meter",
        role="series",
        unit=unit,
        at=datetime(2026, 1, 2, tzinfo=UTC),
    )


def address(page: str, connection: Connection | None, *nodes: str, **words: str) -> str:
    series = [("series", f"{connection.pk}:{node}") for node in nodes] if connection else []
    return f"/charts/{page}/?{urlencode([*series, *words.items()])}"


def decoded(trace: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """What a browser makes of a trace: times in milliseconds, values."""
    times, values = trace["times"], trace["values"]
    steps = _typed(times) if "bdata" in times else np.ones(max(times["n"] - 1, 0))
    found = times["x0"] + np.concatenate(([0], np.cumsum(steps)))[: times["n"]] * times["dx"]
    if "dtype" not in values:
        return found, np.full(values["n"], np.nan)
    raw = _typed(values).astype(float)
    whole = "decimals" in values
    scaled = (raw + values.get("low", 0)) / 10.0 ** values.get("decimals", 0)
    return found, np.where(whole & (raw == 0), np.nan, scaled)


def _typed(packed: dict[str, Any]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(packed["bdata"]), dtype=f"<{packed['dtype']}")
