"""Runs the contract test of every connector, or of those named, and writes down what came of it.

    python -m tests.conformance.record [KIND …]

Writes `connectors/<kind>/contract.toml` for each connector in whose test nothing failed, and prints
a line a connector. Exits 1 when one failed: its file stays as it was, with its older date.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors import quality, registry
from connectors.quality import Contract
from tests.functions.maps import MAPS, wanted

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
FILE = re.compile(r"test_(\w+)\.py::Test")
"""Only the suite itself: what else stands in a platform's file is no promise."""
ROWS = "--rows"
EXEMPT = "Skipped: exempt: "


@dataclass
class Tally:
    """A pytest plugin: how the cases of each kind end."""

    passed: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    failed: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    lacking: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    exempt: defaultdict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        named = FILE.search(report.nodeid)
        if named is None:
            return
        kind = named[1]
        if report.failed:
            self.failed[kind] += 1
        elif report.skipped:
            self._skipped(kind, report)
        elif report.when == "call":
            self.passed[kind] += 1

    def _skipped(self, kind: str, report: pytest.TestReport) -> None:
        says = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
        if says.startswith(EXEMPT):
            promise = report.nodeid.rpartition("::")[2].partition("[")[0]
            self.exempt[kind][promise] = says.removeprefix(EXEMPT)
        else:
            self.lacking[kind] += 1


@dataclass
class Marks:
    """A pytest plugin: the rows of the list of functions that a test says it proves."""

    rows: set[str] = field(default_factory=set)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            for mark in item.iter_markers("covers"):
                self.rows.update(map(str, mark.args))


def main(kinds: Sequence[str]) -> int:
    known = [kind for kind in kinds or registry.OURS if (HERE / f"test_{kind}.py").exists()]
    tally = Tally()
    files = [str(HERE / f"test_{kind}.py") for kind in known]
    pytest.main(["-q", "-n", "auto", "--dist", "loadfile", *files], plugins=[tally])
    marked = _marked()
    good = [_recorded(kind, tally, marked) for kind in known]
    return 0 if good and all(good) else 1


def told() -> int:
    """Prints the rows that tests name, as the last line."""
    marks = Marks()
    code = pytest.main(["--collect-only", "-qq", str(ROOT / "tests/functions")], plugins=[marks])
    sys.stdout.write(f"\n{json.dumps(sorted(marks.rows))}\n")
    return int(code)


def _marked() -> set[str]:
    """In a process of its own: pytest collects once in a process."""
    command = [sys.executable, "-m", "tests.conformance.record", ROWS]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


def _recorded(kind: str, tally: Tally, marked: set[str]) -> bool:
    """True when the connector kept its contract, which is then written down."""
    failed, passed = tally.failed[kind], tally.passed[kind]
    sys.stdout.write(f"{kind} {passed} kept, {failed} broken\n")
    if failed or not passed:
        return False
    rows = wanted(MAPS).get(kind)
    found = Contract(
        on=datetime.now(UTC),
        against=_against(kind),
        kept=passed,
        lacking=tally.lacking[kind],
        exempt=tally.exempt[kind],
        rows=None if rows is None else len(rows),
        rows_tested=None if rows is None else len(marked & set(rows)),
        code=quality.fingerprint(kind),
    )
    (quality.folder(kind) / "contract.toml").write_text(quality.written(found), encoding="utf-8")
    return True


def _against(kind: str) -> str:
    served = (ROOT / "connectors" / "sandbox" / kind).is_dir()
    return "its stand-in in the sandbox" if served else "files made by the test"


if __name__ == "__main__":
    sys.exit(told() if sys.argv[1:] == [ROWS] else main(sys.argv[1:]))
