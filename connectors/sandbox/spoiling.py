"""Faults in the content of an answer: well-formed, and wrong. Each platform speaks its own few."""

from __future__ import annotations

from collections.abc import Container

import numpy as np
from numpy.typing import NDArray
from starlette.types import Scope

from connectors.sandbox.zones import Instants

Values = NDArray[np.float64]

SPOILS = frozenset(
    (
        "duplicate_stamps",
        "unsorted_stamps",
        "nan",
        "page_drift",
        "cursor_loop",
        "lying_total",
        "future_version",
    )
)
"""`page_drift`: a later page repeats the last record of the page before, as when a record was
inserted meanwhile. `cursor_loop`: the next cursor leads to the same page again. `lying_total`: the
total is wrong. `future_version`: the platform tells a version that nobody knows yet."""


def spoiled(scope: Scope) -> frozenset[str]:
    """Which of SPOILS struck this request; empty nearly always."""
    kinds: frozenset[str] = scope.get("spoiled", frozenset())
    return kinds


def spoiled_samples(
    times: Instants, values: Values, kinds: Container[str]
) -> tuple[Instants, Values]:
    """The samples with the middle one repeated with another value, two swapped, or one NaN."""
    middle = times.size // 2
    if "nan" in kinds and times.size:
        values = values.copy()
        values[middle] = np.nan
    if "duplicate_stamps" in kinds and times.size:
        times = np.insert(times, middle, times[middle])
        values = np.insert(values, middle, values[middle] + 1)
    if "unsorted_stamps" in kinds and times.size > 1:
        order = np.arange(times.size)
        order[[0, -1]] = order[[-1, 0]]
        times, values = times[order], values[order]
    return times, values
