"""What is sent for a written state, what is refused, and what is known when an answer is lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from connectors.contract import TIME, NodeId
from connectors.errors import NotFound, Rejected, Unavailable
from tests.connectors.avenieca_stage import Stage, staged


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with staged() as stage:
        yield stage


_ONE: list[float | None] = [1.0]


def batch(*columns: list[float | None], ago: timedelta = timedelta()) -> pa.RecordBatch:
    """Rows of now."""
    now = datetime.now(UTC) - ago
    times = pa.array([now + timedelta(milliseconds=n) for n in range(len(columns[0]))], TIME)
    names = ["time", *(str(n) for n in range(len(columns)))]
    return pa.RecordBatch.from_arrays([times, *(pa.array(one) for one in columns)], names=names)


def ids(module: str, *what: str) -> list[NodeId]:
    return [NodeId(f"twin/{module}/{one}") for one in what]


def counted(stage: Stage, module: str) -> tuple[int, int]:
    """How many states and rows a twin has."""
    found = (stage.rest("GET", f"/{what}/{module}").data for what in ("ess", "sequence"))
    return (len(next(found)), len(next(found)))


def test_a_wide_row_is_one_state_and_one_occurrence(stage: Stage) -> None:
    stage.twin("two", [1.0, 2.0])
    done = stage.open().write(ids("two", "state/1", "state/0"), [batch([9.0, 9.0], [8.0, 8.0])])
    assert done.accepted == 2
    assert counted(stage, "two") == (2, 3)
    newest = stage.rest("GET", "/ess/two/sequence/-1").data
    assert (newest["state"], newest["valence"]) == ([8.0, 9.0], 50.0)


def test_a_state_that_is_there_is_used_again_as_the_platform_keeps_it(stage: Stage) -> None:
    value = 0.1
    assert float(np.float32(value)) != value
    stage.twin("again", [value])
    stage.open().write(ids("again", "state/0"), [batch([value, value])])
    assert counted(stage, "again") == (1, 3)


def test_a_given_valence_is_kept_apart_from_an_equal_state_of_another(stage: Stage) -> None:
    stage.twin("felt", [1.0])
    opened = stage.open()
    for valence in (-90.0, -90.0, 1.0):
        opened.write(ids("felt", "state/0", "valence"), [batch([1.0], [valence])])
    assert counted(stage, "felt") == (2, 4)
    assert [one["valence"] for one in stage.rest("GET", "/ess/felt").data] == [1.0, -90.0]


def test_an_empty_row_is_no_state(stage: Stage) -> None:
    stage.twin("gaps", [1.0, 2.0])
    written = batch([None, 3.0, None], [None, 4.0, None])
    assert stage.open().write(ids("gaps", "state/0", "state/1"), [written]).accepted == 1
    assert counted(stage, "gaps") == (2, 2)


@pytest.mark.parametrize(
    ("series", "columns", "field"),
    [
        (["state/0"], [[1.0]], "series"),
        (["state/0", "state/1", "state/2"], [[1.0], [1.0], [1.0]], "series"),
        (["valence"], [[1.0]], "series"),
        (["state/0", "state/1", "score"], [[1.0], [1.0], [1.0]], "series"),
        (["state/0", "state/1"], [[1.0], [None]], "value"),
        (["state/0", "state/1"], [[1.0], [float("nan")]], "value"),
        (["state/0", "state/1"], [[1.0], [float("inf")]], "value"),
        (["state/0", "state/1"], [[1.0], [1e39]], "value"),
        (["state/0", "state/1"], [["x"], ["y"]], "value"),
    ],
)
def test_what_is_no_whole_state_of_now_is_refused_and_nothing_stored(
    stage: Stage, series: list[str], columns: list[list[float | None]], field: str
) -> None:
    if stage.rest("GET", "/ess/whole").status == 404:
        stage.twin("whole", [1.0, 2.0])
    with pytest.raises(Rejected) as refused:
        stage.open().write(ids("whole", *series), [batch(*columns)])
    assert set(refused.value.fields) == {field}
    assert counted(stage, "whole") == (1, 1)


@pytest.mark.parametrize("ago", [timedelta(minutes=2), timedelta(minutes=-2)])
def test_another_time_than_now_is_refused(stage: Stage, ago: timedelta) -> None:
    stage.twin(f"time{ago.days}", [1.0])
    with pytest.raises(Rejected) as refused:
        stage.open().write(ids(f"time{ago.days}", "state/0"), [batch([1.0], ago=ago)])
    assert set(refused.value.fields) == {"time"}


def test_series_of_two_twins_and_of_an_aggregate_are_refused(stage: Stage) -> None:
    (one,) = stage.twin("part", [1.0])
    stage.rest.row("above", stage.rest.ess(
        "above", valence=0.0, aggregate_id=[one], aggregate_module_id=["part"])["id"])  # fmt: skip
    opened = stage.open()
    for series in (
        [*ids("above", "of/part/0")],
        [*ids("part", "state/0"), *ids("two", "state/0")],
    ):
        with pytest.raises(Rejected) as refused:
            opened.write(series, [batch(*[_ONE for _ in series])])
        assert set(refused.value.fields) == {"series"}
    with pytest.raises(NotFound):
        opened.write(ids("nowhere", "state/0"), [batch([1.0])])


def test_a_state_whose_answer_was_lost_is_looked_for_and_not_sent_again(stage: Stage) -> None:
    stage.twin("lost", [1.0])
    with stage.server.faults.on("truncated", path="/v1/ess", method="POST", after=1, times=1):
        assert stage.open().write(ids("lost", "state/0"), [batch([2.0])]).accepted == 1
    assert counted(stage, "lost") == (2, 2)


def test_a_row_whose_answer_was_lost_is_looked_for_and_not_sent_again(stage: Stage) -> None:
    stage.twin("lost_row", [1.0])
    with stage.server.faults.on("truncated", path="/v1/sequence", method="POST", times=1):
        assert stage.open().write(ids("lost_row", "state/0"), [batch([1.0])]).accepted == 1
    assert counted(stage, "lost_row") == (1, 2)


@pytest.mark.parametrize("path", ["/v1/ess", "/v1/sequence"])
def test_what_was_not_taken_is_not_sent_again_and_what_is_known_is_said(
    stage: Stage, path: str
) -> None:
    module = f"unsure{path.rpartition('/')[2]}"
    stage.twin(module, [1.0])
    states, rows = counted(stage, module)
    after = 1 if path == "/v1/ess" else 0  # the search comes first
    with (
        stage.server.faults.on("500", path=path, method="POST", after=after, times=1),
        pytest.raises(Unavailable, match="Nobody knows whether"),
    ):
        stage.open().write(ids(module, "state/0"), [batch([2.0])])
    assert counted(stage, module) == (states + (path == "/v1/sequence"), rows)


def test_states_before_a_failing_one_are_told(stage: Stage) -> None:
    stage.twin("partly", [1.0])
    with (
        stage.server.faults.on("500", path="/v1/sequence", method="POST", after=2),
        pytest.raises(Unavailable, match="2 states before it were written"),
    ):
        stage.open().write(ids("partly", "state/0"), [batch([2.0, 3.0, 4.0])])
    assert counted(stage, "partly")[1] == 3
