"""Which series a twin has, and where in its states they stand (section 7).

A state says it itself: an aggregate names its twins and how many numbers each one gave.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from connectors.avenieca.ids import Series
from connectors.avenieca.rows import Ess
from connectors.errors import BadAnswer

Places = Mapping[Series, int]


def series_of(ess: Ess) -> tuple[Series, ...]:
    """All series of the twin that has such states. An embedding is no curve: its text is shown."""
    numbers = () if ess.embedding_input is not None else tuple(places(ess))
    words = ("valence", "score", "status")
    whats = ("text", *words) if ess.embedding_input is not None else words
    return (*numbers, *(Series(module=ess.module_id, what=what) for what in whats))


def places(ess: Ess) -> Places:
    """Where in the state each number's series stands."""
    parts = shape(ess.aggregate_module_id, ess.aggregate_shape, len(ess.state))
    return _placed(ess.module_id, parts, len(ess.state))


def shape(
    members: Sequence[str] | None, sizes: Sequence[int] | None, length: int
) -> tuple[tuple[str, int], ...]:
    """An aggregate's twins with how many numbers each gave; none for a twin of its own.

    Raises BadAnswer when they do not make the state.
    """
    if not members:
        return ()
    if len(members) != len(sizes or ()) or sum(sizes or ()) != length or min(sizes or (0,)) < 0:
        raise BadAnswer("AveniECA answered an aggregate whose parts do not make its state.")
    return tuple(zip(members, sizes or (), strict=True))


def in_order(module: str, parts: Iterable[tuple[str, int]], length: int) -> Iterator[Series]:
    """The series of a state's numbers, number after number; `parts` as `shape` gives them."""
    given: Counter[str] = Counter()
    for member, size in parts or (("", length),):
        for _ in range(size):
            yield Series(module=module, what="state", member=member, place=given[member])
            given[member] += 1


def _placed(module: str, parts: Iterable[tuple[str, int]], length: int) -> Places:
    return {series: at for at, series in enumerate(in_order(module, parts, length))}


class Picker:
    """Takes the numbers of some series out of states, whatever shape each one has."""

    def __init__(self, wanted: Sequence[Series]) -> None:
        self._wanted = wanted
        self._known: dict[tuple[Any, ...], tuple[int | None, ...]] = {}

    def places(self, row: Mapping[str, Any]) -> tuple[int | None, ...]:
        """Where each series stands in this state; None: it has no such number.

        Raises BadAnswer for a row that is no state.
        """
        state = row.get("state")
        members = row.get("aggregate_module_id") or ()
        sizes = row.get("aggregate_shape") or ()
        shaped = _all(members, str) and _all(sizes, int)
        if not (isinstance(state, list | tuple) and shaped):
            raise BadAnswer("AveniECA's list holds a state that is none.")
        key = (len(state), tuple(members), tuple(sizes))
        if key not in self._known:
            self._known[key] = self._found(len(state), members, sizes)
        return self._known[key]

    def _found(
        self, length: int, members: Sequence[str], sizes: Sequence[int]
    ) -> tuple[int | None, ...]:
        module = self._wanted[0].module if self._wanted else ""
        found = _placed(module, shape(members, sizes, length), length)
        return tuple(found.get(one) for one in self._wanted)


def _all(found: Any, kind: type) -> bool:
    return isinstance(found, list | tuple) and all(type(one) is kind for one in found)


def name(series: Series, among: Iterable[Series]) -> str:
    """`M`, `M[2]`, `M/N`, `M/N[0]` or `M.valence`: as the reference spells them (section 7)."""
    if series.what != "state":
        return f"{series.module}.{series.what}"
    alike = [one for one in among if (one.what, one.member) == ("state", series.member)]
    home = f"{series.module}/{series.member}" if series.member else series.module
    return home if len(alike) <= 1 else f"{home}[{series.place}]"
