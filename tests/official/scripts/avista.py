"""Avista's published client, every function of it, against the sandbox.

Arguments: the sandbox's GraphQL URL, the file of the authority that it is trusted by, a folder to
write in. The client is pointed there by its own attributes; its files are untouched.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

import avista_generated
import avista_plain
import avista_selections
import avista_series
import avista_sharing
import avista_shell
import avista_storage
from avista_side import Side
from judge import Judge

PACKAGE = "avista_digital_exchange_sdk"
AREAS = (
    avista_plain,
    avista_selections,
    avista_generated,
    avista_storage,
    avista_shell,
    avista_sharing,
    avista_series,
)
UNSHIPPED = f"{PACKAGE}.graphql_mutations.dataCapture_publishData"
"""A file of 1.2.1 that nobody imports, and nobody can: it needs a module that is not shipped."""


def main(url: str, authority: str, folder: str) -> None:
    """Calls everything with right and with wrong input, and reports."""
    os.chdir(folder)
    Path("logs").mkdir(exist_ok=True)  # the client's own logger writes there, or does not load
    with contextlib.redirect_stdout(sys.stderr):  # the client prints what it does
        judge = Judge("avista", PACKAGE, without=(UNSHIPPED,))
        side = Side(url, authority, Path(folder))
        dx = side.connect()
        for area in AREAS:
            area.judge_all(judge, dx, side)
    judge.report()


if __name__ == "__main__":
    main(*sys.argv[1:])
