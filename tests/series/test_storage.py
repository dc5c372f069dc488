"""Files: whole or not there, named by their content, readable by anybody."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.files.storage import default_storage
from pytest_django import Settings

from connectors.contract import TIME
from connectors.errors import BadAnswer
from dashboard.connections.models import Connection
from dashboard.series import storage
from dashboard.series.models import Segment
from dashboard.series.storage import Draft
from dashboard.series.windows import micros
from tests.series.conftest import days, fill_now, holds

WINDOW = days(2, 1)
START = micros(WINDOW.start)


def batch(*offsets: int, values: object = None) -> pa.RecordBatch:
    times = pa.array(np.array(offsets, dtype=np.int64) + START).cast(TIME)
    return pa.record_batch({"time": times, "value": values or [1.5] * len(offsets)})


@pytest.fixture
def draft() -> Iterator[Draft]:
    draft = Draft(connection=uuid4(), node="../../etc/passwd <img>", window=WINDOW)
    yield draft
    draft.discard()


def files() -> list[Path]:
    return [path for path in Path(default_storage.path("segments")).rglob("*") if path.is_file()]


def test_a_kept_file_is_named_by_its_content_and_says_what_was_written(draft: Draft) -> None:
    draft.write(batch(0, 1, 2))
    draft.write(batch(3, 4))
    stored = draft.keep()
    content = Path(default_storage.path(stored.file)).read_bytes()
    assert stored.sha256 == hashlib.sha256(content).hexdigest()
    assert stored.file.endswith(f"/{stored.sha256}.parquet")
    assert len(stored.file) <= 200
    assert stored.bytes == len(content)
    table = pq.read_table(default_storage.path(stored.file))
    assert table.num_rows == stored.rows == 5
    assert table.schema.types == [TIME, pa.float64()]


def test_no_text_of_a_platform_stands_in_a_path(draft: Draft) -> None:
    draft.write(batch(0))
    assert set(draft.keep().file) <= set("segments/parquet.-0123456789abcdef")


def test_a_draft_that_is_not_kept_leaves_no_file(draft: Draft) -> None:
    for first in range(0, 200_000, 50_000):
        draft.write(batch(*range(first, first + 50_000)))
    assert files()
    draft.discard()
    assert files() == []


def test_a_draft_without_points_needs_no_file(draft: Draft) -> None:
    draft.write(batch(0).slice(0, 0))
    assert draft.keep().file == ""
    assert files() == []


@pytest.mark.parametrize("offsets", [(1, 1), (2, 1), (-1,), (86_400_000_000,)])
def test_points_out_of_order_or_out_of_the_window_are_refused(
    draft: Draft, offsets: tuple[int, ...]
) -> None:
    with pytest.raises(BadAnswer, match="out of order"):
        draft.write(batch(*offsets))


def test_points_that_go_back_from_one_batch_to_the_next_are_refused(draft: Draft) -> None:
    draft.write(batch(5))
    with pytest.raises(BadAnswer, match="out of order"):
        draft.write(batch(5))


def test_whole_numbers_among_others_become_floats(draft: Draft) -> None:
    draft.write(batch(0, values=[1]))
    draft.write(batch(1, values=[1.5]))
    table = pq.read_table(default_storage.path(draft.keep().file))
    assert table.column("value").to_pylist() == [1.0, 1.5]


def test_texts_among_numbers_are_a_bad_answer(draft: Draft) -> None:
    draft.write(batch(0, values=[1.5]))
    draft.write(batch(1, values=["on"]))
    with pytest.raises(BadAnswer, match="two kinds"):
        draft.keep()


def test_parts_of_dead_processes_are_swept_after_a_day(draft: Draft) -> None:
    folder = Path(default_storage.path(storage.PARTS))
    old, new = folder / "old.parquet", folder / "new.parquet"
    old.touch()
    new.touch()
    os.utime(old, (time.time() - 90_000,) * 2)
    assert storage.sweep() == 1
    assert [path.name for path in folder.iterdir()] == ["new.parquet"]


def test_a_storage_without_paths_serves_as_well(clock: Connection, settings: Settings) -> None:
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": "tests.series.remote.Remote"}}
    fill_now(clock, days(3, 1))
    fill_now(clock, days(4, 0))
    assert holds(clock, days(4, 0))
    assert [s.file for s in Segment.objects.all() if not default_storage.exists(s.file)] == []
    assert storage.sweep() == 0
