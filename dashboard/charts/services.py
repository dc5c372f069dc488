"""Saving charts, and giving them back as the address they were saved from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.http import QueryDict

from dashboard.accounts.models import Person, Workspace
from dashboard.activity.services import event_record
from dashboard.charts.forms import Query, stamp
from dashboard.charts.models import Chart, ChartSeries
from dashboard.charts.refs import SeriesRef


def workspace_of(refs: Sequence[SeriesRef]) -> Workspace | None:
    """The one workspace that owns all these series; None when there are several, or no series."""
    owners = {ref.connection.workspace_id: ref.connection for ref in refs}
    return next(iter(owners.values())).workspace if len(owners) == 1 else None


@transaction.atomic
def chart_save(
    query: Query, *, name: str, workspace: Workspace, person: Person, chart: Chart | None = None
) -> Chart:
    """A new chart, or `chart` with this name, these series and this window instead of its own."""
    saved = chart or Chart(workspace=workspace, created_by=person)
    fixed = not query.span
    saved.name, saved.span, saved.zone = name, query.span, query.zone.key
    saved.start = query.window.start if fixed else None
    saved.end = query.window.end if fixed else None
    saved.save()
    verb = "changed chart" if chart else "saved chart"
    event_record(workspace=saved.workspace, person=person, verb=verb, subject=name)
    saved.series.all().delete()
    ChartSeries.objects.bulk_create(
        ChartSeries(
            chart=saved,
            connection=ref.connection,
            node=ref.node,
            label=ref.title,
            unit=ref.unit,
            position=place,
        )
        for place, ref in enumerate(query.refs)
    )
    return saved


@transaction.atomic
def chart_delete(chart: Chart, *, person: Person) -> None:
    """The chart goes, its series' points stay in the archive."""
    event_record(workspace=chart.workspace, person=person, verb="deleted chart", subject=chart.name)
    chart.delete()


def chart_words(chart: Chart) -> QueryDict:
    """What an explorer's address would say to show this chart."""
    words = QueryDict(mutable=True)
    lines = chart.series.order_by("position", "pk").values_list("connection", "node")
    words.setlist("series", [f"{connection}:{node}" for connection, node in lines])
    words["zone"] = chart.zone
    if chart.start and chart.end:
        words["start"], words["end"] = stamp(chart.start), stamp(chart.end)
    elif chart.span:
        words["span"] = chart.span
    return words


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A series as a list names it."""

    label: str
    connection: str


def charts_of(charts: QuerySet[Chart]) -> QuerySet[Chart]:
    """Only what a list shows of each: whole rows take twice the time of the page's template."""
    shown = ("name", "start", "end", "span", "zone", "changed_at")
    people = ("created_by__name", "created_by__email")
    return charts.select_related("created_by").only(*shown, *people)


def lines_each(charts: Sequence[Chart]) -> list[tuple[Chart, list[Line]]]:
    """Each chart with its series; one query for all of them."""
    found: defaultdict[UUID, list[Line]] = defaultdict(list)
    rows = ChartSeries.objects.filter(chart__in=charts).order_by("position", "pk")
    for chart, label, connection in rows.values_list("chart", "label", "connection__name"):
        found[chart].append(Line(label=label, connection=connection))
    return [(chart, found[chart.pk]) for chart in charts]
