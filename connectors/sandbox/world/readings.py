"""Values by (series, window): real readings from files, and synthetic ones computed on the fly."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from connectors.sandbox.clock import Clock
from connectors.sandbox.world.noise import Values
from connectors.sandbox.zones import SECOND, Instants

DATA = Path(__file__).parent / "data"


class Source(Protocol):
    """Where the values of one series come from."""

    @property
    def step(self) -> int:
        """Nominal distance of two readings, in microseconds."""
        ...

    def extent(self) -> tuple[int, int] | None:
        """The half-open range that can hold readings now, in microseconds; None without any."""
        ...

    def read(self, start: int, end: int) -> tuple[Instants, Values]:
        """The readings in `[start, end)`, strictly rising, no NaN."""
        ...


@dataclass(frozen=True, slots=True)
class Recorded:
    """The real readings of one file, at their own dates."""

    file: str
    step: int

    def extent(self) -> tuple[int, int] | None:
        """From the first reading to just past the last."""
        times, _ = _recording(self.file)
        return int(times[0]), int(times[-1]) + 1

    def read(self, start: int, end: int) -> tuple[Instants, Values]:
        """The readings as they stand in the file."""
        times, values = _recording(self.file)
        low, high = np.searchsorted(times, [start, end])
        return times[low:high], values[low:high]


class Formula(Protocol):
    """What computes the values of a series."""

    def at(self, times: Instants, step: int) -> Values:
        """The values at consecutive multiples of `step`; NaN where nothing was recorded."""
        ...


@dataclass(frozen=True, slots=True)
class Computed:
    """A synthetic series from `since` until now, computed for whatever window is asked."""

    formula: Formula
    since: int
    step: int
    clock: Clock = field(default_factory=Clock)

    def extent(self) -> tuple[int, int] | None:
        """From its first day to now: a reading appears when its time has come."""
        return self.since, self.clock.now_us() + 1

    def read(self, start: int, end: int) -> tuple[Instants, Values]:
        """A pure function of the formula and the times."""
        low, high = max(start, self.since), min(end, self.clock.now_us() + 1)
        first = -(-low // self.step) * self.step
        times = np.arange(first, high, self.step, dtype=np.int64)
        values = self.formula.at(times, self.step)
        kept = ~np.isnan(values)
        return (times, values) if kept.all() else (times[kept], values[kept])


@cache
def _recording(file: str) -> tuple[Instants, Values]:
    """A file's readings in order; of readings repeated at one time the last counts."""
    with gzip.open(DATA / file) as stream:
        table = pyarrow.csv.read_csv(
            stream,
            convert_options=pyarrow.csv.ConvertOptions(
                column_types={"start": pa.string(), "dt": pa.string()}
            ),
        )
    name = "start" if "start" in table.column_names else "dt"
    times = _instants(table.column(name).combine_chunks())
    values: Values = table.column(table.num_columns - 1).to_numpy().astype(np.float64)
    order = np.argsort(times, kind="stable")
    times, values = times[order], values[order]
    last = np.append(times[1:] != times[:-1], True)
    return times[last], values[last]


def _instants(texts: pa.Array) -> Instants:
    """`2015-11-22T00:00:00-06:00`, `2020-04-01 01:00:00+00:00` or naive UTC, as microseconds."""
    local = pc.strptime(
        pc.replace_substring(pc.utf8_slice_codeunits(texts, 0, 19), "T", " "),
        format="%Y-%m-%d %H:%M:%S",
        unit="us",
    )
    base: Instants = local.cast(pa.int64()).to_numpy()
    offsets = pc.utf8_slice_codeunits(texts, 19).dictionary_encode()
    seconds = np.array([_offset_seconds(text) for text in offsets.dictionary.to_pylist()])
    shift: Instants = seconds[offsets.indices.to_numpy()]
    return base - shift * SECOND


def _offset_seconds(text: str) -> int:
    if not text:
        return 0
    hours, minutes = text[1:].split(":")
    return (-1 if text[0] == "-" else 1) * (int(hours) * 3600 + int(minutes) * 60)
