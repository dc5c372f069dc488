"""The sequence rows of one twin: columns, because a week at one minute is ten thousand of them."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]
SLACK = 5_000  # rows above the limit before the oldest are dropped, all at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One occurrence of an ESS."""

    id: int
    at: int
    """When, in microseconds since 1970."""
    ess: int
    score: int = 0
    """The score of the ESS at that moment."""
    status: str = "n"
    context: str | None = None
    updated: int = 0


@dataclass(slots=True)
class Rows:
    """All rows in the order in which they came. Offsets count from the twin's first row."""

    kept: int
    first: int = 0
    """The offset of the oldest row that is still held."""
    ids: array[int] = field(default_factory=lambda: array("q"))
    times: array[int] = field(default_factory=lambda: array("q"))
    ess: array[int] = field(default_factory=lambda: array("q"))
    scores: array[int] = field(default_factory=lambda: array("q"))
    _rising: bool = True
    """Whether the ids rise, as they do unless the clock was put back between two starts."""
    _changed: dict[int, Row] = field(default_factory=dict)
    """Rows that are not as every streamed row: by id."""

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def end(self) -> int:
        """The offset that the next row will have."""
        return self.first + len(self.ids)

    def add(self, row: Row) -> None:
        """Appends a row; the oldest go when there are too many."""
        self._rising = self._rising and (not self.ids or self.ids[-1] < row.id)
        self.ids.append(row.id)
        self.times.append(row.at)
        self.ess.append(row.ess)
        self.scores.append(row.score)
        if (row.status, row.context, row.updated or row.at) != ("n", None, row.at):
            self._changed[row.id] = row
        if len(self.ids) > self.kept + SLACK:
            self._drop(len(self.ids) - self.kept)

    def _drop(self, count: int) -> None:
        for gone in self.ids[:count]:
            self._changed.pop(gone, None)
        for column in (self.ids, self.times, self.ess, self.scores):
            del column[:count]
        self.first += count

    def change(self, row: Row) -> None:
        """Puts another row in the place of the one with its id."""
        place = self._place(row.id)
        if place is not None:
            self.ess[place] = row.ess
            self._changed[row.id] = row

    def find(self, row_id: int) -> Row | None:
        """The row with an id; -1 for the newest."""
        if row_id == -1:
            return self.at(self.end - 1) if self.ids else None
        place = self._place(row_id)
        return None if place is None else self.at(self.first + place)

    def _place(self, row_id: int) -> int | None:
        """Where a row stands among those that are held."""
        if not self._rising:
            return self.ids.index(row_id) if row_id in self.ids else None
        place = bisect_left(self.ids, row_id)
        return place if place < len(self.ids) and self.ids[place] == row_id else None

    def at(self, offset: int) -> Row:
        """The row at an offset from `first` to below `end`."""
        place = offset - self.first
        row_id, moment = self.ids[place], self.times[place]
        return self._changed.get(row_id) or Row(
            id=row_id, at=moment, ess=self.ess[place], score=self.scores[place], updated=moment
        )

    def before(self, moments: Whole) -> Whole:
        """For each moment the place of the newest row up to it; -1 before the first."""
        return np.searchsorted(np.array(self.times), moments, side="right") - 1

    def with_status(self, status: str | None) -> Whole:
        """The ESS ids of all rows, or of those with a status, oldest first."""
        ess = np.array(self.ess, dtype=np.int64)
        if status is None:
            return ess
        odd = {row_id: row.status == status for row_id, row in self._changed.items()}
        return ess[[odd.get(row_id, status == "n") for row_id in self.ids]]

    def all(self) -> list[Row]:
        """Every row, oldest first."""
        return [self.at(offset) for offset in range(self.first, self.end)]
