"""What the stand-in is at one time: its records, samples, objects and listeners."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from threading import RLock
from typing import TYPE_CHECKING

from connectors.sandbox.avista.hub import Hub
from connectors.sandbox.avista.objects import URL_SECONDS, Objects
from connectors.sandbox.samples import Samples
from connectors.sandbox.standin import Ground

if TYPE_CHECKING:
    from connectors.sandbox.avista.series import SeriesState


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What may differ between two stand-ins. All figures are choices: no vendor tells his [G]."""

    url_seconds: int = URL_SECONDS
    """How long a presigned URL holds."""
    largest_upload: int = 1 << 30
    """In bytes."""
    largest_body: int = 6 << 20
    """Of a GraphQL request, in bytes."""
    keep_alive: float = 60.0
    """Seconds between two keep-alive frames on a WebSocket; the value is AWS's own."""


class Platform:
    """Everything that the resolvers work on. They run one at a time, under `lock`."""

    series: SeriesState
    """What the time-series, IoT and capture side keeps in memory."""

    def __init__(self, ground: Ground, settings: Settings, hub: Hub) -> None:
        self.ground = ground
        self.settings = settings
        self.hub = hub
        self.lock = RLock()
        self.clock = ground.clock
        self.store = ground.store
        self.world = ground.world
        self.objects = Objects(ground.store, ground.clock)
        self.samples = Samples(ground.store.journal("samples"))

    def new_id(self, kind: str) -> str:
        """`dataStoreId.7` for `dataStoreId`: clients tell kinds apart by the text of the id."""
        return f"{kind}.{self.store.number(kind)}"

    def now_text(self) -> str:
        """The present as the platform writes times."""
        return iso(self.clock.now())


def iso(moment: datetime) -> str:
    """`2024-01-01T00:00:00.000Z` of an aware moment in UTC."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
