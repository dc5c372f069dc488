"""Points and lists of OpenergyVBP when the platform is not at its best."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from connectors.contract import NodeId, Window
from connectors.errors import BadAnswer
from connectors.openergy import clocks
from connectors.openergy.reading import column_of
from connectors.sandbox.faults import Fault
from tests.conformance.points import stored
from tests.conformance.sandbox_openergy import ELSEWHERE, WEEK, Bare, id_of, openergy, subject
from tests.conformance.subject import Opened
from tests.sandbox.server import SandboxServer

NAME = "Laboratory electric power (synthetic)"


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    """With answers that are cut as the vendor's tutorial says."""
    with openergy(instant=True, schedules=False, points=10_000) as found:
        yield found


@pytest.fixture
def service(server: SandboxServer) -> Opened:
    return subject(server).open()


def series(server: SandboxServer) -> tuple[NodeId, int]:
    """A series of a point a minute, and how many it has in the week, asked day by day."""
    bare = Bare(server)
    row = bare.one("odata/series", name=NAME)
    days = WEEK.split(timedelta(days=1))
    return id_of("series", row), sum(len(bare.values(row, day)) for day in days)


def test_an_answer_that_was_cut_is_noticed_and_continued(
    server: SandboxServer, service: Opened
) -> None:
    one, count = series(server)
    assert count > 10_000
    times, _ = stored(service.read([one], WEEK))[one]
    assert len(times) == len(set(times)) == count
    assert times == sorted(times)


def test_several_cut_series_are_each_continued(server: SandboxServer, service: Opened) -> None:
    one, count = series(server)
    row = Bare(server).one("odata/series", name=f"{NAME} cleaned")
    found = stored(service.read([one, id_of("series", row)], WEEK))
    assert [len(found[ref][0]) for ref in found] == [count, count]


@pytest.mark.parametrize("kind", ["duplicate_stamps", "unsorted_stamps", "nan"])
def test_spoiled_points_come_rising_and_once(
    server: SandboxServer, service: Opened, kind: str
) -> None:
    one, _ = series(server)
    day = Window(start=WEEK.start, end=WEEK.start + timedelta(days=1))
    sound = stored(service.read([one], day))[one]
    with server.faults.on(kind, path="/api/v2/odata/series/multi_select/"):
        times, values = stored(service.read([one], day))[one]
    assert times == sorted(set(times))
    known = dict(zip(*sound, strict=True))
    assert set(times) <= set(known)
    assert all(value == value for value in values)


@pytest.mark.parametrize("kind", ["page_drift", "lying_total"])
def test_a_list_that_moves_or_lies_gives_each_record_once(
    server: SandboxServer, service: Opened, kind: str
) -> None:
    bare = Bare(server)
    data = bare.project(f"project {kind}", ELSEWHERE)
    for number in range(230):
        bare("POST", "odata/gates", {"project": data["odata"], "name": f"n {number}"})
    parent = id_of("project", data)
    server.faults.add(Fault(kind=kind, path="/api/v2/odata/gates/", times=3))
    names, cursor = [], None
    while True:
        page = service.children(parent, cursor)
        names += [node.name for node in page.items]
        cursor = page.next
        if cursor is None:
            break
    server.faults.clear()
    assert names == [f"n {number}" for number in range(230)]


def test_a_null_is_no_point_and_of_equal_times_the_last_counts() -> None:
    found = column_of({"index": [3000, 1000, 1000, 2000], "data": [3, 1, 5, None]})
    assert found.times.tolist() == [1000, 3000]
    assert found.values.tolist() == [5.0, 3.0]
    assert (found.notes.duplicates, found.raw) == (1, 4)


@pytest.mark.parametrize(
    "part",
    [{}, {"index": [1], "data": []}, {"index": ["x"], "data": [1]}, {"index": [1], "data": [[1]]},
     {"index": [None], "data": [1]}, {"index": [1], "data": ["warm"]}],
)  # fmt: skip
def test_what_are_no_points_is_a_bad_answer(part: dict[str, object]) -> None:
    with pytest.raises(BadAnswer):
        column_of(part)


def hours(*texts: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    stamps = [datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() for text in texts]
    return np.array([int(stamp * 1000) for stamp in stamps], dtype=np.int64)


def test_the_doubled_hour_of_autumn_is_two_hours() -> None:
    wall = hours("2024-10-27T01:00", "2024-10-27T02:00", "2024-10-27T02:30",
                 "2024-10-27T02:00", "2024-10-27T02:30", "2024-10-27T03:00")  # fmt: skip
    found = clocks.instants(wall, "dst", "Europe/Paris")
    utc = hours("2024-10-26T23:00", "2024-10-27T00:00", "2024-10-27T00:30",
                "2024-10-27T01:00", "2024-10-27T01:30", "2024-10-27T02:00")  # fmt: skip
    assert found.tolist() == utc.tolist()


def test_standard_time_knows_no_summer() -> None:
    wall = hours("2024-01-01T12:00", "2024-07-01T12:00")
    utc = hours("2024-01-01T11:00", "2024-07-01T11:00")
    assert clocks.instants(wall, "tzt", "Europe/Paris").tolist() == utc.tolist()
    assert clocks.instants(wall, "gmt", None).tolist() == wall.tolist()
    with pytest.raises(BadAnswer):
        clocks.instants(wall, "dst", "Mars/Olympus")


@pytest.mark.parametrize(
    ("clock", "text"),
    [("tzt", "2024-07-01T13:00:00+01:00"), ("dst", "2024-07-01T14:00:00+02:00"),
     ("gmt", "2024-07-01T12:00:00+00:00")],
)  # fmt: skip
def test_a_time_for_a_body_reads_the_same_with_and_without_its_offset(
    clock: str, text: str
) -> None:
    moment = datetime(2024, 7, 1, 12, tzinfo=UTC)
    found = clocks.local(moment, {"native_clock": clock, "timezone": "Europe/Paris"})
    assert found == text
