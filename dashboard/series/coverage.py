"""What the archive holds of a series, and what is still to be read.

A segment is good for ever up to the time that had settled when it was fetched. What was younger
then may have changed since, so it is good for `fresh` only, and is read again after that. The
settled end is rounded down to a multiple of `settles`, and so is the start of a window younger than
that: every reading of the last hours then starts at the same time and supersedes the one before it,
so that a chart watched all day leaves a segment an hour and not one a minute.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from connectors import registry
from connectors.contract import Traits, Window
from dashboard.connections.models import Connection
from dashboard.series.models import Segment
from dashboard.series.windows import clip, floored, merge, subtract

Range = tuple[datetime, datetime, datetime]
"""Of one segment: start, end, fetched_at."""


def coverage(*, connection: Connection, node: str, window: Window) -> tuple[Window, ...]:
    """Where the archive has an answer, settled or not: merged, rising."""
    found = _ranges(connection, (node,), window)[node]
    return clip(merge(Window(start=start, end=end) for start, end, _ in found), window)


def missing(
    *, connection: Connection, node: str, window: Window, now: datetime
) -> tuple[Window, ...]:
    """What has to be read: never read, or read before it had settled and longer ago than `fresh`.

    Never beyond `now`.
    """
    return missing_each(connection=connection, nodes=(node,), window=window, now=now)[node]


def missing_each(
    *, connection: Connection, nodes: Sequence[str], window: Window, now: datetime
) -> dict[str, tuple[Window, ...]]:
    """`missing` of several series in one query."""
    past = window.meet(Window(start=min(window.start, now), end=now))
    if past is None:
        return dict.fromkeys(nodes, ())
    traits = registry.load(connection.kind).traits
    found = _ranges(connection, nodes, past)
    return {
        node: subtract((past,), (_good(one, traits=traits, now=now) for one in found[node]))
        for node in nodes
    }


def widened(window: Window, *, connection: Connection, now: datetime) -> Window:
    """The window to fill for this one: from a multiple of `settles` when it begins after that."""
    settles = registry.load(connection.kind).traits.settles
    if settles == timedelta(0) or window.start <= floored(now - settles, settles):
        return window
    return Window(start=floored(window.start, settles), end=window.end)


def _good(found: Range, *, traits: Traits, now: datetime) -> Window:
    """The part of a segment that need not be read again now."""
    start, end, fetched_at = found
    if traits.settles == timedelta(0) or now - fetched_at <= traits.fresh:
        return Window(start=start, end=end)
    settled = floored(fetched_at - traits.settles, traits.settles)
    return Window(start=start, end=max(start, min(end, settled)))


def _ranges(
    connection: Connection, nodes: Sequence[str], window: Window
) -> defaultdict[str, list[Range]]:
    rows = Segment.objects.filter(
        connection=connection,
        node__in=nodes,
        superseded_by=None,
        start__lt=window.end,
        end__gt=window.start,
    ).values_list("node", "start", "end", "fetched_at")
    found: defaultdict[str, list[Range]] = defaultdict(list)
    for node, start, end, fetched_at in rows:
        found[node].append((start, end, fetched_at))
    return found
