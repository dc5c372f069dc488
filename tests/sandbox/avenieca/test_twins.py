"""Twins: what they see, what is written to them, and what they do next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from connectors.sandbox.avenieca import cortex
from connectors.sandbox.avenieca.aggregates import Member, aggregate
from connectors.sandbox.avenieca.feeds import MeterFeed
from connectors.sandbox.avenieca.rows import SLACK, Row, Rows
from connectors.sandbox.avenieca.seed import slug
from connectors.sandbox.avenieca.settings import Settings
from connectors.sandbox.avenieca.twin import PLAIN, Ess, Feed, NoFeed, Reading, Twin, narrowed
from connectors.sandbox.store import Database, Store
from tests.sandbox.avenieca.wire import NOW, Rest
from tests.sandbox.clock import HandClock
from tests.sandbox.server import SandboxServer


@dataclass
class Script:
    """A feed of one state a microsecond."""

    states: tuple[float, ...]

    def readings(self, after: int, until: int) -> Iterator[Reading]:
        """The state at its place."""
        for at, state in enumerate(self.states):
            if after < at <= until:
                yield Reading(at, (state,), 50.0)


@pytest.fixture
def store() -> Store:
    return Database().store("avenieca")


def twin(store: Store, feed: Feed | None = None, now: int = 1000) -> Twin:
    return Twin("m", feed or NoFeed(), store.journal("m"), 1000, now)


def content(*state: float) -> dict[str, object]:
    return {"state": list(state), "valence": 1.0, "score": None, "rest": dict(PLAIN)}


def rows(which: Twin) -> list[tuple[int, int, int]]:
    return [(row.id, row.at, row.ess) for row in which.rows.all()]


def test_a_state_that_comes_again_is_the_same_ess_with_a_higher_score(store: Store) -> None:
    seen = twin(store, Script((1.0, 2.0, 1.0, 1.0)))
    seen.catch_up(3)
    assert rows(seen) == [(1, 0, 1), (2, 1, 2), (3, 2, 1), (4, 3, 1)]
    assert [(ess.score, ess.created, ess.updated) for ess in seen.ess.values()] == [
        (3, 0, 3), (1, 1, 1),
    ]  # fmt: skip
    assert list(seen.rows.scores) == [1, 1, 2, 3]


def test_writes_and_readings_share_ids_in_the_order_of_time_also_when_replayed(
    store: Store,
) -> None:
    script = Script(tuple(float(n % 3) for n in range(10)))
    seen = twin(store, script)
    seen.catch_up(1)
    seen.signal(1, content(2.0))
    seen.catch_up(4)
    own = seen.insert(4, {**content(9.0), "score": 0})
    seen.occur(own, 4, "e", "by hand")
    seen.signal(4, content(9.0))
    seen.catch_up(9)
    again = twin(store, script)
    again.catch_up(9)
    assert rows(again) == rows(seen)
    assert again.ess == seen.ess
    assert [row[2] for row in rows(seen)] == [1, 2, 3, 3, 1, 2, 4, 4, 3, 1, 2, 3, 1]
    assert seen.ess[4].score == 1


def test_ids_that_clients_wrote_hold_when_the_clock_is_put_back(store: Store) -> None:
    script = Script(tuple(float(n) for n in range(20)))
    seen = twin(store, script)
    seen.catch_up(9)
    own = seen.insert(9, {**content(99.0), "score": 0})
    row = seen.occur(own, 9, "n", None)
    back = twin(store, script, now=4)
    assert [number for number, _, _ in rows(back)] == [1, 2, 3, 4, 5, row.id]
    back.catch_up(19)
    assert (back.ess[own.id].state, back.rows.find(row.id)) == ((99.0,), row)
    assert sorted(number for number, _, _ in rows(back)) == list(range(1, 22))
    assert [back.rows.find(n) for n in (6, 10, 12, 22)] == [
        Row(id=n, at=at, ess=n, score=1, updated=at) for n, at in ((6, 5), (10, 9), (12, 10))
    ] + [None]  # fmt: skip


def test_what_was_written_about_a_state_that_the_past_lost_is_left_aside(store: Store) -> None:
    seen = twin(store, Script((1.0, 2.0, 3.0)))
    seen.catch_up(2)
    seen.occur(seen.ess[3], 2, "n", None)
    seen.replace(seen.ess[3], 2, {**content(7.0), "score": 0})
    seen.change_row(replace(seen.rows.at(0), ess=3, updated=2))
    corrected = twin(store, Script((1.0, 2.0, 2.0)))
    assert rows(corrected) == [(1, 0, 1), (2, 1, 2), (3, 2, 2)]


def test_another_state_takes_the_place_of_the_old_in_the_search_for_equals(store: Store) -> None:
    seen = twin(store)
    first = seen.insert(1, {**content(1.0), "score": 0})
    seen.replace(first, 2, {**content(2.0), "score": 0})
    assert seen.signal(3, content(2.0)).ess == first.id
    assert seen.signal(4, content(1.0)).ess == first.id + 1
    assert (seen.ess[1].created, seen.ess[1].updated) == (1, 3)


def test_the_oldest_rows_go_when_there_are_too_many() -> None:
    held = Rows(kept=100)
    for number in range(1, 100 + SLACK + 2):
        held.add(Row(id=number, at=number, ess=number % 7, status="sk" if number < 9 else "n"))
    assert (len(held), held.first, held.end) == (100, SLACK + 1, SLACK + 101)
    assert held.find(1) is None
    assert held.find(-1) == held.at(held.end - 1)
    assert held.at(held.first).id == SLACK + 2
    assert not held.with_status("sk").size


def test_rows_are_picked_by_status() -> None:
    held = Rows(kept=100)
    for number, status in enumerate(("n", "e", "n", "e"), 1):
        held.add(Row(id=number, at=number, ess=number, status=status))
    held.change(replace(held.at(2), status="e", updated=9))
    assert held.with_status("e").tolist() == [2, 3, 4]
    assert held.with_status("n").tolist() == [1]
    assert held.with_status(None).tolist() == [1, 2, 3, 4]


def test_32_bit_states_have_no_more_digits_than_they_hold() -> None:
    assert narrowed([26469.581684007026, 0.1, 1e-45, 16777217.0]) == [
        26469.582, 0.1, 1e-45, 16777216.0,
    ]  # fmt: skip
    assert narrowed([]) == []


def test_an_aggregate_truncates_the_mean_score_and_not_the_mean_valence() -> None:
    members = [
        Member("m", Ess(id=n, state=(float(n),) * n, valence=value, score=0, rest=PLAIN,
                        created=0, updated=0), score)
        for n, (value, score) in enumerate([(-1.0, 3), (0.0, 3), (0.5, 2)], 1)
    ]  # fmt: skip
    found = aggregate(members)
    assert found["state"] == [1.0, 2.0, 2.0, 3.0, 3.0, 3.0]
    assert found["aggregate_shape"] == [1, 2, 3]
    assert (found["valence"], found["avg_ess_valence"]) == (-0.5, -0.5 / 3)
    assert (found["total_ess_score"], found["avg_ess_score"]) == (8, 2)


def predicted(store: Store, states: tuple[float, ...], behind: list[int], steps: int) -> list[int]:
    seen = twin(store, Script(states))
    seen.catch_up(len(states))
    return cortex.Past(seen, None).path(behind, 2, steps)


def test_a_twin_does_what_it_did_in_the_same_place(store: Store) -> None:
    states = (1.0, 2.0, 3.0, 1.0, 2.0, 4.0, 1.0, 2.0)
    assert predicted(store, states, [3, 1, 2], 3) == [4, 1, 2]
    assert predicted(store, states, [4, 1, 2], 1) == [4]


def test_the_nearest_state_stands_for_one_that_never_had_a_successor(store: Store) -> None:
    assert predicted(store, (1.0, 5.0, 9.0, 4.9), [3, 4], 1) == [3]


def test_a_twin_without_a_past_stays_as_it_is(store: Store) -> None:
    assert predicted(store, (1.0,), [1], 3) == [1, 1, 1]


def test_states_of_another_length_are_no_neighbours(store: Store) -> None:
    seen = twin(store)
    for state in ((1.0,), (1.0, 2.0), (3.0, 4.0), (1.0,)):
        seen.signal(1, content(*state))
    assert cortex.Past(seen, None).path([1], 2, 1) == [2]
    assert cortex.Past(seen, None).path([2], 2, 1) == [3]


def test_module_ids_need_no_quoting() -> None:
    names = ("Library G1 temperature (synthetic)", "مبنى", "=2+5 <b>", "É à", "x" * 99)
    assert [slug(name) for name in names] == [
        "library_g1_temperature", "twin", "2_5_b", "e_a", "x" * 60,
    ]  # fmt: skip


def test_every_meter_of_the_world_is_a_twin_and_every_room_an_aggregate() -> None:
    settings = {"avenieca": Settings(meter_rows=20, room_rows=5)}
    clock = HandClock(shown=[NOW])
    with SandboxServer("avenieca", clock=clock, settings=settings) as server:
        rest, standin = Rest(server), server.standin("avenieca")
        feeds = standin._planted.feeds
        assert sum(isinstance(feed, MeterFeed) for feed in feeds.values()) > 80
        for module in feeds:
            rows_found = rest("GET", f"/sequence/{module}").data
            assert 0 < len(rows_found) <= 20, module
            length = {len(ess["state"]) for ess in rest("GET", f"/ess/{module}").data}
            wanted = len(standin._planted.rooms.get(module, (module,)))
            assert length == {wanted}, module
