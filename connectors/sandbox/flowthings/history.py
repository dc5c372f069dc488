"""The drops that the world puts into a flow: computed when asked, never stored."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock

import numpy as np

from connectors.sandbox.flowthings.elems import Elems
from connectors.sandbox.world.noise import Values
from connectors.sandbox.world.readings import Source
from connectors.sandbox.zones import Instants

NO_TIMES: Instants = np.empty(0, dtype=np.int64)
NO_VALUES: Values = np.empty(0)
KEPT = 24  # flows whose readings stay in memory: about 1.6 MB each at the largest capacity
FRESH = 60.0  # seconds after which they are computed anew, because a reading may be corrected
MILLISECOND = 1000  # microseconds
DIGITS = 12  # of the time and of the flow in a drop's id

Readings = tuple[Instants, Values]


def identity(prefix: str, *parts: str) -> str:
    """An id that is the same in every run: the prefix and 24 hexadecimal digits."""
    return prefix + sha256("\n".join(parts).encode()).hexdigest()[:24]


def drop_id(flow_id: str, moment: int) -> str:
    """The id of a flow's computed drop of this moment, in milliseconds since 1970."""
    return f"d{moment:0{DIGITS}x}{flow_id[1 : DIGITS + 1]}"


def elems_of(moment: int, value: float) -> Elems:
    """What a meter's drop holds: its reading, and the time of it."""
    return {
        "value": {"type": "float", "value": value},
        "time": {"type": "date", "value": moment},
    }


@dataclass(frozen=True, slots=True)
class _Kept:
    """The newest readings of a source, up to `until`."""

    count: int
    after: int
    until: int
    made: float
    moments: Instants
    values: Values


class History:
    """The sources under the flows, by flow id. Safe to use from any thread."""

    def __init__(self) -> None:
        self._sources: dict[str, Source] = {}
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = Lock()

    def attach(self, flow_id: str, source: Source) -> None:
        """Lets a source fill a flow."""
        self._sources[flow_id] = source

    def source(self, flow_id: str) -> Source | None:
        """What fills a flow; None for one that only clients write to."""
        return self._sources.get(flow_id)

    def between(self, flow_id: str, after: int, until: int) -> Readings:
        """What arrived after one moment and by another; both in microseconds."""
        source = self._sources.get(flow_id)
        if source is None or until <= after:
            return NO_TIMES, NO_VALUES
        return source.read(after + 1, until + 1)

    def newest(self, flow_id: str, count: int, after: int, now: int) -> Readings:
        """At most `count` readings that arrived after one moment and by now, oldest first.

        The bounds are microseconds, the stamps milliseconds.
        """
        source = self._sources.get(flow_id)
        if source is None or count == 0:
            return NO_TIMES, NO_VALUES
        with self._lock:
            known = self._kept.get(flow_id)
        if known is None or not _usable(known, count, after, now):
            times, values = _last(source, count, after, now)
            moments = times // MILLISECOND
            known = _Kept(count, after, now, time.monotonic(), moments, values)
        elif now > known.until:
            known = _grown(known, source.read(known.until + 1, now + 1), now)
        self._keep(flow_id, known)
        return known.moments, known.values

    def _keep(self, flow_id: str, readings: _Kept) -> None:
        with self._lock:
            self._kept[flow_id] = readings
            self._kept.move_to_end(flow_id)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)


def _usable(known: _Kept, count: int, after: int, now: int) -> bool:
    same = (known.count, known.after) == (count, after)
    return same and now >= known.until and time.monotonic() - known.made < FRESH


def _grown(known: _Kept, fresh: Readings, now: int) -> _Kept:
    moments, values = known.moments, known.values
    if fresh[0].size:
        moments = np.concatenate([moments, fresh[0] // MILLISECOND])[-known.count :]
        values = np.concatenate([values, fresh[1]])[-known.count :]
    return _Kept(known.count, known.after, now, known.made, moments, values)


def _last(source: Source, count: int, after: int, now: int) -> Readings:
    """Reads backwards until enough was found; gaps make it read further."""
    extent = source.extent()
    if extent is None:
        return NO_TIMES, NO_VALUES
    first, end = max(extent[0], after + 1), min(extent[1], now + 1)
    found: list[Readings] = []
    missing = count
    while missing > 0 and end > first:
        start = max(first, end - source.step * max(missing, 1000))
        found.insert(0, source.read(start, end))
        missing -= found[0][0].size
        end = start
    times = np.concatenate([NO_TIMES, *(each[0] for each in found)])[-count:]
    values = np.concatenate([NO_VALUES, *(each[1] for each in found)])[-count:]
    return times, values
