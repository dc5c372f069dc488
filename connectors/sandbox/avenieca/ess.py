"""Distinct states: `/ess` (sections 3, 4 and 5.1)."""

from __future__ import annotations

from typing import Any

import numpy as np
from orjson import Fragment, dumps
from starlette.responses import Response

from connectors.sandbox.avenieca import fields
from connectors.sandbox.avenieca.aggregates import DERIVED, completed, contains
from connectors.sandbox.avenieca.call import CREATED, Call, answer
from connectors.sandbox.avenieca.problems import Problem, missing
from connectors.sandbox.avenieca.texts import readable
from connectors.sandbox.avenieca.times import pretty_stamp
from connectors.sandbox.avenieca.twin import PLAIN, Ess, Twin, described, narrowed

Content = dict[str, Any]
MOST_RESULTS = 100_000
INSERT = {
    "state": fields.states(),
    "module_id": fields.module(),
    "valence": fields.number(),
    "avg_ess_valence": fields.number(0.0),
    "total_ess_score": fields.whole(0),
    "avg_ess_score": fields.whole(0),
    "score": fields.whole(0),
    "embedding_input": fields.whole(None),
    "aggregate_id": fields.wholes(),
    "aggregate_valence": fields.numbers(),
    "aggregate_score": fields.wholes(),
    "aggregate_module_id": fields.texts(),
    "aggregate_shape": fields.wholes(),
    "aggregate_context": fields.texts_or_nulls(),
    "aggregate_emb_inp": fields.wholes_or_nulls(),
    "context": fields.text(None),
}
MEMBERS = ("aggregate_id", "aggregate_module_id")
BLANK = dict.fromkeys(("state", *DERIVED))
"""What an aggregate derives from its members, as not given."""
SEARCH = {
    "module_id": fields.module(),
    "state": fields.states(),
    "limit": fields.natural(1, MOST_RESULTS),
}


def create(call: Call) -> Response:
    """A new ESS, also beside an equal one: callers are expected to search first [G]."""
    given = call.load(INSERT)
    if given["aggregate_id"] or given["aggregate_module_id"]:
        content = completed(call.platform.twins, given)
    else:
        content = _plain(given)
    twin = call.platform.twins.made(given["module_id"])
    return answer(twin.shown(twin.insert(call.platform.now(), _kept(content))), CREATED)


def _plain(given: Content) -> Content:
    """An ESS of one twin as it is stored. Raises Problem 400 for an empty state [G]."""
    if not given["state"]:
        raise Problem(400, "state must not be empty")
    return {**given, "state": narrowed(given["state"])}


def update(call: Call) -> Response:
    """Replaces the fields that were sent and leaves the others."""
    twin, ess = call.twin, _found(call)
    sent = call.load(INSERT, partial=True)
    if sent.get("module_id", twin.module) != twin.module:
        raise Problem(400, f"an ESS of {twin.module} cannot move to another module")
    old = described(twin.module, ess)
    members = {name: sent.get(name) or old[name] for name in MEMBERS}
    if any(members.values()):
        given = {**old, **BLANK, **sent, **members}
        unchanged = all(members[name] == old[name] for name in MEMBERS)
        content = completed(call.platform.twins, given, held=old if unchanged else None)
    else:
        content = _plain({**old, **sent})
    return answer(twin.shown(twin.replace(ess, call.platform.now(), _kept(content))))


def _kept(content: Content) -> Content:
    """The parts that a twin's journal takes."""
    own = {name: content[name] for name in ("state", "valence", "score")}
    return {**own, "rest": {name: content[name] for name in PLAIN}}


def get_all(call: Call) -> Response:
    """Every ESS of a module by id."""
    twin = call.twin
    every = [twin.ess[number] for number in sorted(twin.ess)]
    shown = [twin.shown(ess) for ess in every]
    if "nan" in call.spoiled and every:
        middle = len(every) // 2
        shown[middle] = _without_number(twin, every[middle])
    return answer(shown)


def _without_number(twin: Twin, ess: Ess) -> Fragment:
    """An ESS whose state holds NaN, which JSON has no word for: null."""
    return Fragment(dumps({**described(twin.module, ess), "state": [None, *ess.state[1:]]}))


def get_one(call: Call) -> Response:
    """One ESS."""
    return answer(call.twin.shown(_found(call)))


def _found(call: Call) -> Ess:
    """The ESS of the path; -1 is the newest [G]. Raises Problem 404."""
    number = call.id()
    ess = call.twin.find(number)
    if ess is None:
        raise missing(f"ESS {number} of {call.path['module']}")
    return ess


def get_all_sequence(call: Call) -> Response:
    """The ESS behind each sequence row, newest first."""
    twin = call.twin
    return answer([twin.shown(twin.ess[number]) for number in reversed(twin.rows.ess)])


def get_one_sequence(call: Call) -> Response:
    """The ESS behind one sequence row; -1 is the newest."""
    twin, number = call.twin, call.id("seq")
    row = twin.rows.find(number)
    if row is None:
        raise missing(f"sequence {number} of {twin.module}")
    return answer(twin.shown(twin.ess[row.ess]))


def get_one_with_embedding(call: Call) -> Response:
    """The first ESS that points to an embedding input."""
    twin, number = call.twin, call.id("emb")
    for ess_id in sorted(twin.ess):
        if twin.ess[ess_id].rest["embedding_input"] == number:
            return answer(twin.shown(twin.ess[ess_id]))
    raise missing(f"ESS with embedding input {number} of {twin.module}")


def get_one_pretty(call: Call) -> Response:
    """One ESS with its state as people read it: an aggregate part by part."""
    twin, ess = call.twin, _found(call)
    parts, number, words = readable(call.platform, twin.module, ess)
    return answer(
        {
            **described(twin.module, ess),
            "state": parts,
            "created_at": pretty_stamp(ess.created),
            "updated_at": pretty_stamp(ess.updated),
            "state_float": number,
            "state_str": words,
        }
    )


def get_all_aggregates(call: Call) -> Response:
    """The aggregates that contain an ESS."""
    ess, above = _found(call), call.platform.twins.get(call.path["aggregate"])
    found = (above.ess[number] for number in sorted(above.ess))
    module = call.path["module"]
    return answer([above.shown(one) for one in found if contains(one.rest, module, ess.id)])


def search(call: Call) -> Response:
    """The nearest ESS by Euclidean distance, nearest first."""
    asked = call.load(SEARCH)
    twin = call.platform.twins.get(asked["module_id"])
    wanted = np.array(narrowed(asked["state"]))
    same = [twin.ess[n] for n in sorted(twin.ess) if len(twin.ess[n].state) == wanted.size]
    if not same or not wanted.size:
        raise Problem(400, f"{twin.module} has no state of length {wanted.size}")
    away = np.array([ess.state for ess in same]) - wanted
    distances = np.sqrt(np.sum(away * away, axis=1))
    nearest = np.argsort(distances, kind="stable")[: asked["limit"]].tolist()
    return answer([{"score": float(distances[n]), "ess": twin.shown(same[n])} for n in nearest])


def upsert(call: Call) -> Response:
    """Copies an ESS to the vector index [G]. Search here is exact, so it is found anyway."""
    _found(call)
    return answer(True)  # noqa: FBT003
