"""Wrong requests as long as there is time: to each platform 5 seconds in `make test`, and a minute
in `make fuzz`, which its tests share.

A test that uses this is marked `fuzz`.
"""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable
from typing import TypeVar

from hypothesis import HealthCheck, given, seed, settings
from hypothesis.strategies import SearchStrategy

SECONDS = float(os.environ.get("TIELINE_FUZZ_SECONDS", "5"))
FIRST_SEED = int(os.environ.get("TIELINE_FUZZ_SEED", "0"))
BATCH = 40

Example = TypeVar("Example")


def for_seconds(
    strategy: SearchStrategy[Example], check: Callable[[Example], None], *, among: int = 1
) -> int:
    """Runs `check` on examples until the time is up, a share of the platform's `among` its tests;
    gives how many batches there was time for.

    Each batch has a seed of its own, counted up from TIELINE_FUZZ_SEED: a failure comes again.
    """
    until = time.monotonic() + SECONDS / among
    batches = 0
    with warnings.catch_warnings():
        # The sandbox runs in this process, and the pings of its sockets draw from `random`, every
        # 20 s: Hypothesis takes that for a draw of the strategy.
        warnings.filterwarnings("ignore", "Do not use the `random` module inside strategies")
        while not batches or time.monotonic() < until:
            _batch(strategy, check, FIRST_SEED + batches)
            batches += 1
    return batches


def _batch(
    strategy: SearchStrategy[Example], check: Callable[[Example], None], number: int
) -> None:
    @seed(number)
    @settings(
        max_examples=BATCH,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    @given(strategy)
    def run(example: Example) -> None:
        check(example)

    run()
