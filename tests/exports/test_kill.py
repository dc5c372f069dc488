"""kill -9 in the middle of an export: every file that appears is whole and right.

Once in `make test`; `make chaos` does it at twenty points of a run.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
POINTS = 2 * 200 * 1440
MAKE = """
import django; django.setup()
from datetime import UTC, datetime, timedelta
from django.core.management import call_command
from django.utils import timezone
call_command("migrate", verbosity=0)
from connectors import registry
registry.OURS["clockwork"] = "tests.series.clockwork"
from dashboard.accounts.services import person_create
from dashboard.connections.models import Connection
from dashboard.exports import services
from dashboard.exports.models import Export
person = person_create(email="alice@example.org", password="x", name="Alice")
place = person.workspaces.get()
clock = Connection.objects.create(
    workspace=place, kind="clockwork", name="Clock", settings={"pause": 0.004}
)
start = datetime(2025, 1, 1, tzinfo=UTC)
export = services.export_create(
    Export(workspace=place, name="Campus", start=start, end=start + timedelta(days=200)),
    series=[services.Chosen(connection=clock, node=f"m{at}", label=f"m{at}") for at in (0, 1)],
    person=person, timing=None, now=timezone.now(),
)
print(services.run_now(export, person=person, now=timezone.now()).pk)
"""


class House:
    """A data folder of its own, with one export that takes some seconds to run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = os.environ | {
            "TIELINE_DATA": str(folder),
            "DATABASE_URL": f"sqlite:///{folder / 'tieline.sqlite3'}",
            "DJANGO_SETTINGS_MODULE": "dashboard.settings",
            "PYTHONPATH": str(ROOT),
        }
        made = subprocess.run(
            [sys.executable, "-c", MAKE],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        self.run = made.stdout.split()[-1]

    def worker(self) -> subprocess.Popen[str]:
        """A worker that has begun."""
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.exports.worker", self.run],
            env=self.environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.folder / "tieline.sqlite3", timeout=20)) as database:
            return database.execute(query).fetchall()

    def whole(self) -> bool:
        """True when the run is done; fails when anything visible is not whole and right."""
        ((state, rows),) = self.rows("SELECT state, rows FROM exports_run")
        files = self.rows("SELECT file, bytes, sha256 FROM exports_file ORDER BY id")
        assert (len(files) == 2) == (state == "done")
        assert len(files) in (0, 2)
        for name, size, digest in files:
            content = (self.folder / "files" / str(name)).read_bytes()
            assert (len(content), hashlib.sha256(content).hexdigest()) == (size, digest)
        if files:
            assert rows == POINTS
            self._right(self.folder / "files" / str(files[0][0]))
        return state == "done"

    def _right(self, data: Path) -> None:
        """Every minute of both series once, in order."""
        lines = data.read_text().splitlines()
        assert len(lines) == POINTS + 1
        keys = [tuple(line.split(",")[1::-1]) for line in lines[1:]]
        assert all(earlier < later for earlier, later in pairwise(keys))


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def kill_and_finish(house: House, *, moments: list[float]) -> None:
    for moment in moments:
        with house.worker() as victim:
            time.sleep(moment)  # the random point is the test
            victim.send_signal(signal.SIGKILL)
        house.whole()
    with house.worker() as last:
        assert last.wait(timeout=120) == 0
    assert house.whole()
    (manifest,) = house.folder.glob("files/runs/*/*/manifest.json")  # no other fence left a file
    assert json.loads(manifest.read_text())["points"] == {"promised": POINTS, "written": POINTS}
    kept = house.rows("SELECT count(*) FROM exports_slice WHERE done = 0")
    assert kept == [(0,)]


def test_a_worker_killed_in_the_middle_of_an_export_costs_nothing(house: House) -> None:
    kill_and_finish(house, moments=[0.6])


@pytest.mark.chaos
@pytest.mark.parametrize("seed", range(20))
def test_workers_killed_at_random_points_cost_nothing(house: House, seed: int) -> None:
    chance = random.Random(seed)
    kill_and_finish(house, moments=[chance.uniform(0.0, 2.5) for _ in range(3)])
