"""Active importers run on their crontabs; their time zone is the server's, UTC [G, 3.3]."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from threading import Event, Thread

from connectors.sandbox.clock import EPOCH, MICROSECOND
from connectors.sandbox.openergy import importers, tasks
from connectors.sandbox.openergy.call import Platform, Record
from connectors.sandbox.openergy.crontabs import crontab
from connectors.sandbox.openergy.moments import read_moment

TICK_SECONDS = 1.0


class Schedule:
    """Looks once a second what is due."""

    def __init__(self, platform: Callable[[], Platform]) -> None:
        self._platform = platform
        self._seen: dict[str, datetime] = {}
        self._stopped = Event()
        self._thread = Thread(target=self._serve, name="openergy-schedule", daemon=True)

    def start(self) -> None:
        """Starts looking."""
        self._thread.start()

    def stop(self) -> None:
        """Ends it."""
        self._stopped.set()
        self._thread.join(timeout=10)

    def tick(self) -> int:
        """Runs what is due now; gives how many."""
        platform = self._platform()
        with platform.lock:
            due = [row for row in platform.where(importers.PATH, active=True) if self._due(row)]
            for row in due:
                tasks.start(platform, importers.TASKS, {"importer": row["id"]}, name="run",
                            work=partial(importers.run, platform, row["id"]))  # fmt: skip
        return len(due)

    def _due(self, row: Record) -> bool:
        """Whether a due moment has come since the last look, or since the last run."""
        if not row["crontab"]:
            return False
        now = self._platform().clock.now()
        since = self._seen.get(row["id"], _last_run(row) or now)
        self._seen[row["id"]] = now
        return crontab(row["crontab"]).last(now, since) is not None

    def _serve(self) -> None:
        while not self._stopped.wait(TICK_SECONDS):
            self.tick()


def _last_run(row: Record) -> datetime | None:
    text = row["last_run"]
    return None if text is None else EPOCH + read_moment(text.removesuffix("Z")) * MICROSECOND
