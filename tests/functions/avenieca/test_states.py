"""AveniECA's functions on states (`ess`), each over a real socket, read back by a bare client."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest

from connectors.avenieca.columns import moment
from connectors.errors import AuthFailed, NotFound, Rejected, Unavailable
from tests.connectors.avenieca_stage import Stage, done, node

INSERTED = {
    "state", "module_id", "valence", "avg_ess_valence", "total_ess_score", "avg_ess_score",
    "score", "embedding_input", "aggregate_id", "aggregate_valence", "aggregate_score",
    "aggregate_module_id", "aggregate_shape", "aggregate_context", "aggregate_emb_inp", "context",
}  # fmt: skip


@pytest.mark.covers("avenieca.ess.create")
def test_a_state_is_stored_and_can_be_told_to_occur(stage: Stage) -> None:
    made = stage.do("ess.create", twin=node("boiler"), state=[21.5, 60], valence=7, score=2)
    assert stage.rest("GET", f"/ess/boiler/{made.fields['id']}").data == made.fields
    row = stage.do("sequence.create", twin=node("boiler"), instance_id=made.fields["id"])
    assert stage.rest("GET", "/ess/boiler/sequence/-1").data["id"] == made.fields["id"]
    assert stage.rest("GET", "/sequence/boiler/-1").data["id"] == row.fields["id"]


@pytest.mark.covers("avenieca.ess.create")
def test_an_aggregate_given_by_ids_alone_comes_back_computed(stage: Stage) -> None:
    (first,) = stage.twin("agg_a", [25.0])
    (second,) = stage.twin("agg_b", [1.0, 2.0])
    made = stage.do(
        "ess.create",
        twin=node("agg"),
        aggregate_id=[first, second],
        aggregate_module_id=["agg_a", "agg_b"],
    ).fields
    assert (made["state"], made["aggregate_shape"]) == ([25.0, 1.0, 2.0], [1, 2])
    assert made["valence"] == 2.0
    assert stage.rest("GET", f"/ess/agg/{made['id']}").data == made


@pytest.mark.covers("avenieca.type.ess_insert")
def test_all_sixteen_members_are_sent_with_empty_lists_by_default(stage: Stage) -> None:
    made = stage.do("ess.create", twin=node("members"), state=[1.0]).fields
    stored = stage.rest("GET", f"/ess/members/{made['id']}").data
    assert set(stored) - {"id", "created_at", "updated_at"} == INSERTED
    assert all(stored[name] == [] for name in INSERTED if name.startswith("aggregate_"))


@pytest.mark.covers("avenieca.type.ess_insert")
@pytest.mark.parametrize("state", [["nan"], ["inf"], ["x"], [[1.0]], "1", None])
def test_a_state_of_anything_but_finite_numbers_is_refused_unsent(
    stage: Stage, state: object
) -> None:
    with pytest.raises(Rejected) as refused:
        stage.do("ess.create", twin=node("unsent"), state=state)
    assert set(refused.value.fields) == {"state"}
    assert stage.rest("GET", "/ess/unsent").status == 404


@pytest.mark.covers("avenieca.ess.get_all")
def test_all_states_are_listed_with_valence_and_score(stage: Stage) -> None:
    for number in range(5):
        stage.rest.ess("listed", float(number), valence=float(-number), score=number)
    rows = stage.table("ess.get_all", twin=node("listed"))
    assert rows == stage.rest("GET", "/ess/listed").data
    assert [(row["valence"], row["score"]) for row in rows] == [(-n, n) for n in range(5)]


@pytest.mark.covers("avenieca.ess.get_one")
def test_one_state_equals_what_was_created_within_32_bits(stage: Stage) -> None:
    value = 26469.581684007026
    made = stage.do("ess.create", twin=node("narrow"), state=[value]).fields
    found = stage.do("ess.get_one", twin=node("narrow"), id=made["id"]).fields
    assert np.float32(found["state"][0]) == np.float32(value)
    assert stage.do("ess.get_one", twin=node("narrow"), id=-1).fields == found
    with pytest.raises(NotFound):
        stage.do("ess.get_one", twin=node("narrow"), id=99)


@pytest.mark.covers("avenieca.ess.get_all_sequence")
def test_a_state_for_each_row_comes_newest_first(stage: Stage) -> None:
    first, second = stage.twin("ordered", [1.0], [2.0])
    stage.rest.row("ordered", first)
    rows = stage.table("ess.get_all_sequence", twin=node("ordered"))
    assert [row["id"] for row in rows] == [first, second, first]


@pytest.mark.covers("avenieca.ess.get_one_sequence")
def test_the_state_behind_a_row_and_the_latest_one(stage: Stage) -> None:
    first, second = stage.twin("behind", [1.0], [2.0])
    row = stage.rest("GET", "/sequence/behind").data[-1]
    assert row["instance_id"] == first
    found = stage.do("ess.get_one_sequence", twin=node("behind"), row=row["id"])
    assert found.fields["id"] == first
    assert stage.do("ess.get_one_sequence", twin=node("behind")).fields["id"] == second


@pytest.mark.covers("avenieca.ess.get_one_with_embedding")
def test_the_state_of_a_text_is_found_and_a_miss_is_not(stage: Stage) -> None:
    text = stage.do("embedding.create", twin=node("words"), input="hot", hash="h1").fields["id"]
    made = stage.do("ess.create", twin=node("words"), state=[0.1, 0.2], embedding_input=text)
    found = stage.do("ess.get_one_with_embedding", twin=node("words"), embedding=text)
    assert found.fields == made.fields
    with pytest.raises(NotFound):
        stage.do("ess.get_one_with_embedding", twin=node("words"), embedding=text + 1)


@pytest.mark.covers("avenieca.ess.get_one_pretty")
def test_a_state_in_words_is_a_text_for_each_twin(stage: Stage) -> None:
    (first,) = stage.twin("pretty_a", [8.0])
    (second,) = stage.twin("pretty_b", [30.48])
    members = {"aggregate_id": [first, second], "aggregate_module_id": ["pretty_a", "pretty_b"]}
    made = stage.do("ess.create", twin=node("pretty"), **members).fields
    shown = stage.do("ess.get_one_pretty", twin=node("pretty"), id=made["id"]).fields
    assert (shown["state"], shown["state_float"], shown["state_str"]) == (
        ["8", "30.48"],
        None,
        None,
    )
    assert shown["created_at"].endswith(" UTC")
    assert moment(shown["created_at"]) == moment(made["created_at"])
    assert moment(made["created_at"]) == datetime.fromisoformat(made["created_at"])


@pytest.mark.covers("avenieca.ess.get_all_aggregates")
def test_exactly_the_aggregates_that_contain_a_state_are_found(stage: Stage) -> None:
    one, other = stage.twin("part", [1.0], [2.0])
    made = [
        stage.do(
            "ess.create", twin=node("whole"), aggregate_id=[part], aggregate_module_id=["part"]
        ).fields["id"]
        for part in (one, other, one)
    ]
    found = stage.table(
        "ess.get_all_aggregates", twin=node("part"), aggregate=node("whole"), id=one
    )
    assert [row["id"] for row in found] == [made[0], made[2]]


@pytest.mark.covers("avenieca.ess.update")
def test_changed_members_of_a_state_persist_and_the_rest_is_kept(stage: Stage) -> None:
    made = stage.rest.ess("changed", 1.0, 2.0, valence=5.0, score=7, context="before")
    target = {"twin": node("changed"), "id": made["id"]}
    shown = stage.do("ess.update", **target, context="after", valence=6.0)
    found = stage.rest("GET", f"/ess/changed/{made['id']}").data
    assert shown.fields == found
    assert found["updated_at"] > made["updated_at"]
    moved = {"context": "after", "valence": 6.0, "updated_at": found["updated_at"]}
    assert found == made | moved


@pytest.mark.covers("avenieca.ess.update")
def test_an_aggregate_is_given_other_parts_and_its_faults_are_told_by_field(stage: Stage) -> None:
    one, other = stage.twin("moved_part", [1.0], [2.0])
    members = {"aggregate_id": [one], "aggregate_module_id": ["moved_part"]}
    made = stage.do("ess.create", twin=node("moved"), **members, context="kept").fields
    target = {"twin": node("moved"), "id": made["id"]}
    stage.do("ess.update", **target, aggregate_id=[other])
    found = stage.rest("GET", f"/ess/moved/{made['id']}").data
    assert (found["state"], found["context"]) == ([2.0], "kept")
    with pytest.raises(Rejected) as refused:
        stage.do("ess.update", **target, aggregate_id=[999])
    assert "999" in refused.value.fields["aggregate_id"]
    with pytest.raises(Rejected) as refused:
        stage.do("ess.update", **target, total_ess_score=12)
    assert set(refused.value.fields) == {"total_ess_score"}
    assert stage.rest("GET", f"/ess/moved/{made['id']}").data == found


@pytest.mark.covers("avenieca.ess.search")
def test_the_nearest_states_come_first_and_an_identical_one_at_zero(stage: Stage) -> None:
    stage.twin("near", [18.0, 70.0, 15.0, 1.0, 25.0], [20.0, 70.0, 10.0, 2.0, 29.0], [0.0] * 5)
    found = stage.table("ess.search", twin=node("near"), state=[20, 70, 10, 2, 29], limit=2)
    assert [row["distance"] for row in found] == pytest.approx([0.0, 6.78233], abs=1e-5)
    assert found[0]["state"] == [20.0, 70.0, 10.0, 2.0, 29.0]


@pytest.mark.covers("avenieca.ess.search")
def test_a_vector_of_another_length_is_refused_before_it_is_sent(stage: Stage) -> None:
    stage.twin("length", [1.0, 2.0])
    opened = stage.open()
    with (
        stage.server.faults.on("500", path="/v1/ess/search"),
        pytest.raises(Rejected) as refused,
    ):
        done(opened, "ess.search", twin=node("length"), state=[1.0])
    assert refused.value.fields == {"state": "States of this twin have 2 numbers; these are 1."}


@pytest.mark.covers("avenieca.ess.upsert")
def test_an_indexed_state_is_found_by_search(stage: Stage) -> None:
    made = stage.rest.ess("indexed", 4.0)
    stage.do("ess.upsert", twin=node("indexed"), id=made["id"])
    body = {"module_id": "indexed", "state": [4.0], "limit": 1}
    (found,) = stage.rest("POST", "/ess/search", body).data
    assert (found["score"], found["ess"]["id"]) == (0.0, made["id"])
    with pytest.raises(NotFound):
        stage.do("ess.upsert", twin=node("indexed"), id=99)


@pytest.mark.covers("avenieca.type.error")
def test_each_refusal_shows_the_servers_own_messages(stage: Stage) -> None:
    stage.twin("refusing", [1.0])
    with pytest.raises(NotFound, match="ESS 77 of refusing not found"):
        stage.do("ess.get_one", twin=node("refusing"), id=77)
    with pytest.raises(Rejected, match="state must be a list of finite numbers"):
        stage.do("ess.create", twin=node("refusing"), state=[1e39])
    stranger = stage.open(api_token="no-such-token")
    with pytest.raises(AuthFailed, match="unauthorized"):
        done(stranger, "ess.get_one", twin=node("refusing"), id=1)
    with (
        stage.server.faults.on("500", path="/v1/ess/refusing/1"),
        pytest.raises(Unavailable, match="internal server error"),
    ):
        done(stage.open(seconds=2.0), "ess.get_one", twin=node("refusing"), id=1)
