"""What the pages list, each in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, OuterRef, QuerySet, Subquery

from dashboard import access
from dashboard.accounts.models import Person, Workspace
from dashboard.exports import schedule as rules
from dashboard.exports.models import Export, Run, Schedule
from dashboard.exports.zones import zone_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Latest:
    """How an export's newest run stands."""

    export: Export
    run: Run | None


def exports_of(person: Person, workspace: Workspace | None) -> QuerySet[Export]:
    """The workspace's exports, with schedule, owner, number of series and newest run's id."""
    newest = Run.objects.filter(export=OuterRef("pk")).order_by("-created_at").values("pk")[:1]
    return (
        access.visible(Export, person)
        .filter(workspace=workspace)
        .select_related("schedule", "created_by")
        .annotate(number=Count("series"), newest=Subquery(newest))
        .order_by("-created_at", "pk")
    )


def latest(rows: Sequence[Export]) -> list[Latest]:
    """Each export with its newest run; one query for all of them."""
    runs = Run.objects.in_bulk([row.newest for row in rows if row.newest])  # type: ignore[attr-defined]
    return [Latest(export=row, run=runs.get(row.newest)) for row in rows]  # type: ignore[attr-defined]


def runs_of(person: Person, workspace: Workspace | None) -> QuerySet[Run]:
    """The workspace's runs, newest first."""
    visible = access.visible(Run, person).filter(workspace=workspace)
    return visible.select_related("export", "slot", "created_by")


def next_times(schedule: Schedule | None, now: datetime) -> list[datetime]:
    """The next five due times of a schedule that is on."""
    if schedule is None or schedule.paused_because:
        return []
    return rules.preview(rules.parse(schedule.cron), zone_of(schedule.zone), after=now)
