"""Times, numbers and what a chart shows, in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from connectors.contract import Window
from dashboard.accounts.templatetags.pieces import digits
from dashboard.charts.drawing import Drawn
from dashboard.charts.ticks import EPOCH, offset_at, offset_text

LONGEST_NAME = 120
"""Characters of the name of a chart or an export."""


def local_words(instant: datetime, zone: ZoneInfo) -> str:
    """`30 Mar 2025 03:00 +02:00`; seconds and their parts only where there are any."""
    local = instant.astimezone(zone)
    clock = f"{local:%H:%M}"
    if local.second or local.microsecond:
        clock = f"{local:%H:%M:%S}"
    if local.microsecond:
        clock += f".{local.microsecond:06d}".rstrip("0")
    return f"{local.day} {local:%b %Y} {clock} {offset_text(offset_at(instant, zone))}"


def name_of(titles: Sequence[str]) -> str:
    """A name to start from, for what is made of these series: `Power and 2 more`."""
    if not titles:
        return ""
    rest = f" and {len(titles) - 1} more" if len(titles) > 1 else ""
    return titles[0][: LONGEST_NAME - len(rest)] + rest


def micros_words(micros: int, zone: ZoneInfo) -> str:
    return local_words(EPOCH + timedelta(microseconds=micros), zone)


def summary(one: Drawn, window: Window, zone: ZoneInfo) -> str:
    """One series for those who do not see the line."""
    said = one.words(window)
    there = ~np.isnan(one.points.values)
    if not there.any():
        return f"{one.ref.title}: {said or 'no points in this window.'}"
    times, values = one.points.times[there], one.points.values[there]
    extremes = (("lowest", values.argmin()), ("highest", values.argmax()))
    unit = f" {one.ref.unit}" if one.ref.unit else ""
    told = (
        f"{word} {digits(float(values[at]))}{unit} on {micros_words(int(times[at]), zone)}"
        for word, at in extremes
    )
    return f"{one.ref.title}: {one.raw:,} points, {', '.join(told)}. {said}".strip()
