"""Points that are written, and points that are pushed."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pyarrow as pa
import pytest

from connectors.contract import Streams, Window, Writes
from connectors.errors import NotFound
from tests.conformance.points import batch_of, micros, stored, unused
from tests.conformance.promises.base import Promises, having
from tests.conformance.subject import Known, Subject

PROMPT = 5.0
"""Seconds in which a feed that is closed has to end; far below the deadline."""


class Writing(Promises):
    def test_written_points_are_there_and_stay_as_they_were(
        self, service: Subject, known: Known
    ) -> None:
        opened = having(service, Writes)
        start = unused()
        first, second = batch_of(start, [1.5, 2.5]), batch_of(start, [9.0, 9.0, 3.25])
        assert opened.write(known.writable, [first]).accepted == 2
        outcome = opened.write(known.writable, [second])
        assert outcome.accepted == 1
        assert outcome.unchanged in (2, None)
        window = Window(start=start, end=start + timedelta(hours=1))
        assert stored(opened.read([known.writable], window))[known.writable][1] == [1.5, 2.5, 3.25]

    # -- live

    def test_what_is_written_after_subscribing_arrives(
        self, service: Subject, known: Known
    ) -> None:
        opened = having(service, Streams)
        start = unused()
        with opened.subscribe([known.live]) as feed:
            service.open().write(known.live, [batch_of(start, [1.5, 2.5, 3.5])])
            got: list[tuple[int, float]] = []
            for points in feed:
                assert points.series == known.live
                times = points.batch.column("time").cast(pa.int64()).to_pylist()
                got += zip(times, points.batch.column("value").to_pylist(), strict=True)
                if len(got) == 3:
                    break
        times = [micros(start + timedelta(minutes=n)) for n in range(3)]
        assert got == list(zip(times, [1.5, 2.5, 3.5], strict=True))

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
        service.open().write(known.live, [batch_of(unused(), [1.0])])
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
