"""The stored records: what was published, over the sources of the sandbox's own meters.

One table holds the rows of one database, of all endpoints, or of all captures. A row is known by
its time, its measure name and its dimensions, as in Timestream; a higher version replaces it.
"""

from __future__ import annotations

import json
from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

from connectors.sandbox.avista.values import Value
from connectors.sandbox.store import Journal
from connectors.sandbox.world.readings import Source

Dimensions = tuple[tuple[str, str], ...]
Key = tuple[int, str, Dimensions]
READINGS = "readings"
"""The measure name of the rows that come from sources [G]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One record: several measures of one asset at one time."""

    time: int
    """Nanoseconds since 1970."""
    measure: str
    dimensions: Dimensions
    version: int
    values: Mapping[str, Value]

    @property
    def key(self) -> Key:
        """What makes it the same record as another."""
        return self.time, self.measure, self.dimensions


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """Why a record was not kept."""

    index: int
    reason: str
    existing: int | None = None
    """The version that is there already."""


@dataclass(slots=True)
class Asset:
    """The series of one thing: its attributes by name, each with a type and perhaps a source."""

    asset_id: str
    name: str
    dimensions: Dimensions = ()
    types: dict[str, str] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    rows: dict[Key, Row] = field(default_factory=dict)
    order: list[Key] = field(default_factory=list)
    last: dict[str, tuple[int, Value]] = field(default_factory=dict)
    """The newest published value of each attribute."""

    def between(self, start: int, end: int) -> list[Row]:
        """The published rows in `[start, end)`, in order."""
        low, high = (bisect_left(self.order, (moment,)) for moment in (start, end))
        return [self.rows[key] for key in self.order[low:high]]

    def reading(self, key: Key) -> dict[str, Value]:
        """What the sources hold at a key, which is version 1 of that record."""
        time, measure, dimensions = key
        if measure != READINGS or dimensions != self.dimensions or time % 1000:
            return {}
        found: dict[str, Value] = {}
        for name, source in self.sources.items():
            _, values = source.read(time // 1000, time // 1000 + 1)
            if values.size:
                whole = self.types[name] == "BIGINT"
                found[name] = int(values[0]) if whole else float(values[0])
        return found

    def known(self, key: Key) -> Row | None:
        """The record of a key, published or read."""
        if key in self.rows:
            return self.rows[key]
        values = self.reading(key)
        if not values:
            return None
        time, measure, dimensions = key
        return Row(time=time, measure=measure, dimensions=dimensions, version=1, values=values)

    def latest(self, attribute: str) -> tuple[int, Value] | None:
        """The newest value of an attribute, published or read; None without any."""
        below, above = self._newest(attribute), self.last.get(attribute)
        if below is None or (above is not None and above[0] >= below[0]):
            return above
        return below

    def _newest(self, attribute: str) -> tuple[int, Value] | None:
        """The newest reading of a source, looked for further and further back."""
        source = self.sources.get(attribute)
        extent = source.extent() if source else None
        if source is None or extent is None:
            return None
        low = high = extent[1]
        width = source.step * 4
        while low > extent[0]:
            low, width = max(low - width, extent[0]), width * 8
            times, values = source.read(low, high)
            if times.size:
                newest = float(values[-1])
                whole = self.types[attribute] == "BIGINT"
                return int(times[-1]) * 1000, int(newest) if whole else newest
        return None

    def keep(self, row: Row) -> None:
        """Puts a row in its place."""
        if row.key not in self.rows:
            insort(self.order, row.key)
        self.rows[row.key] = row
        for name, value in row.values.items():
            if name not in self.last or row.time >= self.last[name][0]:
                self.last[name] = (row.time, value)


class Table:
    """The assets of one database, in the order of their making."""

    def __init__(self, key: str, journal: Journal) -> None:
        self.key = key
        self.lock = RLock()
        self._journal = journal
        self._assets: dict[str, Asset] = {}

    def assets(self) -> list[Asset]:
        """Every asset."""
        with self.lock:
            return list(self._assets.values())

    def asset(self, asset_id: str) -> Asset | None:
        """One asset; None for an unknown one."""
        return self._assets.get(asset_id)

    def add(self, asset: Asset) -> Asset:
        """Holds a new asset."""
        with self.lock:
            return self._assets.setdefault(asset.asset_id, asset)

    def drop(self, asset_id: str) -> None:
        """Forgets an asset with its rows, also when the journal is read again."""
        with self.lock:
            self._journal.append(json.dumps({"table": self.key, "drop": asset_id}).encode())
            self._assets.pop(asset_id, None)

    def types(self) -> dict[str, str]:
        """The columns of the whole table: every measure with its type."""
        found: dict[str, str] = {}
        for asset in self.assets():
            found.update({name: kind for name, kind in asset.types.items() if name not in found})
        return found

    def dimensions(self) -> list[str]:
        """The names of all dimensions."""
        with self.lock:
            every = [asset.dimensions for asset in self._assets.values()]
            every += [key[2] for asset in self._assets.values() for key in asset.order]
            return list(dict.fromkeys(name for pairs in every for name, _ in pairs))

    def write(
        self, asset_id: str, rows: Sequence[Row], types: Mapping[str, str]
    ) -> list[Rejection]:
        """Keeps what is new or has a higher version; tells what was refused, and why.

        `types` are those of every measure in the rows. The asset is made when it is unknown.
        """
        with self.lock:
            asset = self._assets.get(asset_id)
            kept, refused = _sifted(asset, rows)
            if kept:
                every = {**(asset.types if asset else {}), **types}
                named = {name: every[name] for row in kept for name in row.values}
                entry = {"table": self.key, "asset": asset_id, "types": named,
                         "rows": [_packed(row) for row in kept]}  # fmt: skip
                self._journal.append(json.dumps(entry).encode())
                self.replay(entry)
            return refused

    def replay(self, entry: Mapping[str, Any]) -> None:
        """Applies one entry of the journal."""
        if "drop" in entry:
            self._assets.pop(entry["drop"], None)
            return
        asset = self.add(Asset(entry["asset"], entry["asset"]))
        for packed in entry["rows"]:
            row = _unpacked(packed)
            asset.keep(row)
            asset.types.update({name: entry["types"][name] for name in row.values})
            asset.name = dict(row.dimensions).get("name", asset.name)


def _sifted(asset: Asset | None, rows: Sequence[Row]) -> tuple[list[Row], list[Rejection]]:
    """The rows to keep, joined with what they add to, and the refused ones."""
    kept: dict[Key, Row] = {}
    refused = []
    for index, row in enumerate(rows):
        there = kept.get(row.key) or (asset.known(row.key) if asset else None)
        reason = _obstacle(row, there)
        if reason and there:
            refused.append(Rejection(index=index, reason=reason, existing=there.version))
            continue
        kept[row.key] = _over(row, there) if there else row
    return list(kept.values()), refused


def _obstacle(row: Row, there: Row | None) -> str | None:
    """Why a row may not replace the one that is there [A]."""
    if there is None or row.version > there.version:
        return None
    if row.version < there.version:
        return (
            f"The record version {row.version} is lower than the existing version {there.version}. "
            "A higher version is required to update the measure value."
        )
    if all(there.values.get(name, value) == value for name, value in row.values.items()):
        return None
    return (
        f"A record with this time, these dimensions and this measure name exists with version "
        f"{there.version} and other values. A higher version is required to update them."
    )


def _over(row: Row, there: Row) -> Row:
    """A newer row keeps the measures that it does not name."""
    return Row(time=row.time, measure=row.measure, dimensions=row.dimensions,
               version=row.version, values={**there.values, **row.values})  # fmt: skip


def _packed(row: Row) -> list[Any]:
    return [row.time, row.measure, row.dimensions, row.version, dict(row.values)]


def _unpacked(packed: Sequence[Any]) -> Row:
    time, measure, dimensions, version, values = packed
    pairs = tuple((name, value) for name, value in dimensions)
    return Row(time=time, measure=measure, dimensions=pairs, version=version, values=values)


def entries(journal: Journal) -> Iterator[Mapping[str, Any]]:
    """Everything that was written, oldest first."""
    for entry in journal:
        yield json.loads(entry)
