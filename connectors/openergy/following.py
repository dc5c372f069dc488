"""Tasks (section 1.5): followed with progress to an end that is named, and never for ever."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any

from connectors.errors import Rejected, Unavailable
from connectors.openergy.client import Client, Row
from connectors.openergy.ids import Ref
from connectors.operations import Progress
from connectors.refusals import first

GOING = frozenset({"pending", "running"})
FINISHED = "finished"
ENDS = {
    "refused": "The platform refused the task",
    "cancelled": "The task was cancelled",
    "failed": "The task failed",
    "server_error": "The task met an error of the platform",
    "not_found": "The platform no longer knows the task",
}
MOST_SECONDS = 6 * 3600.0
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 3.0
"""Seconds between two looks; the published client looks every three."""

Following = Generator[Progress, None, Row]


def follow(client: Client, type: str, task: Row) -> Following:
    """The task's record when it has finished. Raises Rejected for every other end.

    `refused` is no success, though the published client takes it for one.
    """
    ref = Ref(type, str(task.get("id")))
    pause, began = FIRST_PAUSE, time.monotonic()
    while (status := status_of(task)) in GOING:
        yield Progress(text=f"The task is {status}.", share=_share(task))
        if time.monotonic() - began > MOST_SECONDS:
            raise Unavailable("The task has not come to an end in six hours. Look again later.")
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)
        task = client.one(ref)
    if status != FINISHED:
        raise _ended(status, task)
    return task


def status_of(task: Row) -> str:
    return str(_base(task).get("status", "unknown"))


def _ended(status: str, task: Row) -> Rejected:
    what = ENDS.get(status, f"The task ended in a state that is not known here: {first(status)}")
    said = first(_base(task).get("message"))
    return Rejected(f"{what}: {said}" if said else f"{what}.")


def _share(task: Row) -> float | None:
    progress = _base(task).get("progress")
    return min(max(progress / 100, 0.0), 1.0) if isinstance(progress, int | float) else None


def _base(task: Row) -> dict[str, Any]:
    base = task.get("base")
    return base if isinstance(base, dict) else {}
