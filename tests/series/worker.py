"""A worker of its own process, to be killed; started by `START`, with the database and the data
folder in the environment. Its last line is JSON."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from datetime import timedelta
from pathlib import Path

from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection as database
from django.utils import timezone

from connectors import registry
from dashboard.accounts.models import Workspace
from dashboard.connections.models import Connection
from dashboard.series import services
from dashboard.series.coverage import coverage
from dashboard.series.models import Fill, Segment
from tests.series.conftest import days, holds

START = "import django; django.setup(); from tests.series.worker import main; main()"
WINDOW = days(200, 30)
NODES = ("a", "b")


def prepare() -> object:
    """Tables, a slow platform, and a fill of half a year."""
    if database.vendor == "sqlite":
        call_command("migrate", verbosity=0)
    workspace = Workspace.objects.create(name="Killed")
    connection = Connection.objects.create(
        workspace=workspace, kind="clockwork", name="Clock", settings={"pause": 0.01}
    )
    fill = services.fill_ask(connection=connection, nodes=NODES, window=WINDOW, now=timezone.now())
    return fill.pk if fill else None


def run() -> object:
    """Takes the fill from whoever had it, and says when it begins. Its tries count anew: six
    workers in a row killed before a chunk, as on a busy machine, would end it, which is not what
    is asked here."""
    Fill.objects.update(lease_until=None, tries=0)
    print("begun", flush=True)  # noqa: T201
    return services.fill_run(Fill.objects.get().pk, holder=f"worker {os.getpid()}")


def check() -> object:
    """What there is: state, coverage that has its points, and files that are whole."""
    connection = Connection.objects.get()
    covered = {node: coverage(connection=connection, node=node, window=WINDOW) for node in NODES}
    hashes = {
        segment.sha256
        == hashlib.sha256(Path(default_storage.path(segment.file)).read_bytes()).hexdigest()
        for segment in Segment.objects.exclude(file="")
    }
    return {
        "state": Fill.objects.get().state,
        "whole": all(parts == (WINDOW,) for parts in covered.values()),
        "days": sum((part.width for part in covered["a"]), timedelta(0)).days,
        "true": all(holds(connection, part, node=node) for node in NODES for part in covered[node]),
        "hashes": False not in hashes,
    }


def main() -> None:
    registry.OURS["clockwork"] = "tests.series.clockwork"
    verbs = {"prepare": prepare, "run": run, "check": check}
    print(json.dumps(verbs[sys.argv[1]]()), flush=True)  # noqa: T201
