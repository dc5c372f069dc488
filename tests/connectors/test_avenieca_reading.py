"""How points come of states and rows: layouts, tails, flaws, and states that change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from connectors.avenieca import layout, reading
from connectors.avenieca.columns import micros, moment
from connectors.avenieca.ids import Series
from connectors.contract import NodeId, Points, Window
from connectors.errors import BadAnswer, NotFound
from tests.conformance.points import stored
from tests.conformance.sandbox_avenieca import points as by_hand
from tests.connectors.avenieca_stage import Stage, node, staged, values


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with staged() as stage:
        yield stage


def around() -> Window:
    now = datetime.now(UTC)
    return Window(start=now - timedelta(hours=1), end=now + timedelta(hours=1))


def meters(stage: Stage) -> list[str]:
    return [str(ref) for ref in stage.server.standin("avenieca").offers()[0].views[0].series]


def read(stage: Stage, *names: str, window: Window | None = None) -> dict[str, list[object]]:
    found = stage.open().read([NodeId(f"twin/{one}") for one in names], window or around())
    return values(found)


def test_every_number_of_a_state_is_a_series_with_its_companions(stage: Stage) -> None:
    stage.twin("wide", [1.0, 2.0, 3.0])
    names = [one.name for one in stage.open().children(node("wide")).items]
    assert names == ["wide[0]", "wide[1]", "wide[2]", "wide.valence", "wide.score", "wide.status"]
    stage.twin("slim", [1.0])
    assert stage.open().children(node("slim")).items[0].name == "slim"


def test_an_aggregate_is_split_by_its_shape(stage: Stage) -> None:
    (one,), (two,) = stage.twin("part_one", [5.0]), stage.twin("part_two", [6.0, 7.0])
    members = {
        "aggregate_id": [two, one, two],
        "aggregate_module_id": ["part_two", "part_one", "part_two"],
    }
    made = stage.rest.ess("sum", valence=0.0, **members)["id"]
    stage.rest.row("sum", made)
    found = stage.open().children(node("sum")).items
    assert [one.name for one in found][:5] == [
        "sum/part_two[0]", "sum/part_two[1]", "sum/part_one", "sum/part_two[2]", "sum/part_two[3]",
    ]  # fmt: skip
    assert read(stage, "sum/of/part_one/0", "sum/of/part_two/3", "sum/of/part_two/0") == {
        "twin/sum/of/part_one/0": [5.0],
        "twin/sum/of/part_two/3": [7.0],
        "twin/sum/of/part_two/0": [6.0],
    }


def test_companions_are_read_as_they_are_now(stage: Stage) -> None:
    ess = stage.rest.ess("felt", 1.0, valence=-3.0, score=4)["id"]
    for status in ("n", "e"):
        stage.rest.row("felt", ess, status=status)
    assert read(stage, "felt/valence", "felt/score", "felt/status", "felt/state/0") == {
        "twin/felt/valence": [-3.0, -3.0],
        "twin/felt/score": [4.0, 4.0],
        "twin/felt/status": ["n", "e"],
        "twin/felt/state/0": [1.0, 1.0],
    }


def test_a_twin_of_embeddings_shows_its_texts(stage: Stage) -> None:
    text = stage.do("embedding.create", twin=node("spoken"), input="hot", hash="h").fields["id"]
    ess = stage.rest.ess("spoken", *([0.5] * 200), embedding_input=text)["id"]
    stage.rest.row("spoken", ess)
    names = [one.name for one in stage.open().children(node("spoken")).items]
    assert names == ["spoken.text", "spoken.valence", "spoken.score", "spoken.status"]
    assert read(stage, "spoken/text") == {"twin/spoken/text": ["hot"]}
    assert read(stage, "spoken/state/7") == {"twin/spoken/state/7": [0.5]}


def test_states_that_never_occurred_count_by_the_time_they_were_stored(stage: Stage) -> None:
    made = [stage.rest.ess("stored", float(number)) for number in range(3)]
    found = stored(stage.open().read([NodeId("twin/stored/state/0")], around()))
    times, numbers = found[NodeId("twin/stored/state/0")]
    assert numbers == [0.0, 1.0, 2.0]
    assert times == micros([one["created_at"] for one in made]).tolist()


def test_a_number_that_some_states_lack_has_no_point_there(stage: Stage) -> None:
    stage.twin("grown", [1.0, 10.0], [2.0])
    assert read(stage, "grown/state/0", "grown/state/1") == {
        "twin/grown/state/0": [1.0, 2.0],
        "twin/grown/state/1": [10.0],
    }
    opened = stage.open()
    assert opened.node(NodeId("twin/grown/state/1")).name == "grown[1]"
    with pytest.raises(NotFound):
        opened.node(NodeId("twin/grown/state/2"))


@pytest.mark.parametrize("minutes", [1, 5, 10, 12, 13, 60, 600])
def test_the_newest_rows_are_the_same_had_one_by_one_or_all_at_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, minutes: int
) -> None:
    (meter, *_) = meters(stage)
    end = datetime.now(UTC)
    window = Window(start=end - timedelta(minutes=minutes), end=end)
    quick = read(stage, f"{meter}/state/0", f"{meter}/valence", window=window)
    monkeypatch.setattr(reading, "_tail", lambda *_: None)
    assert read(stage, f"{meter}/state/0", f"{meter}/valence", window=window) == quick
    expected = [value for _, value in by_hand(stage.rest, meter, window)]
    assert quick.get(f"twin/{meter}/state/0", []) == expected


def test_the_newest_rows_cost_no_list(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    (meter, *_) = meters(stage)
    opened = stage.open()
    lists: list[str] = []
    monkeypatch.setattr(opened._client, "every", lists.append)  # type: ignore[attr-defined]
    now = datetime.now(UTC)
    window = Window(start=now - timedelta(minutes=60), end=now)
    found = values(opened.read([NodeId(f"twin/{meter}/state/0")], window))
    assert len(found[f"twin/{meter}/state/0"]) in (5, 6, 7)
    assert lists == []


def test_nothing_new_costs_one_request(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.twin("calm", [1.0])
    opened = stage.open()
    opened.check()
    asked: list[str] = []
    http = opened._client._http  # type: ignore[attr-defined]
    honest = http.request

    def counted(method: str, path: str, **rest: object) -> object:
        asked.append(path)
        return honest(method, path, **rest)

    monkeypatch.setattr(http, "request", counted)
    ahead = Window(start=datetime.now(UTC), end=datetime.now(UTC) + timedelta(hours=1))
    assert list(opened.read([NodeId("twin/calm/state/0")], ahead)) == []
    assert asked == ["sequence/calm/-1"]


PAST = Window(
    start=datetime.now(UTC) - timedelta(days=30), end=datetime.now(UTC) - timedelta(hours=1)
)


def past(stage: Stage) -> list[Points]:
    """All points of a meter until an hour ago."""
    (meter, *_) = meters(stage)
    return list(stage.open().read([NodeId(f"twin/{meter}/state/0")], PAST))


def spoiled(stage: Stage, kind: str) -> list[Points]:
    """The same while the lists are spoilt."""
    with stage.server.faults.on(kind):
        return past(stage)


def test_rows_that_are_unsorted_are_sorted(stage: Stage) -> None:
    before = stored(iter(past(stage)))
    assert before
    assert stored(iter(spoiled(stage, "unsorted_stamps"))) == before


def test_of_two_rows_at_one_time_the_later_stays_and_the_other_is_counted(stage: Stage) -> None:
    assert sum(points.notes.duplicates for points in spoiled(stage, "duplicate_stamps")) == 1


def test_a_value_that_is_no_number_is_null_and_counted(stage: Stage) -> None:
    found = spoiled(stage, "nan")
    wrong = sum(points.notes.unreadable for points in found)
    assert wrong >= 1
    assert sum(points.batch.column("value").null_count for points in found) == wrong


def test_both_spellings_of_a_time_are_read_and_fractions_below_a_microsecond_cut() -> None:
    expected = datetime(2023, 5, 31, 16, 28, 17, 604598, tzinfo=UTC)
    for told in ("2023-05-31T16:28:17.604598Z", "2023-05-31 16:28:17.604598 UTC",
                 "2023-05-31T18:28:17.604598+02:00", "2023-05-31T16:28:17.604598999Z"):  # fmt: skip
        assert moment(told) == expected
    for wrong in ("", "yesterday", "2023-13-01T00:00:00Z", "2023-05-31T16:28:17"):
        with pytest.raises(BadAnswer):
            moment(wrong)


def test_an_aggregate_whose_parts_do_not_make_its_state_is_a_bad_answer() -> None:
    picker = layout.Picker([Series(module="m", what="state", place=0)])
    for row in (
        {"state": [1.0], "aggregate_module_id": ["a"], "aggregate_shape": [2]},
        {"state": [1.0], "aggregate_module_id": ["a", "b"], "aggregate_shape": [1]},
        {"state": [1.0], "aggregate_module_id": [["a"]], "aggregate_shape": [1]},
        {"state": "1"},
        {},
    ):
        with pytest.raises(BadAnswer):
            picker.places(row)
