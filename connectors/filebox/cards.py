"""The card of a file: how it is read, what it holds, and what was odd about it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from connectors.errors import NotFound
from connectors.filebox.box import Box, Entry
from connectors.filebox.descriptions import Description
from connectors.filebox.parsing import Counts
from connectors.filebox.shelving import Shelf


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What was made of a file when it was described."""

    description: Description
    series: tuple[Shelf, ...]
    counts: Counts
    ragged: int

    def document(self) -> dict[str, Any]:
        return {
            "description": self.description.model_dump(exclude_none=True),
            "series": [shelf.document() for shelf in self.series],
            "counts": asdict(self.counts),
            "ragged": self.ragged,
        }

    def shelf(self, key: str) -> Shelf:
        """One series. Raises NotFound when the file has it no longer."""
        found = next((shelf for shelf in self.series if shelf.key == key), None)
        if found is None:
            raise NotFound("The file has no such series any more. It was described anew.")
        return found

    @property
    def told(self) -> dict[str, str]:
        """For people: what it holds, and what of it could not be taken as it was."""
        odd = {
            "Rows with another number of columns, left out": self.ragged,
            "Rows without a time that can be read, left out": self.counts.no_time,
            "Rows at a time that the clocks skipped, left out": self.counts.skipped,
            "Rows that name no series, left out": self.counts.unnamed,
            "Rows in the doubled hour of autumn": self.counts.doubled,
            "Cells without a value": self.counts.empty,
            "Cells that hold no number, kept as gaps": self.counts.strange,
            "Points that a later row at the same time replaced": sum(
                shelf.dropped for shelf in self.series
            ),
        }
        held = {
            "Rows": self.counts.rows,
            "Series": len(self.series),
            "Points": sum(shelf.rows for shelf in self.series),
        }
        found = held | {name: count for name, count in odd.items() if count}
        return {name: f"{count:,}" for name, count in found.items()}


def card_of(box: Box, entry: Entry) -> Card:
    """Raises NotFound for a file that nobody has described yet."""
    if not entry.card:
        raise NotFound("This file has no series yet: say first how it is to be read.")
    document = box.read(entry.card)
    return Card(
        description=Description.model_validate(document["description"]),
        series=tuple(Shelf.of(shelf) for shelf in document["series"]),
        counts=Counts(**document["counts"]),
        ragged=document["ragged"],
    )
