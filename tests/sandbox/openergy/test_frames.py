"""The frame that an analysis script of the Openergy stand-in is given."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from connectors.sandbox.openergy import frames
from connectors.sandbox.openergy.frames import Input, Range
from connectors.sandbox.openergy.freqs import frequency
from connectors.sandbox.zones import HOUR

NEVER = Range(now=10**17, wait=0, delay=0, start_with_first=False, wait_for_last=False)


def source(
    hours: list[int], values: list[float], *, native: str | None = "1H", rule: str = "mean",
    name: str = "x",
) -> Input:  # fmt: skip
    """Readings at some hours since 1970."""
    times = np.array(hours, dtype=np.int64) * HOUR
    step = frequency(native) if native else None
    return Input(name=name, readings=(times, np.array(values)), native=step, rule=rule)


def cut(inputs: list[Input], step: str = "3H", wanted: Range = NEVER) -> dict[str, Any]:
    """A frame with hours instead of microseconds, None instead of NaN."""
    found = frames.frame(frequency(step), inputs, wanted)
    columns = {
        name: [None if value != value else value for value in values.tolist()]
        for name, values in found.columns.items()
    }
    return {"hours": (found.index // HOUR).tolist(), **columns}


def test_a_step_needs_all_its_readings() -> None:
    """The tutorial's numbers: 01:00 to 22:00 gives 03:00 to 18:00."""
    hours = list(range(1, 23))
    assert cut([source(hours, [float(h) for h in hours])]) == {
        "hours": [3, 6, 9, 12, 15, 18], "x": [4.0, 7.0, 10.0, 13.0, 16.0, 19.0],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "native", "values"),
    [("mean", "1H", [1.0, 4.0, 7.0]), ("sum", "1H", [3.0, 12.0, 21.0]),
     ("first", "1H", [0.0, 3.0, 6.0]), ("mean", None, [1.0, 4.0, 7.0, 9.0])],
)  # fmt: skip
def test_inputs_come_by_the_rule_and_step_of_their_series(
    rule: str, native: str | None, values: list[float]
) -> None:
    """Ten hours: the fourth step has one reading, which is whole only for a series without step."""
    hours = list(range(10))
    assert cut([source(hours, [float(h) for h in hours], rule=rule, native=native)])["x"] == values


def test_a_slow_input_holds_its_value_over_its_own_step() -> None:
    daily = source([0, 24], [1.0, 2.0], native="D", name="day")
    hourly = source(list(range(22, 27)), [5.0] * 5)
    assert cut([daily, hourly], "1H") == {
        "hours": [22, 23, 24, 25, 26], "day": [1.0, 1.0, 2.0, 2.0, 2.0], "x": [5.0] * 5,
    }  # fmt: skip


def test_a_frame_begins_with_the_last_input_or_with_the_first() -> None:
    early, late = source([0, 1, 2, 3], [1.0] * 4), source([2, 3], [2.0] * 2, name="y")
    assert cut([early, late], "1H")["hours"] == [2, 3]
    first = Range(now=10**17, wait=0, delay=0, start_with_first=True, wait_for_last=False)
    assert cut([early, late], "1H", first)["y"] == [None, None, 2.0, 2.0]


@pytest.mark.parametrize(
    ("now", "wait", "wait_for_last", "hours"),
    [(10, 0, False, 6), (10, 2, False, 6), (10, 8, False, 3), (7, 2, False, 5), (10, 0, True, 3)],
)
def test_late_inputs_are_waited_for_up_to_an_age(
    now: int, wait: int, wait_for_last: bool, hours: int
) -> None:
    """`y` ends three hours before `x`: its hours stay empty once they are old enough."""
    x, y = source(list(range(6)), [1.0] * 6), source([0, 1, 2], [2.0] * 3, name="y")
    wanted = Range(now=now * HOUR, wait=wait * HOUR, delay=0, start_with_first=False,
                   wait_for_last=wait_for_last)  # fmt: skip
    assert cut([x, y], "1H", wanted)["hours"] == list(range(hours))


def test_a_delay_leaves_young_steps_out() -> None:
    wanted = Range(now=6 * HOUR, wait=0, delay=2 * HOUR, start_with_first=False,
                   wait_for_last=False)  # fmt: skip
    assert cut([source(list(range(6)), [1.0] * 6)], "1H", wanted)["hours"] == [0, 1, 2, 3]


def test_a_frame_without_a_whole_step_is_empty() -> None:
    assert cut([source([1, 2], [1.0, 2.0])]) == {"hours": [], "x": []}
    assert cut([source([], []), source([1], [1.0], name="y")]) == {"hours": [], "x": [], "y": []}


def test_a_frame_that_is_too_large_is_refused_before_it_is_made() -> None:
    far = source([0, 10**6], [1.0, 2.0], native=None)
    with pytest.raises(frames.TooLargeError):
        frames.frame(frequency("1S"), [far], NEVER)


def test_stamps_move_between_zones() -> None:
    times = np.array([0], dtype=np.int64)
    assert frames.shown(times, ("tzt", "Europe/Paris"), ("gmt", "Europe/Paris")).tolist() == [-HOUR]
    there = frames.shown(times, ("tzt", "Europe/Paris"), ("tzt", "Asia/Kolkata"))
    assert there.tolist() == [9 * HOUR // 2]
