"""Points of BEMServer: its wide CSV, split, prefetched and checked."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from connectors.bemserver import columns
from connectors.contract import NodeId, Notes, Points, Window
from connectors.errors import BadAnswer, ConnectorError, Forbidden
from tests.connectors.bemserver_told import Told, asked, csv, jsoned, opened
from tests.connectors.servers import Seen, answer, site

DAY = Window(start=datetime(2025, 1, 1, tzinfo=UTC), end=datetime(2025, 1, 2, tzinfo=UTC))
ONE = NodeId("timeseries/1@1")
TWO = NodeId("timeseries/2@1")


def _read(reply: bytes, *series: NodeId, window: Window = DAY) -> list[Points]:
    with site(Told(lambda seen: reply)) as server:
        return list(opened(server).read(series or (ONE,), window))


def _minutes(*values: object) -> str:
    rows = (f"2025-01-01T00:{n:02}:00+0000,{value}" for n, value in enumerate(values))
    return "\n".join(["Datetime,1", *rows, ""])


def test_empty_cells_are_no_points_and_each_series_has_its_own() -> None:
    text = "Datetime,2,1\n2025-01-01T00:00:00+0000,,1.5\n2025-01-01T00:01:00+0000,2.5,\n"
    one, two = _read(csv(text), ONE, TWO)
    assert (one.series, one.batch.to_pydict()["value"]) == (ONE, [1.5])
    assert (two.series, two.batch.to_pydict()["value"]) == (TWO, [2.5])
    assert two.batch.to_pydict()["time"] == [datetime(2025, 1, 1, 0, 1, tzinfo=UTC)]


def test_a_series_without_points_yields_nothing() -> None:
    assert _read(csv("Datetime,1\n")) == []


def test_offsets_are_understood() -> None:
    (points,) = _read(csv("Datetime,1\n2025-01-01T02:00:00+0100,1\n"))
    assert points.batch.to_pydict()["time"] == [datetime(2025, 1, 1, 1, tzinfo=UTC)]


def test_what_is_no_number_is_null_and_counted() -> None:
    (points,) = _read(csv(_minutes(1, "inf", "nan", "-inf", 2)))
    assert points.batch.to_pydict()["value"] == [1, None, None, None, 2]
    assert points.notes == Notes(unreadable=3)


@pytest.mark.parametrize("block", [columns.BLOCK, 40])
def test_of_equal_times_the_last_stays_and_the_others_are_counted(
    monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    """Also where the lines fall into different blocks."""
    monkeypatch.setattr(columns, "BLOCK", block)
    rows = ["00:00:00", "00:00:01", "00:00:01", "00:00:01", "00:00:02"]
    lines = [f"2025-01-01T{at}+0000,{n}" for n, at in enumerate(rows)]
    read = _read(csv("\n".join(["Datetime,1", *lines, ""])))
    assert [v for p in read for v in p.batch.to_pydict()["value"]] == [0, 3, 4]
    assert sum((p.notes for p in read), Notes()) == Notes(duplicates=2)
    assert all(p.batch.num_rows for p in read)


@pytest.mark.parametrize(
    "reply",
    [
        csv(""),
        csv("<html></html>"),
        csv("Datetime,2\n"),
        csv("Datetime,1,2\n"),
        csv("Datetime,1\n2025-01-01T00:00:00+0000,1"),
        csv("Datetime,1\n2025-01-01T00:00:00+0000,one\n"),
        csv("Datetime,1\n2025-01-01T00:00:00,1\n"),
        csv("Datetime,1\n2025-01-01T00:00:00+0000,1,2\n"),
        csv("Datetime,1\n2025-01-02T00:00:00+0000,1\n"),
        csv("Datetime,1\n2025-01-01T00:01:00+0000,1\n2025-01-01T00:00:00+0000,1\n"),
        jsoned({"1": {"2025-01-01T00:00:00+00:00": 1}}),
        answer(b"Datetime,1\n\xff\xfe,1\n", content_type="text/csv"),
    ],
)  # fmt: skip
def test_an_answer_that_is_not_the_one_asked_for_is_a_bad_answer(reply: bytes) -> None:
    with pytest.raises(BadAnswer):
        _read(reply)


def test_windows_are_asked_from_whole_second_to_whole_second_in_utc() -> None:
    start = DAY.start + timedelta(microseconds=1)
    window = Window(start=start, end=start + timedelta(seconds=1))
    told = Told(lambda seen: csv("Datetime,1\n"))
    with site(told) as server:
        list(opened(server).read([ONE], window))
        query = asked(server.seen[-1])
        assert server.seen[-1].headers["accept"] == "text/csv"
    assert query["start_time"] == ["2025-01-01T00:00:01+00:00"]
    assert query["end_time"] == ["2025-01-01T00:00:02+00:00"]
    assert query["timezone"] == ["UTC"]


def test_many_series_are_few_requests_with_short_addresses() -> None:
    def reply(seen: Seen) -> bytes:
        return csv(",".join(["Datetime", *asked(seen)["timeseries"]]) + "\n")

    ids = [NodeId(f"timeseries/{2_000_000_000 + n}@1") for n in range(250)]
    with site(Told(reply)) as server:
        assert list(opened(server).read([*ids, *ids], DAY)) == []
        calls = [seen for seen in server.seen if seen.method == "GET"]
    assert len(calls) == 3
    assert all(len(seen.target) < 4_000 for seen in calls)
    assert sum(len(asked(seen)["timeseries"]) for seen in calls) == 250


def test_a_long_window_is_read_ahead_and_stays_in_order() -> None:
    """The first piece is the slowest, and still comes first."""

    def reply(seen: Seen) -> Iterable[bytes]:
        start = datetime.fromisoformat(asked(seen)["start_time"][0])
        time.sleep(0.3 if start.year == 2015 else 0.05)
        yield csv(f"Datetime,1\n{start.strftime('%Y-%m-%dT%H:%M:%S%z')},{start.year}\n")

    decade = Window(start=datetime(2015, 12, 1, tzinfo=UTC), end=datetime(2025, 12, 1, tzinfo=UTC))
    with site(Told(reply)) as server:
        service = opened(server)
        began = time.perf_counter()
        read = list(service.read([ONE], decade))
        spent = time.perf_counter() - began
        calls = sum(seen.method == "GET" for seen in server.seen)
    times = [p.batch.column("time")[0].as_py() for p in read]
    assert times == sorted(times)
    assert len(times) == calls == 40
    assert spent < 0.05 * calls * 0.6


def test_an_error_in_the_middle_comes_after_the_points_before_it() -> None:
    def reply(seen: Seen) -> bytes:
        start = datetime.fromisoformat(asked(seen)["start_time"][0])
        if start.year == 2018:
            return jsoned(
                {"code": 403, "status": "Forbidden", "message": "Authorization error"}, 403
            )
        return csv(f"Datetime,1\n{start.strftime('%Y-%m-%dT%H:%M:%S%z')},1\n")

    window = Window(start=datetime(2016, 1, 1, tzinfo=UTC), end=datetime(2020, 1, 1, tzinfo=UTC))
    with site(Told(reply)) as server:
        read = opened(server).read([ONE], window)
        before = [next(read).batch.column("time")[0].as_py().year for _ in range(8)]
        with pytest.raises(Forbidden):
            next(read)
    assert set(before) == {2016, 2017}


def test_times_beyond_what_the_platform_takes_are_never_asked() -> None:
    far = Window(start=datetime(2259, 12, 30, tzinfo=UTC), end=datetime(2400, 1, 1, tzinfo=UTC))
    with site(Told(lambda seen: csv("Datetime,1\n"))) as server:
        list(opened(server).read([ONE], far))
        ends = [asked(seen)["end_time"][0] for seen in server.seen if seen.method == "GET"]
    assert max(ends) <= "2260"


def test_a_folder_cannot_be_read() -> None:
    with site(Told(lambda seen: csv("Datetime,1\n"))) as server, pytest.raises(ConnectorError):
        list(opened(server).read([NodeId("site/1")], DAY))
