"""Ratios against a bare limit, measured in one run: `name ratio bound ok|short`, a line each.

    python -m tests.benchmarks.bench                    every subject
    python -m tests.benchmarks.bench archive            some subjects

Exits 0 whatever the figures say. A side that cannot run says why on a line of its own.
"""

from __future__ import annotations

import json
import os
import pkgutil
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from importlib import import_module
from pathlib import Path
from types import ModuleType

import django

from tests.benchmarks.measure import Figures

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
FRAME = {"bench", "measure"}
RUNS = 3
PATIENCE = 300
"""Seconds for one call of one side; all subjects together take less than eight minutes."""


def subjects() -> list[str]:
    """The modules here that have sides."""
    names = (module.name for module in pkgutil.iter_modules([str(HERE)]))
    return [name for name in names if name not in FRAME]


def load(subject: str) -> ModuleType:
    return import_module(f"tests.benchmarks.{subject}")


def measured(subject: str, folder: str) -> Figures:
    """The medians of the interleaved runs, as `side.name`."""
    call(subject, "prepare", folder)
    found: defaultdict[str, list[float]] = defaultdict(list)
    for _ in range(RUNS):
        for side in load(subject).SIDES:
            for name, figure in call(subject, side.__name__, folder).items():
                found[f"{side.__name__}.{name}"].append(figure)
    return {name: statistics.median(figures) for name, figures in found.items()}


def call(subject: str, function: str, folder: str) -> Figures:
    """A function of the subject in a fresh process, with a data folder that its sides share."""
    settings = {"TIELINE_DATA": folder, "DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.bench", "--call", subject, function],
        cwd=ROOT,
        env=os.environ | settings,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


def show(subject: str) -> None:
    with tempfile.TemporaryDirectory(prefix="tieline-bench-") as folder:
        try:
            figures = measured(subject, folder)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as broken:
            print(f"{subject} could not run: {why(broken)}", flush=True)  # noqa: T201
            return
    for line in load(subject).lines(figures):
        print(line, flush=True)  # noqa: T201
    if os.environ.get("BENCH_FIGURES"):
        print(json.dumps(figures, indent=1), file=sys.stderr)  # noqa: T201


def why(broken: subprocess.SubprocessError) -> str:
    """Without the command line, which says nothing to a reader."""
    if isinstance(broken, subprocess.CalledProcessError):
        return f"exit code {broken.returncode}"
    return f"no answer within {PATIENCE} seconds"


def main(arguments: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
    django.setup()
    if arguments[:1] == ["--call"]:
        _, subject, function = arguments
        print(json.dumps(getattr(load(subject), function)() or {}))  # noqa: T201
        return
    for subject in arguments or subjects():
        show(subject)


if __name__ == "__main__":
    main(sys.argv[1:])
