"""All twins by module id, under one lock: HTTP and Kafka come from different threads."""

from __future__ import annotations

from collections.abc import Mapping
from threading import RLock

from connectors.sandbox.avenieca.problems import missing
from connectors.sandbox.avenieca.settings import Settings
from connectors.sandbox.avenieca.twin import Feed, NoFeed, Twin
from connectors.sandbox.clock import Clock
from connectors.sandbox.store import Store


class Twins:
    """The twins of the world, and those that clients made by writing to them."""

    def __init__(self, store: Store, clock: Clock, settings: Settings) -> None:
        self.lock = RLock()
        self.clock = clock
        self._store = store
        self._settings = settings
        self._made = store.records("modules")
        self._feeds: Mapping[str, Feed] = {}
        self._open: dict[str, Twin] = {}

    def plant(self, feeds: Mapping[str, Feed]) -> None:
        """Gives the twins of the world their feeds."""
        self._feeds = feeds

    def names(self) -> list[str]:
        """Every module id."""
        return [*self._feeds, *(name for name in self._made if name not in self._feeds)]

    def __contains__(self, module: str) -> bool:
        return module in self._feeds or module in self._made

    def ready(self, module: str | None) -> bool:
        """Whether a request for this module, if for any, finds its past read already."""
        return module is None or module in self._open or module not in self

    def get(self, module: str) -> Twin:
        """A twin that has seen everything up to now. Raises Problem 404."""
        if module not in self:
            raise missing(f"module {module}")
        if module not in self._open:
            feed = self._feeds.get(module, NoFeed())
            journal = self._store.journal(f"twin {module}")
            kept, now = self._settings.kept_rows, self.clock.now_us()
            self._open[module] = Twin(module, feed, journal, kept, now)
        twin = self._open[module]
        twin.catch_up(self.clock.now_us())
        return twin

    def made(self, module: str) -> Twin:
        """The same, made when there is none: a module begins with its first insert [G]."""
        if module not in self:
            self._made[module] = {"module_id": module}
        return self.get(module)
