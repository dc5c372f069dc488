"""A run from its first task to its last: plan, slices, setbacks, end. Every step is a conditional
update, so whoever comes twice, late or back from the dead finds nothing to do."""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from connectors import registry
from connectors.contract import Window
from connectors.errors import ConnectorError, Forbidden, NotFound, RateLimited
from dashboard.access import Role
from dashboard.accounts.models import Membership, Person
from dashboard.activity.services import notice_tell
from dashboard.connections.health import sentence
from dashboard.connections.vault import Locked
from dashboard.exports.claims import free_at
from dashboard.exports.heartbeat import LEASE_SECONDS, beating
from dashboard.exports.models import Export, ExportSeries, Run, Schedule, Slice
from dashboard.series.reading import points
from dashboard.series.services import LOCKED, fill_now

log = logging.getLogger(__name__)

LIVE = (Run.State.WAITING, Run.State.RUNNING)
ATTEMPTS = 5
"""Setbacks in a row, without a slice done in between, after which a run fails."""
FAILURES = 5
"""Failed runs in a row after which a schedule pauses."""
CLAIMS = 20
"""Begun so often and never finished: the work kills its workers."""
FIRST_WAIT, LONGEST_WAIT = 20.0, 1800.0
PIECES = 64
NARROWEST = timedelta(days=31)
SERIES_A_SLICE = 10
NEXT = "Choose “Try again” when it can be read again, or make a new export without it."
"""Of a series that is gone or forbidden: a file that lacks it would surprise."""


def run_plan(run_id: UUID, *, now: datetime) -> bool:
    """Cuts a waiting run into slices and sets it running; False when it was not waiting."""
    run = Run.objects.select_related("export", "workspace").filter(pk=run_id).first()
    if run is None or run.state != Run.State.WAITING:
        return False
    refusal = owner_refusal(run)
    if refusal:
        run_fail(run, refusal)
        return False
    end = max(run.start, min(run.end, now))  # nothing is read of the future
    waiting = Run.objects.filter(pk=run.pk, state=Run.State.WAITING)
    with transaction.atomic():
        started = waiting.update(
            state=Run.State.RUNNING, started_at=now, end=end, trouble="", retry_at=None
        )
        if started and not run.slices.exists():
            Slice.objects.bulk_create(_slices(run, Window(start=run.start, end=end)))
    return bool(started)


def slice_read(slice_id: int, *, holder: str) -> UUID | None:
    """Brings one slice into the archive. The run's id when it can go on, None otherwise."""
    part = _slice_take(slice_id, holder, timezone.now())
    if part is None:
        return None
    if part.claims > CLAIMS:
        run_fail(part.run, "One part of this run was begun again and again and never finished.")
        return None
    try:
        with beating(lambda: _slice_renew(part, holder)):
            _fetch(part)
            rows = _count(part)
    except (ConnectorError, Locked, OSError) as wrong:
        if _slice_drop(part, holder):
            _judge(part, wrong)
        return None
    return part.run_id if _slice_done(part, holder, rows) else None


def run_setback(run: Run, text: str, *, wait: float | None = None) -> None:
    """Something passed wrong: later again, five times. `run.attempts` is what the caller saw, so
    slices that fail together count once."""
    if run.attempts + 1 > ATTEMPTS:
        run_fail(run, text)
        return
    jitter = random.uniform(0.5, 1.5)
    pause = min(LONGEST_WAIT, FIRST_WAIT * 2**run.attempts) * jitter
    retry_at = timezone.now() + timedelta(seconds=max(pause, wait or 0))
    same = Run.objects.filter(pk=run.pk, state__in=LIVE, fence=run.fence, attempts=run.attempts)
    same.update(attempts=F("attempts") + 1, retry_at=retry_at, trouble=text, lease_until=None)


@transaction.atomic
def run_fail(run: Run, text: str) -> bool:
    """Ends a live run as failed, and counts it on its schedule; False when it had ended or was
    claimed by somebody else since the caller looked."""
    same = Run.objects.filter(pk=run.pk, state__in=LIVE, fence=run.fence)
    failed = same.update(
        state=Run.State.FAILED, trouble=text, ended_at=timezone.now(), retry_at=None
    )
    if failed and run.slot_id is not None:
        _count_failure(run, text)
    return bool(failed)


def run_cancel(run: Run) -> bool:
    """Ends a live run; whatever still works on it will publish nothing."""
    return bool(
        Run.objects.filter(pk=run.pk, state__in=LIVE).update(
            state=Run.State.CANCELLED, ended_at=timezone.now(), retry_at=None
        )
    )


@transaction.atomic
def run_retry(run: Run) -> bool:
    """Starts a failed or cancelled run once more; slices that were done stay done."""
    again = Run.objects.filter(pk=run.pk, state__in=(Run.State.FAILED, Run.State.CANCELLED)).update(
        state=Run.State.WAITING,
        attempts=0,
        trouble="",
        retry_at=None,
        ended_at=None,
        rows=0,
        bytes=0,
    )
    if again:
        run.slices.update(claims=0)
    return bool(again)


def schedule_worked(run: Run) -> None:
    """Forgets earlier failures of the run's schedule, and says so if there were any."""
    schedule = Schedule.objects.filter(slots=run.slot_id, failures__gt=0).first()
    if run.slot_id is None or schedule is None:
        return
    Schedule.objects.filter(pk=schedule.pk).update(failures=0)
    text = f"The export “{run.export.name}” works again."
    notice_tell(workspace=run.workspace, topic=f"schedule:{schedule.pk}", state="ok", text=text)


def owner_refusal(run: Run) -> str:
    """Why the person as whom the run works may not export here any more; empty when they may."""
    return refusal(run.created_by, run.export)


def refusal(person: Person | None, export: Export) -> str:
    """Why an export may not run as this person; empty when it may."""
    if person is None:
        return "The person as whom this export ran is gone. Choose “Run as me” on its page."
    may = Membership.objects.filter(
        workspace=export.workspace_id, person=person, person__is_active=True, role__gte=Role.EDITOR
    )
    if may.exists():
        return ""
    return (
        f"{person}, as whom this export runs, is no longer an editor of this workspace. "
        f"Choose “Run as me” on its page."
    )


def _slices(run: Run, window: Window) -> Iterator[Slice]:
    """Series that one platform call can take together × pieces of the window."""
    width = max(NARROWEST, window.width / PIECES)
    position = 0
    for piece in window.split(width):
        for group in _groups(run.export):
            yield Slice(
                run=run,
                position=position,
                connection_id=group[0].connection_id,
                nodes=[series.node for series in group],
                start=piece.start,
                end=piece.end,
            )
            position += 1


def _groups(export: Export) -> Iterator[list[ExportSeries]]:
    by_connection: dict[UUID, list[ExportSeries]] = {}
    for series in export.series.select_related("connection"):
        by_connection.setdefault(series.connection_id, []).append(series)
    for members in by_connection.values():
        together = registry.load(members[0].connection.kind).traits.series_per_read
        size = max(1, min(SERIES_A_SLICE, together))
        yield from (members[at : at + size] for at in range(0, len(members), size))


def _slice_take(slice_id: int, holder: str, now: datetime) -> Slice | None:
    taken = (
        Slice.objects.filter(free_at(now), pk=slice_id, done=False, run__state=Run.State.RUNNING)
        .exclude(run__retry_at__gt=now)
        .update(holder=holder, lease_until=_until(now), claims=F("claims") + 1)
    )
    if not taken:
        return None
    found = Slice.objects.select_related("run__export", "run__workspace", "connection")
    return found.get(pk=slice_id)


def _slice_renew(part: Slice, holder: str) -> bool:
    mine = Slice.objects.filter(pk=part.pk, holder=holder, done=False)
    return bool(mine.update(lease_until=_until(timezone.now())))


def _slice_drop(part: Slice, holder: str) -> bool:
    """Gives the slice back; False when it was not this holder's any more."""
    return bool(Slice.objects.filter(pk=part.pk, holder=holder).update(lease_until=None))


@transaction.atomic
def _slice_done(part: Slice, holder: str, rows: int) -> bool:
    mine = Slice.objects.filter(pk=part.pk, holder=holder, done=False)
    done = mine.update(done=True, rows=rows, lease_until=None)
    if done:
        Run.objects.filter(pk=part.run_id).update(attempts=0, trouble="")
    return bool(done)


def _fetch(part: Slice) -> None:
    """Reads what the archive lacks. Series that are gone or forbidden are named in the error."""
    try:
        _fill(part, part.nodes)
    except (Forbidden, NotFound) as wrong:
        if lost := [text for node in part.nodes if (text := _refused(part, node))]:
            raise type(wrong)(" ".join((*lost, NEXT))) from wrong


def _refused(part: Slice, node: str) -> str:
    """Why this series cannot be read, by its name; empty: it can, and is."""
    try:
        _fill(part, [node])
    except (Forbidden, NotFound) as wrong:
        series = part.run.export.series.filter(connection=part.connection_id, node=node).first()
        name = "A series" if series is None else f"“{series.label}”"
        return f"{name} on {part.connection}: {wrong.message}"
    return ""


def _fill(part: Slice, nodes: list[str]) -> None:
    fill_now(
        connection=part.connection,
        nodes=nodes,
        window=Window(start=part.start, end=part.end),
        now=timezone.now(),
        seconds=settings.TASK_SECONDS,
        background=True,
    )


def _count(part: Slice) -> int:
    """How many points the archive now holds for the slice: the promise that the file must keep."""
    window = Window(start=part.start, end=part.end)
    return sum(
        batch.num_rows
        for node in part.nodes
        for batch in points(connection=part.connection, node=node, window=window)
    )


def _judge(part: Slice, wrong: ConnectorError | Locked | OSError) -> None:
    """Later again for what passes, else the end of the run."""
    if isinstance(wrong, OSError):
        run_setback(part.run, storage_sentence(wrong))
    elif isinstance(wrong, RateLimited):
        run_setback(part.run, wrong.message, wait=wrong.retry_after)
    elif isinstance(wrong, ConnectorError) and wrong.passing:
        run_setback(part.run, wrong.message)
    else:
        log.warning("run %s stopped: %s", part.run_id, type(wrong).__name__)
        run_fail(part.run, LOCKED if isinstance(wrong, Locked) else sentence(wrong))


def storage_sentence(wrong: OSError) -> str:
    """What a page says of a full or failing disk."""
    why = wrong.strerror or "no reason was given"
    return f"Tieline's own storage failed: {why}. Whoever runs Tieline has to look."


def _count_failure(run: Run, text: str) -> None:
    """One more failure of the schedule; the fifth in a row pauses it, with the reason."""
    Schedule.objects.filter(slots=run.slot_id).update(failures=F("failures") + 1)
    schedule = Schedule.objects.filter(slots=run.slot_id).first()
    if schedule is None:
        return
    state, told = "failing", f"The export “{run.export.name}” failed: {text}"
    if schedule.failures >= FAILURES and not schedule.paused_because:
        reason = f"It failed {schedule.failures} times in a row. The last time: {text}"
        Schedule.objects.filter(pk=schedule.pk).update(paused_because=reason)
        state, told = "paused", f"The export “{run.export.name}” is paused. {reason}"
    notice_tell(workspace=run.workspace, topic=f"schedule:{schedule.pk}", state=state, text=told)


def _until(now: datetime) -> datetime:
    return now + timedelta(seconds=LEASE_SECONDS)
