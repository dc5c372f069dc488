"""A whole Tieline, started as a newcomer starts it: `manage.py demo`, in a folder of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dashboard.demo.processes import free_port

ROOT = Path(__file__).resolve().parents[2]
BANNER = re.compile(
    r"Tieline is at (?P<address>\S+)\n"
    r"Sign in with (?P<email>\S+) and the password (?P<password>\S+)"
)


@dataclass(frozen=True, slots=True)
class Demo:
    """Where a running demo is, and who may sign in."""

    address: str
    email: str
    password: str
    folder: Path
    sandbox: str
    process: subprocess.Popen[str]
    rest: threading.Thread
    """Reads what the demo prints later, so that it never waits for a reader."""

    def interrupt(self) -> int:
        """Ctrl-C, as a terminal sends it: to the whole foreground group. Gives the exit code."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
        code = self.process.wait(timeout=30)
        self.rest.join()
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@contextmanager
def started(
    folder: Path,
    *,
    port: int | None = None,
    sandbox_port: int | None = None,
    allow: str = "",
    script_python: Path | None = None,
) -> Iterator[Demo]:
    """A demo that answers and may reach `allow` too, and lets `script_python` run posted scripts;
    stopped by Ctrl-C at the end. Its log is `folder/log`."""
    port, sandbox_port = port or free_port(0), sandbox_port or free_port(0)
    command = [sys.executable, "manage.py", "demo", "--port", str(port)]
    command += ["--script-python", str(script_python)] if script_python else []
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [*command, "--sandbox-port", str(sandbox_port)],
            cwd=ROOT,
            env=_environment(folder) | {"TIELINE_ALLOW_ADDRESSES": allow},
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
            text=True,
        )
    facts = _read_banner(process, folder)
    rest = threading.Thread(target=_read_on, args=(process,), daemon=True)
    rest.start()
    sandbox = f"http://127.0.0.1:{sandbox_port}"
    demo = Demo(folder=folder, sandbox=sandbox, process=process, rest=rest, **facts)
    try:
        yield demo
    finally:
        demo.interrupt()


def _environment(folder: Path) -> dict[str, str]:
    """The embedded column's, whatever column the suite itself runs on."""
    inherited = {n: v for n, v in os.environ.items() if n not in {"DATABASE_URL", "BROKER_URL"}}
    return {**inherited, "TIELINE_DATA": str(folder)}


def _read_banner(process: subprocess.Popen[str], folder: Path) -> dict[str, str]:
    """Reads what the demo prints until it says where to look."""
    printed = ""
    assert process.stdout is not None
    for line in process.stdout:
        printed += line
        found = BANNER.search(printed)
        if found and "Ctrl-C stops everything" in line:
            return found.groupdict()
    raise AssertionError(
        f"The demo ended early:\n{printed}\n{(folder / 'log').read_text()[-4000:]}"
    )


def _read_on(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    for _ in process.stdout:
        continue
