"""Tasks: the work is done when it is asked for, the states go by the clock (section 1.5).

A task shows `pending`, then `running`, then how its work ended. Two readers at one time see the
same, and a task that was running when the sandbox stopped goes on where the clock is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connectors.sandbox.openergy.call import Platform, Record
from connectors.sandbox.openergy.moments import wire_moment

KEPT = 50
"""Tasks that are kept of each generator, or of each user's exports."""


class TaskFailed(Exception):
    """Ends the work of a task in another state than `finished`."""

    def __init__(self, message: str, *, status: str = "failed") -> None:
        super().__init__(message)
        self.status = status


def start(
    platform: Platform, path: str, owner: dict[str, str], *, name: str, work: Callable[[], None]
) -> Record:
    """Does the work and keeps a task that tells of it; answers the task's record."""
    begun = platform.clock.now_us()
    outcome, message = _done(work)
    for old in list(platform.where(path, **owner))[: -(KEPT - 1)]:
        platform.remove(path, old["id"])
    return platform.add(path, **owner, name=name, begun=begun, outcome=outcome, message=message)


def _done(work: Callable[[], None]) -> tuple[str, str]:
    try:
        work()
    except TaskFailed as failure:
        return failure.status, str(failure)
    return "finished", ""


def base(platform: Platform, task: Record) -> dict[str, Any]:
    """What a task shows now. Keys beyond `status` are a guess [G, 6.6]."""
    settings = platform.settings
    waiting = 0 if settings.instant else int(settings.pending_seconds * 1e6)
    working = 0 if settings.instant else int(settings.running_seconds * 1e6)
    begun = task["begun"]
    run = platform.clock.now_us() - begun - waiting
    over = run >= working
    return {
        "id": task["id"],
        "status": task["outcome"] if over else "running" if run >= 0 else "pending",
        "progress": 100 if over else max(0, 100 * run // max(working, 1)),
        "creation_date": wire_moment(begun),
        "start_date": wire_moment(begun + waiting) if run >= 0 else None,
        "end_date": wire_moment(begun + waiting + working) if over else None,
        "message": task["message"] if over else "",
    }
