"""Points out of the archive: the newest answer for every moment."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from django.core.files.storage import default_storage
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.contract import POINTS_PER_BATCH, TIME, Notes, Window
from connectors.errors import Unavailable
from dashboard.connections.models import Connection
from dashboard.series import reading
from dashboard.series.coverage import missing
from dashboard.series.models import Segment
from dashboard.series.storage import Draft, stamps
from dashboard.series.windows import EPOCH
from tests.series.conftest import NOW, Maker, days, fill_now, holds

MINUTE = timedelta(minutes=1)


def test_points_and_arrays_agree_and_batches_are_small(clock: Connection) -> None:
    window = days(90, 1)
    fill_now(clock, window)
    batches = list(reading.points(connection=clock, node="meter", window=window))
    assert max(batch.num_rows for batch in batches) <= POINTS_PER_BATCH
    table = pa.Table.from_batches(batches)
    assert table.schema.field("time").type == TIME
    arrays = reading.arrays(connection=clock, node="meter", window=window)
    assert np.array_equal(np.concatenate([stamps(b.column(0)) for b in batches]), arrays.times)
    assert table.column("value").to_pylist() == arrays.values.tolist()
    assert holds(clock, window)


def test_a_window_within_a_segment_is_cut_to_the_point(clock: Connection) -> None:
    fill_now(clock, days(90, 1))
    assert holds(clock, days(60, 59))
    assert holds(clock, Window(start=NOW - 50 * MINUTE * 1440, end=NOW - 71_999 * MINUTE))


def test_only_the_row_groups_that_matter_are_read(connected: Maker) -> None:
    clock = connected(step=10)
    fill_now(clock, days(31, 1))
    segment = Segment.objects.filter(superseded_by=None).latest("rows")
    with reading._opened(segment) as parquet:
        assert parquet.metadata.num_row_groups > 3
        assert len(reading._groups(parquet.metadata, days(9, 8.9))) == 1


def test_nulls_are_nan_and_whole_numbers_are_floats(clock: Connection) -> None:
    store(clock, days(2, 1), [1, None, 3])
    store(clock, days(1, 0), [0.5, None, 2.5])
    found = reading.arrays(connection=clock, node="meter", window=days(2, 0)).values
    assert np.array_equal(found, [1, np.nan, 3, 0.5, np.nan, 2.5], equal_nan=True)


@pytest.mark.parametrize("values", [["on", "off", None], [True, None, False]])
def test_texts_and_truth_values_are_points_but_no_arrays(
    clock: Connection, values: list[object]
) -> None:
    store(clock, days(2, 1), values)
    (batch,) = reading.points(connection=clock, node="meter", window=days(2, 1))
    assert batch.column(1).to_pylist() == values
    with pytest.raises(ValueError, match="not a number series"):
        reading.arrays(connection=clock, node="meter", window=days(2, 1))


def test_a_series_never_read_has_no_points(clock: Connection) -> None:
    assert list(reading.points(connection=clock, node="meter", window=days(2, 1))) == []
    arrays = reading.arrays(connection=clock, node="meter", window=days(2, 1))
    assert (arrays.times.size, arrays.values.size, arrays.notes) == (0, 0, Notes())


def test_notes_of_all_segments_are_summed(clock: Connection) -> None:
    fill_now(clock, days(10, 1))
    pages = -(-9 * 1440 // 5_000)
    notes = reading.arrays(connection=clock, node="meter", window=days(10, 1)).notes
    assert notes == Notes(floored=pages)


def test_a_newer_answer_hides_an_older_one_even_with_nothing(clock: Connection) -> None:
    store(clock, days(3, 0), [1.0, 2.0, 3.0], minutes=1440)
    store(clock, days(2, 1), [], later=1)
    found = reading.arrays(connection=clock, node="meter", window=days(3, 0)).values
    assert found.tolist() == [1.0, 3.0]


ranges = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 20)), max_size=8)


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(ranges)
def test_of_overlapping_segments_the_newest_wins_at_every_minute(
    clock: Connection, spans: list[tuple[int, int]]
) -> None:
    Segment.objects.all().delete()
    truth: dict[int, float] = {}
    for age, (start, width) in enumerate(spans):
        window = Window(start=NOW + start * MINUTE, end=NOW + (start + width) * MINUTE)
        store(clock, window, [float(age)] * width, minutes=1, later=age)
        truth |= dict.fromkeys(range(start, start + width), float(age))
    whole = Window(start=NOW, end=NOW + 60 * MINUTE)
    found = reading.arrays(connection=clock, node="meter", window=whole)
    base = int(NOW.timestamp()) * 1_000_000
    assert {
        int(t - base) // 60_000_000: v for t, v in zip(found.times, found.values, strict=True)
    } == truth
    assert (np.diff(found.times) > 0).all()


@pytest.mark.parametrize("harm", ["lost", "cut", "scrambled"])
def test_a_lost_or_damaged_file_is_read_again(clock: Connection, harm: str) -> None:
    window = days(60, 1)
    fill_now(clock, window)
    segment = Segment.objects.latest("rows")
    path = Path(default_storage.path(segment.file))
    content = path.read_bytes()
    path.unlink()
    if harm == "cut":
        path.write_bytes(content[: len(content) // 2])
    if harm == "scrambled":
        path.write_bytes(content[:100] + bytes(len(content) - 1_100) + content[-1_000:])
    with pytest.raises(Unavailable, match="lost or damaged"):
        reading.arrays(connection=clock, node="meter", window=window)
    assert missing(connection=clock, node="meter", window=window, now=NOW)
    fill_now(clock, window)
    assert holds(clock, window)


def test_reading_brings_no_pandas(clock: Connection) -> None:
    fill_now(clock, days(2, 1))
    assert holds(clock, days(2, 1))
    assert "pandas" not in sys.modules


def store(
    connection: Connection,
    window: Window,
    values: list[object],
    *,
    minutes: int = 5,
    later: int = 0,
) -> Segment:
    """A segment with these values at its start, `minutes` apart; the later, the newer."""
    first = (window.start - EPOCH) // timedelta(microseconds=1)
    times = first + np.arange(len(values), dtype=np.int64) * minutes * 60_000_000
    draft = Draft(connection=connection.pk, node="meter", window=window)
    if values:
        draft.write(pa.record_batch({"time": pa.array(times).cast(TIME), "value": values}))
    stored = draft.keep()
    return Segment.objects.create(
        connection=connection,
        node="meter",
        start=window.start,
        end=window.end,
        fetched_at=NOW + later * MINUTE,
        file=stored.file,
        rows=stored.rows,
        bytes=stored.bytes,
        sha256=stored.sha256,
    )
