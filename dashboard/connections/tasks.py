"""Looking after the connections while nobody watches."""

from __future__ import annotations

from celery import shared_task

from dashboard.connections.drafts import drafts_sweep
from dashboard.connections.files import files_sweep
from dashboard.connections.health import connection_check
from dashboard.connections.models import Connection, Health


@shared_task
def check_all() -> None:
    """One small task for each connection, so that a slow platform delays no other.

    A refused sign-in is not tried again until somebody acts: repeating it locks accounts.
    """
    drafts_sweep()
    files_sweep()
    for key in Connection.objects.exclude(health=Health.SIGN_IN).values_list("pk", flat=True):
        check_one.delay_on_commit(str(key))  # type: ignore[attr-defined]  # Celery's Django task


@shared_task
def check_one(connection: str) -> None:
    """At most a sign-in; a connection deleted meanwhile needs none."""
    row = Connection.objects.select_related("workspace").filter(pk=connection).first()
    if row is not None:
        connection_check(row, background=True)
