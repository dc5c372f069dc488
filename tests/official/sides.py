"""The two servers that a scenario is run on, and what it saw as plain data without ids."""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa

from connectors import registry
from connectors.contract import TIME, Node, NodeId, Window
from connectors.egress import Deadline, Egress
from connectors.errors import ConfigInvalid, ConnectorError, Rejected
from connectors.sandbox.bemserver.auth import Tokens
from connectors.sandbox.clock import Clock
from tests.official.small_world import MEMBER

WORDS = {
    "campaigns": ("campaign", "unplaced"), "campaign_scopes": ("scope",), "sites": ("site",),
    "buildings": ("building",), "storeys": ("storey",), "spaces": ("space",), "zones": ("zone",),
}  # fmt: skip
REFERENCE = re.compile(r" \(reference [0-9a-f]+\)")

Step = tuple[str, Any]
Row = list[str | None]


@dataclass(slots=True)
class Kept:
    """Tokens in memory, for one connection."""

    values: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def load(self) -> Mapping[str, str]:
        return dict(self.values)

    def save(self, values: Mapping[str, str]) -> None:
        self.values = dict(values)

    @contextmanager
    def lock(self) -> Iterator[None]:
        with self._lock:
            yield


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two servers, the ids of the small world on it, and the key of its tokens."""

    url: str
    ids: Mapping[str, int]
    key: bytes = field(repr=False)
    names: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for path, number in self.ids.items():
            kind, _, name = path.partition("/")
            ways = [f"{word}/{number}" for word in WORDS.get(kind, ())]
            ways += [f"timeseries/{number}@{n}" for n in (1, 2) if kind == "timeseries"]
            self.names.update((way, way.replace(str(number), name, 1)) for way in ways)

    @contextmanager
    def opened(
        self, who: tuple[str, str] = MEMBER, *, keep: Kept | None = None, state: str = "Raw"
    ) -> Iterator[Any]:
        """Our service, signed in as one of the accounts."""
        port = int(self.url.rpartition(":")[2])
        terms = registry.Terms(
            egress=Egress(allow=frozenset({("127.0.0.1", port)})),
            deadline=Deadline.after(120),
            keep=keep or Kept(),
        )
        email, password = who
        values = {"url": self.url, "email": email, "password": password, "data_state": state}
        with registry.open_service("bemserver", values, terms) as service:
            yield service

    def series(self, *names: str, state: int = 1) -> list[NodeId]:
        return [NodeId(f"timeseries/{self.ids[f'timeseries/{name}']}@{state}") for name in names]

    def tokens(self, *, access: float, refresh: float) -> dict[str, str]:
        """The member's tokens, signed as this server signs them."""
        maker = Tokens(clock=Clock(), access_seconds=access, refresh_seconds=refresh, key=self.key)
        pair = maker.pair(MEMBER[0])
        return {"access": pair["access_token"], "refresh": pair["refresh_token"]}


def refusal(call: Callable[[], object]) -> Any:
    """The error of a call, as a user reads it; what it gave when there was none."""
    try:
        return call()
    except ConnectorError as fault:
        fields = fault.fields if isinstance(fault, ConfigInvalid | Rejected) else {}
        return [type(fault).__name__, REFERENCE.sub("", fault.message), fields]


def shown(side: Side, nodes: Iterable[Node]) -> list[Any]:
    """Nodes with names for ids."""

    def named(id: NodeId | None) -> str | None:
        return id if id is None else side.names.get(id, f"unknown: {id}")

    return [
        [named(node.id), node.name, node.type, node.role, named(node.parent), node.expandable,
         node.unit, node.last_seen and node.last_seen.isoformat(), dict(node.details)]
        for node in nodes
    ]  # fmt: skip


def day(start: datetime, days: float = 1) -> Window:
    return Window(start=start, end=start + timedelta(days=days))


def listed(batch: pa.RecordBatch) -> list[Row]:
    """Rows as text: times, and numbers with all their digits and their sign."""
    return [[_text(cell) for cell in row.values()] for row in batch.to_pylist()]


def _text(cell: Any) -> str | None:
    if cell is None:
        return None
    return cell.isoformat() if isinstance(cell, datetime) else repr(cell)


def near(one: Sequence[Any], other: Sequence[Any]) -> bool:
    """Numbers, or texts of numbers, that differ by rounding only."""
    try:
        pairs = [(float(a or 0), float(b or 0)) for a, b in zip(one, other, strict=True)]
    except ValueError:
        return False
    return all(math.isclose(a, b, rel_tol=1e-12, abs_tol=1e-12) for a, b in pairs)


def batch(points: Sequence[tuple[datetime, float | None]]) -> pa.RecordBatch:
    times, values = zip(*points, strict=True)
    arrays = [pa.array(times, TIME), pa.array(values, pa.float64())]
    return pa.RecordBatch.from_arrays(arrays, names=["time", "value"])
