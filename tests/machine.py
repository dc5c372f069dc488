"""What this machine can show. A promise it cannot show is skipped, counted and named."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def lacks() -> list[str]:
    """The promises that no suite can show here, for want of a program."""
    wanted = {
        "the production column (needs PostgreSQL)": any(
            Path("/usr/lib/postgresql").glob("*/bin/initdb")
        ),
        "the production column (needs redis-server)": shutil.which("redis-server") is not None,
        "the browser journeys (needs Chromium)": CHROMIUM is not None,
    }
    return [promise for promise, there in wanted.items() if not there]


def skipped(reporter: pytest.TerminalReporter) -> list[str]:
    """The promises that tests of this run skipped: `pytest.skip("promise: needs …")`."""
    reasons = (str(report.longrepr) for report in reporter.stats.get("skipped", []))
    found = {
        reason.split("promise: ", 1)[1].strip("')") for reason in reasons if "promise: " in reason
    }
    return sorted(found)
