"""Runs a published client's judge, and keeps the table that is printed at the end."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.official.clients import SCRIPTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the judge said of one function of a client."""

    platform: str
    function: str
    ok: bool
    reason: str

    def line(self) -> str:
        """A row of the table."""
        note = f"  ({self.reason})" if self.ok and self.reason else ""
        return f"{self.platform} {self.function} {'ok' if self.ok else self.reason}{note}"


VERDICTS: list[Verdict] = []
"""Of the whole run: `official` tests run in one process."""


def judged(
    platform: str,
    script: str,
    python: Path,
    *arguments: str,
    label: str = "",
    env: Mapping[str, str] | None = None,
    seconds: float = 600,
) -> None:
    """Runs a script of `scripts/` that reports with judge.py; every function must be ok.

    `label` tells versions of one client apart in the table.
    """
    done = subprocess.run(
        [python, SCRIPTS / script, *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=seconds,
        env={**os.environ, **(env or {})},
    )
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    verdicts = [
        Verdict(
            platform=platform,
            function=f"{label} {row['function']}".strip(),
            ok=row["ok"],
            reason=row["reason"],
        )
        for row in rows
    ]
    if done.returncode or not verdicts:
        end = done.stderr.strip().rpartition("\n")[2] or "said nothing"
        verdicts.append(Verdict(platform=platform, function=script, ok=False, reason=end))
    VERDICTS.extend(verdicts)
    bad = [verdict.line() for verdict in verdicts if not verdict.ok]
    assert not bad, "\n".join([*bad, done.stderr[-4000:]])


def table(verdicts: Iterable[Verdict]) -> list[str]:
    """A line a function, then a line a platform."""
    rows = list(verdicts)
    lines = [verdict.line() for verdict in rows]
    for platform in dict.fromkeys(verdict.platform for verdict in rows):
        mine = [verdict for verdict in rows if verdict.platform == platform]
        lines.append(f"official {platform} {sum(v.ok for v in mine)}/{len(mine)}")
    return lines
