"""Arithmetic on windows. Pure: no database, no clock.

Every answer is rising, without overlap, without an empty window.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import pairwise
from typing import TypeVar

from connectors.contract import Window

T = TypeVar("T")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(moment: datetime) -> int:
    """Microseconds since 1970, exactly: what a column of times holds."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def floored(moment: datetime, grid: timedelta) -> datetime:
    """The last multiple of `grid` since 1970 that is not after the moment."""
    return moment - (moment - EPOCH) % grid


def merge(windows: Iterable[Window]) -> tuple[Window, ...]:
    """The union; windows that touch become one."""
    joined: list[Window] = []
    for window in sorted(windows, key=lambda one: one.start):
        if window.empty:
            continue
        if joined and window.start <= joined[-1].end:
            last = joined.pop()
            window = Window(start=last.start, end=max(last.end, window.end))
        joined.append(window)
    return tuple(joined)


def clip(windows: Iterable[Window], within: Window) -> tuple[Window, ...]:
    """The parts that lie within, of windows that are rising already."""
    return tuple(part for window in windows if (part := window.meet(within)))


def subtract(windows: Iterable[Window], holes: Iterable[Window]) -> tuple[Window, ...]:
    """What is left of the windows' union without the holes."""
    left: list[Window] = []
    holes = merge(holes)
    first = 0
    for window in merge(windows):
        while first < len(holes) and holes[first].end <= window.start:
            first += 1
        left += _pierced(window, holes, first)
    return tuple(left)


def hull(windows: Sequence[Window]) -> Window:
    """From the first start to the last end. Raises ValueError without windows."""
    return Window(start=min(w.start for w in windows), end=max(w.end for w in windows))


def layered(layers: Sequence[tuple[Window, T]]) -> tuple[tuple[Window, T], ...]:
    """What is seen from above of layers given from the lowest to the topmost.

    n log n, because a series watched for a year has thousands of segments.
    """
    waiting = sorted(range(len(layers)), key=lambda rank: layers[rank][0].start, reverse=True)
    edges = sorted({edge for window, _ in layers for edge in (window.start, window.end)})
    open_: list[int] = []
    seen: list[tuple[Window, int]] = []
    for left, right in pairwise(edges):
        while waiting and layers[waiting[-1]][0].start <= left:
            heappush(open_, -waiting.pop())
        while open_ and layers[-open_[0]][0].end <= left:
            heappop(open_)
        if open_:
            _extend(seen, Window(start=left, end=right), -open_[0])
    return tuple((window, layers[rank][1]) for window, rank in seen)


def _pierced(window: Window, holes: Sequence[Window], first: int) -> list[Window]:
    """One window without the holes from the first that ends after its start."""
    left: list[Window] = []
    start = window.start
    for index in range(first, len(holes)):
        if holes[index].start >= window.end:
            break
        if start < holes[index].start:
            left.append(Window(start=start, end=holes[index].start))
        start = holes[index].end
    if start < window.end:
        left.append(Window(start=start, end=window.end))
    return left


def _extend(seen: list[tuple[Window, int]], window: Window, rank: int) -> None:
    """Adds a piece, joined to the one before it when both show the same layer."""
    if seen and seen[-1][1] == rank and seen[-1][0].end == window.start:
        window = Window(start=seen.pop()[0].start, end=window.end)
    seen.append((window, rank))
