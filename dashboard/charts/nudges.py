"""Sending fills to the queue. The fill's row is the truth and the queue only a nudge: while the
queue does not answer a chart is drawn all the same, and the next tick sends the fill again."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from kombu.exceptions import OperationalError

from dashboard.series import tasks
from dashboard.series.models import Fill

log = logging.getLogger(__name__)


def fills_nudge(fills: Iterable[Fill]) -> None:
    for fill in fills:
        try:
            tasks.fill.delay_on_commit(fill.pk)  # type: ignore[attr-defined]
        except OperationalError:
            log.warning("fill %s was not queued: the queue does not answer", fill.pk)
