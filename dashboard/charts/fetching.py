"""What a chart asks of the platforms while a person waits: short reads, and buckets made there.

A chart never waits for a long reading. What is short is read at once; for the rest a fill is asked
(the caller enqueues it) and the platform's own minimum and maximum stand in until it is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from connectors.contract import NodeId, Window
from connectors.egress import Deadline
from connectors.errors import ConnectorError
from dashboard.charts.estimates import Estimate, estimates
from dashboard.charts.refs import SeriesRef
from dashboard.connections.health import sentence
from dashboard.connections.models import Connection
from dashboard.connections.probe import newest_of
from dashboard.connections.services import connection_open
from dashboard.connections.vault import Locked
from dashboard.series.coverage import missing_each
from dashboard.series.models import Fill, FillState, Segment
from dashboard.series.services import fill_ask, fill_now

QUICK = timedelta(days=32)
"""Missing time that is read while the person waits: at one minute 46,080 points, half a second."""
LEAST = 0.3
"""Seconds for the platform's buckets when the short reads took all of the person's patience."""
ONCE_MORE = timedelta(minutes=2)
"""A fill that failed is not asked for again by a page that polls, unless the person says so."""

Parts = tuple[Window, ...]
LIVE = (FillState.WAITING, FillState.RUNNING)
Unread = Mapping[str, Parts]

SIDES = {
    "settings": "the connection's settings",
    "account": "the account at the platform",
    "platform": "the platform",
    "network": "the network, or the platform",
    "tieline": "Tieline",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why a series is not drawn in full, and on whose side that is."""

    sentence: str
    whose: str
    passing: bool = False

    @classmethod
    def of(cls, error: ConnectorError) -> Trouble:
        return cls(sentence=sentence(error), whose=SIDES[error.whose], passing=error.passing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What came of asking one connection for its series."""

    unread: Unread = field(default_factory=dict)
    troubles: Mapping[str, Trouble] = field(default_factory=dict)
    estimates: Mapping[str, Estimate] = field(default_factory=dict)
    fills: tuple[Fill, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be drawn, from when on `now` is, and how long the person's page may take."""

    window: Window
    pixels: int
    now: datetime
    seconds: float
    again: bool = False
    """The person asked for another try after a failure."""
    settled: bool = False
    """Known to be read in full: nobody is asked, not even the archive's catalogue."""
    poll: bool = False
    """The chart is drawn already and asks how far its fills are: nothing new is asked for."""


def fetch(connection: Connection, refs: Sequence[SeriesRef], wish: Wish) -> Fetched:
    """Reads what is short, asks for the rest, and estimates it meanwhile."""
    if wish.settled:
        return Fetched()
    nodes = [ref.node for ref in refs]
    unread = _unread(connection, nodes, wish)
    if not unread:
        return Fetched()
    troubles = {} if wish.again else _failed_lately(connection, unread, wish)
    if wish.poll:
        return Fetched(unread=unread, troubles=troubles, fills=_live(connection))
    open_nodes = [node for node in unread if node not in troubles]
    try:
        return _fetch(connection, open_nodes, unread, troubles, wish)
    except Locked as locked:
        said = Trouble(sentence=str(locked), whose=SIDES["tieline"])
    except ConnectorError as error:
        said = Trouble.of(error)
    return Fetched(unread=unread, troubles=dict.fromkeys(unread, said))


def newest(ref: SeriesRef, *, since: datetime, seconds: float) -> datetime | None:
    """The time of a series' newest point if that is before `since`; None: recent, or not known."""
    if ref.last_seen and ref.seen_at and ref.last_seen < since and ref.seen_at > since:
        return ref.last_seen
    mine = Segment.objects.filter(connection=ref.connection, node=ref.node)
    if mine.filter(rows__gt=0, end__gt=since, superseded_by=None).exists():
        return None
    try:
        with connection_open(ref.connection, seconds=seconds) as service:
            told = newest_of(service.node(NodeId(ref.node)))
    except (ConnectorError, Locked):
        return None  # the reading itself will say so, beside its series
    return told if told is not None and told < since else None


def _fetch(
    connection: Connection,
    nodes: Sequence[str],
    unread: Unread,
    failed: Mapping[str, Trouble],
    wish: Wish,
) -> Fetched:
    deadline = Deadline.after(wish.seconds)
    quick = [node for node in nodes if _width(unread[node]) <= QUICK]
    troubles = dict(failed) | _read_now(connection, quick, wish)
    left = _unread(connection, list(unread), wish)
    waiting = [n for n in nodes if n in left and (n not in troubles or troubles[n].passing)]
    parts = {node: left[node] for node in waiting}
    seen = estimates(
        connection, parts, wish.window, wish.pixels, seconds=max(deadline.left(), LEAST)
    )
    refused = {node: Trouble.of(error) for node, error in seen.refused.items()}
    wanted = [node for node in waiting if node not in refused]
    return Fetched(
        unread=left,
        troubles={node: t for node, t in (troubles | refused).items() if node in left},
        estimates=seen.drawn,
        fills=_ask(connection, wanted, wish),
    )


def _read_now(connection: Connection, nodes: Sequence[str], wish: Wish) -> dict[str, Trouble]:
    """Fills at once; where one series fails for good, the others are read without it."""
    if not nodes:
        return {}
    try:
        fill_now(
            connection=connection,
            nodes=nodes,
            window=wish.window,
            now=wish.now,
            seconds=wish.seconds,
            background=False,
        )
    except ConnectorError as error:
        if error.passing or len(nodes) == 1:
            return dict.fromkeys(nodes, Trouble.of(error))
        apart = (_read_now(connection, [node], wish) for node in nodes)
        return {node: trouble for part in apart for node, trouble in part.items()}
    return {}


def _ask(connection: Connection, nodes: Sequence[str], wish: Wish) -> tuple[Fill, ...]:
    if not nodes:
        return ()
    fill = fill_ask(connection=connection, nodes=nodes, window=wish.window, now=wish.now)
    return () if fill is None else (fill,)


def _live(connection: Connection) -> tuple[Fill, ...]:
    return tuple(Fill.objects.filter(connection=connection, state__in=LIVE).order_by("pk"))


def _failed_lately(connection: Connection, unread: Unread, wish: Wish) -> dict[str, Trouble]:
    failed = Fill.objects.filter(
        connection=connection,
        state=FillState.FAILED,
        ended_at__gt=wish.now - ONCE_MORE,
        start__lt=wish.window.end,
        end__gt=wish.window.start,
    )
    return {
        node: Trouble(sentence=fill.trouble, whose=SIDES["platform"])
        for fill in failed.order_by("pk")
        for node in fill.nodes
        if node in unread
    }


def _unread(connection: Connection, nodes: Sequence[str], wish: Wish) -> dict[str, Parts]:
    found = missing_each(connection=connection, nodes=nodes, window=wish.window, now=wish.now)
    return {node: windows for node, windows in found.items() if windows}


def _width(windows: Sequence[Window]) -> timedelta:
    return sum((window.width for window in windows), timedelta(0))
