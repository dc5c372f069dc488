"""AveniECA's predictions, documents, texts and questions, read back by a bare client."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from connectors.avenieca.acts.texts import encode
from connectors.contract import NodeId
from connectors.errors import NotFound, Rejected
from tests.conformance.points import micros, stored
from tests.connectors.avenieca_stage import Stage, node

SIX = {"id", "doc_id", "text", "status", "created_at", "updated_at"}
ALGORITHMS = ("sha256", "sha384", "sha512", "sha224", "sha1", "md5", "sha3_256", "sha3_224",
              "sha3_512")  # fmt: skip


def aggregate(stage: Stage, module: str) -> list[int]:
    """An aggregate of two twins whose states follow each other: hot, cold, hot, cold."""
    hot, cold = stage.twin(f"{module}_a", [30.0], [10.0])
    (other,) = stage.twin(f"{module}_b", [1.0, 2.0])
    made = [
        stage.rest.ess(
            module,
            valence=0.0,
            aggregate_id=[one, other],
            aggregate_module_id=[f"{module}_a", f"{module}_b"],
        )["id"]
        for one in (hot, cold)
    ]
    for number in (*made, *made):
        stage.rest.row(module, number)
    return made


@pytest.mark.covers("avenieca.cortex.predictions")
def test_the_next_states_come_as_text_twin_by_twin(stage: Stage) -> None:
    hot, cold = aggregate(stage, "told")
    rows = stage.table("cortex.predictions", twin=node("told"), n=3)
    asked = {"module_id": "told", "range": 2, "recall": 2, "n": 3}
    raw = stage.rest("POST", "/predictions", asked).data
    told = [raw["current_state"], *(step["list"] for step in raw["next_state"])]
    assert [(row["step"], row["twin"], row["state"]) for row in rows] == [
        (number, part["module_id"], part["state"])
        for number, step in enumerate(told)
        for part in step
    ]
    assert [row["state"] for row in rows if row["twin"] == "told_a"] == ["10", "30", "10", "30"]
    assert {row["aggregate_id"] for row in rows} == {hot, cold}


@pytest.mark.covers("avenieca.cortex.predictions_raw")
def test_the_next_vectors_are_drawn_beyond_now_at_the_pace_of_the_past(stage: Stage) -> None:
    (meter, *_) = [str(ref) for ref in stage.server.standin("avenieca").offers()[0].views[0].series]
    rows = stage.rest("GET", f"/sequence/{meter}").data
    times = np.sort([micros(datetime.fromisoformat(row["created_at"])) for row in rows])
    now = micros(datetime.now(UTC))
    found = stored(stage.do("cortex.predictions_raw", twin=node(meter), n=5))
    moments, values = found[NodeId(f"twin/{meter}/state/0")]
    assert moments[0] > now
    assert set(np.diff(moments)) == {int(np.median(np.diff(times)))}
    asked = {"module_id": meter, "range": 2, "recall": 2, "n": 5}
    raw = stage.rest("POST", "/predictions/raw", asked).data["next_state"]
    assert values == [step["list"][0]["state"][0] for step in raw]


@pytest.mark.covers("avenieca.cortex.predictions_raw")
def test_an_aggregates_prediction_continues_the_series_of_its_parts(stage: Stage) -> None:
    aggregate(stage, "drawn")
    found = stored(stage.do("cortex.predictions_raw", twin=node("drawn"), n=2, spacing=60))
    assert {series: values for series, (_, values) in found.items()} == {
        "twin/drawn/of/drawn_a/0": [30.0, 10.0],
        "twin/drawn/of/drawn_b/0": [1.0, 1.0],
        "twin/drawn/of/drawn_b/1": [2.0, 2.0],
    }
    for times, _ in found.values():
        assert np.diff(times).tolist() == [60_000_000]


def test_a_twin_without_a_past_has_no_pace(stage: Stage) -> None:
    stage.twin("newborn", [1.0])
    with pytest.raises(Rejected) as refused:
        list(stage.do("cortex.predictions_raw", twin=node("newborn"), n=2))
    assert set(refused.value.fields) == {"spacing"}
    found = stored(stage.do("cortex.predictions_raw", twin=node("newborn"), n=2, spacing=1.5))
    assert len(found[NodeId("twin/newborn/state/0")][0]) == 2


def document(stage: Stage, **others: object) -> dict[str, Any]:
    given: dict[str, object] = {"doc_id": "note", "text": "The cellar is damp.", **others}
    made: dict[str, Any] = stage.do("document.create", **given).fields
    return made


@pytest.mark.covers("avenieca.document.create")
def test_a_document_is_listed_and_embedded_when_asked(stage: Stage) -> None:
    plain, embedded = document(stage), document(stage, embed=True)
    listed = {row["id"]: row for row in stage.rest("GET", "/document").data}
    assert (listed[plain["id"]], listed[embedded["id"]]) == (plain, embedded)
    assert (plain["status"], embedded["status"]) == ("n", "e")


@pytest.mark.covers("avenieca.document.create_from_ess")
def test_a_document_is_made_of_a_state(stage: Stage) -> None:
    (ess,) = stage.twin("described", [30.48])
    made = stage.do("document.create_from_ess", twin=node("described"), id=ess).fields
    assert "30.48" in made["text"]
    assert stage.rest("GET", f"/document/{made['id']}").data == made
    with pytest.raises(NotFound):
        stage.do("document.create_from_ess", twin=node("described"), id=99)


@pytest.mark.covers("avenieca.document.create_from_sequence")
def test_a_document_is_made_of_a_row(stage: Stage) -> None:
    stage.twin("occurred", [7.25])
    row = stage.rest("GET", "/sequence/occurred/-1").data
    made = stage.do("document.create_from_sequence", twin=node("occurred"), id=row["id"]).fields
    assert "7.25" in made["text"]
    assert row["created_at"] in made["text"]
    assert stage.rest("GET", f"/document/{made['id']}").data == made


@pytest.mark.covers("avenieca.document.get_all")
def test_every_document_is_listed_with_its_status(stage: Stage) -> None:
    document(stage, embed=True)
    rows = stage.table("document.get_all")
    assert rows == stage.rest("GET", "/document").data
    assert {row["status"] for row in rows} <= {"n", "e"}


@pytest.mark.covers("avenieca.document.get_one")
def test_one_document_shows_its_six_members(stage: Stage) -> None:
    made = document(stage)
    found = stage.do("document.get_one", id=made["id"]).fields
    assert set(found) == SIX
    assert found == made
    with pytest.raises(NotFound, match="document 9999 not found"):
        stage.do("document.get_one", id=9999)


@pytest.mark.covers("avenieca.document.update")
def test_a_documents_new_text_persists(stage: Stage) -> None:
    made = document(stage)
    shown = stage.do("document.update", id=made["id"], text="The cellar is dry.")
    found = stage.rest("GET", f"/document/{made['id']}").data
    assert shown.fields == found
    assert found["updated_at"] > made["updated_at"]
    moved = {"text": "The cellar is dry.", "updated_at": found["updated_at"]}
    assert found == made | moved


@pytest.mark.covers("avenieca.document.embed")
def test_indexing_a_document_changes_its_status(stage: Stage) -> None:
    made = document(stage)
    assert stage.do("document.embed", id=made["id"]).fields["status"] == "e"
    assert stage.rest("GET", f"/document/{made['id']}").data["status"] == "e"


@pytest.mark.covers("avenieca.document.delete")
def test_a_deleted_document_is_gone_and_a_second_try_is_not_found(stage: Stage) -> None:
    made = document(stage)
    stage.do("document.delete", id=made["id"])
    assert made["id"] not in [row["id"] for row in stage.rest("GET", "/document").data]
    with pytest.raises(NotFound):
        stage.do("document.delete", id=made["id"])


@pytest.mark.covers("avenieca.embedding.create")
def test_a_text_is_registered_under_its_hash_once(stage: Stage) -> None:
    digest = stage.do("hash.encode", text="warm and dry", secret="my_secret")
    made = stage.do("embedding.create", twin=node("texts"), input="warm and dry", hash=digest)
    assert stage.rest("GET", f"/embedding/texts/{made.fields['id']}").data == made.fields
    assert made.fields["hash"] == digest
    with pytest.raises(Rejected, match="already registered"):
        stage.do("embedding.create", twin=node("texts"), input="again", hash=digest)


@pytest.mark.covers("avenieca.embedding.get_all")
def test_every_text_of_a_twin_is_listed(stage: Stage) -> None:
    for number in range(3):
        stage.do("embedding.create", twin=node("many"), input=f"t{number}", hash=f"h{number}")
    rows = stage.table("embedding.get_all", twin=node("many"))
    assert rows == stage.rest("GET", "/embedding/many").data
    assert [row["input"] for row in rows] == ["t0", "t1", "t2"]


@pytest.mark.covers("avenieca.embedding.get_one")
@pytest.mark.covers("avenieca.embedding.get_one_with_hash")
def test_a_text_is_found_by_number_and_by_hash(stage: Stage) -> None:
    made = stage.do("embedding.create", twin=node("found"), input="damp", hash="a+/=").fields
    assert stage.do("embedding.get_one", twin=node("found"), id=made["id"]).fields == made
    by_hash = stage.do("embedding.get_one_with_hash", twin=node("found"), hash="a+/=")
    assert by_hash.fields == made
    with pytest.raises(NotFound):
        stage.do("embedding.get_one_with_hash", twin=node("found"), hash="another")
    with pytest.raises(NotFound):
        stage.do("embedding.get_one", twin=node("found"), id=99)


@pytest.mark.covers("avenieca.embedding.update")
def test_a_texts_new_words_and_hash_persist(stage: Stage) -> None:
    made = stage.do("embedding.create", twin=node("renewed"), input="old", hash="old").fields
    target = {"twin": node("renewed"), "id": made["id"]}
    stage.do("embedding.update", **target, input="new")
    shown = stage.do("embedding.update", **target, hash="new")
    found = stage.rest("GET", f"/embedding/renewed/{made['id']}").data
    assert shown.fields == found
    assert (found["input"], found["hash"]) == ("new", "new")
    assert found["updated_at"] > made["updated_at"]


@pytest.mark.covers("avenieca.embedding.delete")
def test_a_deleted_text_is_gone_from_list_and_hash(stage: Stage) -> None:
    made = stage.do("embedding.create", twin=node("gone"), input="old", hash="old").fields
    stage.do("embedding.delete", twin=node("gone"), id=made["id"])
    assert stage.rest("GET", "/embedding/gone").data == []
    assert stage.rest("GET", "/embedding/gone/hash", {"hash": "old"}).status == 404
    with pytest.raises(NotFound):
        stage.do("embedding.delete", twin=node("gone"), id=made["id"])


@pytest.mark.covers("avenieca.response.get_all")
def test_a_prediction_that_is_kept_is_one_more_response(stage: Stage) -> None:
    aggregate(stage, "kept")
    before = stage.table("response.get_all")
    told = stage.table("cortex.predictions", twin=node("kept"))
    assert stage.table("response.get_all") == before
    assert stage.table("cortex.keep", twin=node("kept")) == told
    after = stage.table("response.get_all")
    assert len(after) == len(before) + 1
    assert after == stage.rest("GET", "/response").data


@pytest.mark.covers("avenieca.response.get_one")
def test_a_response_shows_percept_and_response_with_their_states(stage: Stage) -> None:
    aggregate(stage, "shown")
    stage.do("cortex.keep", twin=node("shown"), store_sequence=True)
    newest = stage.rest("GET", "/response").data[-1]
    found = stage.do("response.get_one", id=newest["id"]).fields
    assert found == newest
    assert found["percept_names"] == found["response_names"] == ["shown_a", "shown_b"]
    assert len(found["percept_ess_ids"]) == len(found["response_ess_ids"]) == 2
    assert stage.rest("GET", "/sequence/shown/-1").data["instance_id"] == found["response"]


@pytest.mark.covers("avenieca.retrieval.query")
def test_a_question_brings_one_text(stage: Stage) -> None:
    document(stage, text="The attic smells of apples.", embed=True)
    answer = stage.do("retrieval.query", query="What does the attic smell of?")
    assert "apples" in answer
    assert answer == stage.rest("POST", "/retrieval", {"query": "What does the attic smell of?"}
                                ).data["response"]  # fmt: skip


@pytest.mark.covers("avenieca.hash.encode")
def test_a_hash_is_the_platforms_and_nine_algorithms_are_known(stage: Stage) -> None:
    expected = "EiYZsA6VnJz6MqpPHqmMMDKpgFM5rkAYsPXuIAJ6SAE="
    assert encode("the inputs", "my_secret") == expected
    asked = {"text": "the inputs", "secret": "my_secret"}
    assert stage.do("hash.encode", **asked) == expected
    hashes = {stage.do("hash.encode", **asked, algorithm=name) for name in ALGORITHMS}
    assert len(hashes) == len(ALGORITHMS)
    for wrong in ("sha3_384", "SHA256", "crc32", ""):
        with pytest.raises(Rejected) as refused:
            stage.do("hash.encode", **asked, algorithm=wrong)
        assert set(refused.value.fields) == {"algorithm"}
