"""An ESS made of other twins' ESS: the formulas of section 5.1, and what may be wrong with one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.sandbox.avenieca.problems import AggregateFaults
from connectors.sandbox.avenieca.twin import Ess
from connectors.sandbox.avenieca.twins import Twins

Content = dict[str, Any]
CLOSE = 1e-6  # relative: values travel as 32-bit floats
LISTS = ("aggregate_valence", "aggregate_score", "aggregate_shape", "aggregate_context",
         "aggregate_emb_inp")  # fmt: skip
DERIVED = (*LISTS, "valence", "avg_ess_valence", "total_ess_score", "avg_ess_score")
TOTALS = {
    "valence": "incorrect_valence",
    "avg_ess_valence": "incorrect_avg_ess_valence",
    "total_ess_score": "incorrect_total_ess_sore",
    "avg_ess_score": "incorrect_avg_ess_score",
}


@dataclass(frozen=True, slots=True)
class Member:
    """One ESS of an aggregate, with its score when it was taken in."""

    module: str
    ess: Ess
    score: int


def aggregate(members: Sequence[Member]) -> Content:
    """State, valence and the derived fields. `members` is not empty."""
    valences = [member.ess.valence for member in members]
    total = sum(member.score for member in members)
    return {
        "state": [value for member in members for value in member.ess.state],
        "valence": math.fsum(valences),
        "avg_ess_valence": math.fsum(valences) / len(members),
        "total_ess_score": total,
        "avg_ess_score": int(total / len(members)),
        "embedding_input": None,
        "context": None,
        "aggregate_id": [member.ess.id for member in members],
        "aggregate_module_id": [member.module for member in members],
        "aggregate_score": [member.score for member in members],
        "aggregate_valence": valences,
        "aggregate_shape": [len(member.ess.state) for member in members],
        "aggregate_context": [member.ess.rest["context"] for member in members],
        "aggregate_emb_inp": [member.ess.rest["embedding_input"] for member in members],
    }


def completed(twins: Twins, given: Content, held: Content | None = None) -> Content:
    """An insert with its derived fields computed; given ones must agree, where 0, [] and null
    count as not given [G]. An update that keeps the members agrees with what is `held`: their
    scores may have moved on since. Raises AggregateProblem."""
    faults = AggregateFaults()
    _measure(given, faults)
    faults.check()
    computed = held or aggregate(_members(twins, given, faults))
    _compare(given, computed, faults)
    faults.check()
    own = {name: given[name] for name in ("module_id", "score", "embedding_input", "context")}
    return {**computed, **own}


def _measure(given: Content, faults: AggregateFaults) -> None:
    """Every list that is given describes as many twins as there are ids."""
    wanted = len(given["aggregate_id"])
    for name in ("aggregate_module_id", *LISTS):
        found = len(given[name] or ())
        if found != wanted and (found or name == "aggregate_module_id"):
            faults.field_length_errors.append(f"{name} has {found} entries, not {wanted}")


def _members(twins: Twins, given: Content, faults: AggregateFaults) -> list[Member]:
    """Raises AggregateProblem for modules and ids that do not exist."""
    members = []
    pairs = zip(given["aggregate_module_id"], given["aggregate_id"], strict=True)
    for place, (module, ess_id) in enumerate(pairs):
        ess = _member(twins, module, ess_id, faults)
        if ess is None:
            faults.module_id_position.append(f"{module} at {place}")
            faults.verifying_ess_exists.append(f"{module} has no ESS {ess_id}")
        else:
            members.append(Member(module, ess, ess.score))
    if len(members) < len(given["aggregate_id"]):
        faults.ess_from_aggregate = "an ESS of the aggregate does not exist"
    faults.check()
    return members


def _member(twins: Twins, module: str, ess_id: int, faults: AggregateFaults) -> Ess | None:
    if module not in twins:
        faults.invalid_module_ids.append(module)
        return None
    ess = twins.get(module).ess.get(ess_id)
    if ess is None:
        faults.invalid_ess_db_ids.append(ess_id)
    return ess


def _compare(given: Content, computed: Content, faults: AggregateFaults) -> None:
    for name in ("state", *LISTS):
        if given[name] and not _alike(given[name], computed[name]):
            faults.ess_mismatch.append(f"{name} must be {computed[name]}")
    for name, fault in TOTALS.items():
        if given[name] and not _close(given[name], computed[name]):
            setattr(faults, fault, f"{name} must be {computed[name]}, not {given[name]}")


def _alike(one: Sequence[Any], other: Sequence[Any]) -> bool:
    pairs = zip(one, other, strict=False)
    return len(one) == len(other) and all(_close(mine, yours) for mine, yours in pairs)


def _close(one: Any, other: Any) -> bool:
    if not isinstance(one, int | float) or not isinstance(other, int | float):
        return bool(one == other)
    return math.isclose(one, other, rel_tol=CLOSE)


def contains(rest: Mapping[str, Any], module: str, ess_id: int) -> bool:
    """Whether an ESS is an aggregate of the one with that id."""
    return (module, ess_id) in zip(rest["aggregate_module_id"], rest["aggregate_id"], strict=True)
