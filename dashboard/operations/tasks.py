"""Calls that take minutes, behind the page."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from dashboard.operations import services
from dashboard.operations.models import Call


@shared_task
def run(call_id: str) -> None:
    """Does a lasting call. A message that comes twice finds nothing to do."""
    call = Call.objects.select_related("connection__workspace").get(pk=UUID(call_id))
    services.call_run(call, seconds=settings.TASK_SECONDS)


@shared_task
def nudge() -> None:
    """Sends again what no worker has taken, and ends what has lost its worker; called by the tick.

    A call is taken once, so a message too many does nothing.
    """
    now = timezone.now()
    for call in services.calls_waiting(now):
        run.delay_on_commit(str(call))  # type: ignore[attr-defined]
    services.calls_lost(now)
