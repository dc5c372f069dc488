"""Predictions: `/predictions` (section 5.4). The model is ours [G], simple and deterministic.

A twin does next what it did the last time it was in the same place: of the earlier moments whose
state is nearest to the current one, the moment counts whose predecessors are nearest to the
current predecessors (the newest of equals), and what followed it is the prediction. That is done
again from there, `n` times. A twin with no such past stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from starlette.responses import Response

from connectors.sandbox.avenieca import fields, response
from connectors.sandbox.avenieca.call import Call, answer
from connectors.sandbox.avenieca.problems import missing
from connectors.sandbox.avenieca.texts import embedded, parts, pieces, spelt
from connectors.sandbox.avenieca.twin import Ess, Twin

Values = NDArray[np.float64]
MOST_STEPS, MOST_RECALL = 1_000, 100
PREDICTED = "p"
"""[G] The status of a stored prediction's row, a tag that newer demos write."""
REQUEST = {
    "module_id": fields.module(),
    "range": fields.natural(2, MOST_RECALL),
    "recall": fields.natural(2, MOST_RECALL),
    "n": fields.natural(1, MOST_STEPS),
    "status": fields.tag(None),
    "current_state": fields.whole(None),
    "previous_state": fields.wholes(None),
    "store_response": fields.flag(),
    "store_sequence": fields.flag(),
}


def predictions(call: Call) -> Response:
    """The next states as text."""
    return _predicted(call, raw=False)


def predictions_raw(call: Call) -> Response:
    """The next states as vectors."""
    return _predicted(call, raw=True)


def _predicted(call: Call, *, raw: bool) -> Response:
    asked = call.load(REQUEST)
    twin = call.platform.twins.get(asked["module_id"])
    current = _current(twin, asked["current_state"])
    path = Past(twin, asked["status"]).path(
        [*_previous(twin, asked), current.id], asked["recall"], asked["n"]
    )
    following = [twin.ess[number] for number in path]
    _store(call, asked, twin, current, following)
    return answer(
        {
            "current_state": _twins(call, twin, current, raw=raw),
            "next_state": [{"list": _twins(call, twin, ess, raw=raw)} for ess in following],
        }
    )


def _current(twin: Twin, wanted: int | None) -> Ess:
    """The ESS asked for, or the one of the newest row. Raises Problem 404."""
    newest = twin.rows.find(-1)
    number = newest.ess if wanted is None and newest else wanted
    ess = None if number is None else twin.ess.get(number)
    if ess is None:
        raise missing(f"current state of {twin.module}")
    return ess


def _previous(twin: Twin, asked: fields.Body) -> list[int]:
    """What came before, oldest first [G]: as given, or the `range` rows before the newest."""
    if asked["previous_state"] is None:
        return twin.rows.ess[-asked["range"] - 1 : -1].tolist()
    for number in asked["previous_state"]:
        if number not in twin.ess:
            raise missing(f"ESS {number} of {twin.module}")
    return list(asked["previous_state"])


class Past:
    """The rows of a twin as vectors. States of another length than the others are far from all."""

    def __init__(self, twin: Twin, status: str | None) -> None:
        self._twin = twin
        self._ess = twin.rows.with_status(status)
        self._width = max((len(ess.state) for ess in twin.ess.values()), default=0)
        known, places = np.unique(self._ess, return_inverse=True)
        table = np.array([self._vector(number) for number in known.tolist()])
        self._states = table.reshape(-1, self._width)[places]

    def _vector(self, number: int) -> Values:
        state = self._twin.ess[number].state
        padding = (0, self._width - len(state))
        return np.pad(np.array(state), padding, constant_values=np.finfo(np.float32).max)

    def path(self, behind: list[int], recall: int, steps: int) -> list[int]:
        """The next ESS ids after those of `behind`, whose last one is the current."""
        found = list(behind)
        for _ in range(steps):
            found.append(self._next(found[-recall - 1 :]))
        return found[len(behind) :]

    def _next(self, behind: Sequence[int]) -> int:
        if len(self._ess) < 2:
            return behind[-1]
        here = self._away(self._states[:-1], behind[-1])
        places = np.flatnonzero(here == here.min())
        unlike = np.zeros(places.size)
        for back, number in enumerate(reversed(behind[:-1]), 1):
            at = np.maximum(places - back, 0)
            unlike += self._away(self._states[at], number)
        best = places[np.flatnonzero(unlike == unlike.min())[-1]]
        return int(self._ess[best + 1])

    def _away(self, states: Values, number: int) -> Values:
        """Euclidean distances to an ESS."""
        apart = states - self._vector(number)
        distances: Values = np.sqrt(np.sum(apart * apart, axis=1))
        return distances


def _twins(call: Call, twin: Twin, ess: Ess, *, raw: bool) -> list[dict[str, Any]]:
    """An ESS as the platform shows it here: an aggregate as its twins."""
    if not ess.rest["aggregate_id"]:
        words = embedded(call.platform, twin.module, ess.rest["embedding_input"])
        state = list(ess.state) if raw else words or spelt(ess.state)
        return [_one(0, ess.id, twin.module, state)]
    states: Sequence[Any] = pieces(ess) if raw else parts(call.platform, ess)
    members = zip(ess.rest["aggregate_id"], ess.rest["aggregate_module_id"], states, strict=True)
    return [_one(ess.id, *member) for member in members]


def _one(aggregate: int, ess: int, module: str, state: Any) -> dict[str, Any]:
    return {"aggregate_id": aggregate, "ess_id": ess, "module_id": module, "state": state}


def _store(
    call: Call, asked: fields.Body, twin: Twin, current: Ess, following: Sequence[Ess]
) -> None:
    if asked["store_response"]:
        response.store(call.platform, twin.module, current, following[0])
    if asked["store_sequence"]:
        for ess in following:
            twin.occur(ess, call.platform.now(), PREDICTED, None)
