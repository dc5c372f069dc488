"""Points that are written, and points that are pushed."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from connectors.contract import Streams, Window, Writes
from connectors.errors import NotFound, Rejected
from tests.conformance.points import batch_of, micros, stored, unused
from tests.conformance.promises.base import Promises, having
from tests.conformance.subject import Known, Subject

PROMPT = 5.0
"""Seconds in which a feed that is closed has to end; far below the deadline."""
STAMPED = 60_000_000
"""Microseconds around a write in which a platform's own stamp has to lie."""


class Writing(Promises):
    def test_written_points_are_there_and_those_before_them_as_the_traits_say(
        self, service: Subject, known: Known
    ) -> None:
        opened = having(service, Writes)
        if opened.traits.stamps:
            pytest.skip("the platform stamps points itself")
        start = unused()
        first, second = batch_of(start, [1.5, 2.5]), batch_of(start, [9.0, 9.0, 3.25])
        assert opened.write([known.writable], [first]).accepted == 2
        outcome = opened.write([known.writable], [second])
        renewed = opened.traits.rewrites
        assert outcome.accepted == (3 if renewed else 1)
        assert outcome.unchanged in ((0, None) if renewed else (2, None))
        window = Window(start=start, end=start + timedelta(hours=1))
        values = stored(opened.read([known.writable], window))[known.writable][1]
        assert values == ([9.0, 9.0, 3.25] if renewed else [1.5, 2.5, 3.25])

    def test_a_point_that_the_platform_stamps_is_there_now_and_no_other_time_is_taken(
        self, service: Subject, known: Known
    ) -> None:
        opened = having(service, Writes)
        if not opened.traits.stamps:
            pytest.skip("the platform takes the times it is given")
        began = datetime.now(UTC)
        with pytest.raises(Rejected) as refused:
            opened.write([known.writable], [batch_of(began - timedelta(days=1), [1.5])])
        assert "time" in refused.value.fields
        assert opened.write([known.writable], [batch_of(began, [1.5])]).accepted == 1
        around = Window(start=began - timedelta(minutes=1), end=began + timedelta(minutes=5))
        assert stored(opened.read([known.writable], around))[known.writable][1][-1] == 1.5

    # -- live

    def test_what_is_written_after_subscribing_arrives(
        self, service: Subject, known: Known
    ) -> None:
        opened = having(service, Streams)
        start = datetime.now(UTC) if opened.traits.stamps else unused()
        with opened.subscribe([known.live]) as feed:
            _written(service, known, start, [1.5, 2.5, 3.5])
            got: list[tuple[int, float]] = []
            for points in feed:
                assert points.series == known.live
                times = points.batch.column("time").cast(pa.int64()).to_pylist()
                got += zip(times, points.batch.column("value").to_pylist(), strict=True)
                if len(got) == 3:
                    break
        assert [value for _, value in got] == [1.5, 2.5, 3.5]
        found = [time for time, _ in got]
        if opened.traits.stamps:
            assert found == sorted(found)
            assert micros(start) - STAMPED < found[0] <= found[-1] < micros(start) + STAMPED
        else:
            assert found == [micros(start + timedelta(minutes=n)) for n in range(3)]

    def test_closing_a_feed_frees_its_sockets_though_nothing_was_taken(
        self, service: Subject, known: Known
    ) -> None:
        opened = having(service, Streams)
        opened.subscribe([known.live]).close()
        with opened:
            pass
        assert opened.sockets
        assert all(sock.fileno() == -1 for sock in opened.sockets)

    def test_closing_a_feed_from_elsewhere_ends_the_waiting(
        self, service: Subject, known: Known
    ) -> None:
        opened = having(service, Streams)
        feed = opened.subscribe([known.live])
        heard, ended = threading.Event(), threading.Event()

        def listen() -> None:
            for _ in feed:
                heard.set()
            ended.set()

        listener = threading.Thread(target=listen)
        listener.start()
        start = datetime.now(UTC) if opened.traits.stamps else unused()
        _written(service, known, start, [1.0])
        assert heard.wait(10)
        began = time.monotonic()
        feed.close()
        listener.join(PROMPT)
        assert ended.is_set()
        assert time.monotonic() - began < PROMPT

    def test_a_feed_ends_quietly_at_the_deadline(self, service: Subject, known: Known) -> None:
        having(service, Streams)
        with service.open(seconds=1.0).subscribe([known.live]) as feed:
            assert list(feed) == []

    def test_a_missing_series_cannot_be_subscribed_to(self, service: Subject, known: Known) -> None:
        opened = having(service, Streams)
        with pytest.raises(NotFound):
            opened.subscribe([known.missing_series])


def _written(service: Subject, known: Known, start: datetime, values: list[float]) -> None:
    """A point a minute; where the platform stamps them, one after another, all now."""
    opened = service.open()
    if not opened.traits.stamps:
        opened.write([known.live], [batch_of(start, values)])
        return
    for value in values:
        opened.write([known.live], [batch_of(datetime.now(UTC), [value])])
