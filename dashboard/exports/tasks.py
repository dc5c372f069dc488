"""The edge to the queue: each task names what it works on and calls one function."""

from __future__ import annotations

import secrets
from uuid import UUID

from celery import Task, shared_task
from django.utils import timezone

from dashboard.exports.claims import all_read, claim_due, free_slices, waiting_work
from dashboard.exports.publish import run_publish
from dashboard.exports.runs import run_plan, slice_read
from dashboard.operations.tasks import nudge as nudge_calls
from dashboard.series.tasks import nudge


@shared_task
def tick() -> None:
    """Every 20 seconds, by beat: claims what is due, then nudges whatever has no live lease."""
    now = timezone.now()
    claim_due(now)
    work = waiting_work(now)
    for run in work.plans:
        _send(plan, str(run))
    for part in work.reads:
        _send(read, part)
    for run in work.publishes:
        _send(publish, str(run))
    _send(nudge)
    _send(nudge_calls)


@shared_task
def plan(run: str) -> None:
    """Cuts a run into slices and starts the first ones."""
    if run_plan(UUID(run), now=timezone.now()):
        go_on(UUID(run))


@shared_task
def read(part: int) -> None:
    """Reads one slice, then starts the next."""
    run = slice_read(part, holder=secrets.token_hex(16))
    if run is not None:
        go_on(run)


@shared_task
def publish(run: str) -> None:
    """Writes and publishes a run whose slices are all done."""
    run_publish(UUID(run), holder=secrets.token_hex(16))


def start(run: UUID) -> None:
    """Plans a new run, once the transaction that made it is committed."""
    _send(plan, str(run))


def go_on(run: UUID) -> None:
    """Sends what a run needs next: its free slices, or the publishing once none is left."""
    parts = free_slices(run, timezone.now())
    for part in parts:
        _send(read, part)
    if not parts and all_read(run):
        _send(publish, str(run))


def _send(task: Task[..., None], *arguments: str | int) -> None:
    task.delay_on_commit(*arguments)  # type: ignore[attr-defined]  # Celery's Django task class
