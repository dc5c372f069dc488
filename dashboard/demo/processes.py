"""What runs in the demo, with which command line."""

from __future__ import annotations

import shlex
import socket
import sys

from django.conf import settings

HOST = "127.0.0.1"
FEW_ARENAS = "MALLOC_ARENA_MAX=2"
"""glibc keeps a heap for each thread: with two for all, a web worker idles on 4 MB less."""


def free_port(wanted: int) -> int:
    """The wanted port when nothing listens there, else any free one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wanted))
        except OSError:
            probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def commands(*, web_port: int) -> dict[str, str]:
    """Name and command line of each process that serves people."""
    python = shlex.quote(sys.executable)
    celery = f"{python} -m celery --quiet -A dashboard.celery"
    schedule = shlex.quote(str(settings.DATA / "beat"))
    return {
        "web": f"env {FEW_ARENAS} {python} -m gunicorn dashboard.wsgi"
        f" --config python:dashboard.demo.web --bind {HOST}:{web_port}",
        "worker": f"{celery} worker --concurrency 2 --loglevel WARNING",
        "beat": f"{celery} beat --loglevel WARNING --pidfile= --schedule {schedule}",
    }
