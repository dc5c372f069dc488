"""Node ids: `site/12` for an element, `timeseries/44@1` for a series in data state 1.

The data state is a part of a series' id because Raw and Clean are two different rows of points
(section 3.4): were it only a setting, changing it would mix both in the archive. It is the state's
number, since an administrator may rename a state.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from connectors.contract import NodeId
from connectors.errors import NotFound

LARGEST = 2**31 - 1
"""PostgreSQL's integer: the server answers 500 to anything above."""

SERIES = "timeseries"
UNPLACED = "unplaced"
SCOPE = "scope"

_ELEMENT = re.compile(r"(campaign|scope|unplaced|site|building|storey|space|zone)/([1-9]\d{0,9})")
_SERIES = re.compile(r"timeseries/([1-9]\d{0,9})@([1-9]\d{0,9})")


@dataclass(frozen=True, slots=True)
class Element:
    """A folder of the tree: `word` is its type, `number` the platform's id."""

    word: str
    number: int

    @property
    def id(self) -> NodeId:
        return NodeId(f"{self.word}/{self.number}")


@dataclass(frozen=True, slots=True)
class Series:
    """One series in one data state."""

    number: int
    state: int

    @property
    def id(self) -> NodeId:
        return NodeId(f"{SERIES}/{self.number}@{self.state}")


def parse(id: NodeId) -> Element | Series:
    """Raises NotFound for whatever this service has not minted."""
    if (found := _SERIES.fullmatch(id)) and max(map(int, found.groups())) <= LARGEST:
        return Series(int(found[1]), int(found[2]))
    if (found := _ELEMENT.fullmatch(id)) and int(found[2]) <= LARGEST:
        return Element(found[1], int(found[2]))
    raise NotFound("BEMServer has nothing under this name.")


def series(ids: Iterable[NodeId]) -> tuple[Series, ...]:
    """Each series once, in the order asked. Raises NotFound for an id that is no series."""
    found = dict.fromkeys(parse(one) for one in ids)
    chosen = tuple(ref for ref in found if isinstance(ref, Series))
    if len(chosen) < len(found):
        raise NotFound("This is a folder on BEMServer, not a series of points.")
    return chosen
