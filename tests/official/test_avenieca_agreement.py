"""What AveniECA's published client reads from the sandbox is what our service reads there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.contract import NodeId, Window
from connectors.sandbox.accounts import ADMIN
from tests.conformance.points import micros, stored
from tests.connectors.avenieca_stage import Stage, node, staged
from tests.official.clients import client_python, run_script

pytestmark = pytest.mark.official

TWIN, OTHER, ABOVE = "room", "corridor", "floor"
QUESTION = "Which room is warm?"


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with staged() as stage:
        yield stage


@pytest.fixture(scope="module")
def names(stage: Stage) -> dict[str, Any]:
    """What the twins of this comparison are made of, as a bare client made it."""
    rest = stage.rest
    words = {"module_id": TWIN, "input": "warm", "hash": "a+/="}
    text = rest("POST", "/embedding", words).data["id"]
    states = [[1.0, 2.0], [0.1, 1 / 3], [5.0, 6.0]]
    made = [rest.ess(TWIN, *state, valence=float(-n)) for n, state in enumerate(states)]
    made.append(rest.ess(TWIN, 7.0, 8.0, embedding_input=text))
    rows = [rest.row(TWIN, one["id"], context="noted") for one in (*made, made[0])]
    (other,) = stage.twin(OTHER, [30.48])
    whole = [
        rest.ess(
            ABOVE,
            valence=0.0,
            aggregate_id=[one["id"], other],
            aggregate_module_id=[TWIN, OTHER],
        )["id"]
        for one in made[:2]
    ]
    for number in (*whole, *whole):
        rest.row(ABOVE, number)
    document = {"doc_id": "note", "text": "The room in the attic is warm.", "embed": True}
    stored_response = {"module_id": ABOVE, "store_response": True}
    rest("POST", "/predictions", stored_response)
    (meter, *_) = stage.server.standin("avenieca").offers()[0].views[0].series
    return {
        "twin": TWIN, "above": ABOVE, "ess": made[0]["id"], "text": text, "whole": whole[0],
        "row": rows[1]["id"], "document": rest("POST", "/document", document).data["id"],
        "hash": words["hash"], "response": rest("GET", "/response").data[-1]["id"],
        "question": QUESTION, "meter": str(meter),
    }  # fmt: skip


@pytest.fixture(scope="module")
def read(stage: Stage, names: dict[str, Any]) -> dict[str, Any]:
    """What the client saw, by function."""
    python = client_python("requirements-avenieca-0.1.4.txt")
    lines = run_script(
        python, "avenieca_agreement.py", stage.settings["uri"], ADMIN.email, ADMIN.password,
        stage.settings["broker"], json.dumps(names),
    )  # fmt: skip
    return {line["function"]: line["saw"] for line in lines}


LISTS = ("ess.get_all", "ess.get_all_sequence", "sequence.get_all", "embedding.get_all")
OF_TWIN = {
    "ess.get_one": {"id": "ess"},
    "ess.get_one_sequence": {},
    "ess.get_one_with_embedding": {"embedding": "text"},
    "sequence.get_one": {"id": "row"},
    "embedding.get_one": {"id": "text"},
    "embedding.get_one_with_hash": {"hash": "hash"},
}
OF_SERVER = {"document.get_one": "document", "response.get_one": "response"}


@pytest.mark.parametrize("name", LISTS)
def test_lists_of_a_twin_agree(stage: Stage, read: dict[str, Any], name: str) -> None:
    assert stage.table(name, twin=node(TWIN)) == read[name]
    assert read[name]


@pytest.mark.parametrize("name", ["document.get_all", "response.get_all"])
def test_lists_of_the_server_agree(stage: Stage, read: dict[str, Any], name: str) -> None:
    assert stage.table(name) == read[name]
    assert read[name]


@pytest.mark.parametrize("name", OF_TWIN)
def test_single_things_of_a_twin_agree(
    stage: Stage, names: dict[str, Any], read: dict[str, Any], name: str
) -> None:
    values = {field: names[which] for field, which in OF_TWIN[name].items()}
    assert stage.do(name, twin=node(TWIN), **values).fields == read[name]


@pytest.mark.parametrize("name", OF_SERVER)
def test_single_things_of_the_server_agree(
    stage: Stage, names: dict[str, Any], read: dict[str, Any], name: str
) -> None:
    assert stage.do(name, id=names[OF_SERVER[name]]).fields == read[name]


def test_states_in_words_and_aggregates_agree(
    stage: Stage, names: dict[str, Any], read: dict[str, Any]
) -> None:
    pretty = stage.do("ess.get_one_pretty", twin=node(ABOVE), id=names["whole"]).fields
    assert pretty == read["ess.get_one_pretty"]
    found = stage.table(
        "ess.get_all_aggregates", twin=node(TWIN), aggregate=node(ABOVE), id=names["ess"]
    )
    assert found == read["ess.get_all_aggregates"]
    assert found


def test_searches_agree(stage: Stage, read: dict[str, Any]) -> None:
    found = stage.table("ess.search", twin=node(TWIN), state=[1.0, 2.5], limit=3)
    assert [(one["distance"], one["id"], one["state"]) for one in found] == [
        (one["score"], one["ess"]["id"], one["ess"]["state"]) for one in read["ess.search"]
    ]


def test_predictions_agree(stage: Stage, read: dict[str, Any]) -> None:
    told = read["cortex.predictions"]
    steps = [told["current_state"], *(step["list"] for step in told["next_state"])]
    rows = stage.table("cortex.predictions", twin=node(ABOVE), n=3)
    assert [(one["step"], one["twin"], one["state"], one["ess_id"]) for one in rows] == [
        (number, part["module_id"], part["state"], part["ess_id"])
        for number, step in enumerate(steps)
        for part in step
    ]
    drawn = stored(stage.do("cortex.predictions_raw", twin=node(ABOVE), n=3))
    raw = [step["list"] for step in read["cortex.predictions_raw"]["next_state"]]
    assert {series: values for series, (_, values) in drawn.items()} == {
        f"twin/{ABOVE}/of/{member}/{place}": [step[part]["state"][place] for step in raw]
        for part, member, place in ((0, TWIN, 0), (0, TWIN, 1), (1, OTHER, 0))
    }


def test_points_agree_with_rows_and_states_joined_by_hand(
    stage: Stage, names: dict[str, Any], read: dict[str, Any]
) -> None:
    rows, states = read["meter"]
    values = {one["id"]: one["state"][0] for one in states}
    expected = sorted(
        (micros(datetime.fromisoformat(row["created_at"])), values[row["instance_id"]])
        for row in rows
    )
    end = datetime.fromtimestamp(expected[-1][0] / 1_000_000, UTC) + timedelta(milliseconds=1)
    window = Window(start=end - timedelta(days=3650), end=end)
    series = NodeId(f"twin/{names['meter']}/state/0")
    found = stored(stage.open().read([series], window))
    assert list(zip(*found[series], strict=True)) == expected
    assert len(expected) > 10_000


def test_the_first_message_of_a_twin_is_its_first_point(stage: Stage, read: dict[str, Any]) -> None:
    (message,) = read["consumer.consume"]
    now = datetime.now(UTC)
    window = Window(start=now - timedelta(hours=1), end=now + timedelta(hours=1))
    series = [NodeId(f"twin/{TWIN}/{one}") for one in ("state/0", "state/1", "valence")]
    found = stored(stage.open().read(series, window))
    assert [found[one][1][0] for one in series] == [*message["state"], message["valence"]]


def test_answers_and_hashes_agree(stage: Stage, read: dict[str, Any]) -> None:
    assert stage.do("retrieval.query", query=QUESTION) == read["retrieval.query"]["response"]
    digest = stage.do("hash.encode", text=QUESTION, secret="my_secret", algorithm="sha512")
    assert digest == read["hash.encode"]


def test_kafkas_own_client_reads_our_signals_and_we_read_its_messages(stage: Stage) -> None:
    python = client_python("requirements-avenieca-0.1.4.txt")
    stage.twin("cellar", [1.0, 2.0])
    for state in ([0.25, 1 / 3], [7.0, 8.0]):
        stage.do("signal.publish", twin=node("cellar"), state=state, valence=9)
    stage.twin("speaker", [1.0, 2.0])
    stage.do("signal.publish", twin=node("speaker"), state=[0.0, 0.0])  # makes the topic
    with stage.open(twin_topic="{twin}_sub").subscribe([NodeId("twin/speaker/state/0")]) as feed:
        seen = run_script(
            python, "avenieca_messages.py", stage.settings["broker"], "cellar_sub", "speaker_sub"
        )
        found: list[tuple[int, float]] = []
        for points in feed:
            found += zip(*stored(iter([points])).popitem()[1], strict=True)
            if len(found) == 3:
                break
    others = {"valence": 9.0, "score": None, "emb_inp": None}
    assert [one["value"] for one in seen] == [
        {"state": state, **others} for state in ([0.25, 1 / 3], [7.0, 8.0])
    ]
    assert [(one["key"], one["headers"], one["offset"]) for one in seen] == [
        (None, [], 0), (None, [], 1),
    ]  # fmt: skip
    start = 1_700_000_000_000_000
    assert found == [(start + 1000 * n, n + 0.5) for n in range(3)]
