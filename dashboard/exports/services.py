"""Exports and their schedules: made, changed, paused, run by hand, deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice, takewhile

from django.db import transaction

from dashboard.accounts.models import Person, Workspace
from dashboard.activity.services import event_record
from dashboard.browse.models import Seen
from dashboard.browse.seen import NODE_LENGTH
from dashboard.connections.models import Connection
from dashboard.exports import schedule as rules
from dashboard.exports.claims import window_of
from dashboard.exports.models import Export, ExportSeries, Run, Schedule
from dashboard.exports.publish import sweep
from dashboard.exports.runs import run_cancel, run_retry
from dashboard.exports.zones import zone_of

MOST_SERIES = 200
"""In one export: each keeps a file open while a wide file is joined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A series to export, with the words it had when it was chosen."""

    connection: Connection
    node: str
    label: str
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """When an export runs by itself."""

    cron: str
    zone: str
    catch_up: str = Schedule.CatchUp.ALL


def series_chosen(workspace: Workspace, references: Sequence[str]) -> list[Chosen]:
    """The series of `<connection>:<node>` references, with their last seen label and unit.

    Those of other workspaces, and malformed ones, are left out: they do not exist here.
    """
    pairs = list(dict.fromkeys(reference.partition(":")[::2] for reference in references))
    listed = Connection.objects.filter(workspace=workspace)
    connections = {str(one.pk): one for one in listed}
    wanted = [(connections[key], node) for key, node in pairs if key in connections and _id(node)]
    seen = {
        (one.connection_id, one.node): one
        for one in Seen.objects.filter(
            connection__in={connection for connection, _ in wanted},
            node__in=[node for _, node in wanted],
        )
    }
    return [
        _chosen(connection, node, seen.get((connection.pk, node)))
        for connection, node in wanted[: MOST_SERIES + 1]
    ]


@transaction.atomic
def export_create(
    export: Export,
    *,
    series: Sequence[Chosen],
    person: Person,
    timing: Timing | None,
    now: datetime,
) -> Export:
    """Stores a new export with its series and, if given, its schedule."""
    export.created_by = person
    export.save()
    ExportSeries.objects.bulk_create(
        ExportSeries(
            export=export,
            connection=one.connection,
            node=one.node,
            label=one.label,
            unit=one.unit,
            position=position,
        )
        for position, one in enumerate(series)
    )
    if timing is not None:
        schedule_set(export, timing=timing, now=now)
    _record(export, person, "created export")
    return export


@transaction.atomic
def schedule_set(export: Export, *, timing: Timing, now: datetime) -> Schedule:
    """Gives the export this schedule, from now on. Raises ScheduleInvalid."""
    cron = rules.parse(timing.cron)
    values = {
        "workspace": export.workspace,
        "cron": cron.text,
        "zone": timing.zone,
        "catch_up": timing.catch_up,
        "cursor": now,
        "next_due": rules.next_due(cron, zone_of(timing.zone), after=now),
        "failures": 0,
        "paused_because": "",
    }
    schedule, _ = Schedule.objects.update_or_create(export=export, defaults=values)
    return schedule


@transaction.atomic
def schedule_change(export: Export, *, span: str, timing: Timing, now: datetime) -> Schedule:
    """A new schedule and window for the export's runs from now on. Raises ScheduleInvalid."""
    Export.objects.filter(pk=export.pk).update(span=span)
    return schedule_set(export, timing=timing, now=now)


def schedule_pause(schedule: Schedule, *, person: Person) -> None:
    Schedule.objects.filter(pk=schedule.pk, paused_because="").update(
        paused_because=f"Paused by {person}."
    )
    _record(schedule.export, person, "paused export")


def schedule_resume(schedule: Schedule, *, person: Person) -> None:
    """On again. The times missed meanwhile are the catch-up rule's business at the next tick."""
    Schedule.objects.filter(pk=schedule.pk).update(paused_because="", failures=0)
    _record(schedule.export, person, "resumed export")


def schedule_remove(schedule: Schedule, *, person: Person) -> None:
    """No more runs by itself; the runs there were stay."""
    schedule.delete()
    _record(schedule.export, person, "removed schedule of export")


def export_adopt(export: Export, *, person: Person) -> None:
    """From now on it runs as this person."""
    Export.objects.filter(pk=export.pk).update(created_by=person)
    _record(export, person, "took over export")


def run_now(export: Export, *, person: Person, now: datetime) -> Run:
    """A run by hand, as the person who asked. Raises ValueError for an export without a window."""
    window = window_of(export, now)
    run = Run.objects.create(
        workspace=export.workspace,
        export=export,
        start=window.start,
        end=window.end,
        created_by=person,
    )
    _record(export, person, "ran export")
    return run


@transaction.atomic
def run_stop(run: Run, *, person: Person) -> bool:
    """Cancels a live run, and writes down who did. False when it had ended."""
    done = run_cancel(run)
    if done:
        _record(run.export, person, "cancelled run of export")
    return done


@transaction.atomic
def run_again(run: Run, *, person: Person) -> bool:
    """Lets a failed or cancelled run go on, and writes down who did. False for any other run;
    the caller starts it."""
    done = run_retry(run)
    if done:
        _record(run.export, person, "retried run of export")
    return done


def export_delete(export: Export, *, person: Person) -> None:
    """Deletes the export, its schedule, its runs, and their files once that is certain."""
    runs = list(export.runs.values_list("pk", flat=True))
    with transaction.atomic():
        _record(export, person, "deleted export")
        export.delete()
        for run in runs:
            transaction.on_commit(partial(sweep, run))


def missed(schedule: Schedule, now: datetime, *, most: int = 100) -> int:
    """How many due times lie between the cursor and now, counted up to `most`; 0 for a schedule
    that cannot be worked out."""
    try:
        cron, zone = rules.parse(schedule.cron), zone_of(schedule.zone)
    except (ValueError, KeyError):  # KeyError: a zone that a newer zone database dropped
        return 0
    times = islice(rules.due_times(cron, zone, after=schedule.cursor), most)
    return sum(1 for _ in takewhile(lambda moment: moment <= now, times))


def _id(node: str) -> bool:
    """True for what a platform can have minted, and a database can be asked for."""
    return 0 < len(node) <= NODE_LENGTH and "\0" not in node


def _chosen(connection: Connection, node: str, seen: Seen | None) -> Chosen:
    if seen is None:
        return Chosen(connection=connection, node=node, label=node)
    return Chosen(connection=connection, node=node, label=seen.name, unit=seen.unit)


def _record(export: Export, person: Person, verb: str) -> None:
    event_record(workspace=export.workspace, person=person, verb=verb, subject=export.name)
