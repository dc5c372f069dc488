"""Everything of the client that is about series: databases, IoT endpoints, captures."""

from __future__ import annotations

import importlib
from typing import Any

from avista_database import judge_databases
from avista_database_types import judge_database_types
from avista_waiting import judge_waiting

NEWER = ("avista_iot", "avista_iot_types", "avista_capture")
"""What came with 1.2.1: these use its own modules."""


def judge_all(judge: Any, dx: Any, side: Any) -> None:
    """What this version of the client has of it."""
    judge_databases(judge, dx, side)
    judge_database_types(judge, dx, side)
    judge_waiting(judge, dx, side)
    for name in NEWER if side.new else ():
        importlib.import_module(name).judge_all(judge, dx, side)
