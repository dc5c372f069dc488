"""`make demo` from nothing to the first page: a copy of this checkout in an empty folder, without
an environment, with whatever packages the machine keeps in its cache."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.measure import Figures, Line

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 180
ADDRESS = re.compile(r"Tieline is at (\S+)")
OURS = {"TIELINE_DATA", "DATABASE_URL", "BROKER_URL", "VIRTUAL_ENV", "DJANGO_SETTINGS_MODULE"}
"""What the benchmark's own environment would tell the demo."""


def prepare() -> None:
    """Nothing: each run begins from nothing."""


def start() -> Figures:
    """Seconds from `make demo` to the first page's last byte."""
    with tempfile.TemporaryDirectory(prefix="tieline-demo-") as folder:
        copy(Path(folder))
        began = time.perf_counter()
        with subprocess.Popen(
            ["make", "demo"],
            cwd=folder,
            env={name: value for name, value in os.environ.items() if name not in OURS},
            stdout=subprocess.PIPE,
            start_new_session=True,
            text=True,
        ) as demo:
            late = threading.Timer(SECONDS, os.killpg, (demo.pid, signal.SIGINT))
            late.start()
            try:
                urllib.request.urlopen(printed(demo), timeout=SECONDS).read()  # noqa: S310
                return {"seconds": time.perf_counter() - began}
            finally:
                late.cancel()
                os.killpg(demo.pid, signal.SIGINT)
                demo.communicate()


SIDES = (start,)


def lines(figures: Figures) -> Iterator[Line]:
    ratio = figures["start.seconds"] / SECONDS
    yield Line(name="demo-first-page-per-3-minutes", ratio=ratio, bound=1)


def copy(folder: Path) -> None:
    """Every file that git knows or would take."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def printed(demo: subprocess.Popen[str]) -> str:
    """The address that the demo prints. Raises SystemExit when it ends without one."""
    for line in demo.stdout or ():
        if found := ADDRESS.search(line):
            return found[1]
    raise SystemExit("make demo ended early")
