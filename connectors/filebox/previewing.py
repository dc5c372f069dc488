"""The first rows of a file as they would be read: for a person to compare with what is written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

import numpy as np
import pyarrow as pa

from connectors.filebox import words
from connectors.filebox.descriptions import Description
from connectors.filebox.parsing import Reader
from connectors.filebox.reading import moment
from connectors.filebox.sources import Source
from connectors.filebox.zones import zone_of
from connectors.operations import Table

ROWS = 12
MOST_SHOWN = 12
NOT_READ, NOT_THERE = "cannot be read", "was skipped by the clocks"


def previewed(source: Source, description: Description) -> Table:
    """Raises Rejected beside the field that cannot be right."""
    reader = Reader(source, description)
    wanted = reader.columns()
    batch = next(iter(source.batches(wanted)), None)
    if batch is None:
        return Table(columns=("Nothing",), rows=())
    batch = batch.slice(0, ROWS)
    zone = zone_of(description.zone or "UTC")
    columns: dict[str, Sequence[object]] = {
        f"{description.time_column}, as written": batch.column(description.time_column).to_pylist(),
        f"Time in {description.zone}": _times(reader, batch, zone),
    }
    if description.layout == "long":
        columns["Series"] = batch.column(description.series_column).to_pylist()
    for name, unit in list(reader.units.items())[:MOST_SHOWN]:
        shown = f"{name} = {unit}" if unit else name
        columns[shown] = _values(batch.column(name), description)
    return Table(columns=tuple(columns), rows=tuple(zip(*columns.values(), strict=True)))


def _times(reader: Reader, batch: pa.RecordBatch, zone: tzinfo) -> list[str]:
    """Each row's time with its offset, or why it has none."""
    walls = reader.walls(batch)
    found: list[str] = [NOT_READ] * len(walls.micros)
    clock = reader.clock(walls)
    for at in np.flatnonzero(walls.found):
        one = walls.micros[at : at + 1]
        if walls.fixed[at]:
            found[at] = _shown(int(one[0]), zone)
            continue
        instant = clock.instants(one)
        found[at] = _shown(int(instant.utc[0]), zone) if instant.there[0] else NOT_THERE
    return found


def _shown(stamp: int, zone: tzinfo) -> str:
    when = moment(stamp).astimezone(zone)
    return when.isoformat(sep=" ", timespec="milliseconds" if when.microsecond else "seconds")


def _values(column: pa.Array, description: Description) -> Sequence[object]:
    found = words.numbers(column, description.decimal or "point")
    return [
        float(value) if good else ("no number" if odd else None)
        for value, good, odd in zip(found.values, found.found, found.strange, strict=True)
    ]
