"""Reading what is missing, and keeping it: chunk by chunk, each whole or not at all.

A chunk is some series over a stretch of time: one call of the platform where it can, one segment a
series, one transaction. Its width follows what came before it, so that a killed worker loses at
most some seconds' work and a waiting person sees the chart grow.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from django.db import transaction

from connectors.contract import NodeId, Notes, Points, Reads, Service, Window
from connectors.errors import BadAnswer, ConnectorError, Forbidden, NotFound, Rejected
from dashboard.connections.models import Connection
from dashboard.series.claims import LEASE, Grip
from dashboard.series.coverage import missing_each
from dashboard.series.models import Segment
from dashboard.series.storage import Draft, Stored
from dashboard.series.windows import clip

FIRST_WIDTH = timedelta(days=31)
NARROWEST, WIDEST = timedelta(hours=1), timedelta(days=3660)
ROWS = 500_000
"""Wanted of a chunk's longest series: a year at one minute."""
SECONDS = 20.0
"""Wanted of the reading of a chunk."""
GROWTH = 4
RENEW_SECONDS = LEASE.total_seconds() / 6


@dataclass(slots=True, kw_only=True)
class Filling:
    """One reading of what is missing. `open` gives the platform with a fresh deadline each time;
    `lost` collects the series that the platform no longer has, or does not show to this account."""

    connection: Connection
    open: Callable[[], Service[Any]]
    clock: Callable[[], datetime]
    grip: Grip | None = None
    lost: dict[str, ConnectorError] = field(default_factory=dict)
    width: timedelta = FIRST_WIDTH
    chunks: int = 0
    """Answered by the platform and kept so far."""
    _renewed: float = field(default_factory=time.monotonic)

    def run(self, nodes: Sequence[str], window: Window) -> None:
        """Fills the window. Raises ConnectorError, OSError (the storage), Lost (the grip)."""
        position = window.start
        while gaps := self._gaps(nodes, Window(start=position, end=window.end)):
            start = min(windows[0].start for windows in gaps.values())
            stretch = Window(start=start, end=min(start + self.width, window.end))
            with self.open() as service:
                for part, wanting in _together(gaps, stretch, service.traits.series_per_read):
                    self._read(service, wanting, part)
            position = stretch.end
            if self.grip:
                self.grip.reached(position)

    def _gaps(self, nodes: Sequence[str], rest: Window) -> dict[str, tuple[Window, ...]]:
        """What is missing of the series that are not lost; only those that miss something."""
        alive = [node for node in nodes if node not in self.lost]
        if rest.empty or not alive:
            return {}
        found = missing_each(connection=self.connection, nodes=alive, window=rest, now=self.clock())
        return {node: windows for node, windows in found.items() if windows}

    def _read(self, service: Service[Any], nodes: Sequence[str], part: Window) -> None:
        """One chunk; where one of several series is gone, each alone, so the others are kept."""
        try:
            self._chunk(service, nodes, part)
        except (NotFound, Forbidden) as gone:
            if len(nodes) == 1:
                self.lost[nodes[0]] = gone
                return
            for node in nodes:
                self._read(service, (node,), part)

    def _chunk(self, service: Service[Any], nodes: Sequence[str], part: Window) -> None:
        fetched_at, began = self.clock(), time.monotonic()
        with ExitStack() as stack:
            drafts = {
                node: Draft(connection=self.connection.pk, node=node, window=part) for node in nodes
            }
            for draft in drafts.values():
                stack.callback(draft.discard)
            notes = self._receive(service, drafts, part)
            kept = {node: draft.keep() for node, draft in drafts.items()}
        self._commit(kept, notes, part, fetched_at)
        self.chunks += 1
        most = max(stored.rows for stored in kept.values())
        self.width = _width_after(self.width, part, most, time.monotonic() - began)

    def _receive(
        self, service: Service[Any], drafts: Mapping[str, Draft], part: Window
    ) -> Mapping[str, Notes]:
        notes: defaultdict[str, Notes] = defaultdict(Notes)
        for points in _answer(service, tuple(drafts), part):
            draft = drafts.get(points.series)
            if draft is None:
                raise BadAnswer("The connector gave points of a series that was not asked for")
            draft.write(points.batch)
            notes[points.series] += points.notes
            self._renew()
        return notes

    def _renew(self) -> None:
        if self.grip and time.monotonic() - self._renewed > RENEW_SECONDS:
            self.grip.renew()
            self._renewed = time.monotonic()

    def _commit(
        self,
        kept: Mapping[str, Stored],
        notes: Mapping[str, Notes],
        part: Window,
        fetched_at: datetime,
    ) -> None:
        """All rows of a chunk at once, behind the fence. In the order of the nodes, so that two
        fills of the same series never wait for each other."""
        with transaction.atomic():
            if self.grip:
                self.grip.kept(rows=sum(stored.rows for stored in kept.values()))
            for node in sorted(kept):
                segment = Segment.objects.create(
                    connection=self.connection,
                    node=node,
                    start=part.start,
                    end=part.end,
                    fetched_at=fetched_at,
                    notes=asdict(notes.get(node, Notes())),
                    **asdict(kept[node]),
                )
                _supersede(segment)


def _supersede(newer: Segment) -> None:
    """Strikes out what the newer segment covers wholly; what it covers in part stays live, and
    reading prefers the newest."""
    Segment.objects.filter(
        connection=newer.connection,
        node=newer.node,
        superseded_by=None,
        start__gte=newer.start,
        end__lte=newer.end,
        fetched_at__lte=newer.fetched_at,
    ).exclude(pk=newer.pk).update(superseded_by=newer)


def _together(
    gaps: Mapping[str, Sequence[Window]], stretch: Window, most: int
) -> Iterator[tuple[Window, Sequence[str]]]:
    """Each window that is missing in the stretch, with at most `most` series that all miss it."""
    wanting: defaultdict[Window, list[str]] = defaultdict(list)
    for node, windows in gaps.items():
        for part in clip(windows, stretch):
            wanting[part].append(node)
    for part in sorted(wanting, key=lambda window: window.start):
        nodes = wanting[part]
        for first in range(0, len(nodes), most):
            yield part, tuple(nodes[first : first + most])


def _answer(service: Service[Any], nodes: Sequence[str], part: Window) -> Iterator[Points]:
    """The points of the part, in requests no wider than the platform takes."""
    if not isinstance(service, Reads):
        raise Rejected(f"{service.label} has no points to read.")
    series = [NodeId(node) for node in nodes]
    for piece in part.split(service.traits.widest or part.width):
        answer = cast("Generator[Points, None, None]", service.read(series, piece))
        with closing(answer):
            yield from answer


def _width_after(width: timedelta, part: Window, rows: int, seconds: float) -> timedelta:
    """The next chunk's width, from the last one's length and duration."""
    factor = min(ROWS / max(rows, 1), SECONDS / max(seconds, 0.001))
    wanted = part.width * min(factor, WIDEST / part.width)
    return max(NARROWEST, min(max(width, part.width) * GROWTH, wanted))
