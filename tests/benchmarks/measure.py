"""What a benchmark is made of: sides that are measured, and lines that compare them.

A subject is a module beside this one with

    prepare() -> None       makes what the sides read, in the data folder of the environment
    SIDES                   functions without arguments; each gives figures by name
    lines(figures)          the table, from the median figures: `figures["side.name"]`

Every call of a side has a fresh process, and the sides take turns; `bench.py` sees to it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Figures = Mapping[str, float]
Side = Callable[[], Figures]
CALLS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One figure of the table. It is ok up to its bound, or from it on when `least` is set."""

    name: str
    ratio: float
    bound: float
    least: bool = False

    def __str__(self) -> str:
        kept = self.ratio >= self.bound if self.least else self.ratio <= self.bound
        return f"{self.name} {self.ratio:.2f} {self.bound:.2f} {'ok' if kept else 'short'}"


def milliseconds(work: Callable[[], object], *, calls: int = CALLS) -> float:
    """The shortest of several calls after a first one that warms the caches: what a busy machine
    adds to a call is never negative. The table takes the median of several processes' shortest."""
    work()
    found = []
    for _ in range(calls):
        began = time.perf_counter()
        work()
        found.append((time.perf_counter() - began) * 1e3)
    return min(found)
