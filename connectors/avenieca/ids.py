"""Node ids: `twin/room` for a twin, `twin/room/state/0` and its like for a series of it.

    twin/M/state/0       the first number of the state
    twin/M/of/N/0        in an aggregate: the first number that comes from twin N
    twin/M/valence       the valence of each state, as it is now
    twin/M/score         the score of each state, as it is now
    twin/M/status        the status of each occurrence, a text
    twin/M/text          of a twin whose states are embeddings: the text behind each

An aggregate's numbers are named by their twin, since their order is the order of its list of twins.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from connectors.contract import NodeId
from connectors.errors import NotFound

_NAME = r"(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]{1,180}"
MODULE = re.compile(_NAME)
"""Module ids go into addresses unquoted (section 9); two of them fit an id of 400 characters."""
LARGEST = 65_535
COMPANIONS = ("valence", "score", "status", "text")

_TWIN = re.compile(rf"twin/({_NAME})")
_SERIES = re.compile(
    rf"twin/({_NAME})/(?:(state)/(0|[1-9]\d{{0,4}})|of/({_NAME})/(0|[1-9]\d{{0,4}})"
    rf"|({'|'.join(COMPANIONS)}))"
)


@dataclass(frozen=True, slots=True)
class Twin:
    """A module of the platform."""

    module: str

    @property
    def id(self) -> NodeId:
        return NodeId(f"twin/{self.module}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One number of a twin's state, or what accompanies the state: then `what` says which."""

    module: str
    what: str
    """`state`, or one of the companions."""
    member: str = ""
    """The twin of an aggregate that the number comes from."""
    place: int = 0
    """Counted within the state, or within what comes from the member."""

    @property
    def id(self) -> NodeId:
        home = f"twin/{self.module}"
        if self.what != "state":
            return NodeId(f"{home}/{self.what}")
        if self.member:
            return NodeId(f"{home}/of/{self.member}/{self.place}")
        return NodeId(f"{home}/state/{self.place}")


def parse(id: NodeId) -> Twin | Series:
    """Raises NotFound for whatever this service has not minted."""
    if found := _TWIN.fullmatch(id):
        return Twin(found[1])
    found = _SERIES.fullmatch(id)
    place = int((found[3] or found[5] or 0) if found else 0)
    if found is None or place > LARGEST:
        raise NotFound("AveniECA has nothing under this name.")
    what = found[6] or "state"
    return Series(module=found[1], what=what, member=found[4] or "", place=place)


def twin(id: NodeId) -> str:
    """The module id of a twin's node. Raises NotFound for any other."""
    found = parse(id)
    if isinstance(found, Series):
        raise NotFound("This is a series of a twin on AveniECA, not the twin itself.")
    return found.module


def series(ids: Iterable[NodeId]) -> tuple[Series, ...]:
    """Each series once, in the order asked. Raises NotFound for an id that is no series."""
    found = dict.fromkeys(parse(one) for one in ids)
    chosen = tuple(ref for ref in found if isinstance(ref, Series))
    if len(chosen) < len(found):
        raise NotFound("This is a twin on AveniECA, not a series of points.")
    return chosen
