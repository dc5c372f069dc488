"""Keeping a lease while one long call runs that cannot renew it itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection

LEASE_SECONDS = 60
"""What a killed worker costs before somebody else goes on."""
BEAT_SECONDS = 15


@contextmanager
def beating(renew: Callable[[], bool], *, every: float = BEAT_SECONDS) -> Iterator[None]:
    """Calls `renew` every so many seconds while the block runs, until it says no."""
    stop = threading.Event()
    thread = threading.Thread(target=_beat, args=(renew, every, stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _beat(renew: Callable[[], bool], every: float, stop: threading.Event) -> None:
    try:
        while not stop.wait(every):
            if not _renewed(renew):
                return
    finally:
        connection.close()


def _renewed(renew: Callable[[], bool]) -> bool:
    try:
        return renew()
    except OperationalError:  # a busy or restarting database; the lease outlives three such beats
        return True
