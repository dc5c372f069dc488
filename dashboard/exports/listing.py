"""What the pages list, each in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from dashboard import access
from dashboard.accounts.models import Person, Workspace
from dashboard.exports import schedule as rules
from dashboard.exports.models import Export, ExportSeries, Run, Schedule
from dashboard.exports.zones import zone_of

# Only what a list shows of each row: whole ones take as long as the page's template.
EXPORT = ("name", "format", "shape", "created_at")
SCHEDULE = tuple(f"schedule__{name}" for name in ("cron", "zone", "next_due", "paused_because"))
PERSON = ("created_by__name", "created_by__email")


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
        .only(*EXPORT, *SCHEDULE, *PERSON)
        .annotate(number=_series_counted(), newest=Subquery(newest))
        .order_by("-created_at", "pk")
    )


def _series_counted() -> Coalesce:
    """Of each export, by itself: joined and grouped, every page count would count them too."""
    own = ExportSeries.objects.filter(export=OuterRef("pk")).order_by().values("export")
    return Coalesce(Subquery(own.annotate(number=Count("pk")).values("number")), 0)


def latest(rows: Sequence[Export]) -> list[Latest]:
    """Each export with its newest run; one query for all of them."""
    shown = Run.objects.only("state", "created_at")
    runs = shown.in_bulk([row.newest for row in rows if row.newest])  # type: ignore[attr-defined]
    return [Latest(export=row, run=runs.get(row.newest)) for row in rows]  # type: ignore[attr-defined]


def runs_of(person: Person, workspace: Workspace | None) -> QuerySet[Run]:
    """The workspace's runs, newest first."""
    visible = access.visible(Run, person).filter(workspace=workspace)
    return visible.select_related("export", "slot", "created_by")


def next_times(schedule: Schedule | None, now: datetime) -> list[datetime]:
    """The next five due times of a schedule that is on; none while it cannot be worked out, for
    which the next tick pauses it with the reason."""
    if schedule is None or schedule.paused_because:
        return []
    try:
        return rules.preview(rules.parse(schedule.cron), zone_of(schedule.zone), after=now)
    except (ValueError, KeyError):  # KeyError: a zone that a newer zone database dropped
        return []
