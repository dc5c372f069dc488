"""Points: whole, in order, in bounded memory, and buckets that agree with them."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.contract import (
    POINTS_PER_BATCH,
    TIME,
    Aggregates,
    NodeId,
    Points,
    Reads,
    Window,
)
from connectors.errors import NotFound
from tests.conformance.faults import FaultProxy
from tests.conformance.points import agree, micros, stored
from tests.conformance.promises.base import Promises, having
from tests.conformance.subject import Known, Opened, Subject

ARROW_BYTES = 64 * 2**20
"""What reading may hold at once, however many points come."""


class Reading(Promises):
    @pytest.fixture
    def reads(self, service: Subject) -> Opened:
        return having(service, Reads)

    def test_reading_gives_every_point_in_the_window(self, reads: Opened, known: Known) -> None:
        found = stored(reads.read(known.series[:1], known.window))
        assert set(found) == {known.series[0]}
        assert len(found[known.series[0]][0]) == known.rows

    def test_points_rise_within_the_window_in_small_batches(
        self, reads: Opened, known: Known
    ) -> None:
        window = known.window
        last: dict[NodeId, int] = {}
        for points in reads.read(known.series, window):
            assert points.batch.schema.names == ["time", "value"]
            assert points.batch.schema.field("time").type == TIME
            assert 0 < points.batch.num_rows <= POINTS_PER_BATCH
            times = points.batch.column("time").cast(pa.int64()).to_numpy()
            assert (np.diff(times) > 0).all()
            assert times[0] > last.get(points.series, micros(window.start) - 1)
            assert times[-1] < micros(window.end)
            last[points.series] = int(times[-1])
        assert set(last) == set(known.series)

    def test_several_series_at_once_are_each_alone(self, reads: Opened, known: Known) -> None:
        together = stored(reads.read(known.series, known.window))
        for one in known.series:
            assert stored(reads.read([one], known.window))[one] == together[one]

    @settings(
        max_examples=20,
        deadline=None,
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.differing_executors,
        ],
    )
    @given(share=st.floats(0, 1), shift=st.sampled_from([0, 1, 999_999, 30_000_000]))
    def test_a_window_read_in_two_is_the_window_read_at_once(
        self, service: Subject, known: Known, share: float, shift: int
    ) -> None:
        reads = having(service, Reads)
        window = known.window
        middle = window.start + window.width * share + timedelta(microseconds=shift)
        middle = min(middle, window.end)
        parts = [
            stored(reads.read(known.series[:1], replace(window, **ends)))
            for ends in ({"end": middle}, {"start": middle})
        ]
        empty: tuple[list[int], list[Any]] = ([], [])
        first, second = (part.get(known.series[0], empty) for part in parts)
        whole = stored(reads.read(known.series[:1], window))[known.series[0]]
        assert (first[0] + second[0], first[1] + second[1]) == whole

    def test_an_empty_window_yields_nothing(self, reads: Opened, known: Known) -> None:
        window = known.window
        assert list(reads.read(known.series, replace(window, end=window.start))) == []

    def test_a_missing_series_is_not_found(self, reads: Opened, known: Known) -> None:
        with pytest.raises(NotFound):
            list(reads.read([known.missing_series], known.window))

    def test_closing_early_frees_sockets_and_threads(
        self, service: Subject, known: Known, proxy: FaultProxy
    ) -> None:
        having(service, Reads)
        opened = service.open(proxy.url)
        list(opened.read(known.series[:1], replace(known.window, end=known.window.start)))
        assert proxy.idle()
        before = _own_threads()
        with closing(
            cast(Generator[Points, None, None], opened.read(known.series[:1], known.long))
        ) as points:
            next(points)
        assert proxy.idle()
        assert _own_threads() == before

    def test_memory_does_not_grow_with_the_window(self, reads: Opened, known: Known) -> None:
        before = pa.total_allocated_bytes()
        most = rows = 0
        for points in reads.read(known.series[:1], known.long):
            rows += points.batch.num_rows
            most = max(most, pa.total_allocated_bytes() - before)
        assert rows > known.rows
        assert most < ARROW_BYTES

    def test_buckets_agree_with_the_points_below_them(self, service: Subject, known: Known) -> None:
        opened = having(service, Aggregates)
        assert opened.traits.steps == tuple(sorted(opened.traits.steps))
        for step in opened.traits.steps:
            start = known.window.start + timedelta(seconds=1)
            window = Window(start=start, end=min(start + 50 * step, known.window.end))
            agree(opened, known.series[0], window, step)

    def test_a_width_that_is_not_offered_is_refused(self, service: Subject, known: Known) -> None:
        opened = having(service, Aggregates)
        with pytest.raises(ValueError):
            list(opened.aggregate(known.series, known.window, timedelta(seconds=61), ["max"]))


def _own_threads() -> int:
    """Those that a service may have started: the test servers' are daemons."""
    return sum(not thread.daemon for thread in threading.enumerate())
