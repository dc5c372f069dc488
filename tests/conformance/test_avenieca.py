"""AveniECA, on its stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from connectors.contract import NodeId
from connectors.operations import Record, operations
from tests.conformance import sandbox_avenieca as sandbox
from tests.conformance.subject import Known, Opened, Subject, Values
from tests.conformance.suite import Conformance
from tests.sandbox.avenieca.wire import Rest
from tests.sandbox.server import SandboxServer

CALLED, ABOVE = f"twin/{sandbox.CALLED}", f"twin/{sandbox.ABOVE}"
_fresh = count()


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer("avenieca") as server:
        yield server


@pytest.fixture(scope="module")
def rest(server: SandboxServer) -> Rest:
    return sandbox.furnished(server)


@pytest.fixture(scope="module")
def service(server: SandboxServer, rest: Rest) -> Subject:
    return Subject(kind="avenieca", settings=sandbox.settings(server), address="uri")


@pytest.fixture(scope="module")
def exempt() -> dict[str, str]:
    return {
        "test_pages_without_end_come_to_an_end": (
            "the platform has no pages: ours are cut from one state, and end with it"
        ),
        "test_a_secret_parameter_is_in_no_refusal": (
            "hash.encode is computed here and every key is right, so nothing refuses it; that no "
            "error tells the key is in tests/connectors/test_avenieca_operations.py"
        ),
    }


def done(opened: Opened, name: str, **values: object) -> dict[str, object]:
    """The fields of the record that an operation gives."""
    named = {one.name: one for one in operations(type(opened))}
    made = named[name].call(opened, values)
    assert isinstance(made, Record)
    return dict(made.fields)


def a_text(opened: Opened) -> dict[str, object]:
    made = done(opened, "embedding.create", twin=CALLED, input="warm", hash=f"h{next(_fresh)}")
    return {"twin": CALLED, "id": made["id"]}


def a_document(opened: Opened) -> dict[str, object]:
    return {"id": done(opened, "document.create", doc_id="note", text="The room is warm.")["id"]}


def a_response(opened: Opened) -> dict[str, object]:
    named = {one.name: one for one in operations(type(opened))}
    named["cortex.keep"].call(opened, {"twin": CALLED})
    return {"id": -1}


def of_a_text(opened: Opened) -> dict[str, object]:
    made = a_text(opened)
    state = {"state": [5.0, float(next(_fresh))], "embedding_input": made["id"]}
    done(opened, "ess.create", twin=CALLED, **state)
    return {"twin": CALLED, "embedding": made["id"]}


def by_hash(opened: Opened) -> dict[str, object]:
    made = a_text(opened)
    found = done(opened, "embedding.get_one", **made)
    return {"twin": CALLED, "hash": found["hash"]}


CALLS: dict[str, Values] = {
    "ess.get_one": lambda opened: {"twin": CALLED, "id": 1},  # first: it asks at once
    "ess.get_all": lambda opened: {"twin": CALLED},
    "ess.create": lambda opened: {"twin": CALLED, "state": [3.0, 4.0], "valence": 10.0},
    "ess.update": lambda opened: {"twin": CALLED, "id": 1, "context": "changed"},
    "sequence.get_all": lambda opened: {"twin": CALLED},
    "embedding.get_all": lambda opened: {"twin": CALLED},
    "document.get_all": lambda opened: {},
    "document.get_one": a_document,
    "document.create": lambda opened: {"doc_id": "note", "text": "Warm.", "embed": "true"},
    "document.update": lambda opened: a_document(opened) | {"text": "Cold."},
    "response.get_one": a_response,
    "document.delete": a_document,
    "embedding.delete": a_text,
    "ess.get_all_sequence": lambda opened: {"twin": CALLED},
    "ess.get_one_sequence": lambda opened: {"twin": CALLED, "row": "-1"},
    "ess.get_one_with_embedding": of_a_text,
    "ess.get_one_pretty": lambda opened: {"twin": ABOVE, "id": 1},
    "ess.get_all_aggregates": lambda opened: {"twin": CALLED, "aggregate": ABOVE, "id": 1},
    "ess.search": lambda opened: {"twin": CALLED, "state": ["1", "2"]},
    "ess.upsert": lambda opened: {"twin": CALLED, "id": 1},
    "cortex.predictions": lambda opened: {"twin": CALLED, "n": 2},
    "cortex.predictions_raw": lambda opened: {"twin": CALLED, "n": 3, "spacing": 60},
    "cortex.keep": lambda opened: {"twin": CALLED},
    "document.create_from_ess": lambda opened: {"twin": CALLED, "id": 1},
    "document.create_from_sequence": lambda opened: {"twin": CALLED, "id": -1},
    "document.embed": a_document,
    "embedding.get_one_with_hash": by_hash,
    "retrieval.query": lambda opened: {"query": "Which room is warm?"},
    "hash.encode": lambda opened: {"text": "the inputs", "secret": "my_secret"},
    "signal.publish": lambda opened: {"twin": CALLED, "state": [1.0, 2.0], "valence": 9.0},
    "signal.repeat": lambda opened: {
        "twin": CALLED, "states": [[1.0, 2.0], [2.0, 3.0]], "times": 3, "pace": 0.05,
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def known(server: SandboxServer, rest: Rest) -> Known:
    first, second = sandbox.meters(server)
    return Known(
        folder=NodeId(f"twin/{sandbox.WIDE}"),
        children=sandbox.CROWD + sandbox.COMPANIONS,
        missing=NodeId("twin/nowhere"),
        missing_series=NodeId("twin/nowhere/state/0"),
        series=(NodeId(f"twin/{first}/state/0"), NodeId(f"twin/{second}/state/0")),
        window=sandbox.WINDOW,
        rows=len(sandbox.points(rest, first, sandbox.WINDOW)),
        long=sandbox.LONG,
        writable=NodeId(f"twin/{sandbox.WRITTEN}/state/0"),
        live=NodeId(f"twin/{sandbox.TOLD}/state/0"),
        calls=CALLS,
    )


class TestAveniECA(Conformance):
    """Exempt are two promises, see above."""
