"""Points, by export files: the same way for attributes of assets and telemetry of endpoints.

It gives what the platform's own client gets, needs no guess about the columns of a table, and says
how many bytes there are, so that a file is known to be whole. The platform counts the end of a
range in, and takes milliseconds: it is asked for whole ones around the window, and what lies
outside of the window is left out here. Queries in SQL are an operation (`database.sql`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.avista import latest
from connectors.avista.client import Client
from connectors.avista.columns import Block, blocks, finite
from connectors.avista.exports import Asked, Exports, finished
from connectors.avista.files import Files
from connectors.avista.ids import Owner, Place, measure, owner
from connectors.avista.moments import SPAN, micros, millis
from connectors.contract import TIME, Notes, Points, Window
from connectors.errors import BadAnswer

SERIES_PER_EXPORT = 20

Micros = np.ndarray[tuple[int], np.dtype[np.int64]]


@dataclass(slots=True, kw_only=True)
class Job:
    """The series of one export: all of one database, or all of endpoints; one type a name."""

    database: str | None
    types: dict[str, str] = field(default_factory=dict)
    series: dict[tuple[str, str], Place] = field(default_factory=dict)

    def takes(self, one: Place) -> bool:
        name, kind = measure(one)
        fits = self.types.get(name, kind) == kind and len(self.series) < SERIES_PER_EXPORT
        return fits and self.database == owner(one)[0]

    def add(self, one: Place) -> None:
        name, kind = measure(one)
        self.types[name] = kind
        self.series[owner(one)[1], name] = one

    def asked(self, window: Window) -> Asked:
        """Whole milliseconds around the window."""
        picks: dict[str, tuple[str, ...]] = {}
        for key, name in self.series:
            picks[key] = (*picks.get(key, ()), name)
        start, end = millis(window.start), millis(window.end, up=True)
        return Asked(database=self.database, picks=picks, start=start, end=end)


def jobs(series: Iterable[Place]) -> list[Job]:
    """As few exports as take all of the series."""
    made: list[Job] = []
    for one in series:
        found = next((job for job in made if job.takes(one)), None)
        if found is None:
            found = Job(database=owner(one)[0])
            made.append(found)
        found.add(one)
    return made


def read(
    client: Client, exports: Exports, files: Files, series: Sequence[Place], window: Window
) -> Iterator[Points]:
    """Every point, export after export. Raises NotFound for a series that is not there."""
    asked = window.meet(SPAN)
    if asked is None:
        return
    for job in jobs(series):
        columns = [Rising(one, asked) for one in job.series.values()]
        yield from _exported(
            exports, files, job, dict(zip(job.series, columns, strict=True)), asked
        )
        _known(client, [column.series for column in columns if not column.any])


def _known(client: Client, empty: Sequence[Place]) -> None:
    """Raises NotFound: a series that does not exist has no rows either."""
    owners: dict[Owner, list[tuple[str, str]]] = {}
    for one in empty:
        owners.setdefault(owner(one), []).append(measure(one))
    for whose, wanted in owners.items():
        latest.named(client, whose, wanted)


def _exported(
    exports: Exports,
    files: Files,
    job: Job,
    columns: dict[tuple[str, str], Rising],
    window: Window,
) -> Iterator[Points]:
    ready = finished(exports.file(job.asked(window)))
    with files.stream(ready.url, promised=True) as stream:
        for block in blocks(stream.file, job.types, ready.size):
            yield from _sorted_out(block, columns)
    for column in columns.values():
        yield from column.last()


def _sorted_out(block: Block, columns: dict[tuple[str, str], Rising]) -> Iterator[Points]:
    """Whose row is whose. Raises BadAnswer for rows of somebody who was not asked for."""
    known = 0
    for key in dict.fromkeys(key for key, _ in columns):
        mine = pc.equal(block.keys, key)
        count = pc.sum(mine).as_py() or 0
        known += count
        if not count:
            continue
        whole = count == len(block.keys)
        times = block.times if whole else block.times.filter(mine)
        for (whose, name), column in columns.items():
            if whose == key and name in block.values:
                values = block.values[name]
                yield from column.push(times, values if whole else values.filter(mine))
    if known != len(block.keys):
        raise BadAnswer("The platform's export file holds rows that nobody asked for.")


class Rising:
    """One series, its newest point held back: of several at one time the last one counts."""

    def __init__(self, series: Place, window: Window) -> None:
        self.series = series
        self.any = False
        self._window = window
        self._held: tuple[Micros, pa.Array] | None = None
        self._notes = Notes()
        """What was noticed since the last points were given."""

    def push(self, times: pa.Array, values: pa.Array) -> Iterator[Points]:
        """The points of one block, without the newest."""
        if values.null_count:
            present = values.is_valid()
            times, values = times.filter(present), values.filter(present)
        if len(values) == 0:
            return
        self.any = True
        moments = times.view(pa.int64()).to_numpy()
        inside = self._inside(moments)
        if not inside.all():
            moments, values = moments[inside], values.filter(pa.array(inside))
        if len(values):
            yield from self._given(moments, values)

    def last(self) -> Iterator[Points]:
        """The point that was held back."""
        if self._held is not None:
            yield from self._batches(*self._held)
            self._held = None

    def _inside(self, moments: Micros) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Half-open. Raises BadAnswer for a time further away than the milliseconds asked for."""
        low, high = _nanos(self._window.start), _nanos(self._window.end)
        edge = 1_000_000
        if moments.min() <= low - edge or moments.max() >= high + edge:
            raise BadAnswer("The platform answered points outside the window asked for.")
        found: np.ndarray[tuple[int], np.dtype[np.bool_]] = (moments >= low) & (moments < high)
        return found

    def _given(self, nanos: Micros, values: pa.Array) -> Iterator[Points]:
        moments = nanos // 1000
        floored = int(np.count_nonzero(nanos % 1000))
        if self._held is not None:
            moments = np.concatenate([self._held[0], moments])
            values = pa.concat_arrays([self._held[1], values])
        steps = np.diff(moments)
        if (steps < 0).any():
            raise BadAnswer("The platform answered points that are not in the order of time.")
        duplicates = int(np.count_nonzero(steps == 0))
        self._held = (moments[-1:].copy(), values[-1:])
        kept = np.append(steps > 0, False)
        self._notes += Notes(floored=floored, duplicates=duplicates)
        yield from self._batches(moments[kept], values.filter(pa.array(kept)))

    def _batches(self, moments: Micros, values: pa.Array) -> Iterator[Points]:
        numbers, unreadable = finite(values)
        times = pa.array(moments).cast(TIME)
        batch = pa.RecordBatch.from_arrays([times, numbers], names=["time", "value"])
        self._notes += Notes(unreadable=unreadable)
        if batch.num_rows:
            notes, self._notes = self._notes, Notes()
            yield from Points.cut(self.series.id, batch, notes)


def _nanos(moment: datetime) -> int:
    return micros(moment) * 1000
