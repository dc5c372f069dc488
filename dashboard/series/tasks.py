"""Fills behind the page."""

from __future__ import annotations

from uuid import uuid4

from celery import Task, shared_task
from django.utils import timezone

from dashboard.series import services, storage


@shared_task(bind=True, max_retries=None)
def fill(self: Task[[int], None], fill_id: int) -> None:
    """Does a fill. The holder's name is new each time: a message delivered again is another try."""
    pause = services.fill_run(fill_id, holder=uuid4().hex)
    if pause is not None:
        raise self.retry(countdown=pause)


@shared_task
def nudge() -> None:
    """Sends fills again that nobody is at work on; called by the tick."""
    for fill_id in services.fills_stalled(timezone.now()):
        fill.delay_on_commit(fill_id)  # type: ignore[attr-defined]
    storage.sweep()
