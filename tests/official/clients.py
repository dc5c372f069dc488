"""The platforms' published clients, each in an environment of its own, run as subprocesses."""

from __future__ import annotations

import fcntl
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
STORE = HERE.parent.parent / "var" / "official"
SCRIPTS = HERE / "scripts"
# What pip says when it reaches no index; anything else is a fault of the list.
UNREACHABLE = ("NewConnectionError", "NameResolutionError", "from versions: none")


def client_python(requirements: str) -> Path:
    """The interpreter of an environment with exactly these packages, built once for each list."""
    listed = HERE / requirements
    digest = hashlib.sha256(listed.read_bytes()).hexdigest()[:16]
    home = STORE / f"{listed.stem}-{digest}"
    python = home / "bin" / "python"
    with _alone(home):
        if not (home / "complete").exists():
            _build(home, listed)
    return python


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """One process at a time: tests that run side by side ask for the same environment."""
    home.parent.mkdir(parents=True, exist_ok=True)
    with (home.parent / f"{home.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(home: Path, listed: Path) -> None:
    python = home / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True)
    install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(listed)]
    done = subprocess.run([python, *install], check=False, capture_output=True, text=True)
    if any(sign in done.stderr for sign in UNREACHABLE):
        pytest.skip("promise: needs a package index for the published clients")
    assert done.returncode == 0, done.stderr[-2000:]
    (home / "complete").touch()


def run_script(python: Path, script: str, *arguments: str, seconds: float = 120) -> list[Any]:
    """What a script of `scripts/` printed, a JSON value a line."""
    done = subprocess.run(
        [python, SCRIPTS / script, *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=seconds,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]
