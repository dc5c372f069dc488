"""Writing points (sections 3.3 and 3.4).

The platform keeps the value of a time that it already has, and says nothing. So the times that are
there are read first, and only new ones are sent: what is reported is what happened.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.bemserver.client import Client
from connectors.bemserver.columns import micros
from connectors.bemserver.ids import Series
from connectors.bemserver.reading import SPAN, read
from connectors.contract import TIME, Window, Written
from connectors.errors import Rejected

POINTS = 100_000
"""Of one upload: 13 to 24 thousand are stored a second (section 3.4)."""
SECOND = 1_000_000


def write(client: Client, series: Series, batches: Iterable[pa.RecordBatch]) -> Written:
    """Uploads what is new, chunk by chunk, never twice.

    `unchanged` is None when times have fractions of a second, which the platform stores and does
    not show, so that nobody can tell which of them it had.
    """
    accepted = kept = 0
    certain = True
    for chunk in _chunks(batches):
        moments = micros(chunk.column(0))
        certain = certain and not (moments % SECOND).any()
        new = ~np.isin(moments, _present(client, series, moments))
        fresh = chunk.filter(pa.array(new))
        if fresh.num_rows:
            client.upload(series.state, _json(fresh, series.number))
        accepted += fresh.num_rows
        kept += chunk.num_rows - fresh.num_rows
    return Written(accepted=accepted, unchanged=kept if certain else None)


def _present(
    client: Client, series: Series, moments: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The times that the platform has between the first and the last of these."""
    ends = pa.array([moments.min(), moments.max() + SECOND]).cast(TIME).to_pylist()
    found = read(client, (series,), Window(start=ends[0], end=ends[1]))
    return np.concatenate([np.empty(0, np.int64), *(micros(one.batch.column(0)) for one in found)])


def _chunks(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The points as (time, float64) in chunks of at most `POINTS`, nulls left out."""
    held: list[pa.RecordBatch] = []
    for batch in batches:
        held.append(_plain(batch))
        while sum(one.num_rows for one in held) >= POINTS:
            whole = pa.concat_batches(held)
            yield whole.slice(0, POINTS)
            held = [whole.slice(POINTS)]
    rest = pa.concat_batches(held) if held else None
    if rest is not None and rest.num_rows:
        yield rest


def _plain(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Raises Rejected for what the platform cannot store."""
    times, values = batch.column("time"), batch.column("value")
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        raise Rejected("BEMServer stores numbers only.", {"value": "This is text."})
    present = values.is_valid()
    numbers = values.filter(present).cast(pa.float64())
    times = times.filter(present).cast(TIME)
    if not pc.all(pc.is_finite(numbers), min_count=0).as_py():
        raise Rejected("BEMServer stores finite numbers only.", {"value": "This is no number."})
    moments = micros(times)
    if len(moments) and not (_edge(SPAN, 0) <= moments.min() and moments.max() < _edge(SPAN, 1)):
        raise Rejected("BEMServer stores times from 1680 to 2259.", {"time": "Out of this range."})
    return pa.RecordBatch.from_arrays([times, numbers], names=["time", "value"])


def _edge(window: Window, which: int) -> int:
    edges = pa.array([window.start, window.end], TIME)
    return int(edges[which].value)


def _json(chunk: pa.RecordBatch, number: int) -> bytes:
    """`{"<number>": {"<time>": "<value>", …}}`; times end in Z, with a fraction only where needed.

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
    return f'{{"{number}":{{{members[0].as_py()}}}}}'.encode()
