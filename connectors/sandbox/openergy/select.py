"""`select` and `multi_select`: the samples of series as the client's frames want them (3.4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from connectors.sandbox.openergy import freqs, reading
from connectors.sandbox.openergy.actions import ACTIONS
from connectors.sandbox.openergy.asking import Asked, asked
from connectors.sandbox.openergy.call import Call, Platform, Record
from connectors.sandbox.openergy.cleaning import PIECE, WINDOW, Readings, joined
from connectors.sandbox.openergy.clocks import tzt_offset
from connectors.sandbox.openergy.freqs import Frequency, Values
from connectors.sandbox.openergy.outputs import UNFILTERED
from connectors.sandbox.openergy.problems import invalid
from connectors.sandbox.samples import Track
from connectors.sandbox.spoiling import spoiled, spoiled_samples
from connectors.sandbox.zones import Instants

KEYS = "otsdb_pk"


@ACTIONS.detail("odata/series", "select", methods=("GET",), locked=False)
def select(call: Call, series: Record) -> dict[str, Any]:
    """One series: `{name, index, data}`."""
    wanted = asked(call.params)
    return _Select(call, wanted, 1).answer(series, None)


@ACTIONS.listing("odata/series", "multi_select", methods=("POST",), locked=False)
def multi_select(call: Call) -> dict[str, Any]:
    """Several series by `otsdb_pk`; the points of an answer are shared equally."""
    wanted = asked(call.params)
    chosen = _chosen(call)
    every = _Select(call, wanted, len(chosen))
    since = _common_start(call.platform, wanted, chosen)
    return {series[KEYS]: every.answer(series, since) for series in chosen}


def _chosen(call: Call) -> list[Record]:
    """The series that the body names, each once. Raises Problem 400."""
    body = call.json()
    if KEYS not in body:
        raise invalid(KEYS, "This field is required.")
    keys = body[KEYS]
    if not isinstance(keys, list):
        raise invalid(KEYS, f'Expected a list of items but got type "{type(keys).__name__}".')
    if not keys:
        raise invalid(KEYS, "This list may not be empty.")
    known = {series[KEYS]: series for series in call.visible("odata/series")}
    for key in keys:
        if not isinstance(key, str) or key not in known:
            raise invalid(KEYS, f'Invalid pk "{str(key)[:80]}" - object does not exist.')
    return [known[key] for key in dict.fromkeys(keys)]


def _common_start(platform: Platform, wanted: Asked, chosen: list[Record]) -> int | None:
    """The latest first stamp of all, where the query asks to begin there."""
    if wanted.start_mode != "right":
        return None
    held = [(series, reading.ends(platform, series)) for series in chosen]
    firsts = [
        int(reading.shown(series, np.array([ends[0]], dtype=np.int64), wanted.clock)[0])
        for series, ends in held
        if ends is not None
    ]
    return max(firsts, default=None)


class _Select:
    """One request, series by series."""

    def __init__(self, call: Call, wanted: Asked, share: int) -> None:
        self._platform = call.platform
        self._wanted = wanted
        self._spoils = spoiled(call.scope)
        most = max(call.platform.settings.points // share, 1)
        self._rows = most if wanted.rows is None else min(most, wanted.rows)

    def answer(self, series: Record, since: int | None) -> dict[str, Any]:
        """The samples of a series; nothing in it tells that it was cut (3.4)."""
        times, values = spoiled_samples(*self._samples(series, since), self._spoils)
        data: list[float | None] = values.tolist()
        if not np.isfinite(values).all():
            data = [value if np.isfinite(value) else None for value in values.tolist()]
        return {"name": series["name"], "index": (times // 1000).tolist(), "data": data}

    def _samples(self, series: Record, since: int | None) -> Readings:
        held = self._track(series)
        limits = self._limits(series, held, since)
        if limits is None:
            return np.empty(0, dtype=np.int64), np.empty(0)
        pieces = self._pieces(series, held, *limits)
        parts: list[Readings] = []
        left = self._rows
        while left > 0 and (piece := next(pieces, None)) is not None:
            parts.append((piece[0][:left], piece[1][:left]))
            left -= parts[-1][0].size
        return joined(parts)

    def _track(self, series: Record) -> Track:
        if self._wanted.unfilter:
            whole = self._platform.samples.track(UNFILTERED.format(series[KEYS]))
            if whole.extent() is not None:
                return whole
        return reading.track(self._platform, series)

    def _limits(self, series: Record, held: Track, since: int | None) -> tuple[int, int] | None:
        """The half-open window to answer, in the series' own clock."""
        extent = held.extent()
        if extent is None:
            return None
        wanted = self._wanted
        low, high = extent[0], max(extent[1], self._late(series) or extent[1])
        if since is not None:
            stamp = np.array([since], dtype=np.int64)
            low = max(low, int(reading.native(series, stamp, wanted.clock)[0]))
        if wanted.start is not None:
            shut = wanted.closed == "right"
            low = max(low, wanted.start.native(series, wanted.clock) + shut)
        if wanted.end is not None:
            open_ = wanted.closed in ("right", "both")
            high = min(high, wanted.end.native(series, wanted.clock) + open_)
        return (low, high) if low < high else None

    def _late(self, series: Record) -> int | None:
        """Up to when missing data counts as late, so that its empty rows are shown [G]."""
        wanted = self._wanted
        if wanted.delay is None or (series["freq"] is None and wanted.resample is None):
            return None
        now = self._platform.clock.now_us() if wanted.now is None else wanted.now
        moved = tzt_offset(series["timezone"] or "UTC") if series["native_clock"] != "gmt" else 0
        return now + moved - wanted.delay

    def _pieces(self, series: Record, held: Track, low: int, high: int) -> Iterator[Readings]:
        wanted = self._wanted
        if wanted.resample is not None:
            pieces = self._resampled(series, held, low, high, wanted.resample)
        else:
            pieces = self._native(series, held, low, high)
        if not wanted.dropna:
            yield from pieces
            return
        for times, values in pieces:
            yield times[~np.isnan(values)], values[~np.isnan(values)]

    def _native(self, series: Record, held: Track, low: int, high: int) -> Iterator[Readings]:
        """As it is; with empty rows where a series with a step has none."""
        step = None if series["freq"] is None else freqs.frequency(series["freq"])
        width = WINDOW if step is None else min(WINDOW, step.span * PIECE)
        for window in reading.windows(low, high, width):
            times, values = held.read(*window)
            if step is not None:
                times, values = _with_gaps(step, times, values, window, self._rows)
            if times.size:
                yield reading.shown(series, times, self._wanted.clock), values

    def _resampled(
        self, series: Record, held: Track, low: int, high: int, step: Frequency
    ) -> Iterator[Readings]:
        """The window's samples by steps of the shown clock: a day of `dst` may have 23 hours."""
        wanted = self._wanted
        rule = wanted.rule or series["default_resample_rules"]
        ends = reading.shown(series, np.array([low, high - 1], dtype=np.int64), wanted.clock)
        grid = step.covering(int(ends[0]), int(ends[-1]) + 1, self._rows)
        size = max(WINDOW // step.span, 1)
        for at in range(0, grid.size, size):
            starts = grid[at : at + size]
            edges = np.append(starts, step.after(starts[-1:]))
            edges = reading.native(series, edges, wanted.clock)
            times, values = held.read(max(int(edges[0]), low), min(int(edges[-1]), high))
            kept = ~np.isnan(values)
            spots = np.searchsorted(edges[:-1], times[kept], side="right") - 1
            spots, reduced = freqs.reduced(spots.astype(np.int64), values[kept], rule)
            named = step.named(starts) if wanted.convention == "left" else step.after(starts)
            exists = np.diff(edges) > 0  # the hour that the clocks skip in spring does not
            yield named[exists], freqs.spread(np.arange(starts.size), spots, reduced)[exists]


def _with_gaps(
    step: Frequency, times: Instants, values: Values, window: tuple[int, int], most: int
) -> Readings:
    """The samples and, between them, an empty row for each step without one."""
    names = step.named(step.covering(*window, most))
    names = names[(names >= window[0]) & (names < window[1])]
    if names.size == times.size and np.array_equal(names, times):
        return times, values
    every = np.union1d(names, times)
    return every, freqs.spread(every, times, values)
