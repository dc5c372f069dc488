"""A worker killed in the middle of a fill costs a chunk at most, and leaves nothing untrue."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection

from tests.series import worker as worker_module

ROOT = Path(__file__).resolve().parents[2]
Worker = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture
def worker(tmp_path: Path, transactional_db: None) -> Worker:
    """Starts a worker on a database that processes can share: SQLite's is in memory here."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "dashboard.settings",
        "TIELINE_DATA": str(tmp_path / "data"),
    }
    environment["DATABASE_URL"] = f"sqlite:///{tmp_path / 'killed.sqlite3'}"
    if connection.vendor == "postgresql":
        environment["DATABASE_URL"] = dsn(connection.settings_dict)

    def started(verb: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", worker_module.START, verb],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )

    return started


def dsn(settings: dict[str, Any]) -> str:
    """The test's own PostgreSQL database, as a URL."""
    account = ":".join(
        quote(part, safe="") for part in (settings["USER"], settings["PASSWORD"]) if part
    )
    host = quote(settings["HOST"], safe="") + (f":{settings['PORT']}" if settings["PORT"] else "")
    return f"postgres://{account}@{host}/{settings['NAME']}"


def answer(process: subprocess.Popen[str]) -> Any:
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return json.loads(output.splitlines()[-1])


def killed(process: subprocess.Popen[str], *, after: float) -> None:
    """Killed the given seconds after it said that it began."""
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    time.sleep(after)  # the moment is the test's subject
    process.kill()
    process.wait()
    process.stdout.close()


def check_kills(worker: Worker, moments: list[float]) -> None:
    answer(worker("prepare"))
    days = 0
    for moment in moments:
        killed(worker("run"), after=moment)
        found = answer(worker("check"))
        assert found["true"]
        assert found["hashes"]
        assert found["days"] >= days
        days = found["days"]
    answer(worker("run"))
    found = answer(worker("check"))
    assert found == {"state": "done", "whole": True, "days": 170, "true": True, "hashes": True}


def test_a_fill_killed_midway_is_finished_by_the_next_worker(worker: Worker) -> None:
    check_kills(worker, [random.uniform(0.2, 1.2)])


@pytest.mark.chaos
def test_a_fill_killed_twenty_times_is_finished(worker: Worker) -> None:
    check_kills(worker, [random.uniform(0.0, 0.6) for _ in range(20)])
