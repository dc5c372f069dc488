"""The sandbox against what a server of its framework and Arrow can do at best, over loopback.

The server is a process of its own; its clients are bare sockets of the standard library.
"""

from __future__ import annotations

import json
import multiprocessing
import os
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPConnection
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlencode

import pyarrow as pa
import uvicorn
from pyarrow import csv
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from connectors.sandbox.accounts import ADMIN, token
from connectors.sandbox.serve import listen
from tests.benchmarks.measure import Figures, Line, milliseconds
from tests.sandbox.server import SandboxServer

YEAR = {"start_time": "2023-01-01T00:00:00Z", "end_time": "2024-01-01T00:00:00Z"}
DECADE = {"start_time": "2015-01-01T00:00:00Z", "end_time": "2025-01-01T00:00:00Z"}
SERIES = 10
CALLS = 200
"""Small answers in a row, on one connection."""
PIECE = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A small JSON answer of a platform."""

    kind: str
    method: str
    path: str
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


GRAPHQL = {"query": "query { user_getUserSession { user { firstName } } }"}
BASIC = b64encode(f"{ADMIN.email}:{ADMIN.password}".encode()).decode()
SMALL = (
    Asked(kind="bemserver", method="GET", path="/sites/1"),
    Asked(kind="avista", method="POST", path="/graphql", body=GRAPHQL,
          headers={"Authorization": token("avista", ADMIN)}),
    Asked(kind="openergy", method="GET", path="/api/v2/oteams/projects/",
          headers={"Authorization": f"Basic {BASIC}"}),
    Asked(kind="flowthings", method="GET", path=f"/v0.1/{ADMIN.slug}/flow?limit=1",
          headers={"X-Auth-Account": ADMIN.slug,
                   "X-Auth-Token": token("flowthings", ADMIN)}),
    Asked(kind="avenieca", method="POST", path="/v1/login",
          body={"username": ADMIN.email, "password": ADMIN.password}),
)  # fmt: skip


def prepare() -> None:
    """The very rows that the sandbox answers, for Arrow to write again."""
    with served("bemserver") as (port, _):
        answer = Client(port).read(years(port, SERIES, YEAR))
    kept().write_bytes(answer)


def arrow() -> Figures:
    """Milliseconds of Arrow's writer for the rows in memory."""
    table = csv.read_csv(kept())
    return {"rows": table.num_rows, "ms": milliseconds(lambda: written(table), calls=7)}


def year() -> Figures:
    """Milliseconds of the same rows from BEMServer's stand-in, computed and sent."""
    with served("bemserver") as (port, _):
        client, path = Client(port), years(port, SERIES, YEAR)
        return {"ms": milliseconds(lambda: client.read(path), calls=7)}


def empty() -> Figures:
    """Milliseconds of an empty route of the framework."""
    with served("") as (port, _):
        return {"ms": small(port, Asked(kind="", method="GET", path="/"))}


def answers() -> Figures:
    """Milliseconds of a small answer of each platform that is served."""
    found = {}
    for asked in SMALL:
        with served(asked.kind) as (port, _):
            found[asked.kind] = small(port, asked)
    return found


def stream() -> Figures:
    """Megabytes that the server grows by while ten years at one minute go out, and that a single
    year of them needs."""
    with served("bemserver") as (port, server):
        client = Client(port)
        client.read(years(port, 1, YEAR, minutes=True))
        before = peak(server)
        sent = client.drain(years(port, 1, DECADE, minutes=True))
        return {"grown": peak(server) - before, "sent": sent / 1e6}


SIDES = (arrow, year, empty, answers, stream)


def lines(figures: Figures) -> Iterator[Line]:
    yield Line(
        name="sandbox-csv-per-arrow", ratio=figures["year.ms"] / figures["arrow.ms"], bound=4
    )
    for asked in SMALL:
        share = figures["empty.ms"] / figures[f"answers.{asked.kind}"]
        yield Line(name=f"sandbox-{asked.kind}-per-empty", ratio=share, bound=0.3, least=True)
    grown = figures["stream.grown"] / figures["stream.sent"]
    yield Line(name="sandbox-memory-per-sent", ratio=grown, bound=0.1)


def written(table: pa.Table) -> int:
    sink = pa.BufferOutputStream()
    csv.write_csv(table, sink)
    return int(sink.getvalue().size)


def kept() -> Path:
    return Path(os.environ["TIELINE_DATA"]) / "year.csv"


class Client:
    """One connection to BEMServer's stand-in, or to a bare server."""

    def __init__(self, port: int) -> None:
        self._line = HTTPConnection("127.0.0.1", port, timeout=120)
        self._headers: dict[str, str] = {}

    def sign_in(self) -> None:
        body = {"email": ADMIN.email, "password": ADMIN.password}
        told = self.ask("POST", "/auth/token", body)
        self._headers["Authorization"] = f"Bearer {json.loads(told)['access_token']}"

    def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> bytes:
        """One answer. Raises for any status but 200."""
        content = None if body is None else json.dumps(body).encode()
        kind = {"Content-Type": "application/json"} if content else {}
        self._line.request(method, path, content, {**self._headers, **kind, **(headers or {})})
        answer = self._line.getresponse()
        told = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {told[:200]!r}")
        return told

    def read(self, path: str) -> bytes:
        """CSV, at once."""
        if not self._headers:
            self.sign_in()
        return self.ask("GET", path, headers={"Accept": "text/csv"})

    def drain(self, path: str) -> int:
        """CSV, of which nothing is kept; the number of its bytes."""
        self._line.request("GET", path, headers={**self._headers, "Accept": "text/csv"})
        answer = self._line.getresponse()
        return sum(len(piece) for piece in iter(partial(answer.read, PIECE), b""))


def years(port: int, count: int, window: dict[str, str], *, minutes: bool = False) -> str:
    """The address of some series at a quarter of an hour, or at one minute."""
    client = Client(port)
    client.sign_in()
    step = "60" if minutes else "900"
    query = {"page_size": 100, "properties": json.dumps({"Interval": step}), "sort": "name"}
    rows = json.loads(client.ask("GET", f"/timeseries/?{urlencode(query)}"))
    asked = {"data_state": 1, "timeseries": [row["id"] for row in rows[:count]], **window}
    return f"/timeseries_data/?{urlencode(asked, doseq=True)}"


def small(port: int, asked: Asked) -> float:
    """The milliseconds of one answer among many."""
    client = Client(port)
    if asked.kind == "bemserver":
        client.sign_in()

    def many() -> None:
        for _ in range(CALLS):
            client.ask(asked.method, asked.path, asked.body, asked.headers)

    return milliseconds(many, calls=5) / CALLS


def peak(server: int) -> float:
    """The most memory that a process has held, in megabytes."""
    status = Path(f"/proc/{server}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1e3


@contextmanager
def served(kind: str) -> Iterator[tuple[int, int]]:
    """A platform, or an empty route, in a process of its own: its port and its id."""
    fork = multiprocessing.get_context("fork")
    near, far = fork.Pipe()
    server = fork.Process(target=serve, args=(kind, far), daemon=True)
    server.start()
    try:
        yield near.recv(), server.pid or 0
    finally:
        near.send("enough")
        server.join()


def serve(kind: str, far: Connection) -> None:
    """Serves until it is told that it is enough."""
    if kind:
        with SandboxServer(kind) as sandbox:
            far.send(sandbox.port)
            far.recv()
        return
    route = Route("/", lambda _request: Response(b"{}", media_type="application/json"))
    config = uvicorn.Config(Starlette(routes=[route]), log_level="critical", access_log=False,
                            lifespan="off", server_header=False)  # fmt: skip
    server, listening = uvicorn.Server(config), listen("127.0.0.1", 0)
    thread = Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    far.send(listening.getsockname()[1])
    far.recv()
    server.should_exit = True
    thread.join()
