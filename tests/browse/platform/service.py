"""A platform in memory, for the tests of browsing: a tree that a test fills and breaks at will."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import ClassVar

import pyarrow as pa

from connectors.contract import (
    TIME,
    Account,
    Config,
    Node,
    NodeId,
    Page,
    Points,
    Reads,
    Searches,
    Service,
    Window,
)
from connectors.errors import ConnectorError, NotFound
from tests.browse.platform import LABEL, SUMMARY

PER_PAGE = 3


@dataclass
class World:
    """What the platform holds, how it feels, and what it was asked."""

    nodes: dict[str, Node] = field(default_factory=dict)
    also: dict[str, list[str]] = field(default_factory=dict)
    """Further places: a folder, and the nodes that it shows beside its own."""
    points: dict[str, list[tuple[datetime, float]]] = field(default_factory=dict)
    trouble: ConnectorError | None = None
    calls: list[str] = field(default_factory=list)

    def add(self, node: Node) -> Node:
        self.nodes[node.id] = node
        return node

    def ask(self, call: str) -> None:
        self.calls.append(call)
        if self.trouble is not None:
            raise self.trouble


WORLD = World()


class TreeConfig(Config):
    account: str = "one"


class TreeService(Service[TreeConfig], Reads, Searches):
    kind = "tree"
    label = LABEL
    summary = SUMMARY
    Config: ClassVar[type[Config]] = TreeConfig

    def check(self) -> Account:
        WORLD.ask("check")
        return Account(id=self.config.account, label="The tree")

    def children(self, parent: NodeId | None, cursor: str | None = None) -> Page[Node]:
        WORLD.ask(f"children {parent} {cursor}")
        if parent is not None and parent not in WORLD.nodes:
            raise NotFound("The platform has nothing under this id.")
        own = [node for node in WORLD.nodes.values() if node.parent == parent]
        return _page(
            [*own, *(WORLD.nodes[one] for one in WORLD.also.get(parent or "", []))], cursor
        )

    def node(self, id: NodeId) -> Node:
        WORLD.ask(f"node {id}")
        if id not in WORLD.nodes:
            raise NotFound("The platform has nothing under this id.")
        return WORLD.nodes[id]

    def search(self, text: str, cursor: str | None = None) -> Page[Node]:
        WORLD.ask(f"search {text} {cursor}")
        folded = text.casefold()
        return _page([n for n in WORLD.nodes.values() if folded in n.name.casefold()], cursor)

    def read(self, series: Sequence[NodeId], window: Window) -> Iterator[Points]:
        WORLD.ask(f"read {' '.join(series)}")
        for one in series:
            inside = [p for p in WORLD.points.get(one, []) if window.start <= p[0] < window.end]
            times = pa.array([time for time, _ in inside], TIME)
            values = pa.array([value for _, value in inside], pa.float64())
            batch = pa.RecordBatch.from_arrays([times, values], names=["time", "value"])
            yield Points(series=one, batch=batch)


SERVICE = TreeService


def folder(id: str, name: str, *, parent: str | None = None) -> Node:
    return WORLD.add(
        Node(
            id=NodeId(id),
            name=name,
            type="site",
            role="folder",
            parent=_id(parent),
            expandable=True,
        )
    )


def series(id: str, name: str, *, parent: str | None = None, unit: str = "kWh") -> Node:
    return WORLD.add(
        Node(
            id=NodeId(id),
            name=name,
            type="timeseries",
            role="series",
            parent=_id(parent),
            unit=unit,
            last_seen=datetime(2026, 3, 1, tzinfo=UTC),
            details={"description": f"what {name} counts"},
        )
    )


def rename(id: str, name: str) -> None:
    WORLD.nodes[id] = replace(WORLD.nodes[id], name=name)


def _page(found: list[Node], cursor: str | None) -> Page[Node]:
    start = int(cursor or 0)
    end = start + PER_PAGE
    return Page(items=tuple(found[start:end]), next=str(end) if end < len(found) else None)


def _id(text: str | None) -> NodeId | None:
    return None if text is None else NodeId(text)
