"""Reading ahead: in order, bounded, and over when nobody reads any more."""

from __future__ import annotations

import threading
from collections.abc import Generator
from functools import partial

import pytest

from connectors.bemserver.ahead import AHEAD, FLIGHTS, Job, in_order
from connectors.parallel import both, together


def _numbers(first: int, many: int = 3) -> Generator[int, None, None]:
    yield from range(first, first + many)


def test_items_come_job_after_job() -> None:
    jobs = [partial(_numbers, n * 10) for n in range(30)]
    assert list(in_order(jobs)) == [n * 10 + k for n in range(30) for k in range(3)]


def test_no_job_and_one_job_need_no_thread() -> None:
    assert list(in_order([])) == []
    one = in_order([partial(_numbers, 5)])
    assert next(one) == 5
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ahead")]
    assert list(one) == [6, 7]


def test_an_error_rises_in_its_turn_and_ends_the_others() -> None:
    def failing() -> Generator[int, None, None]:
        yield 99
        raise LookupError("here")

    jobs: list[Job[int]] = [partial(_numbers, 1), failing]
    jobs += [partial(_numbers, 0, 10**9)] * 20
    running = in_order(jobs)
    assert [next(running) for _ in range(4)] == [1, 2, 3, 99]
    with pytest.raises(LookupError, match="here"):
        next(running)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ahead")]


def test_nobody_runs_far_ahead_and_closing_ends_every_job() -> None:
    made: list[int] = []
    closed = threading.Semaphore(0)

    def endless(which: int) -> Generator[int, None, None]:
        try:
            while True:
                made.append(which)
                yield which
        finally:
            closed.release()

    running = in_order(partial(endless, which) for which in range(100))
    assert [next(running) for _ in range(50)] == [0] * 50
    running.close()
    started = set(made)
    assert len(started) <= FLIGHTS
    assert all(made.count(which) <= AHEAD + 1 for which in started - {0})
    assert all(closed.acquire(timeout=5) for _ in started)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ahead")]


def test_a_few_calls_at_once_keep_their_order() -> None:
    assert together([partial(int, "3"), partial(int, "4")]) == (3, 4)
    assert together([]) == ()
    assert both(partial(int, "3"), partial(str, 4)) == (3, "4")
    with pytest.raises(ValueError):
        together([partial(int, "x"), partial(int, "4")])
