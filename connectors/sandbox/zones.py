"""Local clock arithmetic on whole arrays. Instants are int64 microseconds since 1970, UTC."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Instants = NDArray[np.int64]

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 3600 * SECOND
DAY = 86_400 * SECOND


def to_local(instants: Instants, zone: str) -> Instants:
    """What the wall clocks of `zone` show, as microseconds of a naive calendar."""
    stamps = pa.array(instants).cast(pa.timestamp("us")).cast(pa.timestamp("us", zone))
    local: Instants = pc.local_timestamp(stamps).cast(pa.int64()).to_numpy(zero_copy_only=False)
    return local


def wall(instants: Instants, zone: str) -> Instants:
    """As `to_local`, for rising instants: only days when clocks change are looked up in full."""
    if not instants.size:
        return instants
    first = instants[0] // DAY
    midnights = np.arange(first, instants[-1] // DAY + 2, dtype=np.int64) * DAY
    offsets = to_local(midnights, zone) - midnights
    local: Instants = instants + offsets[instants // DAY - first]
    for day in np.flatnonzero(np.diff(offsets)):
        low, high = np.searchsorted(instants, midnights[day : day + 2])
        local[low:high] = to_local(instants[low:high], zone)
    return local


def from_local(local: Instants, zone: str) -> Instants:
    """The instants at which the wall clocks show `local`: the first of two, the next after none."""
    naive = pa.array(local).cast(pa.timestamp("us"))
    aware = pc.assume_timezone(naive, zone, ambiguous="earliest", nonexistent="latest")
    instants: Instants = aware.cast(pa.int64()).to_numpy(zero_copy_only=False)
    return instants


def stamps(instants: Instants, zone: str, *, colon: bool, fraction: bool) -> list[str]:
    """ISO 8601 texts in local time: `…+01:00` with a colon, `…+0100` without."""
    if instants.size == 0:
        return []
    local = to_local(instants, zone)
    texts: list[str] = np.datetime_as_string((local // SECOND).astype("M8[s]")).tolist()
    if fraction and np.any(local % SECOND):
        parts = (local % SECOND).tolist()
        texts = [f"{t}.{p:06d}" if p else t for t, p in zip(texts, parts, strict=True)]
    offsets = (local - instants) // MINUTE
    if np.all(offsets == offsets[0]):
        suffix = _offset(int(offsets[0]), colon=colon)
        return [text + suffix for text in texts]
    known = {int(minutes): _offset(int(minutes), colon=colon) for minutes in np.unique(offsets)}
    return [text + known[minutes] for text, minutes in zip(texts, offsets.tolist(), strict=True)]


def _offset(minutes: int, *, colon: bool) -> str:
    sign = "-" if minutes < 0 else "+"
    hours, rest = divmod(abs(minutes), 60)
    return f"{sign}{hours:02d}{':' if colon else ''}{rest:02d}"
