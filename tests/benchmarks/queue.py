"""From `delay` to the task's first line, with the embedded Redis and the demo's own worker."""

from __future__ import annotations

import os
import shlex
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from dashboard.celery import app
from dashboard.demo import processes, redis
from tests.benchmarks.measure import Figures, Line

TASKS = 200
APART = 0.02
"""Seconds: a worker that is always busy would measure its queue."""
PATIENCE = 60.0


@app.task(name="bench.begin")
def begin(sent: float) -> None:
    """Writes how long it took to get here; a line this short is written whole."""
    waited = time.time() - sent
    with (settings.DATA / "waited").open("a") as file:
        file.write(f"{waited}\n")


def prepare() -> None:
    """Nothing."""


def worker() -> Figures:
    """Milliseconds from `delay` to start, 95 of 100 at most."""
    begun = settings.DATA / "waited"
    begun.unlink(missing_ok=True)
    with running():
        begin.delay(time.time())
        wait_for(begun, 1)
        for _ in range(TASKS):
            begin.delay(time.time())
            time.sleep(APART)
        wait_for(begun, TASKS + 1)
    waits = [float(line) * 1e3 for line in begun.read_text().splitlines()[1:]]
    return {"median": statistics.median(waits), "p95": statistics.quantiles(waits, n=20)[-1]}


SIDES = (worker,)


def lines(figures: Figures) -> Iterator[Line]:
    yield Line(name="task-start-p95-ms", ratio=figures["worker.p95"], bound=100)


@contextmanager
def running() -> Iterator[None]:
    """Redis and a worker as `manage.py demo` starts them, and this module's task in the worker."""
    broker = redis.start(socket=settings.REDIS_SOCKET, folder=settings.DATA / "redis")
    command = shlex.split(processes.commands(web_port=0)["worker"])
    command[command.index("dashboard.celery")] = "tests.benchmarks.queue"
    quiet = os.environ | {"PYTHONWARNINGS": "ignore:You're running the worker with superuser"}
    celery = subprocess.Popen(command, cwd=settings.ROOT, env=quiet, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        for process in (celery, broker):
            process.terminate()
            process.wait()


def wait_for(file: Path, count: int) -> None:
    """Raises SystemExit when the tasks do not come."""
    patience = time.monotonic() + PATIENCE
    while not file.exists() or len(file.read_text().splitlines()) < count:
        if time.monotonic() > patience:
            raise SystemExit("the worker did not begin every task")
        time.sleep(0.05)  # a poll: the tasks tell nobody else
