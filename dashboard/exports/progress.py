"""What a run page says while the run goes on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, Sum

from dashboard.exports.models import Run

READING_SHARE = 0.8
"""Of the bar; writing is many times faster than a platform."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run is. `left` is None while nobody can tell."""

    slices: int
    done: int
    points: int
    percent: int
    left: timedelta | None
    writing: bool


def progress_of(run: Run, now: datetime) -> Progress:
    """One query, over the run's slices."""
    total = run.slices.aggregate(
        slices=Count("pk"), done=Count("pk", filter=Q(done=True)), points=Sum("rows")
    )
    slices, done, points = total["slices"], total["done"], total["points"] or 0
    writing = run.state == Run.State.RUNNING and done == slices
    share = _share(run, slices, done, points)
    return Progress(
        slices=slices,
        done=done,
        points=points,
        percent=round(100 * share),
        left=_left(run, share, now),
        writing=writing,
    )


def _share(run: Run, slices: int, done: int, points: int) -> float:
    if run.state == Run.State.DONE:
        return 1.0
    read = done / slices if slices else 0.0
    written = run.rows / points if points else 0.0
    return min(0.99, READING_SHARE * read + (1 - READING_SHARE) * written)


def _left(run: Run, share: float, now: datetime) -> timedelta | None:
    if run.state != Run.State.RUNNING or run.started_at is None or share < 0.02:
        return None
    return (now - run.started_at) * ((1 - share) / share)
