"""Cleaners: what follows a change of their unitcleaners, and `run`, `clear`, `reset` (2.9, 6.5)."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from connectors.sandbox.openergy import analyses, orders, outputs, resources, scripts, tasks
from connectors.sandbox.openergy.actions import ACTIONS
from connectors.sandbox.openergy.call import Call, Event, Platform, Record
from connectors.sandbox.openergy.outputs import UNITCLEANERS

PATH = "odata/cleaners"
TASKS = "odata/cleaner_tasks"


@ACTIONS.after(UNITCLEANERS)
def changed(platform: Platform, event: Event, unit: Record) -> None:
    """The cleaner runs by itself after a unitcleaner was made, changed or deleted."""
    cleaner = platform.get(PATH, unit["cleaner"])
    names = {unit["name"], outputs.name(platform, unit)}
    if event == "deleted":
        outputs.unlink(platform, unit["id"])
        outputs.forget(platform, unit)
    if cleaner is None:
        return
    for name in names:
        analyses.outdate(platform, cleaner["id"], name)
    if event != "deleted":
        _run(platform, cleaner, [unit])
    analyses.follow(platform, cleaner["id"], unit["name"])


@ACTIONS.after("odata/importers")
def imported(platform: Platform, event: Event, importer: Record) -> None:
    """The cleaner runs by itself when its importer has new data."""
    if event != "data":
        return
    for cleaner in list(platform.where(PATH, related_importer=importer["id"])):
        refresh(platform, cleaner["id"])
    analyses.follow(platform, importer["id"])


@ACTIONS.detail(PATH, "action")
def action(call: Call, cleaner: Record) -> Any:
    """`run`, `clear` or `reset` of a cleaner: answers a task."""
    order = orders.asked(call)

    def work() -> None:
        if order.name != "run":
            _clear(call.platform, cleaner, order.since)
        problems = refresh(call.platform, cleaner["id"]) if order.name != "clear" else []
        if problems:
            raise tasks.TaskFailed("\n".join(problems))

    task = tasks.start(call.platform, TASKS, {"cleaner": cleaner["id"]}, name=order.name, work=work)
    return resources.task_answer(call, TASKS, task)


def refresh(platform: Platform, cleaner_id: str) -> list[str]:
    """Runs a cleaner, and what reads from it; answers what went wrong."""
    cleaner = platform.one(PATH, cleaner_id)
    problems = _run(platform, cleaner, platform.where(UNITCLEANERS, cleaner=cleaner_id))
    analyses.follow(platform, cleaner_id)
    return problems


def refresh_all(platform: Platform) -> None:
    """After opening: puts every source back under its series. Runs no function."""
    for unit in list(platform.where(UNITCLEANERS, active=True)):
        cleaner = platform.get(PATH, unit["cleaner"])
        if cleaner is not None and not outputs.scripted(unit):
            with suppress(scripts.ScriptError):  # a notification tells
                outputs.attach(platform, cleaner, unit)


def _run(platform: Platform, cleaner: Record, units: Iterable[Record]) -> list[str]:
    """Brings outputs up to date; answers what went wrong, after a notification of it."""
    problems = []
    for unit in [unit for unit in units if unit["active"]]:
        try:
            outputs.refresh(platform, cleaner, unit)
        except scripts.ScriptError as problem:
            problems.append(f"{unit['name']}: {problem}")
        platform.change(UNITCLEANERS, unit["id"], last_run=platform.now())
    platform.change(PATH, cleaner["id"], last_run=platform.now())
    if problems:
        text = "\n".join(problems)
        platform.notify(cleaner["project"], "Cleaner failed", f"cleaner:{cleaner['id']}", text)
    return problems


def _clear(platform: Platform, cleaner: Record, since: int | None) -> None:
    """Empties the outputs from a stamp on, or wholly; the next run brings all of it back."""
    for unit in list(platform.where(UNITCLEANERS, cleaner=cleaner["id"])):
        outputs.clear(platform, cleaner, unit, since)
        if since is None:
            platform.change(UNITCLEANERS, unit["id"], last_clear=platform.now())
    if since is None:
        platform.change(PATH, cleaner["id"], last_clear=platform.now())
    analyses.follow(platform, cleaner["id"])
