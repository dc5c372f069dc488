"""When a series' newest point was. The platform tells it nowhere, so it is asked for ever smaller
steps of what it has (3.4): the last month with a point, the last day in it, the last point in that.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from connectors.contract import Window
from connectors.errors import Rejected
from connectors.openergy.client import Client
from connectors.openergy.ids import Ref
from connectors.openergy.reading import EPOCH, MILLISECOND, SPAN, column_of, millis, stamp

STEPS = (("MS", timedelta(days=32)), ("D", timedelta(days=2)))
"""A step, and how far around it the next question looks: its label may be its first or last day."""


def newest(client: Client, series: Ref) -> datetime | None:
    """The time of the last stored point; None: there is none, or the platform does not resample."""
    window = SPAN
    for step, around in STEPS:
        last = _last(client, series, window, resample=step, resample_rule="first")
        if last is None:
            return None
        window = Window(start=last - around, end=last + around).meet(SPAN) or SPAN
    return _last(client, series, window)


def _last(client: Client, series: Ref, window: Window, **how: str) -> datetime | None:
    asked = {"start": stamp(millis(window.start)), "end": stamp(millis(window.end) - 1)}
    try:
        found = client.points_of(series, {**asked, "clock": "gmt", **how})
    except Rejected:
        return None
    times = column_of(found).times
    return EPOCH + int(times[-1]) * MILLISECOND if len(times) else None
