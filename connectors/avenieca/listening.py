"""Live points: what the twins say on their topics, from the moment of subscribing on.

The time of a point is its message's, in milliseconds. The values are those of the twin's state and
its valence; nothing else is told there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa

from connectors.avenieca import columns, layout, signals
from connectors.avenieca.batches import Record
from connectors.avenieca.config import AveniECAConfig
from connectors.avenieca.ids import Series
from connectors.avenieca.kafka import Cluster, Late, Partition, by_leader
from connectors.avenieca.tree import Tree
from connectors.contract import Feed, Notes, Points
from connectors.egress import Endpoint
from connectors.errors import ConfigInvalid, NotFound, Rejected, Unavailable

WAIT = 1.0
"""Seconds that a fetch waits for news, shared by the brokers when there are several."""
NO_BROKER = "Say in the settings where the Kafka broker is: live points come from there."

Places = Mapping[Series, int | None]
"""Where in a message's state each series stands; None: it is the valence."""


def address(config: AveniECAConfig) -> Endpoint:
    """Where the broker is. Raises ConfigInvalid when the settings do not say."""
    if config.kafka is None:
        raise ConfigInvalid(NO_BROKER, {"broker": NO_BROKER})
    return config.kafka


def subscribe(
    cluster: Cluster, config: AveniECAConfig, tree: Tree, series: Sequence[Series]
) -> Feed:
    """Stands behind the newest message of every topic when it returns. Raises NotFound."""
    heard = {config.speaks(one.module): _Twin(tree, one.module, series) for one in series}
    try:
        ends = cluster.ends(cluster.partitions(tuple(heard)))
    except BaseException:
        cluster.close()
        raise
    return Feed(points=_points(cluster, heard, ends), close=cluster.close)


class _Twin:
    """The wanted series of one twin. Raises NotFound for a series that the twin has not."""

    def __init__(self, tree: Tree, module: str, series: Sequence[Series]) -> None:
        ess = tree.newest(module)
        mine = [one for one in series if one.module == module]
        if any(one.what not in ("state", "valence") for one in mine):
            raise Rejected.on(
                "series", "A twin's messages tell its state and its valence, nothing else."
            )
        known = layout.places(ess) if ess else {}
        self._length = len(ess.state) if ess else None
        self._places: dict[Series, int | None] = {}
        for one in mine:
            if one.what == "state" and one not in known:
                raise NotFound("No state of this twin has such a number.")
            self._places[one] = known.get(one)

    def points(self, records: Sequence[Record]) -> Iterator[Points]:
        """A point a message, by time; of several in a millisecond the last stays."""
        told = {record.time: signals.heard(record.value) for record in records}
        moments = sorted(told)
        for series, place in self._places.items():
            values = [self._value(*told[moment], place) for moment in moments]
            yield from _batches(series, moments, values, len(records) - len(moments))

    def _value(
        self, state: signals.Vector | None, valence: float | None, place: int | None
    ) -> float | None:
        if place is None:
            return valence
        return None if state is None or len(state) != self._length else float(state[place])


def _batches(
    series: Series, moments: Sequence[int], values: Sequence[float | None], dropped: int
) -> Iterator[Points]:
    times = columns.times(pa.array([1000 * moment for moment in moments], pa.int64()).to_numpy())
    numbers, wrong = columns.numbers(values)
    batch = pa.RecordBatch.from_arrays([times, numbers], names=["time", "value"])
    notes = Notes(duplicates=dropped, unreadable=wrong)
    return Points.cut(series.id, batch, notes)


def _points(
    cluster: Cluster, heard: Mapping[str, _Twin], ends: dict[Partition, int]
) -> Iterator[Points]:
    """Until the door's deadline, or until it is closed."""
    leaders = by_leader(ends)
    wait = WAIT / len(leaders)
    while not cluster.closed:
        for leader, led in leaders.items():
            try:
                news = cluster.fetch(leader, {one: ends[one] for one in led}, wait)
            except Unavailable as fault:
                if cluster.closed or (isinstance(fault, Late) and fault.over):
                    return
                raise
            for one, records, following in news:
                ends[one] = following
                yield from heard[one.topic].points(records)
