"""Rows of a file as points: the time in UTC, the value, and what was odd about them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connectors.filebox import words
from connectors.filebox.box import refused
from connectors.filebox.descriptions import MOST_SERIES, Description, value_and_unit
from connectors.filebox.sources import Source
from connectors.filebox.zones import Clock, Mask, Micros, zone_of

STRANGE = 9
"""Cells without a number to each with one, from which on this is no column of values."""
FALLING = 0.9
"""The share of steps back from which on a file falls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Points of one series, in the order of the file; `values` is NaN where it was no number."""

    series: str
    times: Micros
    values: npt.NDArray[np.float64]
    floored: Mask


@dataclass(slots=True, kw_only=True)
class Counts:
    """What was met on the way, for a person to look at."""

    rows: int = 0
    no_time: int = 0
    """Rows whose time cannot be read, or is outside of the years in which there were meters."""
    skipped: int = 0
    """Rows at a time that the clocks skipped in spring."""
    doubled: int = 0
    """Rows in an hour that the clocks showed twice in autumn."""
    empty: int = 0
    """Cells that hold no value."""
    strange: int = 0
    """Cells that hold a text, NaN or infinity."""
    unnamed: int = 0
    """Rows of the long layout that name no series."""


@dataclass(slots=True)
class Reader:
    """One pass through a file. Raises Rejected beside the field that cannot be right."""

    source: Source
    description: Description
    units: dict[str, str] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)

    def pieces(self) -> Iterator[Piece]:
        """Batch by batch, series by series."""
        wanted = self.columns()
        clock: Clock | None = None
        for batch in self.source.batches(wanted):
            if batch.num_rows == 0:
                continue
            self.counts.rows += batch.num_rows
            walls = self.walls(batch)
            if clock is None:
                clock = self.clock(walls)
            yield from self._pieces(batch, walls, clock)

    def columns(self) -> list[str]:
        """Those that are needed, each once. Raises Rejected."""
        told, known = self.description, self.source.columns
        values = [value_and_unit(line, known) for line in told.values or []]
        if not values:
            raise refused("values", "Name at least one column of values.")
        self.units = dict(values)
        wanted = {"time_column": told.time_column, "clock_column": told.clock_column}
        if told.layout == "long":
            wanted["series_column"] = told.series_column or ""
        for where, name in wanted.items():
            if name is not None:
                _must_be(where, name, known)
        for name, _ in values:
            _must_be("values", name, known)
            if name in wanted.values():
                raise refused("values", f"“{name}” cannot be both a value and what belongs to it.")
        if told.layout == "long" and len(values) != 1:
            raise refused("values", "In the long layout there is one column of values.")
        return list(dict.fromkeys([*filter(None, wanted.values()), *self.units]))

    def units_of(self, series: Iterable[str]) -> dict[str, str]:
        """In the long layout all have the unit of the one column."""
        if self.description.layout == "long":
            return dict.fromkeys(series, next(iter(self.units.values())))
        return self.units

    def walls(self, batch: pa.RecordBatch) -> words.Walls:
        """The times of the rows, as they are written."""
        told = self.description
        column = batch.column(told.time_column)
        if told.clock_column is not None:
            clock = batch.column(told.clock_column).cast(pa.string())
            day = pc.utf8_slice_codeunits(pc.utf8_trim_whitespace(column.cast(pa.string())), 0, 10)
            column = pc.binary_join_element_wise(day, pc.utf8_trim_whitespace(clock), " ")
        return words.walls(column, told.time_format or "iso", told.decimal or "point")

    def clock(self, walls: words.Walls) -> Clock:
        """The clock of a file that begins with these times."""
        steps = np.diff(walls.micros[walls.found])
        moving = steps[steps != 0]
        falls = bool(len(moving)) and bool((moving < 0).mean() > FALLING)
        zone = zone_of(self.description.zone or "UTC")
        return Clock(zone=zone, doubled=self.description.doubled or "by order", falls=falls)

    def _pieces(self, batch: pa.RecordBatch, walls: words.Walls, clock: Clock) -> Iterator[Piece]:
        kept = np.flatnonzero(walls.found)
        self.counts.no_time += batch.num_rows - len(kept)
        names = self._named(batch) if self.description.layout == "long" else None
        if names is not None:
            self.counts.unnamed += int((names.indices[kept] < 0).sum())
            kept = kept[names.indices[kept] >= 0]
        kept, times = self._instants(walls, kept, clock, names)
        if names is None:
            for name in self.units:
                yield self._piece(name, batch.column(name), walls, kept, times)
            return
        column = batch.column(next(iter(self.units)))
        whose = names.indices[kept]
        for at in np.unique(whose):
            mine = whose == at
            yield self._piece(names.texts[at], column, walls, kept[mine], times[mine])

    def _instants(
        self, walls: words.Walls, kept: Micros, clock: Clock, names: Named | None
    ) -> tuple[Micros, Micros]:
        """The rows whose time there was, and those times in UTC."""
        times = walls.micros[kept].copy()
        local = np.flatnonzero(~walls.fixed[kept])
        if not len(local):
            return kept, times
        whose = None if names is None else names.clocks[names.indices[kept[local]]]
        found = clock.instants(times[local], whose)
        times[local] = found.utc
        there = np.ones(len(kept), dtype=np.bool_)
        there[local] = found.there
        self.counts.skipped += int((~found.there).sum())
        self.counts.doubled += int(found.doubled.sum())
        return kept[there], times[there]

    def _piece(
        self, name: str, column: pa.Array, walls: words.Walls, kept: Micros, times: Micros
    ) -> Piece:
        found = words.numbers(column.take(pa.array(kept)), self.description.decimal or "point")
        given = found.found | found.strange
        self.counts.empty += int((~given).sum())
        self.counts.strange += int(found.strange.sum())
        values = np.where(found.found, found.values, np.nan)
        return Piece(
            series=name,
            times=times[given],
            values=values[given],
            floored=walls.floored[kept][given],
        )

    def _named(self, batch: pa.RecordBatch) -> Named:
        column = batch.column(self.description.series_column).cast(pa.string())
        coded = pc.utf8_trim_whitespace(pc.fill_null(column, "")).dictionary_encode()
        texts = [str(text) for text in coded.dictionary.to_pylist()]
        indices = coded.indices.to_numpy().astype(np.int64)
        unnamed = np.array([not text for text in texts], dtype=np.bool_)
        clocks = np.array([hash(text) for text in texts], dtype=np.int64)
        return Named(texts=texts, indices=np.where(unnamed[indices], -1, indices), clocks=clocks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Which series each row is of: an index into `texts`, -1 for none."""

    texts: list[str]
    indices: Micros
    clocks: Micros
    """A number for each text, the same in every batch of one pass."""


def check_counts(counts: Counts, points: int) -> None:
    """Whether what was read can be what was meant. Raises Rejected where it cannot."""
    if counts.rows == 0:
        raise refused("file", "The file has no rows of values.")
    if counts.no_time * 2 > counts.rows:
        said = f"{counts.no_time:,} of {counts.rows:,} times cannot be read so."
        raise refused("time_format", said)
    if points == 0 or counts.strange > STRANGE * points:
        said = "Most of these cells hold no number. Look at the decimal sign and at the columns."
        raise refused("values", said)


def check_series(count: int) -> None:
    """Raises Rejected for more series than anybody looks through."""
    if count > MOST_SERIES:
        said = f"There are more than {MOST_SERIES:,} different names: this names no series."
        raise refused("series_column", said)


def _must_be(field: str, name: str, known: tuple[str, ...]) -> None:
    if not name:
        raise refused(field, "Say which column it is.")
    if name not in known:
        raise refused(field, f"There is no column “{name}”. There are {', '.join(known)[:300]}.")
