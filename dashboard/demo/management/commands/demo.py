"""`manage.py demo`: everything set up and running at one printed address until Ctrl-C."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connections
from honcho.manager import Manager
from honcho.printer import Printer

from dashboard.demo import processes, redis, seed

ROOT = settings.ROOT


class Command(BaseCommand):
    help = "Sets up and runs the web server, worker, beat, Redis and the sandbox platforms."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--port", type=int, default=8000, help="the dashboard's port")
        parser.add_argument(
            "--sandbox-port", type=int, default=8101, help="the first of the sandbox's ports"
        )
        runs = "a Python with pandas for the scripts posted to the sandbox's OpenergyVBP; a script"
        runs += " can read what you can, so name one only where you write the scripts yourself"
        parser.add_argument("--script-python", help=f"{runs}; default: scripts are refused")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.EMBEDDED:
            self.stderr.write("The demo keeps its own SQLite and Redis: unset DATABASE_URL.")
            sys.exit(2)
        prepare()
        before = seed.offered()
        web = processes.free_port(options["port"])
        sandbox = processes.free_port(options["sandbox_port"])
        broker = redis.start(socket=settings.REDIS_SOCKET, folder=settings.DATA / "redis")
        with stopping(broker), stopping(_sandbox(sandbox, options["script_python"])):
            served = seed.waited_for(seed.ACCOUNTS)
            # Precisely the sandbox's ports are opened, besides what the operator lists.
            settings.ALLOW_ADDRESSES |= {_place(address) for address in served["addresses"]}
            offers = [*served["offers"], *served["boxes"]]
            at = f"http://{processes.HOST}:{web}/"
            banner = seed.plant(address=at, accounts=offers, before=before)
            connections.close_all()
            sys.exit(_serve(web, _environment() | {"TIELINE_BANNER": banner}))


def prepare() -> None:
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)


@contextmanager
def stopping(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Ends the process with the block, whatever ends the block."""
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _environment() -> dict[str, str]:
    """Of the children."""
    return {
        **os.environ,
        "TIELINE_ALLOW_ADDRESSES": ",".join(
            f"{host}:{port}" for host, port in settings.ALLOW_ADDRESSES
        ),
        "PYTHONUNBUFFERED": "1",
        # A demo run by root in a container is a demo all the same.
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
    }


def _sandbox(port: int, script_python: str | None) -> subprocess.Popen[bytes]:
    seed.ACCOUNTS.unlink(missing_ok=True)
    command = [sys.executable, "manage.py", "sandbox", "--port", str(port)]
    command += ["--accounts", str(seed.ACCOUNTS), "--folder", str(settings.DATA / "sandbox")]
    command += ["--script-python", script_python] if script_python else []
    return subprocess.Popen(
        command, cwd=ROOT, env=_environment(), stdout=subprocess.DEVNULL, start_new_session=True
    )


def _place(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host, int(port)


def _serve(port: int, environment: dict[str, str]) -> int:
    """Runs web, worker and beat until one ends or Ctrl-C; gives the exit code."""
    manager = Manager(Printer(sys.stdout, prefix=False))
    for name, command in processes.commands(web_port=port).items():
        manager.add_process(name, command, env=environment, cwd=str(ROOT), quiet=False)
    manager.loop()
    code = int(manager.returncode or 0)
    return 0 if code == 130 else code
