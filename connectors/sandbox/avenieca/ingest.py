"""Stream ingestion (section 5.3): what arrives on a twin's topic becomes a state and a row."""

from __future__ import annotations

from typing import Any

import orjson

from connectors.sandbox.avenieca import fields
from connectors.sandbox.avenieca.feeds import DEFAULT_VALENCE
from connectors.sandbox.avenieca.problems import Problem
from connectors.sandbox.avenieca.rows import Row
from connectors.sandbox.avenieca.twin import PLAIN, Twin, narrowed
from connectors.sandbox.avenieca.twins import Twins

INPUT, OUTPUT = "_sub", "_pub"
"""A twin reads the topic with the one ending and writes the one with the other."""
SIGNAL = {
    "state": fields.states(),
    "valence": fields.number(None),
    "score": fields.whole(None),
    "emb_inp": fields.whole(None),
}


def fed(topic: str) -> str | None:
    """The module that a topic feeds; None when it feeds none."""
    module = topic.removesuffix(INPUT)
    good = module != topic and fields.MODULE_ID.fullmatch(module) is not None
    return module if good else None


def ingest(twins: Twins, module: str, message: bytes) -> Row | None:
    """Takes in one message; None for one that is no signal, which a twin leaves aside [G]."""
    try:
        signal = _signal(message)
    except Problem:
        return None
    if not signal["state"]:
        return None  # a client lets [] pass, and an empty state cannot be found again
    valence = DEFAULT_VALENCE if signal["valence"] is None else signal["valence"]
    content = {
        "state": narrowed(signal["state"]),
        "valence": valence,
        "score": signal["score"],
        "rest": {**PLAIN, "embedding_input": signal["emb_inp"]},
    }
    with twins.lock:
        return twins.made(module).signal(twins.clock.now_us(), content)


def _signal(message: bytes) -> dict[str, Any]:
    """The fields of a message, whose state may be a list or a text of one. Raises Problem."""
    given = fields.parsed(message)
    if isinstance(given.get("state"), str):
        try:
            given["state"] = orjson.loads(given["state"])
        except orjson.JSONDecodeError:
            raise Problem(400, "the state is no list") from None
    return fields.checked(given, SIGNAL)


def message(twin: Twin, row: Row, *, as_text: bool) -> bytes:
    """What a twin says of a row: its state, as a list or as text, and its valence."""
    ess = twin.ess[row.ess]
    state: Any = list(ess.state)
    if as_text:
        state = orjson.dumps(state).decode()
    return orjson.dumps({"state": state, "valence": ess.valence})
