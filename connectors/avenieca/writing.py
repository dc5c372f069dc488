"""Writing states (sections 2 and 7): an equal state that is there is used again, then it occurs.

The platform stamps what is written with its own clock, and a sample is a whole state: the series
written are all numbers of one twin, and its valence where that is meant too. Nothing is sent twice:
where an answer is missing we look, and say what is known.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.avenieca import layout
from connectors.avenieca.acts.models import EssValues, whole
from connectors.avenieca.client import NEWEST, Client
from connectors.avenieca.ids import Series
from connectors.avenieca.rows import Ess, Occurrence
from connectors.avenieca.tree import Tree
from connectors.contract import TIME, Written
from connectors.errors import BadAnswer, NotFound, Rejected, Unavailable

NOW = 60_000_000
"""Microseconds by which the clocks may differ: a time further away than this is not now."""
NEUTRAL = 50.0
"""The valence that the platform gives a state of which nobody says one (section 5.1)."""
ALIKE = 20
"""States looked through for an equal one: there may be some of other valences."""
STATUS = "n"
LOST = (Unavailable, BadAnswer)
"""After these nobody knows whether the platform took what was sent."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A state, and its valence where one is given."""

    state: list[float]
    valence: float | None


def write(
    client: Client, tree: Tree, series: Sequence[Series], batches: Iterable[pa.RecordBatch]
) -> Written:
    """Each row becomes an occurrence of its state, now. Raises Rejected, NotFound."""
    module = _module(tree, series)
    accepted = 0
    for sample in _samples(series, batches):
        try:
            _occur(client, module, _stored(client, module, sample))
        except Unavailable as fault:
            if accepted:
                fault.message = f"{fault.message} {accepted} states before it were written."
                fault.args = (fault.message,)
            raise
        accepted += 1
    return Written(accepted=accepted)


def _module(tree: Tree, series: Sequence[Series]) -> str:
    """The twin whose whole state these are. Raises Rejected on `series`, NotFound."""
    modules = {one.module for one in series}
    if len(modules) != 1:
        raise Rejected.on("series", "These series are not of one twin: write a twin at a time.")
    ess = tree.newest(series[0].module)
    if any(one.what not in ("state", "valence") for one in series):
        raise Rejected.on("series", "Only numbers of a state and its valence can be written.")
    if ess and ess.aggregate_module_id:
        raise Rejected.on(
            "series", "An aggregate is made of its twins' states: write to those twins."
        )
    given = {one.place for one in series if one.what == "state" and not one.member}
    length = len(ess.state) if ess else len(given)
    if not given or given != set(range(length)):
        last = layout.name(Series(module=series[0].module, what="state", place=length - 1), ())
        raise Rejected.on(
            "series",
            f"A state is written whole: all {length} numbers of {last} together, and no others.",
        )
    return series[0].module


def _samples(series: Sequence[Series], batches: Iterable[pa.RecordBatch]) -> Iterator[Sample]:
    """A sample a row, checked when its turn comes. Raises Rejected."""
    order = sorted(
        (place for place, one in enumerate(series, 1) if one.what == "state"),
        key=lambda place: series[place - 1].place,
    )
    felt = next((place for place, one in enumerate(series, 1) if one.what == "valence"), None)
    for batch in batches:
        _now(batch.column(0))
        columns = [_finite(batch.column(place)) for place in order]
        valences = batch.column(felt).to_pylist() if felt else [None] * batch.num_rows
        for row, valence in zip(zip(*columns, strict=True), valences, strict=True):
            if all(value is None for value in row):
                continue
            if None in row:
                raise Rejected.on(
                    "value", "A state is written whole: one of its numbers is missing."
                )
            yield Sample(list(row), valence)


def _now(times: pa.Array) -> None:
    """Raises Rejected for times that are not now: the platform takes none."""
    moments = times.cast(TIME).view(pa.int64()).to_numpy()
    if len(moments) and np.abs(moments - time.time_ns() // 1000).max() > NOW:
        raise Rejected.on(
            "time",
            "AveniECA stamps what is written with its own clock, so only now can be written.",
        )


def _finite(values: pa.Array) -> list[float | None]:
    """Raises Rejected for what the platform cannot store as a 32-bit float."""
    if not (pa.types.is_floating(values.type) or pa.types.is_integer(values.type)):
        raise Rejected("AveniECA stores numbers only.", {"value": "This is no number."})
    numbers = values.cast(pa.float64())
    largest = float(np.finfo(np.float32).max)
    if not pc.all(pc.less_equal(pc.abs(numbers), largest), min_count=0).as_py():
        raise Rejected(
            "AveniECA stores finite numbers of 32 bits only.",
            {"value": "This number is too large, or none."},
        )
    found: list[float | None] = numbers.to_pylist()
    return found


def _stored(client: Client, module: str, sample: Sample) -> int:
    """The id of the state: of an equal one, else of a new one."""
    known = _equal(client, module, sample)
    if known is not None:
        return known
    valence = NEUTRAL if sample.valence is None else sample.valence
    try:
        given = {"state": sample.state, "valence": valence}
        return client.ess_create(whole(EssValues, given) | {"module_id": module}).id
    except LOST as fault:
        known = _looked_for(client, module, sample)
        if known is None:
            raise _unsure("state", fault) from None
        return known


def _looked_for(client: Client, module: str, sample: Sample) -> int | None:
    try:
        return _equal(client, module, sample)
    except LOST:
        return None


def _equal(client: Client, module: str, sample: Sample) -> int | None:
    """The state with the same numbers, as the platform keeps them, and the valence if one is given.

    A twin without states of this length has none, which the platform may refuse to look for [G].
    """
    try:
        found = client.ess_search(module, sample.state, ALIKE, repeatable=False)
    except (NotFound, Rejected):
        return None
    return next((one.ess.id for one in found if _same(one.ess, sample)), None)


def _same(ess: Ess, sample: Sample) -> bool:
    """Compared as 32-bit floats: the platform keeps no more (section 2)."""
    if None in ess.state or len(ess.state) != len(sample.state):
        return False
    mine = np.array(sample.state, dtype=np.float32)
    theirs = np.array(ess.state, dtype=np.float32)
    felt = sample.valence is None or ess.valence == sample.valence
    return felt and bool(np.array_equal(mine, theirs))


def _occur(client: Client, module: str, ess: int) -> None:
    """One more row for a state; where its answer is lost, the newest row tells."""
    before = _newest(client, module)
    values = {"module_id": module, "instance_id": ess, "status": STATUS, "context": None}
    try:
        client.row_create(values)
    except LOST as fault:
        after = _looked_at(client, module)
        if after is None or after.instance_id != ess or (before and after.id <= before.id):
            raise _unsure("occurrence", fault) from None


def _looked_at(client: Client, module: str) -> Occurrence | None:
    try:
        return _newest(client, module)
    except LOST:
        return None


def _newest(client: Client, module: str) -> Occurrence | None:
    try:
        return client.row(module, NEWEST)
    except (NotFound, Rejected):
        return None


def _unsure(what: str, fault: Unavailable | BadAnswer) -> Unavailable:
    """What is known when no good answer came."""
    return Unavailable(
        f"{fault.message} Nobody knows whether the {what} was stored: "
        "look at the newest points before you write it again."
    )
