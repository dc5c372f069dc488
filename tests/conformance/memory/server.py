"""A tiny platform over real HTTP: folders, series and points in dictionaries, one token."""

from __future__ import annotations

import json
import math
import threading
from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, cast
from urllib.parse import parse_qs, unquote, urlsplit

START = datetime(2024, 1, 1, tzinfo=UTC)
STEP = timedelta(minutes=15)
COUNT = 40_000
"""Points of a long series: a bit more than a year."""
PAGE = 10
POINTS_PAGE = 5_000
TOKEN = "memory-token-7c1e9a"

Value = float | int | bool | str


@dataclass(slots=True)
class Item:
    """A node with its points: times in microseconds, rising."""

    id: str
    name: str
    type: str
    parent: str | None = None
    unit: str | None = None
    times: list[int] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)

    def row(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "type": self.type,
            "parent": self.parent,
            "unit": self.unit,
            "last": self.times[-1] if self.times else None,
        }

    def put(self, time: int, value: Value) -> bool:
        """False when the time is there already: its value stays."""
        at = bisect_left(self.times, time)
        if at < len(self.times) and self.times[at] == time:
            return False
        self.times.insert(at, time)
        self.values.insert(at, value)
        return True

    def between(self, start: int, end: int) -> list[tuple[int, Value]]:
        low, high = bisect_left(self.times, start), bisect_left(self.times, end)
        return list(zip(self.times[low:high], self.values[low:high], strict=True))


def micros(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def world() -> dict[str, Item]:
    """A plant with two dozen meters in one folder, and one series of each type in another."""
    items = [
        Item("plant", "Plant", "folder"),
        Item("meters", "Meters", "folder", "plant"),
        Item("kinds", "Kinds of value", "folder", "plant"),
        Item("notes", "Notes.txt", "file", "plant"),
        Item("audit", "Audit <b>2024</b>", "record", "plant"),
        Item("power", "Total power", "series", "plant", "kW"),
        *(Item(f"m{n:02}", f"Meter {n:02}", "series", "meters", "kWh") for n in range(24)),
        *(Item(name, name.title(), "series", "kinds") for name in ("whole", "switch", "words")),
    ]
    found = {item.id: item for item in items}
    times = [micros(START + STEP * n) for n in range(COUNT)]
    found["power"].times = times
    found["power"].values = [50 + 40 * math.sin(n / 15.3) + n % 7 for n in range(COUNT)]
    for n in range(20):  # the last four meters have no points
        found[f"m{n:02}"].times = times[:2_000]
        found[f"m{n:02}"].values = [n + 0.25 * (k % 96) for k in range(2_000)]
    for name, made in (("whole", int), ("switch", lambda n: n % 3 == 0), ("words", str)):
        found[name].times = times[:500]
        found[name].values = [made(n) for n in range(500)]
    return found


class MemoryServer:
    """Serves from the moment it is made until `close`."""

    def __init__(self) -> None:
        self.items = world()
        self.lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.memory = self
        self.port = int(self._server.server_address[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self.settings = {"url": self.url, "token": TOKEN}
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def __enter__(self) -> MemoryServer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    memory: MemoryServer

    def handle_error(self, request: object, client_address: object) -> None:
        """A client may hang up whenever it likes."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def memory(self) -> MemoryServer:
        return cast(_Server, self.server).memory

    def serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self._send(401, {"error": "unknown token"})
        with self.memory.lock:
            found = self._answer(unquote(url.path).strip("/"), asked, body)
        return self._send(404, {"error": "unknown"}) if found is None else self._send(200, found)

    do_GET = do_POST = serve  # noqa: N815

    def _answer(self, path: str, asked: dict[str, str], body: bytes) -> object:
        items = self.memory.items
        kind, _, name = path.partition("/")
        if path == "account":
            return {"id": "memory-1", "name": "Memory account"}
        if path == "nodes":
            return _paged([i for i in items.values() if i.parent == asked.get("parent")], asked)
        if path == "search":
            text = asked["text"].casefold()
            return _paged([i for i in items.values() if text in i.name.casefold()], asked)
        return self._of(kind, items.get(name), asked, body)

    def _of(self, kind: str, item: Item | None, asked: dict[str, str], body: bytes) -> object:
        if kind == "nodes" and item is not None:
            return item.row()
        if item is None or item.type != "series":
            return None
        if kind == "buckets":
            return _buckets(item, asked)
        return _stored(item, body) if self.command == "POST" else _points(item, asked)

    def _send(self, status: int, found: object) -> None:
        body = json.dumps(found).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""


def _paged(rows: list[Item], asked: dict[str, str]) -> object:
    first = int(asked.get("from", "0"))
    following = first + PAGE if first + PAGE < len(rows) else None
    return {"rows": [item.row() for item in rows[first : first + PAGE]], "next": following}


def _points(item: Item, asked: dict[str, str]) -> object:
    found = item.between(int(asked["start"]), int(asked["end"]))
    following = found[POINTS_PAGE][0] if len(found) > POINTS_PAGE else None
    return {"points": found[:POINTS_PAGE], "next": following}


def _stored(item: Item, body: bytes) -> object:
    sent = json.loads(body)
    taken = sum(item.put(time, value) for time, value in sent)
    return {"accepted": taken, "unchanged": len(sent) - taken}


def _buckets(item: Item, asked: dict[str, str]) -> object:
    start, end, step = (int(asked[name]) for name in ("start", "end", "step"))
    return {"buckets": [_bucket(item, at, at + step) for at in range(start, end, step)]}


def _bucket(item: Item, start: int, end: int) -> dict[str, float | None]:
    values = [float(value) for _, value in item.between(start, end)]
    if not values:
        return dict.fromkeys(("min", "max", "mean", "sum", "count"))
    total = math.fsum(values)
    count = len(values)
    found: dict[str, float | None] = {
        "min": min(values),
        "max": max(values),
        "sum": total,
        "count": float(count),
    }
    return found | {"mean": total / count}
