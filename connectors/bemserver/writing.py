"""Writing points (sections 3.3 and 3.4).

The platform keeps the value of a time that it already has, and says nothing. So the times that are
there are read first, and only new ones are sent: what is reported is what happened.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.bemserver.client import Client
from connectors.bemserver.columns import micros
from connectors.bemserver.data import Chosen
from connectors.bemserver.ids import Series
from connectors.bemserver.reading import SPAN, read
from connectors.contract import TIME, Window, Written
from connectors.errors import Rejected

FIRST, END = pa.array([SPAN.start, SPAN.end], TIME).cast(pa.int64()).to_pylist()
"""Microseconds between which the platform takes times."""
POINTS = 100_000
"""Of one upload: 13 to 24 thousand are stored a second (section 3.4)."""
SECOND = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A series to be written: by its number, or by a name within a campaign."""

    series: Series
    name: str | None = None
    campaign: int | None = None

    @property
    def label(self) -> int | str:
        return self.series.number if self.name is None else self.name


NOTHING = Written(accepted=0, unchanged=0)


def write(client: Client, series: Sequence[Series], batches: Iterable[pa.RecordBatch]) -> Written:
    """Uploads what is new, chunk by chunk, series by series, never twice."""
    done = NOTHING
    for one, chunk in _chunks(series, batches):
        done = both(done, store(client, Target(series=one), chunk))
    return done


def store(client: Client, target: Target, chunk: pa.RecordBatch) -> Written:
    """Uploads what is new of at most `POINTS` plain points.

    `unchanged` is None when times have fractions of a second, which the platform stores and does
    not show, so that nobody can tell which of them it had.
    """
    moments = micros(chunk.column(0))
    new = ~np.isin(moments, _present(client, target.series, moments))
    fresh = chunk.filter(pa.array(new))
    if fresh.num_rows:
        chosen = Chosen((target.label,), target.series.state, target.campaign)
        client.data.upload(chosen, _json(fresh, target.label))
    whole = not (moments % SECOND).any()
    kept = chunk.num_rows - fresh.num_rows
    return Written(accepted=fresh.num_rows, unchanged=kept if whole else None)


def both(one: Written, other: Written) -> Written:
    """Together; what is uncertain in one is so in both."""
    certain = one.unchanged is not None and other.unchanged is not None
    kept = (one.unchanged or 0) + (other.unchanged or 0)
    return Written(accepted=one.accepted + other.accepted, unchanged=kept if certain else None)


def _present(
    client: Client, series: Series, moments: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The times that the platform has between the first and the last of these."""
    ends = pa.array([moments.min(), moments.max() + SECOND]).cast(TIME).to_pylist()
    found = read(client, (series,), Window(start=ends[0], end=ends[1]))
    return np.concatenate([np.empty(0, np.int64), *(micros(one.batch.column(0)) for one in found)])


def _chunks(
    series: Sequence[Series], batches: Iterable[pa.RecordBatch]
) -> Iterator[tuple[Series, pa.RecordBatch]]:
    """The points of each series as (time, float64) in chunks of at most `POINTS`."""
    held: dict[Series, list[pa.RecordBatch]] = {one: [] for one in series}
    for batch in batches:
        for place, one in enumerate(series, start=1):
            held[one].append(plain(batch.column(0), batch.column(place)))
            while sum(part.num_rows for part in held[one]) >= POINTS:
                whole = pa.concat_batches(held[one])
                yield one, whole.slice(0, POINTS)
                held[one] = [whole.slice(POINTS)]
    for one, parts in held.items():
        if any(part.num_rows for part in parts):
            yield one, pa.concat_batches(parts)


def plain(times: pa.Array, values: pa.Array) -> pa.RecordBatch:
    """Without nulls. Raises Rejected for what the platform cannot store."""
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        raise Rejected("BEMServer stores numbers only.", {"value": "This is text."})
    present = values.is_valid()
    numbers = values.filter(present).cast(pa.float64())
    times = times.filter(present).cast(TIME)
    if not pc.all(pc.is_finite(numbers), min_count=0).as_py():
        raise Rejected("BEMServer stores finite numbers only.", {"value": "This is no number."})
    moments = micros(times)
    if len(moments) and not (moments.min() >= FIRST and moments.max() < END):
        raise Rejected("BEMServer stores times from 1680 to 2259.", {"time": "Out of this range."})
    return pa.RecordBatch.from_arrays([times, numbers], names=["time", "value"])


def _json(chunk: pa.RecordBatch, label: int | str) -> bytes:
    """`{"<label>": {"<time>": "<value>", …}}`; times end in Z, with a fraction only where needed.

    Values travel as text, which every version reads to the last digit: before API 0.27 the platform
    reads numbers of 17 digits in CSV, and all versions those in JSON, only nearly.
    The zone is dropped before the times become text: Arrow is 28 times slower with one.
    """
    naive = chunk.column(0).cast(pa.timestamp("us"))
    if not (micros(chunk.column(0)) % SECOND).any():
        naive = naive.cast(pa.timestamp("s"))
    times = pc.binary_replace_slice(naive.cast(pa.string()), 10, 11, "T")
    values = chunk.column(1).cast(pa.string())
    pairs = pc.binary_join_element_wise('"', times, 'Z":"', values, '"', "")
    members = pc.binary_join(pa.ListArray.from_arrays([0, len(pairs)], pairs), ",")
    return f"{{{json.dumps(str(label))}:{{{members[0].as_py()}}}}}".encode()
