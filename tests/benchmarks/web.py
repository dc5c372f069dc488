"""The memory of a web worker that has served every list and waits for the next request."""

from __future__ import annotations

import http.client
import shlex
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from dashboard.accounts.models import Person
from dashboard.accounts.services import person_create
from dashboard.demo import processes
from tests.benchmarks.measure import Figures, Line

PAGES = ("connections:list", "charts:list", "charts:explore", "exports:list", "exports:runs")
ROUNDS = 12
"""Enough for each worker to have served each page."""
PATIENCE = 60.0


def prepare() -> None:
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    person_create(email="bench@example.org", password="-" * 20, name="Bench")


def worker() -> Figures:
    """Resident megabytes of the largest of gunicorn's workers, as the demo starts them."""
    client = Client()
    client.force_login(Person.objects.get())
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    port = processes.free_port(0)
    with running(port) as gunicorn:
        for _ in range(ROUNDS):
            for page in PAGES:
                visit(port, reverse(page), {"Cookie": cookies})
        return {"resident": max(resident(child) for child in children(gunicorn))}


SIDES = (worker,)


def lines(figures: Figures) -> Iterator[Line]:
    yield Line(name="web-worker-idle-MB", ratio=figures["worker.resident"], bound=150)


@contextmanager
def running(port: int) -> Iterator[int]:
    """The demo's web server, answering; gives its process id."""
    command = shlex.split(processes.commands(web_port=port)["web"])
    with subprocess.Popen(command, cwd=settings.ROOT, stdout=subprocess.DEVNULL) as gunicorn:
        try:
            wait_for(port)
            yield gunicorn.pid
        finally:
            gunicorn.terminate()


def wait_for(port: int) -> None:
    """Raises SystemExit when nothing answers."""
    patience = time.monotonic() + PATIENCE
    while time.monotonic() < patience:
        try:
            return visit(port, reverse("accounts:sign-in"), {})
        except ConnectionRefusedError:
            time.sleep(0.1)  # a poll: a starting server tells nobody
    raise SystemExit("gunicorn did not answer")


def visit(port: int, path: str, headers: Mapping[str, str]) -> None:
    """One request on a connection of its own, so that any worker may take it."""
    connection = http.client.HTTPConnection(processes.HOST, port, timeout=PATIENCE)
    try:
        connection.request("GET", path, headers=dict(headers))
        answer = connection.getresponse()
        answer.read()
    finally:
        connection.close()
    if answer.status != 200:
        raise SystemExit(f"{path} answered {answer.status}")


def children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def resident(pid: int) -> float:
    """Megabytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    kilobytes = next(line.split()[1] for line in lines if line.startswith("VmRSS:"))
    return int(kilobytes) * 1024 / 1e6
