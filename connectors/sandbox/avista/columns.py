"""The rows of an asset as columns, block after block, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from connectors.sandbox.avista.records import READINGS, Asset, Dimensions, Row
from connectors.sandbox.avista.values import Value, column, measured
from connectors.sandbox.world.readings import Source

Instants = NDArray[np.int64]
CHUNK = 20_000
"""Published rows in one block."""
CELLS = 400_000
"""Times × sources in one block, a few megabytes: each call of a source has its price."""
READ = 50_000
"""Times in one block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Some rows of one asset, in the order of their times."""

    times: Instants
    """Nanoseconds since 1970."""
    measures: pa.Array
    """The measure name of each row."""
    dimensions: Sequence[Dimensions]
    """Of each row; a single one when all are the same."""
    columns: Mapping[str, pa.Array]
    """The values by attribute, null where a row has none."""
    settled: bool = False
    """Whether no time comes twice and no row is empty."""

    def part(self, low: int, high: int) -> Block:
        """The rows `low` to `high`, half-open."""
        whole = len(self.dimensions) == 1
        return Block(
            times=self.times[low:high], measures=self.measures[low:high],
            dimensions=self.dimensions if whole else self.dimensions[low:high],
            columns={name: values[low:high] for name, values in self.columns.items()},
        )  # fmt: skip

    def dimension(self, name: str) -> pa.Array:
        """One dimension as a column."""
        if len(self.dimensions) == 1:
            value = dict(self.dimensions[0]).get(name)
            return pa.repeat(pa.scalar(value, pa.string()), self.times.size)
        return pa.array([dict(pairs).get(name) for pairs in self.dimensions], pa.string())


def rows(
    asset: Asset, names: Sequence[str], start: int, end: int, *, seen: int | None = None
) -> Iterator[Block]:
    """Every record of the asset in `[start, end)` nanoseconds, with the attributes of `names`.

    Records without any of them are there too, with nulls only. `seen` bounds what counts of the
    sources, so that the pages of one query all look at the same readings.
    """
    low, high = -(-start // 1000), -(-min(end, end if seen is None else seen) // 1000)
    position = start
    for times, table in _readings(list(asset.sources.values()), low, high):
        first, last = int(times[0]) * 1000, int(times[-1]) * 1000
        yield from _published(asset, names, position, first)
        above = asset.between(first, last + 1)
        yield from _mixed(asset, names, _read(asset, names, times * 1000, table), above)
        position = last + 1
    yield from _published(asset, names, position, end)


def values(asset: Asset, names: Sequence[str], start: int, end: int) -> Iterator[Block]:
    """One row for each time at which one of the named attributes has a value, strictly rising.

    Where several records share a time, the one with the last measure name counts.
    """
    sources = {name: asset.sources[name] for name in names if name in asset.sources}
    for block in rows(replace(asset, sources=sources), names, start, end):
        told = block if block.settled else _settled(block)
        if told.times.size:
            yield told


def _readings(
    sources: Sequence[Source], start: int, end: int
) -> Iterator[tuple[Instants, NDArray[np.float64]]]:
    """Times in microseconds, and a column of values for each source; NaN where it has none."""
    extents = [extent for extent in (source.extent() for source in sources) if extent]
    if not extents:
        return
    low = max(start, min(first for first, _ in extents))
    high = min(end, max(last for _, last in extents))
    width = min(source.step for source in sources) * min(CELLS // len(sources) + 1, READ)
    while low < high:
        parts = [source.read(low, min(low + width, high)) for source in sources]
        times, table = _side_by_side(parts)
        if times.size:
            yield times, table
        low += width


def _side_by_side(
    parts: Sequence[tuple[Instants, NDArray[np.float64]]],
) -> tuple[Instants, NDArray[np.float64]]:
    """Series as the columns of one table."""
    first = parts[0][0]
    if all(np.array_equal(first, found) for found, _ in parts[1:]):
        return first, np.column_stack([cells for _, cells in parts])
    times = np.unique(np.concatenate([found for found, _ in parts]))
    table = np.full((times.size, len(parts)), np.nan)
    for place, (found, cells) in enumerate(parts):
        table[np.searchsorted(times, found), place] = cells
    return times, table


def _published(asset: Asset, names: Sequence[str], start: int, end: int) -> Iterator[Block]:
    """The published rows alone; rows of one time are never torn apart."""
    found = asset.between(start, end)
    low = 0
    while low < len(found):
        high = min(low + CHUNK, len(found))
        while high < len(found) and found[high].time == found[high - 1].time:
            high += 1
        yield _written(asset, names, found[low:high])
        low = high


def _written(asset: Asset, names: Sequence[str], found: Sequence[Row]) -> Block:
    return Block(
        times=np.array([row.time for row in found], dtype=np.int64),
        measures=pa.array([row.measure for row in found], pa.string()),
        dimensions=[row.dimensions for row in found],
        columns={
            name: column(asset.types.get(name, "VARCHAR"), [row.values.get(name) for row in found])
            for name in names
        },
    )


def _read(asset: Asset, names: Sequence[str], times: Instants, table: NDArray[np.float64]) -> Block:
    """What the sources say; an attribute without a source is null."""
    places = {name: place for place, name in enumerate(asset.sources)}
    columns = {}
    for name in names:
        if name in places:
            columns[name] = measured(asset.types[name], table[:, places[name]])
        else:
            columns[name] = column(asset.types.get(name, "VARCHAR"), [None] * times.size)
    return Block(times=times, measures=pa.repeat(READINGS, times.size),
                 dimensions=[asset.dimensions], columns=columns, settled=True)  # fmt: skip


def _mixed(
    asset: Asset, names: Sequence[str], read: Block, above: Sequence[Row]
) -> Iterator[Block]:
    """Readings with published rows among them; a published row replaces the reading of its key."""
    if not above:
        yield read
        return
    gone = {row.time for row in above if row.key[1:] == (READINGS, asset.dimensions)}
    kept = np.flatnonzero(~np.isin(read.times, np.fromiter(gone, np.int64, len(gone))))
    written = _written(asset, names, above)
    times = np.concatenate([read.times[kept], written.times])
    order = np.argsort(times, kind="stable")
    dimensions = [asset.dimensions] * kept.size + list(written.dimensions)
    yield Block(
        times=times[order],
        measures=_joined(read.measures.take(kept), written.measures, order),
        dimensions=[dimensions[place] for place in order],
        columns={
            name: _joined(read.columns[name].take(kept), written.columns[name], order)
            for name in names
        },
    )


def _joined(one: pa.Array, other: pa.Array, order: Instants) -> pa.Array:
    return pa.concat_arrays([one, other]).take(pa.array(order))


def _settled(block: Block) -> Block:
    """One row for each time, and none without a value."""
    told: dict[int, dict[str, Value]] = {}
    columns = {name: values.to_pylist() for name, values in _comparable(block).items()}
    for place, time in enumerate(block.times.tolist()):
        for name, cells in columns.items():
            if cells[place] is not None:
                told.setdefault(time, {})[name] = cells[place]
    return Block(
        times=np.fromiter(told, np.int64, len(told)),
        measures=pa.repeat(READINGS, len(told)),
        dimensions=block.dimensions[:1],
        settled=True,
        columns={
            name: pa.array([cells.get(name) for cells in told.values()],
                           pa.int64() if pa.types.is_timestamp(kept.type) else kept.type)
            .cast(kept.type)
            for name, kept in block.columns.items()
        },
    )  # fmt: skip


def _comparable(block: Block) -> dict[str, pa.Array]:
    """Timestamps as integers: Python's own datetime is too coarse for them."""
    return {
        name: values.cast(pa.int64()) if pa.types.is_timestamp(values.type) else values
        for name, values in block.columns.items()
    }
