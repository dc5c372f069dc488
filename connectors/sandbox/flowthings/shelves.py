"""The drops of one flow: what the world computes, and what clients wrote on top."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np

from connectors.sandbox.flowthings.history import drop_id, elems_of
from connectors.sandbox.world.noise import Values
from connectors.sandbox.zones import Instants

Record = dict[str, Any]
FAR = 2**62  # milliseconds; beyond every moment


def _place(drop: Record) -> tuple[int, int]:
    """Drops stand in the order of their creation; of one millisecond in that of writing."""
    return drop["creationDate"], drop["_n"]


class Shelf:
    """What clients wrote, changed and took away in one flow."""

    def __init__(self) -> None:
        self.written: list[Record] = []
        """Rising by creation."""
        self.edits: dict[str, Record] = {}
        """Computed drops that a client changed, by id."""
        self.gone: set[int] = set()
        """Moments of the computed drops that a client deleted."""
        self.hashes: dict[str, str] = {}
        """Drop id by fhash."""
        self._by_id: dict[str, Record] = {}
        self._stamps: Instants | None = None

    def load(self, record: Record) -> None:
        """Takes one record as the store kept it."""
        if record.get("_gone"):
            self.gone.add(record["creationDate"])
        elif record.get("_edit"):
            self.edits[record["id"]] = record
        else:
            self.add(record)

    def get(self, identifier: str) -> Record | None:
        """A written drop."""
        return self._by_id.get(identifier)

    def add(self, drop: Record) -> None:
        """Puts a new drop in its place."""
        insort(self.written, drop, key=_place)
        self._by_id[drop["id"]] = drop
        if drop.get("fhash") is not None:
            self.hashes[drop["fhash"]] = drop["id"]
        self._stamps = None

    def remove(self, drop: Record) -> None:
        """Takes a written drop away."""
        del self._by_id[drop["id"]]
        self.written = [each for each in self.written if each["id"] != drop["id"]]
        self._forget_hash(drop)
        self._stamps = None

    def replace(self, drop: Record) -> None:
        """Puts a changed drop in the place of the one with its id; the creation is the same."""
        old = self._by_id[drop["id"]]
        self.written[self.written.index(old)] = drop
        self._by_id[drop["id"]] = drop
        self._forget_hash(old)
        if drop.get("fhash") is not None:
            self.hashes[drop["fhash"]] = drop["id"]

    def trim(self, capacity: int) -> list[Record]:
        """Takes the oldest away until no more than `capacity` are left, and answers them."""
        surplus = max(len(self.written) - capacity, 0)
        old, self.written = self.written[:surplus], self.written[surplus:]
        for drop in old:
            del self._by_id[drop["id"]]
            self._forget_hash(drop)
        self._stamps = None
        return old

    def stamps(self) -> Instants:
        """When the written drops were created, in milliseconds."""
        if self._stamps is None:
            found = (drop["creationDate"] for drop in self.written)
            self._stamps = np.fromiter(found, np.int64, len(self.written))
        return self._stamps

    def _forget_hash(self, drop: Record) -> None:
        if drop.get("fhash") is not None and self.hashes.get(drop["fhash"]) == drop["id"]:
            del self.hashes[drop["fhash"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The drops of a flow at one moment, oldest first; made when they are looked at."""

    flow: Record
    stamps: Instants
    """Milliseconds of creation, rising."""
    slots: Instants | None
    """Where each row is: among the computed ones, or behind them among the written; None when
    all are computed."""
    values: Values
    written: tuple[Record, ...]
    edits: Mapping[str, Record]
    owner: str
    """The identity that computed drops are said to come from."""

    def __len__(self) -> int:
        return int(self.stamps.size)

    def __getitem__(self, place: int) -> Record:
        slot = place if self.slots is None else int(self.slots[place])
        if slot >= self.values.size:
            return self.written[slot - self.values.size]
        moment, value = int(self.stamps[place]), float(self.values[slot])
        drop = computed(self.flow, self.owner, moment, value)
        return self.edits.get(drop["id"], drop) if self.edits else drop

    def __iter__(self) -> Iterator[Record]:
        return (self[place] for place in range(len(self)))

    @property
    def pure(self) -> bool:
        """Whether every row is a computed one that nobody changed."""
        return self.slots is None and not self.edits

    def bounds(self, low: float, high: float) -> tuple[int, int]:
        """The half-open range of rows created within two moments, both inclusive."""
        first = self.stamps.searchsorted(_whole(low), side="left") if low > -inf else 0
        last = self.stamps.searchsorted(_whole(high), side="right") if high < inf else len(self)
        return int(first), int(last)


def _whole(moment: float) -> np.int64:
    """As the stamps are: with a float numpy would first convert all of them."""
    return np.int64(max(-FAR, min(moment, FAR)))


def computed(flow: Record, owner: str, moment: int, value: float) -> Record:
    """A drop of the world."""
    drop = {
        "id": drop_id(flow["id"], moment),
        "flowId": flow["id"],
        "path": flow["path"],
        "creationDate": moment,
        "creatorId": owner,
        "elems": elems_of(moment, value),
    }
    if "_location" in flow:
        drop["location"] = flow["_location"]
    return drop


def rows(flow: Record, owner: str, shelf: Shelf, readings: tuple[Instants, Values]) -> Rows:
    """The newest drops of a flow, as many as it holds; `readings` with stamps in milliseconds."""
    moments, values = readings
    if shelf.gone:
        kept = ~np.isin(moments, list(shelf.gone))
        moments, values = moments[kept], values[kept]
    stamps, slots = moments, None
    if shelf.written:
        together = np.concatenate([moments, shelf.stamps()])
        slots = np.argsort(together, kind="stable")[-flow["capacity"] :]
        stamps = together[slots]
    return Rows(
        flow=flow,
        stamps=stamps,
        slots=slots,
        values=values,
        written=tuple(shelf.written),
        edits=dict(shelf.edits),
        owner=owner,
    )
