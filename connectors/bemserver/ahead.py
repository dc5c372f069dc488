"""Several streams read at once, their items handed on in order.

Latency, not work, is what a window of many requests waits for: eight in flight are 7.9 times as
fast as one. Memory stays bounded, since each flight waits when it is a few items ahead.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from itertools import islice
from queue import SimpleQueue
from threading import Semaphore
from typing import Generic, TypeVar

T = TypeVar("T")

Job = Callable[[], Generator[T, None, None]]

FLIGHTS = 8
"""Requests at once; more gained little, and weigh on the platform."""
AHEAD = 2
"""Items that one flight holds ready."""


class _Flight(Generic[T]):
    """One job on its own thread, at most `AHEAD` items before its reader."""

    def __init__(self, job: Job[T], pool: ThreadPoolExecutor) -> None:
        self._items: SimpleQueue[tuple[T] | None] = SimpleQueue()
        self._room = Semaphore(AHEAD)
        self._stopped = False
        self._landed: Future[None] = pool.submit(self._fly, job)

    def _fly(self, job: Job[T]) -> None:
        try:
            with closing(job()) as items:
                for item in items:
                    self._room.acquire()
                    if self._stopped:
                        return
                    self._items.put((item,))
        finally:
            self._items.put(None)

    def __iter__(self) -> Iterator[T]:
        while (held := self._items.get()) is not None:
            yield held[0]
            self._room.release()
        self._landed.result()  # raises what the job raised

    def stop(self) -> None:
        self._stopped = True
        self._landed.cancel()
        self._room.release()


def in_order(jobs: Iterable[Job[T]]) -> Generator[T, None, None]:
    """The items of each job, job after job, with up to `FLIGHTS` jobs running.

    An error of a job rises when its turn comes. Closing the generator ends all jobs, each at its
    next item, and returns when they have freed what they held.
    """
    waiting = iter(jobs)
    first = tuple(islice(waiting, 2))
    if len(first) < 2:
        for job in first:
            yield from job()
        return
    with ThreadPoolExecutor(FLIGHTS, thread_name_prefix="ahead") as pool:
        flying = deque(_Flight(job, pool) for job in first)
        flying.extend(_Flight(job, pool) for job in islice(waiting, FLIGHTS - len(first)))
        try:
            while flying:
                yield from flying[0]
                flying.popleft()
                flying.extend(_Flight(job, pool) for job in islice(waiting, 1))
        finally:
            for flight in flying:
                flight.stop()
