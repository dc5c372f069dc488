"""What the functions on data ask for: series by id or by name, a window, widths, units, a zone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import quote_plus

from pydantic import Field

from connectors.bemserver import ids
from connectors.bemserver.data import Chosen, Shown
from connectors.bemserver.reading import SERIES_PER_REQUEST
from connectors.contract import NodeId, Window
from connectors.errors import Rejected

NAMES = 1500
"""Characters of all names together, as they stand in an address (section 1.5)."""

Series = Annotated[NodeId, Field(title="Series", description="Which one.", max_length=100)]
Others = Annotated[
    list[NodeId],
    Field(
        title="More series",
        description="Their ids, such as timeseries/3@1; all of the same data state.",
        max_length=SERIES_PER_REQUEST - 1,
    ),
]
Campaign = Annotated[NodeId, Field(title="Campaign", description="Whose.", max_length=100)]
Names = Annotated[
    list[str],
    Field(
        title="Names",
        description="Of series of this campaign.",
        min_length=1,
        max_length=SERIES_PER_REQUEST,
    ),
]
State = Annotated[
    str | None,
    Field(
        title="Data",
        description="Raw, Clean or another data state; the connection's own when nothing is said.",
        max_length=80,
    ),
]
Start = Annotated[datetime, Field(title="From", description="The first time that counts.")]
End = Annotated[
    datetime, Field(title="Until", description="The first time that does not count any more.")
]
Zone = Annotated[
    str,
    Field(
        title="Time zone",
        description="In which times are written and days begin, such as Europe/Paris.",
        max_length=80,
    ),
]
Units = Annotated[
    list[str],
    Field(
        title="Units",
        description="One for each series, in their order; nothing at all leaves every unit as is.",
        max_length=SERIES_PER_REQUEST,
    ),
]
Width = Literal[
    "1 second", "1 minute", "5 minutes", "10 minutes", "15 minutes", "20 minutes", "30 minutes",
    "1 hour", "2 hours", "3 hours", "4 hours", "6 hours", "8 hours", "12 hours",
    "1 day", "1 week", "1 month", "1 year",
]  # fmt: skip
"""Widths that do not divide a day come back empty, so they are not offered (section 3.6)."""
BucketWidth = Annotated[
    Width,
    Field(title="Width", description="Of a bucket; days and longer begin at local midnight."),
]


def by_number(first: NodeId, others: Sequence[NodeId]) -> Chosen:
    """Raises NotFound for what is no series, Rejected on `others` for two data states."""
    found = ids.series((first, *others))
    if len({one.state for one in found}) > 1:
        raise Rejected.on(
            "others", "All series have to be of one data state: the number behind their @."
        )
    return Chosen(tuple(one.number for one in found), found[0].state)


def by_name(campaign: NodeId, names: Sequence[str], state: int) -> Chosen:
    """Raises NotFound for what is no campaign, Rejected on `names` for too many at once."""
    if sum(len(quote_plus(name)) for name in names) > NAMES:
        raise Rejected.on(
            "names", "These names are longer than one address may be. Ask for fewer at once."
        )
    return Chosen(tuple(dict.fromkeys(names)), state, ids.number(campaign, "campaign"))


def window(start: datetime, end: datetime) -> Window:
    """Raises Rejected on `end_time`."""
    if end <= start:
        raise Rejected.on("end_time", "This has to be later than the start.")
    return Window(start=start, end=end)


def shown(chosen: Chosen, timezone: str, units: Sequence[str]) -> Shown:
    """Raises Rejected on `convert_to` unless there is a unit for each series, or none at all."""
    if units and len(units) != len(chosen.labels):
        raise Rejected.on(
            "convert_to", "Give one unit for each series, in their order, or none at all."
        )
    return Shown(timezone=timezone, units=tuple(units))


def width_of(width: Width) -> tuple[int, str]:
    """`5 minutes` as 5 and `minute`."""
    count, _, unit = width.partition(" ")
    return int(count), unit.removesuffix("s")


def grouped(numbers: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """As many series as one request takes."""
    for first in range(0, len(numbers), SERIES_PER_REQUEST):
        yield numbers[first : first + SERIES_PER_REQUEST]
