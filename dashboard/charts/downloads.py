"""Every archived point of a window as CSV, streamed: exact values, local times and offsets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from django.db.models import F, Sum

from connectors.contract import Window
from dashboard.charts.forms import Query
from dashboard.charts.refs import SeriesRef, by_connection
from dashboard.charts.ticks import changes, offset_at, offset_text
from dashboard.series.coverage import missing_each
from dashboard.series.models import Segment
from dashboard.series.reading import points
from dashboard.series.services import fill_now
from dashboard.series.windows import micros

MOST_MISSING = 200_000
"""Points that a person waits for; more is an export's business."""
USUAL_STEP = timedelta(minutes=1)
"""Of a series that nothing is known of: the finest common in metering."""
HEADER = b"time,connection,series,unit,value\n"
FORMULA = ("=", "+", "-", "@", "\t", "\r", "|", "＝", "＋", "－", "＠")
"""A spreadsheet takes a text that starts with one of these for a formula."""


def points_missing(query: Query, *, now: datetime) -> int:
    """About how many points have to be read first, by how dense the archived ones are."""
    return sum(
        round(sum((part.width for part in parts), timedelta(0)) / _usual_step(ref))
        for connection, refs in by_connection(query.refs).items()
        for ref, parts in zip(
            refs,
            missing_each(
                connection=connection,
                nodes=[ref.node for ref in refs],
                window=query.window,
                now=now,
            ).values(),
            strict=True,
        )
    )


def read_missing(query: Query, *, now: datetime) -> None:
    """Reads it now, within a page's patience. Raises ConnectorError."""
    for connection, refs in by_connection(query.refs).items():
        fill_now(
            connection=connection,
            nodes=[ref.node for ref in refs],
            window=query.window,
            now=now,
            seconds=settings.PAGE_SECONDS,
            background=False,
        )


def lines(query: Query) -> Iterator[bytes]:
    """The file, in pieces: header, then series after series."""
    yield HEADER
    for ref in query.refs:
        for batch in points(connection=ref.connection, node=ref.node, window=query.window):
            yield _lines(ref, batch, query.zone)


def file_name(query: Query) -> str:
    """`tieline_20250101-20250201.csv`, by local days; names of platforms stay out of it."""
    days = (at.astimezone(query.zone) for at in (query.window.start, query.window.end))
    return f"tieline_{'-'.join(f'{day:%Y%m%d}' for day in days)}.csv"


def _lines(ref: SeriesRef, batch: pa.RecordBatch, zone: ZoneInfo) -> bytes:
    said = ",".join(quoted(text) for text in (ref.connection.name, ref.title, ref.unit))
    columns = (local_texts(batch["time"], zone), said, _value_texts(batch["value"]), ",")
    return "".join(
        f"{line}\n" for line in pc.binary_join_element_wise(*columns).to_pylist()
    ).encode()


def local_texts(times: pa.Array, zone: ZoneInfo) -> pa.Array:
    """`2025-03-30T03:00:00+02:00` of each instant, microseconds where the batch has any.

    Shifted by hand and formatted without a zone: Arrow formats zoned times 28 times slower.
    """
    whole = times.cast(pa.int64()).to_numpy(zero_copy_only=False)
    if whole.size == 0:
        return pa.array([], pa.string())
    borders, shifts, names = _offsets(whole, zone)
    place = np.searchsorted(borders, whole, side="right")
    local = whole + shifts[place]
    unit, scale = ("s", 1_000_000) if not (local % 1_000_000).any() else ("us", 1)
    texts = pa.array(local // scale).cast(pa.timestamp(unit)).cast(pa.string())
    texts = pc.binary_replace_slice(texts, 10, 11, "T")
    return pc.binary_join_element_wise(texts, pa.array(names).take(pa.array(place)), "")


def quoted(text: str) -> str:
    """A text as a cell; one that a spreadsheet would take for a formula gets an apostrophe."""
    safe = f"'{text}" if text.startswith(FORMULA) else text
    if not any(mark in safe for mark in ',"\n\r'):
        return safe
    doubled = safe.replace('"', '""')
    return f'"{doubled}"'


def _offsets(whole: np.ndarray, zone: ZoneInfo) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Where another offset begins, and the offsets before, between and after."""
    start, end = (datetime.fromtimestamp(int(at) // 1_000_000, tz=UTC) for at in whole[[0, -1]])
    turns = changes(Window(start=start, end=end + timedelta(seconds=1)), zone=zone)
    offsets = [offset_at(start, zone), *(turn.after for turn in turns)]
    shifts = [offset // timedelta(microseconds=1) for offset in offsets]
    borders = np.array([micros(turn.at) for turn in turns], dtype=np.int64)
    return borders, np.array(shifts, dtype=np.int64), [offset_text(one) for one in offsets]


def _value_texts(values: pa.Array) -> pa.Array:
    """Numbers with every digit and none more; nothing for a point without a value."""
    if pa.types.is_string(values.type):
        return pa.array([quoted(text or "") for text in values.to_pylist()])
    return values.cast(pa.string()).fill_null("")


def _usual_step(ref: SeriesRef) -> timedelta:
    held = Segment.objects.filter(
        connection=ref.connection, node=ref.node, superseded_by=None, rows__gt=0
    ).aggregate(rows=Sum("rows"), width=Sum(F("end") - F("start")))
    return held["width"] / held["rows"] if held["rows"] else USUAL_STEP
