"""The life of a fill's row: claimed, kept, given back, ended. Every step is one conditional update
on the holder's name, so a worker that comes back from the dead changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from dashboard.series.models import Fill, FillState

LIVE = (FillState.WAITING, FillState.RUNNING)
LEASE = timedelta(seconds=90)
"""Longer than the 60 seconds for which an answer may be silent; renewed as the answer comes."""
NUDGE = timedelta(minutes=2)
"""How long a message may wait in the queue before another is sent after it."""


class Lost(Exception):
    """The fill belongs to another worker by now, or is gone."""


@dataclass(frozen=True, slots=True)
class Grip:
    """What a holder may do to its fill. All of it raises Lost once the fill is another's."""

    fill_id: int
    holder: str

    def renew(self) -> None:
        self._update(lease_until=timezone.now() + LEASE)

    def kept(self, *, rows: int) -> None:
        """Counts a chunk; called in the transaction that writes its segments, as their fence."""
        self._update(rows=F("rows") + rows, tries=1, lease_until=timezone.now() + LEASE)

    def reached(self, moment: datetime) -> None:
        self._update(done_until=moment)

    def give_back(self, *, pause: timedelta, trouble: str) -> None:
        """To be claimed again, by anyone, after the pause."""
        until = timezone.now() + pause
        self._update(state=FillState.WAITING, holder="", lease_until=until, trouble=trouble)

    def end(self, state: FillState, *, trouble: str = "") -> None:
        self._update(state=state, trouble=trouble, ended_at=timezone.now(), lease_until=None)

    def _update(self, **values: object) -> None:
        mine = Fill.objects.filter(pk=self.fill_id, holder=self.holder, state=FillState.RUNNING)
        if not mine.update(**values):
            raise Lost


def claim(fill_id: int, *, holder: str) -> Fill | None:
    """The fill, now the holder's; None when it is done, or another's, or not to be tried yet."""
    now = timezone.now()
    claimed = _free(now).filter(pk=fill_id)
    if not claimed.update(
        state=FillState.RUNNING, holder=holder, lease_until=now + LEASE, tries=F("tries") + 1
    ):
        return None
    return Fill.objects.select_related("connection").get(pk=fill_id)


def stalled(now: datetime) -> Sequence[int]:
    """Fills that nobody is at work on, marked as nudged now; the caller sends the messages.

    One that was just asked for has its message on the way, and so has one just nudged.
    """
    abandoned = Q(lease_until__isnull=False) | Q(asked_at__lt=now - NUDGE)
    quiet = Q(nudged_at=None) | Q(nudged_at__lt=now - NUDGE)
    found = tuple(_free(now).filter(abandoned, quiet).values_list("pk", flat=True))
    Fill.objects.filter(pk__in=found).update(nudged_at=now)
    return found


def _free(now: datetime) -> QuerySet[Fill]:
    return Fill.objects.filter(Q(lease_until=None) | Q(lease_until__lt=now), state__in=LIVE)
