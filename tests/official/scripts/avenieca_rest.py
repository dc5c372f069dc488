"""AveniECA's client over REST: every service, right and wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from avenieca.api.eca import ECA
from avenieca.api.model import (
    AggregateError,
    DocumentInsert,
    EmbeddingInputHash,
    EmbeddingInputInsert,
    Error,
    ESSInsert,
    NextStateRequest,
    RetrievalRequest,
    Search,
    SequenceInsert,
)
from avenieca.utils import encode
from judge import Judge

ROOM = {"air_conditioner": 90.0, "air_quality_index": -90.0, "occupancy": -90.0,
        "purifier": 90.0, "temperature": -90.0}  # fmt: skip
STATES = [25.0, 90.0, 10.0, 2.0, 29.0]
SCORES = [9, 1, 3, 14, 1]
SHARE = 1 / 3  # no 32-bit float
SEEDED = "library_g1_temperature"


def refused(status: int) -> Callable[[Any], bool]:
    """A check: the platform's list of errors with this status."""
    return lambda got: got[1] == status and isinstance(got[0], Error) and bool(got[0].errors)


def fine(code: int = 200, /, **expected: Any) -> Callable[[Any], bool]:
    """A check: a model with these fields."""

    def check(got: Any) -> bool:
        return got[1] == code and all(getattr(got[0], n) == v for n, v in expected.items())

    return check


def ids(*wanted: int) -> Callable[[Any], bool]:
    """A check: a list of these ids, in this order."""
    return lambda got: got[1] == 200 and [row.id for row in got[0]] == list(wanted)


class Rest:
    """One account's calls."""

    def __init__(self, judge: Judge, eca: ECA) -> None:
        self.judge = judge
        self.eca = eca

    def run(self) -> None:
        """In the order in which one thing needs another."""
        self.states()
        self.aggregates()
        self.changes()
        self.sequences()
        self.embeddings()
        self.predictions()
        self.documents()
        self.responses()
        self.seeded()

    def states(self) -> None:
        judge, ess = self.judge, self.eca.ess
        for (module, valence), state, score in zip(ROOM.items(), STATES, SCORES, strict=True):
            insert = ESSInsert(state=[state], module_id=module, valence=valence, score=score)
            judge.right("ESS.create", lambda insert=insert: ess.create(insert), fine(
                201, id=1, state=[insert.state[0]], valence=insert.valence, score=insert.score,
                aggregate_id=[], embedding_input=None,
            ))  # fmt: skip
        narrow = ESSInsert(state=[26469.581684007026, SHARE], module_id="btc", valence=1)
        judge.right("ESS.create", lambda: ess.create(narrow),
                    fine(201, state=[26469.582, 0.33333334], valence=1.0))  # fmt: skip
        judge.wrong("ESS.create", lambda: ess.create(replace(narrow, valence="much")),
                    refused(400))  # fmt: skip
        judge.wrong("ESS.create", lambda: ess.create(replace(narrow, state=[float("nan")])),
                    refused(400))  # fmt: skip
        judge.right("ESS.get_one", lambda: ess.get_one("temperature", 1),
                    fine(id=1, state=[29.0], module_id="temperature"))  # fmt: skip
        judge.wrong("ESS.get_one", lambda: ess.get_one("temperature", 2), refused(404))
        judge.wrong("ESS.get_one", lambda: ess.get_one("temperature", "first"), refused(400))
        judge.right("ESS.get_all", lambda: ess.get_all("temperature"), ids(1))
        judge.wrong("ESS.get_all", lambda: ess.get_all("nowhere"), refused(404))
        self.search()

    def search(self) -> None:
        judge, ess = self.judge, self.eca.ess
        for state in ([18, 70, 15, 1, 25], [0, 0, 0, 0, 0]):
            ess.create(ESSInsert(state=state, module_id="weather", valence=0))
        near = Search(module_id="weather", state=[20, 70, 10, 2, 29], limit=5)
        judge.right("ESS.search", lambda: ess.search(near), lambda got: got[1] == 200
                    and [row.ess.id for row in got[0]] == [1, 2]
                    and abs(got[0][0].score - 6.78233) < 1e-5)  # fmt: skip
        same = Search(module_id="btc", state=[26469.581684007026, SHARE])
        judge.right("ESS.search", lambda: ess.search(same),
                    lambda got: [row.score for row in got[0]] == [0.0])  # fmt: skip
        short = Search(module_id="weather", state=[1.0])
        judge.wrong("ESS.search", lambda: ess.search(short), refused(400))
        judge.right("ESS.upsert", lambda: ess.upsert("weather", 1), lambda got: got == (True, 200))
        judge.wrong("ESS.upsert", lambda: ess.upsert("weather", 9), refused(404))

    def aggregates(self) -> None:
        judge, ess = self.judge, self.eca.ess
        asked = ESSInsert(state=[], module_id="aggregate001", valence=0,
                          aggregate_id=[1] * 5, aggregate_module_id=list(ROOM))  # fmt: skip
        judge.right("ESS.create", lambda: ess.create(asked), fine(
            201, id=1, state=STATES, valence=-90.0, score=0, avg_ess_valence=-18.0,
            total_ess_score=28, avg_ess_score=5, aggregate_score=SCORES, aggregate_shape=[1] * 5,
            aggregate_valence=list(ROOM.values()), aggregate_context=[None] * 5,
            aggregate_emb_inp=[None] * 5,
        ))  # fmt: skip
        wrong: Mapping[str, Any] = {
            "total_ess_score": 29, "avg_ess_valence": 1.0, "valence": 3.0, "avg_ess_score": 6,
            "aggregate_id": [1, 1, 1, 1, 7], "aggregate_score": [1],
            "aggregate_module_id": ["nowhere", *list(ROOM)[1:]], "aggregate_shape": [2] * 5,
        }  # fmt: skip
        faults = ("incorrect_total_ess_sore", "incorrect_avg_ess_valence", "incorrect_valence",
                  "incorrect_avg_ess_score", "invalid_ess_db_ids", "field_length_errors",
                  "invalid_module_ids", "ess_mismatch")  # fmt: skip
        for (name, value), fault in zip(wrong.items(), faults, strict=True):
            bad = replace(asked, **{name: value})
            judge.wrong("ESS.create", lambda bad=bad: ess.create(bad), lambda got, fault=fault: (
                got[1] == 400 and isinstance(got[0], AggregateError)
                and bool(getattr(got[0], fault))
            ))  # fmt: skip
        judge.right(
            "ESS.get_all_aggregates",
            lambda: ess.get_all_aggregates("purifier", "aggregate001", 1),
            ids(1),
        )
        ess.create(ESSInsert(state=[3.0], module_id="purifier", valence=1))
        judge.right(
            "ESS.get_all_aggregates",
            lambda: ess.get_all_aggregates("purifier", "aggregate001", 2),
            ids(),
        )
        judge.wrong(
            "ESS.get_all_aggregates",
            lambda: ess.get_all_aggregates("purifier", "aggregate001", 9),
            refused(404),
        )

    def changes(self) -> None:
        judge, ess = self.judge, self.eca.ess
        made, _ = ess.get_one("air_conditioner", 1)
        changed = ESSInsert(state=[11], module_id="air_conditioner", valence=10.0, score=4,
                            context="by hand")  # fmt: skip
        judge.right("ESS.update", lambda: ess.update("air_conditioner", 1, changed), lambda got: (
            fine(state=[11.0], valence=10.0, score=4, context="by hand")(got)
            and got[0].created_at == made.created_at and got[0].updated_at > made.updated_at
        ))  # fmt: skip
        judge.right("ESS.get_one", lambda: ess.get_one("air_conditioner", 1), fine(state=[11.0]))
        judge.wrong("ESS.update", lambda: ess.update("air_conditioner", 9, changed), refused(404))
        moved = replace(changed, module_id="purifier")
        judge.wrong("ESS.update", lambda: ess.update("air_conditioner", 1, moved), refused(400))
        bad = ESSInsert(state=[], module_id="aggregate001", valence=1.5)
        judge.wrong("ESS.update", lambda: ess.update("aggregate001", 1, bad), lambda got: (
            got[1] == 400 and got[0].incorrect_valence != ""
        ))  # fmt: skip

    def sequences(self) -> None:
        judge, sequence, ess = self.judge, self.eca.sequence, self.eca.ess
        judge.right("Sequence.get_all", lambda: sequence.get_all("occupancy"),
                    lambda got: got == ([], 200))  # fmt: skip
        ess.create(ESSInsert(state=[12.0], module_id="occupancy", valence=5))
        for number, instance in enumerate((1, 2, 1), 1):
            insert = SequenceInsert(module_id="occupancy", instance_id=instance)
            judge.right("Sequence.create", lambda insert=insert: sequence.create(insert), fine(
                201, id=number, module_id="occupancy", instance_id=instance, status="n",
                context=None,
            ))  # fmt: skip
        nowhere = SequenceInsert(module_id="occupancy", instance_id=9)
        judge.wrong("Sequence.create", lambda: sequence.create(nowhere), refused(404))
        long = SequenceInsert(module_id="occupancy", instance_id=1, status="far too long")
        judge.wrong("Sequence.create", lambda: sequence.create(long), refused(400))
        judge.right("Sequence.get_all", lambda: sequence.get_all("occupancy"), ids(3, 2, 1))
        judge.wrong("Sequence.get_all", lambda: sequence.get_all("nowhere"), refused(404))
        judge.right("Sequence.get_one", lambda: sequence.get_one("occupancy", 2),
                    fine(instance_id=2))  # fmt: skip
        judge.right("Sequence.get_one", lambda: sequence.get_one("occupancy", -1), fine(id=3))
        judge.wrong("Sequence.get_one", lambda: sequence.get_one("occupancy", 4), refused(404))
        before, _ = sequence.get_one("occupancy", 2)
        skip = SequenceInsert(module_id="occupancy", instance_id=2, status="sk", context="why")
        judge.right("Sequence.update", lambda: sequence.update("occupancy", 2, skip), lambda got: (
            fine(id=2, status="sk", context="why", created_at=before.created_at)(got)
            and got[0].updated_at > before.updated_at
        ))  # fmt: skip
        judge.wrong("Sequence.update", lambda: sequence.update("occupancy", 9, skip), refused(404))
        judge.right("ESS.get_all_sequence", lambda: ess.get_all_sequence("occupancy"),
                    ids(1, 2, 1))  # fmt: skip
        judge.wrong("ESS.get_all_sequence", lambda: ess.get_all_sequence("nowhere"), refused(404))
        judge.right("ESS.get_one_sequence", lambda: ess.get_one_sequence("occupancy", -1),
                    fine(id=1, state=[10.0]))  # fmt: skip
        judge.wrong("ESS.get_one_sequence", lambda: ess.get_one_sequence("occupancy", 9),
                    refused(404))  # fmt: skip

    def embeddings(self) -> None:
        judge, embedding = self.judge, self.eca.embedding
        digest = encode("the inputs", "my_secret")
        insert = EmbeddingInputInsert(module_id="notes", input="the inputs", hash=digest)
        judge.right(
            "Embedding.create",
            lambda: embedding.create(insert),
            fine(201, id=1, module_id="notes", input="the inputs", hash=digest),
        )
        judge.wrong("Embedding.create", lambda: embedding.create(insert), refused(400))
        judge.right("Embedding.get_all", lambda: embedding.get_all("notes"), ids(1))
        judge.wrong("Embedding.get_all", lambda: embedding.get_all("nowhere"), refused(404))
        judge.right("Embedding.get_one", lambda: embedding.get_one("notes", 1), fine(hash=digest))
        judge.wrong("Embedding.get_one", lambda: embedding.get_one("notes", 2), refused(404))
        judge.right("Embedding.get_one_with_hash", lambda: embedding.get_one_with_hash(
            "notes", EmbeddingInputHash(digest)), fine(id=1))  # fmt: skip
        judge.wrong("Embedding.get_one_with_hash", lambda: embedding.get_one_with_hash(
            "notes", EmbeddingInputHash("other")), refused(404))  # fmt: skip
        other = replace(insert, input="Quarter2", hash="h2")
        judge.right("Embedding.update", lambda: embedding.update("notes", 1, other),
                    fine(id=1, input="Quarter2", hash="h2"))  # fmt: skip
        judge.wrong("Embedding.update", lambda: embedding.update("notes", 2, other), refused(404))
        self.texts()
        embedding.create(insert)
        judge.right("Embedding.delete", lambda: embedding.delete("notes", 2),
                    lambda got: got == (True, 200))  # fmt: skip
        judge.wrong("Embedding.delete", lambda: embedding.delete("notes", 2), refused(404))
        judge.right("Embedding.get_all", lambda: embedding.get_all("notes"), ids(1))

    def texts(self) -> None:
        """States that are embeddings, as people read them."""
        judge, ess = self.judge, self.eca.ess
        ess.create(ESSInsert(state=[0.1, 0.2], module_id="notes", valence=1, embedding_input=1))
        judge.right("ESS.get_one_with_embedding", lambda: ess.get_one_with_embedding("notes", 1),
                    fine(id=1, embedding_input=1))  # fmt: skip
        judge.wrong("ESS.get_one_with_embedding", lambda: ess.get_one_with_embedding("notes", 8),
                    refused(404))  # fmt: skip
        judge.right("ESS.get_one_pretty", lambda: ess.get_one_pretty("notes", 1), lambda got: (
            fine(state=None, state_str="Quarter2", state_float=None)(got)
            and got[0].created_at.endswith(" UTC")
        ))  # fmt: skip
        judge.right("ESS.get_one_pretty", lambda: ess.get_one_pretty("temperature", 1),
                    fine(state=None, state_str=None, state_float=29.0))  # fmt: skip
        both = ESSInsert(state=[], module_id="report", valence=0, aggregate_id=[1, 1],
                         aggregate_module_id=["notes", "occupancy"])  # fmt: skip
        ess.create(both)
        judge.right(
            "ESS.get_one_pretty",
            lambda: ess.get_one_pretty("report", 1),
            fine(state=["Quarter2", "10"], aggregate_shape=[2, 1], state_str=None),
        )
        judge.wrong("ESS.get_one_pretty", lambda: ess.get_one_pretty("report", 5), refused(404))

    def predictions(self) -> None:
        judge, cortex, ess = self.judge, self.eca.cortex, self.eca.ess
        for state in (1.0, 2.0, 3.0, 4.0):
            ess.create(ESSInsert(state=[state], module_id="tide", valence=1))
        for instance in (1, 2, 3, 2, 1, 2, 3, 4, 1, 2):
            self.eca.sequence.create(SequenceInsert(module_id="tide", instance_id=instance))
        asked = NextStateRequest(module_id="tide", n=3, store_response=True)
        # Of the earlier 2s the one after 4, 1 has no peer; those after 1 are followed by 3, and
        # the newer of the equals, 2 3 4 1, is the one that goes on.
        judge.right("Cortex.predictions_raw", lambda: cortex.predictions_raw(asked), lambda got: (
            got[1] == 200 and got[0].current_state[0].state == [2.0]
            and [step.list[0].state for step in got[0].next_state] == [[3.0], [4.0], [1.0]]
            and got[0].next_state[0].list[0].aggregate_id == 0
        ))  # fmt: skip
        judge.wrong("Cortex.predictions_raw", lambda: cortex.predictions_raw(
            NextStateRequest(module_id="nowhere")), refused(404))  # fmt: skip
        words = NextStateRequest(module_id="tide", current_state=3, previous_state=[1, 2])
        judge.right("Cortex.predictions", lambda: cortex.predictions(words), lambda got: (
            [twin.state for twin in got[0].next_state[0].list] == ["4"]
        ))  # fmt: skip
        judge.wrong("Cortex.predictions", lambda: cortex.predictions(
            replace(words, current_state=77)), refused(404))  # fmt: skip
        judge.wrong("Cortex.predictions", lambda: cortex.predictions(replace(words, n=0)),
                    refused(400))  # fmt: skip
        kept = replace(words, n=2, store_sequence=True)
        judge.right("Cortex.predictions", lambda: cortex.predictions(kept), fine(200))
        judge.right("Sequence.get_all", lambda: self.eca.sequence.get_all("tide"),
                    lambda got: len(got[0]) == 12)  # fmt: skip

    def responses(self) -> None:
        judge, response = self.judge, self.eca.response
        judge.right("ECAResponse.get_all", response.get_all, ids(1))
        judge.right("ECAResponse.get_one", lambda: response.get_one(1), fine(
            twin_module_id="tide", percept=2, response=3, percept_ess_ids=[2],
            response_ess_ids=[3], percept_names=["tide"], response_names=["tide"],
        ))  # fmt: skip
        judge.wrong("ECAResponse.get_one", lambda: response.get_one(2), refused(404))

    def documents(self) -> None:
        judge, document = self.judge, self.eca.document
        before, _ = document.get_all()
        insert = DocumentInsert(doc_id="tide-note", text="The harbour floods at high tide.")
        made, _ = judge.right("Document.create", lambda: document.create(insert),
                    fine(201, doc_id="tide-note", text=insert.text, status="n"))  # fmt: skip
        judge.right("Document.create", lambda: document.create(replace(insert, embed=True)),
                    fine(201, status="e"))  # fmt: skip
        judge.wrong("Document.create", lambda: document.create(replace(insert, text=None)),
                    refused(400))  # fmt: skip
        judge.right("Document.get_one", lambda: document.get_one(made.id), lambda got: (
            got[0] == made
        ))  # fmt: skip
        judge.wrong("Document.get_one", lambda: document.get_one(10_000), refused(404))
        judge.right("Document.create_from_ess", lambda: document.create_from_ess("notes", 1),
                    lambda got: got[1] == 201 and "Quarter2" in got[0].text)  # fmt: skip
        judge.wrong("Document.create_from_ess", lambda: document.create_from_ess("notes", 5),
                    refused(404))  # fmt: skip
        judge.right("Document.create_from_sequence",
                    lambda: document.create_from_sequence("occupancy", 2),
                    lambda got: got[1] == 201 and "occupancy: 12" in got[0].text)  # fmt: skip
        judge.wrong(
            "Document.create_from_sequence",
            lambda: document.create_from_sequence("occupancy", 50),
            refused(404),
        )
        judge.right("Document.get_all", document.get_all,
                    lambda got: len(got[0]) == len(before) + 4)  # fmt: skip
        changed = replace(insert, text="The harbour stays dry.")
        judge.right("Document.update", lambda: document.update(made.id, changed), lambda got: (
            fine(text=changed.text)(got) and got[0].updated_at > made.updated_at
        ))  # fmt: skip
        judge.wrong("Document.update", lambda: document.update(10_000, changed), refused(404))
        judge.right("Document.embed", lambda: document.embed(made.id), fine(status="e"))
        judge.wrong("Document.embed", lambda: document.embed(10_000), refused(404))
        query = self.eca.retrieval.query
        judge.right("Retrieval.query", lambda: query(RetrievalRequest("Is the harbour dry?")),
                    lambda got: got[0].response.startswith("The harbour stays dry."))  # fmt: skip
        judge.wrong("Retrieval.query", lambda: query(RetrievalRequest(None)), refused(400))
        judge.right("Document.delete", lambda: document.delete(made.id),
                    lambda got: got == (True, 200))  # fmt: skip
        judge.wrong("Document.delete", lambda: document.delete(made.id), refused(404))

    def seeded(self) -> None:
        """The world's twins are there, and hang together."""
        judge, eca = self.judge, self.eca
        rows = judge.right("Sequence.get_all", lambda: eca.sequence.get_all(SEEDED),
                           lambda got: len(got[0]) > 1000)[0]  # fmt: skip
        states = {ess.id: ess for ess in eca.ess.get_all(SEEDED)[0]}
        judge.right("ESS.get_all_sequence", lambda: eca.ess.get_all_sequence(SEEDED), lambda got: (
            [ess.state for ess in got[0]][-1000:]
            == [states[row.instance_id].state for row in rows][-1000:]
        ))  # fmt: skip
