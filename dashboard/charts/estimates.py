"""The platform's own buckets, standing in for what is not read yet.

Both the minimum and the maximum of each bucket are drawn, so no peak is lost, only its exact time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from connectors.contract import Aggregates, NodeId, Service, Window
from connectors.errors import ConnectorError, RateLimited, Unavailable
from dashboard.connections.models import Connection
from dashboard.connections.services import connection_open
from dashboard.series.windows import floored, hull, micros

Array: TypeAlias = "np.ndarray[Any, np.dtype[Any]]"

FEWEST_COLUMNS = 0.004
"""Less of the window than this is not worth a request: it is a few pixels wide."""
_MICRO = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Rising times (int64 microseconds) and values of the unread part, from buckets of `step`."""

    times: Array
    values: Array
    step: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimates:
    drawn: Mapping[str, Estimate] = field(default_factory=dict)
    refused: Mapping[str, ConnectorError] = field(default_factory=dict)
    """The series that the platform will not give later either."""


def estimates(
    connection: Connection,
    unread: Mapping[str, tuple[Window, ...]],
    window: Window,
    pixels: int,
    *,
    seconds: float,
) -> Estimates:
    """Minimum and maximum of the unread parts; nothing where the platform cannot, or not in time.

    Raises Locked.
    """
    wide = {node: parts for node, parts in unread.items() if _share(parts, window) > FEWEST_COLUMNS}
    if not wide:
        return Estimates()
    try:
        with connection_open(connection, seconds=seconds) as service:
            drawn = _aggregated(service, wide, pixels)
    except ConnectorError as error:
        if len(wide) == 1:
            return Estimates(refused=dict.fromkeys(wide, error))
        parts = [
            estimates(connection, {node: wide[node]}, window, pixels, seconds=seconds / len(wide))
            for node in wide
        ]
        return Estimates(
            drawn={node: one for part in parts for node, one in part.drawn.items()},
            refused={node: why for part in parts for node, why in part.refused.items()},
        )
    return Estimates(drawn=drawn)


def step_words(step: timedelta) -> str:
    """`hourly`, `daily`, `15-minute`."""
    seconds = int(step.total_seconds())
    named = {60: "one-minute", 3600: "hourly", 86400: "daily"}
    if seconds in named:
        return named[seconds]
    return f"{seconds // 3600}-hour" if seconds % 3600 == 0 else f"{seconds // 60}-minute"


def _aggregated(
    service: Service[Any], unread: Mapping[str, tuple[Window, ...]], pixels: int
) -> dict[str, Estimate]:
    steps = service.traits.steps
    if not isinstance(service, Aggregates) or not steps:
        return {}
    wide = hull([part for parts in unread.values() for part in parts])
    step = next((step for step in steps if wide.width / step <= pixels), steps[-1])
    found: dict[str, list[pa.RecordBatch]] = {node: [] for node in unread}
    ids = [NodeId(node) for node in unread]
    for piece in _newest_first(wide, step):
        try:
            for buckets in service.aggregate(ids, piece, step, ("min", "max")):
                found.setdefault(str(buckets.series), []).append(buckets.batch)
        except (Unavailable, RateLimited):
            break  # what came in time is drawn
    drawn = ((node, _envelope(found[node], unread[node], step)) for node in unread)
    return {node: one for node, one in drawn if one.times.size}


def _newest_first(window: Window, step: timedelta) -> Iterator[Window]:
    """The last sixteenth, then pieces that double: a slow platform still gives something true, and
    the most recent first. Borders lie between buckets."""
    end, share = window.end, 16
    while end > window.start:
        start = floored(max(window.end - window.width / share, window.start), step)
        if share == 1 or start <= window.start:
            start = window.start
        if start < end:
            yield Window(start=start, end=end)
            end = start
        share = max(1, share // 2)


def _envelope(
    batches: Sequence[pa.RecordBatch], parts: Sequence[Window], step: timedelta
) -> Estimate:
    """Minimum, then maximum, of each bucket that holds something unread; both in its middle."""
    width = step // _MICRO
    starts, order = np.unique(_column(batches, "time"), return_index=True)
    low, high = (_column(batches, name)[order] for name in ("min", "max"))
    wanted = _meeting(starts, width, parts) & ~np.isnan(low) & ~np.isnan(high)
    middles = starts[wanted] + width // 2
    times = np.stack((middles, middles + 1), axis=1).ravel()
    values = np.stack((low[wanted], high[wanted]), axis=1).ravel()
    return Estimate(times=times, values=values, step=step)


def _column(batches: Sequence[pa.RecordBatch], name: str) -> Array:
    """One column of all batches; times as int64 microseconds, nulls of values as NaN."""
    kind = pa.int64() if name == "time" else pa.float64()
    arrays = [batch[name].cast(kind).to_numpy(zero_copy_only=False) for batch in batches]
    empty: Array = np.empty(0, dtype=np.int64 if name == "time" else np.float64)
    return np.concatenate(arrays) if arrays else empty


def _meeting(starts: Array, width: int, parts: Sequence[Window]) -> Array:
    wanted = np.zeros(starts.size, dtype=bool)
    for part in parts:
        first, last = (micros(at) for at in (part.start, part.end))
        wanted |= (starts + width > first) & (starts < last)
    return wanted


def _share(parts: Sequence[Window], window: Window) -> float:
    return sum((part.width for part in parts), timedelta(0)) / window.width
