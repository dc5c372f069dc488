"""Reading a recorded BEMServer: the service against the bare libraries, and against one request
after another.

What the sandbox answered once is served again from memory by a process of its own, so that the
readers' CPU seconds are their own.
"""

from __future__ import annotations

import multiprocessing
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import requests
from pyarrow import csv

from connectors.bemserver.reading import WIDEST
from connectors.contract import TIME, NodeId, Window
from tests.benchmarks.measure import Figures, Line, milliseconds
from tests.conformance.sandbox_bemserver import signed_in
from tests.conformance.subject import Kept, Subject
from tests.connectors.bemserver_told import PASSWORD, Told, asked
from tests.connectors.servers import Seen, answer, site
from tests.sandbox.server import SandboxServer

YEAR = Window(start=datetime(2023, 1, 1, tzinfo=UTC), end=datetime(2024, 1, 1, tzinfo=UTC))
YEARS = Window(start=datetime(2015, 1, 1, tzinfo=UTC), end=datetime(2025, 1, 1, tzinfo=UTC))
MINUTES, QUARTERS = "40", "41"
"""The sandbox's numbers of a series of one minute and of one of fifteen."""
WINDOWS = {MINUTES: YEAR, QUARTERS: YEARS}
LATENCY = 0.05
READS = 15
GOOD = "a-token"
KEPT = Kept()
TYPES = csv.ConvertOptions(column_types={"Datetime": TIME})


def prepare() -> None:
    """Records the answers to exactly what the service asks."""
    with SandboxServer("bemserver") as sandbox, signed_in(sandbox) as session:
        for series, window in WINDOWS.items():
            for piece in window.split(WIDEST):
                told = session.get(**request(sandbox.url, series, piece))
                recording(series, piece.start.isoformat()).write_bytes(told.content)


def turns() -> Figures:
    """How many rows the connector reads (checked, counted, in order) in the CPU time in which
    requests and Arrow read one, one request after another: the same year, in turns.

    A year is read in 60 ms of CPU, and what else the machine does changes that by a third from
    one second to the next: only neighbours are compared, and the median of the pairs counts. Both
    have one core, so that a CPU second is work: of two cores at once, the connector's threads
    lose 6 % to each other's caches, and win more than that in time.
    """
    with served(0) as url:
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        one_by_one(url, MINUTES)
        ours(url, MINUTES)
        pairs = [(spent(one_by_one, url), spent(ours, url)) for _ in range(READS)]
    return {"speed": statistics.median(bare / service for bare, service in pairs)}


def serial() -> Figures:
    """Milliseconds of ten years in forty pages, one request after another."""
    return wall(one_by_one, QUARTERS, calls=2)


def window() -> Figures:
    """Milliseconds of the same pages by the connector."""
    return wall(ours, QUARTERS, calls=7)


SIDES = (turns, serial, window)


def lines(figures: Figures) -> Iterator[Line]:
    speed = figures["turns.speed"]
    yield Line(name="bemserver-rows-per-cpu-second", ratio=speed, bound=0.8, least=True)
    gain = figures["serial.wall"] / figures["window.wall"]
    yield Line(name="bemserver-window-at-50-ms", ratio=gain, bound=6, least=True)


def spent(read: Callable[[str, str], int], url: str) -> float:
    """CPU seconds that one row of the year takes."""
    began = time.process_time()
    rows = read(url, MINUTES)
    return (time.process_time() - began) / rows


def wall(read: Callable[[str, str], int], series: str, *, calls: int) -> Figures:
    with served(LATENCY) as url:
        return {"wall": milliseconds(partial(read, url, series), calls=calls)}


def one_by_one(url: str, series: str) -> int:
    """As the official client asks, and faster than it parses. Gives the number of rows."""
    rows = 0
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {GOOD}"
        for piece in WINDOWS[series].split(WIDEST):
            told = session.get(**request(url, series, piece), stream=True)
            with told, csv.open_csv(told.raw, convert_options=TYPES) as batches:
                rows += sum(batch.num_rows for batch in batches)
    return rows


def ours(url: str, series: str) -> int:
    """Signed in already, as the bare client is."""
    settings = {"url": url, "email": "a@example.org", "password": PASSWORD}
    with Subject(kind="bemserver", settings=settings, kept=KEPT).open() as account:
        found = account.read([NodeId(f"timeseries/{series}@1")], WINDOWS[series])
        return sum(points.batch.num_rows for points in found)


def request(url: str, series: str, piece: Window) -> dict[str, Any]:
    """What the service asks for one piece, in the words of `requests`."""
    params = {
        "start_time": piece.start.isoformat(),
        "end_time": piece.end.isoformat(),
        "data_state": 1,
        "timezone": "UTC",
        "timeseries": series,
    }
    address, headers = f"{url}/timeseries_data/", {"Accept": "text/csv"}
    return {"url": address, "params": params, "headers": headers, "timeout": 60}


def recording(series: str, start: str) -> Path:
    return Path(os.environ["TIELINE_DATA"]) / f"{series} {start}.csv"


@contextmanager
def served(latency: float) -> Iterator[str]:
    """The recordings at an address, each after `latency` seconds."""
    fork = multiprocessing.get_context("fork")
    near, far = fork.Pipe()
    server = fork.Process(target=serve, args=(latency, far), daemon=True)
    server.start()
    try:
        yield near.recv()
    finally:
        near.send("enough")
        server.join()


def serve(latency: float, far: Connection) -> None:
    """A server that sends from memory until it is told that it is enough."""
    kept = {
        (series, piece.start.isoformat()): answer(
            recording(series, piece.start.isoformat()).read_bytes(), content_type="text/csv"
        )
        for series, window in WINDOWS.items()
        for piece in window.split(WIDEST)
    }

    def replay(seen: Seen) -> bytes:
        time.sleep(latency)  # stands for the way to the platform and back
        words = asked(seen)
        return kept[words["timeseries"][0], words["start_time"][0]]

    with site(Told(replay, good={GOOD})) as server:
        far.send(server.base)
        far.recv()
