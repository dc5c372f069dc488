"""From an archive to what a chart shows: each series' points, state and words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeAlias

import numpy as np

from connectors.contract import Window
from connectors.errors import ConnectorError
from dashboard.charts.estimates import Estimate, step_words
from dashboard.charts.fetching import SIDES, Fetched, Trouble, Wish, fetch
from dashboard.charts.refs import SeriesRef, by_connection
from dashboard.series.downsample import downsample
from dashboard.series.models import Fill
from dashboard.series.reading import arrays
from dashboard.series.windows import micros

Array: TypeAlias = "np.ndarray[Any, np.dtype[Any]]"

COLUMNS = 1300
"""Most pixel columns of one line, for 16 kB of answer a series; on wider charts a column of the
drawing is two or three pixels, and still keeps its own minimum and maximum."""
SHORTEST_LINE = 3
"""Pixels: what is shorter would be looked for in vain."""
DOT_DISTANCE = 8
"""Pixels from point to point at which each gets a dot."""
_MICRO = timedelta(microseconds=1)
_TEXT = Trouble(
    sentence="This series holds words or switches, which a line cannot show. The CSV has them.",
    whose="the series",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """Rising times (int64 microseconds) and values, NaN at gaps, as they are drawn."""

    times: Array
    values: Array
    dots: bool = False


NOTHING = Points(times=np.empty(0, dtype=np.int64), values=np.empty(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One series on the chart."""

    ref: SeriesRef
    points: Points = NOTHING
    raw: int = 0
    """Points in the archive for this window, before they were thinned."""
    first: int | None = None
    last: int | None = None
    estimate: Points | None = None
    step: timedelta | None = None
    unread: tuple[Window, ...] = ()
    trouble: Trouble | None = None
    fill: Fill | None = None
    notes: int = 0
    """Points that were changed on the way here; see `Notes` of the contract."""

    def share_read(self, window: Window) -> float:
        """0 to 1: how much of the window is in the archive."""
        unread = sum((part.width for part in self.unread), timedelta(0))
        return 1 - unread / window.width

    @property
    def state(self) -> str:
        """complete | filling | aggregate | failed."""
        if self.trouble is not None and not (self.trouble.passing and self.fill):
            return "failed"
        if not self.unread:
            return "complete"
        return "filling" if self.estimate is None else "aggregate"

    def words(self, window: Window) -> str:
        """The state as a sentence; empty when there is nothing to say."""
        read = f"{100 * self.share_read(window):.0f} %"
        if self.state == "failed" and self.trouble is not None:
            return self.trouble.sentence
        if self.state == "aggregate" and self.step is not None:
            buckets = f"{step_words(self.step)} minimum and maximum"
            return f"Drawn from the platform's own {buckets} while it is read: {read} so far."
        if self.state == "filling":
            return f"Being read from the platform: {read} so far. {self._slow}".strip()
        return ""

    @property
    def _slow(self) -> str:
        """Why reading pauses, where it does."""
        if self.fill is not None and self.fill.trouble:
            return f"{self.fill.trouble} Tieline keeps trying."
        if self.trouble is not None:
            return "The platform takes its time; Tieline goes on in the background."
        return ""


def drawn(refs: Sequence[SeriesRef], wish: Wish) -> tuple[Drawn, ...]:
    """Every series as it can be drawn now. One that fails says so and spoils no other.

    Fills that were asked for stand in `Drawn.fill`; the caller enqueues them.
    """
    groups = by_connection(refs)
    fetched = {connection: fetch(connection, mine, wish) for connection, mine in groups.items()}
    return tuple(_drawn(ref, fetched[ref.connection], wish) for ref in refs)


def archived(ref: SeriesRef, *, window: Window, pixels: int) -> Drawn:
    """A series from the archive alone. Points of words or switches are a trouble, not an error."""
    try:
        held = arrays(connection=ref.connection, node=ref.node, window=window)
    except ValueError:
        return Drawn(ref=ref, trouble=_TEXT)
    except ConnectorError as error:
        return Drawn(ref=ref, trouble=Trouble(sentence=error.message, whose=SIDES["tieline"]))
    if held.times.size == 0:
        return Drawn(ref=ref)
    return Drawn(
        ref=ref,
        points=thinned(held.times, held.values, window=window, pixels=pixels),
        raw=int(held.times.size),
        first=int(held.times[0]),
        last=int(held.times[-1]),
        notes=held.notes.floored + held.notes.duplicates + held.notes.unreadable,
    )


def thinned(times: Array, values: Array, *, window: Window, pixels: int) -> Points:
    """At most two points a pixel column, every extreme kept, broken where a gap is visible."""
    columns = min(pixels, COLUMNS)
    few, kept = downsample(times, values, window=window, pixels=columns)
    if few.size > 2 * columns:
        few, kept = _extremes(few, kept, window, columns)
    return Points(times=few, values=kept, dots=_dots(few, kept, window, pixels))


def _drawn(ref: SeriesRef, fetched: Fetched, wish: Wish) -> Drawn:
    base = archived(ref, window=wish.window, pixels=wish.pixels)
    estimate = fetched.estimates.get(ref.node)
    return Drawn(
        ref=ref,
        points=base.points,
        raw=base.raw,
        first=base.first,
        last=base.last,
        notes=base.notes,
        estimate=_estimated(estimate, wish),
        step=estimate.step if estimate else None,
        unread=fetched.unread.get(ref.node, ()),
        trouble=base.trouble or fetched.troubles.get(ref.node),
        fill=next((fill for fill in fetched.fills if ref.node in fill.nodes), None),
    )


def _estimated(estimate: Estimate | None, wish: Wish) -> Points | None:
    if estimate is None:
        return None
    return thinned(estimate.times, estimate.values, window=wish.window, pixels=wish.pixels)


def _extremes(times: Array, values: Array, window: Window, columns: int) -> tuple[Array, Array]:
    """Of each column's first, lowest, highest and last point the two in the middle: half the bytes
    for a line that differs by less than a pixel. Gaps stay."""
    start = micros(window.start)
    whole, rest = divmod(micros(window.end) - start, columns)
    places = np.arange(1, columns, dtype=np.int64)
    column = np.searchsorted(start + places * whole + places * rest // columns, times, side="right")
    column[np.isnan(values)] = columns
    order = np.lexsort((values, column))
    turns = np.flatnonzero(np.diff(column[order]))
    edges = np.concatenate(([0], turns, turns + 1, [times.size - 1]))
    gaps = np.flatnonzero(np.isnan(values))
    kept = np.unique(np.concatenate((order[edges], gaps)))
    return times[kept], values[kept]


def _dots(times: Array, values: Array, window: Window, pixels: int) -> bool:
    """A dot on each point where points are far apart, or where a line would not show one."""
    if times.size == 0:
        return False
    covered = (int(times[-1]) - int(times[0])) * _MICRO / window.width * pixels
    short = covered < SHORTEST_LINE
    return short or bool(covered / times.size >= DOT_DISTANCE) or _lone(values)


def _lone(values: Array) -> bool:
    """True when a point stands between two gaps."""
    there = np.concatenate(([False], ~np.isnan(values), [False]))
    return bool((there[1:-1] & ~there[:-2] & ~there[2:]).any())
