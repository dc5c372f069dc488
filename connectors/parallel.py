"""Several calls at once, at most eight of them, and their results in the order of asking."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, Self, TypeVar

from connectors.errors import ConnectorError

MOST = 8
"""Requests at once: more gain little, and weigh on the platform."""

T = TypeVar("T")
A = TypeVar("A")
B = TypeVar("B")


def together(calls: Iterable[Callable[[], T]]) -> tuple[T, ...]:
    """The results in the order of the calls; the first failure in that order is raised."""
    asked = tuple(calls)
    if len(asked) < 2:
        return tuple(call() for call in asked)
    with ThreadPoolExecutor(min(len(asked), MOST), thread_name_prefix="together") as pool:
        return tuple(pool.map(lambda call: call(), asked))


def both(first: Callable[[], A], second: Callable[[], B]) -> tuple[A, B]:
    """The results of two calls of different kinds."""
    with ThreadPoolExecutor(1, thread_name_prefix="together") as pool:
        other = pool.submit(second)
        return first(), other.result()


def outcomes(calls: Iterable[Callable[[], T]]) -> tuple[T | ConnectorError, ...]:
    """A result or a failure for each call, in their order: one failure spoils no other."""
    return together(_caught(call) for call in calls)


def _caught(call: Callable[[], T]) -> Callable[[], T | ConnectorError]:
    def caught() -> T | ConnectorError:
        try:
            return call()
        except ConnectorError as fault:
            return fault

    return caught


class Lazily:
    """Starts calls at once and hands out values that wait when they are used; ends with its block.

    A call may use the value of an earlier one: those were started before it, so nobody waits for
    ever.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(MOST, thread_name_prefix="together")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *trouble: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def start(self, call: Callable[[], T]) -> Later[T]:
        return Later(self._pool, call)


class Later(Generic[T]):
    """A value on its way."""

    def __init__(self, pool: ThreadPoolExecutor, call: Callable[[], T]) -> None:
        self._future = pool.submit(call)

    def __call__(self) -> T:
        """The plain value; what went wrong is raised here, at the first use and each further."""
        return self._future.result()
