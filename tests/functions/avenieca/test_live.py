"""AveniECA's signals and live points over Kafka, each over a real socket."""

from __future__ import annotations

import json
from time import sleep, time
from typing import Any

import numpy as np
import pytest

from connectors.avenieca import signals
from connectors.contract import NodeId
from connectors.errors import ConfigInvalid, Rejected
from connectors.sandbox.avenieca.broker import batches
from tests.conformance.points import stored
from tests.connectors.avenieca_stage import Stage, done, named, node, steps

FOUR = {"state": [0.2, 0.3], "valence": 9.0, "score": None, "emb_inp": None}


def records(stage: Stage, topic: str) -> list[Any]:
    """All that lies on a topic, by a bare client."""
    with stage.kafka() as kafka:
        code, _end, data = kafka.fetch(topic, 0)
    assert code == 0
    found: list[Any] = []
    while data:
        length = int.from_bytes(data[8:12], "big") + batches.OFFSET_AND_LENGTH
        found += batches.read(data[:length]).records()
        data = data[length:]
    return found


def sent(stage: Stage, topic: str) -> list[Any]:
    return [json.loads(record.value) for record in records(stage, topic)]


def say(stage: Stage, topic: str, time: int, message: object) -> None:
    """One message by a bare client, at a time in milliseconds."""
    batch = batches.written(0, [(time, json.dumps(message).encode())])
    with stage.kafka() as kafka:
        assert kafka.produce(topic, batch) < 0


@pytest.mark.covers("avenieca.event.publish")
def test_a_signal_arrives_as_four_keys_and_becomes_a_row(stage: Stage) -> None:
    stage.twin("heard", [0.5, 0.5])
    told = stage.do("signal.publish", twin=node("heard"), state=[0.25, 0.75], valence=9)
    assert told.fields == {"topic": "heard_sub", "partition": 0, "offset": 0}
    assert sent(stage, "heard_sub") == [
        {"state": [0.25, 0.75], "valence": 9.0, "score": None, "emb_inp": None}
    ]
    newest = stage.rest("GET", "/ess/heard/sequence/-1").data
    assert (newest["state"], newest["valence"]) == ([0.25, 0.75], 9.0)


@pytest.mark.covers("avenieca.event.publish")
@pytest.mark.parametrize("state", [[], [1.0], ["x", 1], [[1.0], [2.0]], ["nan", 1], "[1, 2]"])
def test_a_bad_state_is_refused_before_anything_is_sent(stage: Stage, state: object) -> None:
    stage.twin("quiet", [0.5, 0.5])
    with pytest.raises(Rejected) as refused:
        stage.do("signal.publish", twin=node("quiet"), state=state)
    assert set(refused.value.fields) == {"state"}
    with stage.kafka() as kafka:
        assert kafka.offset("quiet_sub", -1)[2] == 0


@pytest.mark.covers("avenieca.stream.publish")
def test_signals_leave_at_the_set_pace(stage: Stage) -> None:
    stage.twin("paced", [0.0])
    values = {"twin": node("paced"), "states": [[1.0], [2.0]], "times": 4, "pace": 0.3}
    began = time() * 1000
    told, progress = steps(stage.open(), "signal.repeat", **values)
    assert told.fields["sent"] == len(progress) == 4
    found = records(stage, "paced_sub")
    assert [json.loads(one.value)["state"] for one in found] == [[1.0], [2.0], [1.0], [2.0]]
    # None before its time. A late one does not delay the next: the pace is that of all of them.
    assert all(one.time >= int(began + number * 300) for number, one in enumerate(found))


@pytest.mark.covers("avenieca.stream.publish")
def test_signals_stop_when_they_are_stopped_and_one_goes_at_once(stage: Stage) -> None:
    stage.twin("stopped", [0.0])
    opened = stage.open()
    values = {"twin": node("stopped"), "states": [[1.0]], "times": 1000, "pace": 60}
    sending = getattr(opened, named(opened, "signal.repeat").method.__name__)(**values)
    next(sending)
    sending.close()
    assert len(sent(stage, "stopped_sub")) == 1
    done(stage.open(), "signal.repeat", **{**values, "times": 1})
    assert len(sent(stage, "stopped_sub")) == 2


@pytest.mark.covers("avenieca.consumer.consume")
def test_each_record_becomes_a_point_at_its_time(stage: Stage) -> None:
    stage.twin("speaking", [1.0, 2.0])
    wanted = [NodeId(f"twin/speaking/{one}") for one in ("state/0", "state/1", "valence")]
    opened = stage.open()
    with opened.subscribe(wanted) as feed:
        ess = stage.rest.ess("speaking", 3.0, 4.0, valence=-8.0)["id"]
        first = stage.rest.row("speaking", ess)
        sleep(0.005)  # the broker's times are milliseconds, and one has room for one point
        rows = [first, stage.rest.row("speaking", ess)]
        found: dict[NodeId, list[tuple[int, Any]]] = {one: [] for one in wanted}
        for points in feed:
            for series, (times, values) in stored(iter([points])).items():
                found[series] += zip(times, values, strict=True)
            if all(len(one) == 2 for one in found.values()):
                break
    times = [_millis(row["created_at"]) for row in rows]
    assert found == {
        one: [(time, value) for time in times]
        for one, value in zip(wanted, (3.0, 4.0, -8.0), strict=True)
    }


@pytest.mark.covers("avenieca.consumer.consume")
def test_states_as_lists_and_as_text_are_both_read(stage: Stage) -> None:
    stage.twin("spoken", [1.0, 2.0])
    say(stage, "spoken_said", 0, {"state": [0.0, 0.0]})  # makes the topic
    with stage.open(twin_topic="{twin}_said").subscribe([NodeId("twin/spoken/state/1")]) as feed:
        messages = [
            {"state": [1.5, 2.5], "valence": 1.0},
            {"state": "[1.5, 3.5]", "valence": 1.0},
            {"state": "no list"},
        ]
        for number, message in enumerate(messages):
            say(stage, "spoken_said", 1_700_000_000_000 + number, message)
        found: list[tuple[int, Any]] = []
        for points in feed:
            found += zip(*stored(iter([points])).popitem()[1], strict=True)
            if len(found) == 3:
                break
    start = 1_700_000_000_000_000
    assert found == [(start, 2.5), (start + 1000, 3.5), (start + 2000, None)]


def test_without_a_broker_there_are_no_live_points(stage: Stage) -> None:
    stage.twin("alone", [1.0])
    opened = stage.open(broker="")
    for call in (
        lambda: opened.subscribe([NodeId("twin/alone/state/0")]),
        lambda: done(opened, "signal.publish", twin=node("alone"), state=[1.0]),
    ):
        with pytest.raises(ConfigInvalid) as refused:
            call()
        assert set(refused.value.fields) == {"broker"}


@pytest.mark.covers("avenieca.signal.verify")
@pytest.mark.parametrize(
    ("signal", "wrong"),
    [
        ({**FOUR, "more": 1}, {"more"}),
        ({"state": [1.0]}, {"valence", "score", "emb_inp"}),
        ({**FOUR, "state": None}, {"state"}),
        ({**FOUR, "state": [[0.2], [0.3]]}, {"state"}),
        ({**FOUR, "state": []}, {"state"}),
        ({**FOUR, "state": "[0.2]"}, {"state"}),
        ({**FOUR, "state": [True]}, {"state"}),
        ({**FOUR, "state": [float("nan")]}, {"state"}),
        ({**FOUR, "valence": "9"}, {"valence"}),
        ({**FOUR, "score": 1.5}, {"score"}),
    ],
)
def test_a_wrong_signal_is_refused_with_the_reason(
    signal: dict[str, object], wrong: set[str]
) -> None:
    with pytest.raises(Rejected) as refused:
        signals.verify(signal)
    assert set(refused.value.fields) == wrong
    assert all(reason.endswith(".") for reason in refused.value.fields.values())


@pytest.mark.covers("avenieca.signal.verify")
def test_a_right_signal_is_taken() -> None:
    signals.verify(FOUR)
    assert json.loads(signals.message(FOUR)) == FOUR


@pytest.mark.covers("avenieca.signal.get_state_as_list")
@pytest.mark.covers("avenieca.signal.get_state_as_array")
def test_a_state_is_the_same_from_text_list_and_array() -> None:
    expected = [0.2, 0.3, -4.0]
    for given in ("[0.2, 0.3, -4]", [0.2, 0.3, -4], np.array(expected)):
        assert signals.state(given) == expected
        array = signals.array(given)
        assert array.dtype == np.dtype("float64")
        assert array.tolist() == expected
    for wrong in ("[0.2", '{"a": 1}', [[1]], ["1"], None, 7):
        with pytest.raises(ValueError, match=r"\.$"):
            signals.state(wrong)


def _millis(text: str) -> int:
    """A time of the platform, cut to milliseconds, in microseconds."""
    return int(np.datetime64(text.removesuffix("Z"), "us").astype(np.int64)) // 1000 * 1000
