"""Which due times there are, and whose they become: the due set computed from data.

One transaction a schedule: the cursor moves by conditional update, the slots between the old cursor
and the new one are written down, each with the run it starts or the reason why it starts none. Two
ticks, a late tick, a clock that steps: the same slots, each once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, takewhile
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from connectors.contract import Window
from dashboard.exports import schedule as rules
from dashboard.exports.models import Export, Run, Schedule, Slice, Slot
from dashboard.exports.span import window_before
from dashboard.exports.zones import zone_of

MISSED_AFTER = timedelta(minutes=10)
"""A due time claimed later than this counts as missed; the catch-up rule decides about it."""
SLOTS_A_TICK = 500
"""Of one schedule, so that months of missed times make many short transactions, not a long one."""
AT_ONCE = 4
"""Slices of one run in the queue together: enough to hide latency, few enough to be polite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nudges:
    """What has no live lease and can go on now."""

    plans: tuple[UUID, ...]
    reads: tuple[int, ...]
    publishes: tuple[UUID, ...]


def claim_due(now: datetime) -> list[UUID]:
    """Turns every slot that came due into a run, by each schedule's catch-up rule. The new runs."""
    due = Schedule.objects.filter(paused_because="", next_due__lte=now).order_by("next_due")
    return [run for pk in due.values_list("pk", flat=True) for run in _claim_or_pause(pk, now)]


def waiting_work(now: datetime, *, runs: int = 200) -> Nudges:
    """What the next tick nudges; a message that the broker lost is sent again by this."""
    live = _live(now).order_by("created_at").values_list("pk", "state")[:runs]
    running = [pk for pk, state in live if state == Run.State.RUNNING]
    open_ids = set(
        Slice.objects.filter(run__in=running, done=False).values_list("run", flat=True).distinct()
    )
    return Nudges(
        plans=tuple(pk for pk, state in live if state == Run.State.WAITING),
        reads=tuple(part for run in running if run in open_ids for part in free_slices(run, now)),
        publishes=tuple(_publishable([run for run in running if run not in open_ids], now)),
    )


def free_slices(run: UUID, now: datetime) -> list[int]:
    """Up to `AT_ONCE` slices of a run that nobody works on, less those that somebody does."""
    parts = Slice.objects.filter(run=run, done=False)
    busy = parts.filter(lease_until__gte=now).count()
    free = parts.filter(free_at(now)).order_by("position").values_list("pk", flat=True)
    return list(free[: max(0, AT_ONCE - busy)])


def all_read(run: UUID) -> bool:
    """True when the run has no slice left to read."""
    return not Slice.objects.filter(run=run, done=False).exists()


def free_at(now: datetime) -> Q:
    """Rows whose lease nobody holds."""
    return Q(lease_until__isnull=True) | Q(lease_until__lt=now)


def _live(now: datetime) -> QuerySet[Run]:
    ready = Q(retry_at__isnull=True) | Q(retry_at__lte=now)
    return Run.objects.filter(ready, state__in=(Run.State.WAITING, Run.State.RUNNING))


def _publishable(runs: Sequence[UUID], now: datetime) -> list[UUID]:
    return list(Run.objects.filter(free_at(now), pk__in=runs).values_list("pk", flat=True))


def _claim_or_pause(pk: UUID, now: datetime) -> list[UUID]:
    """A schedule that cannot be worked out any more pauses, so it never stops the others."""
    try:
        return _claim(pk, now)
    except (ValueError, KeyError):  # KeyError: a zone that a newer zone database dropped
        reason = "Its rule, zone or window cannot be worked out. Edit the schedule and save it."
        Schedule.objects.filter(pk=pk).update(paused_because=reason)
        return []


@transaction.atomic
def _claim(pk: UUID, now: datetime) -> list[UUID]:
    held = Schedule.objects.select_for_update(skip_locked=True, of=("self",))
    schedule = held.select_related("export").filter(pk=pk, paused_because="").first()
    if schedule is None or schedule.next_due > now:
        return []
    cron, zone = rules.parse(schedule.cron), zone_of(schedule.zone)
    times = rules.due_times(cron, zone, after=schedule.cursor)
    due = list(islice(takewhile(lambda moment: moment <= now, times), SLOTS_A_TICK))
    if not due:
        return []
    next_due = rules.next_due(cron, zone, after=due[-1])
    moved = Schedule.objects.filter(pk=pk, cursor=schedule.cursor)
    if not moved.update(cursor=due[-1], next_due=next_due):
        return []
    return _start(schedule, due, now=now, more=next_due <= now)


def _start(schedule: Schedule, due: list[datetime], *, now: datetime, more: bool) -> list[UUID]:
    """The slots, and a run for each that the catch-up rule does not skip."""
    last = None if more else due[-1]
    slots = Slot.objects.bulk_create(
        Slot(schedule=schedule, due_at=at, skipped_because=_skip(schedule, at, now, last))
        for at in due
    )
    runs = Run.objects.bulk_create(
        _run(schedule.export, slot) for slot in slots if not slot.skipped_because
    )
    return [run.pk for run in runs]


def _skip(schedule: Schedule, at: datetime, now: datetime, last: datetime | None) -> str:
    """Why a due time starts no run; empty when it starts one."""
    if schedule.catch_up == Schedule.CatchUp.LAST and at != last:
        return "missed; a later time was caught up instead"
    if schedule.catch_up == Schedule.CatchUp.NONE and now - at > MISSED_AFTER:
        return "missed; this schedule skips missed times"
    return ""


def _run(export: Export, slot: Slot) -> Run:
    window = window_of(export, slot.due_at)
    return Run(
        workspace_id=export.workspace_id,
        export=export,
        slot=slot,
        start=window.start,
        end=window.end,
        created_by_id=export.created_by_id,
    )


def window_of(export: Export, due: datetime) -> Window:
    """What a run that is due at `due` writes. Raises ValueError for an export without a window."""
    if export.span:
        return window_before(due, span=export.span, zone=zone_of(export.zone))
    if export.start is None or export.end is None:
        raise ValueError("This export has neither a window nor a span.")
    return Window(start=export.start, end=export.end)
