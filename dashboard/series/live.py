"""Points as they arise: one feed a series, however many watch it.

A page that polls says by `watch` that somebody looks. The process that is asked first takes the row
and listens in a thread of its own; what it hears stands in the row, where every process sees it, so
nothing is kept of any viewer. A feed ends at its door's deadline, and sooner when nobody has asked
for a while. The archive gets these points by a fill, as it gets all others.
"""

from __future__ import annotations

import math
import secrets
import threading
from collections import deque
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import connections
from django.db.models import Q
from django.utils import timezone

from connectors import registry
from connectors.contract import Feed, NodeId, Points, Streams
from connectors.errors import ConnectorError, Rejected, Unavailable
from dashboard.connections.health import sentence
from dashboard.connections.models import Connection
from dashboard.connections.services import connection_open
from dashboard.connections.vault import Locked
from dashboard.series.models import Live
from dashboard.series.windows import micros

FEED_SECONDS = 300.0
"""One feed's deadline; a series that is still watched then gets the next one."""
WANTED = timedelta(seconds=15)
"""So long after the last question somebody still looks: seven polls of a page."""
LEASE = timedelta(seconds=15)
PAUSE = timedelta(seconds=10)
"""Before a platform that broke off is subscribed to again."""
TICK = 0.5
"""Seconds from hearing a point to its being seen by all; ten points at once cost one write."""
BEAT = timedelta(seconds=4)
KEPT = 200
"""Points of a series in its row: 8 kB."""
MOST = 16
"""Feeds of one process, each a thread or two and a socket."""
FULL = "Too many series are watched at once. The chart still gets these points, a minute later."

_room = threading.BoundedSemaphore(MOST)


def streams(connection: Connection) -> bool:
    """True when the platform tells points by itself."""
    return issubclass(registry.load(connection.kind), Streams)


def watch(connection: Connection, node: str, *, now: datetime) -> Live:
    """What was heard so far; from now on somebody listens. Asks no platform, so it is quick."""
    row, _ = Live.objects.get_or_create(
        connection=connection, node=node, defaults={"wanted_at": now}
    )
    Live.objects.filter(pk=row.pk).update(wanted_at=now)
    if row.until is not None and row.until > now:
        return row
    if not _room.acquire(blocking=False):
        row.trouble = FULL
        return row
    holder = secrets.token_hex(16)
    if not _taken(row, holder, now):
        _room.release()
        return row
    threading.Thread(target=_work, args=(row.pk, holder), daemon=True).start()
    return row


def listen(pk: int, *, holder: str) -> None:
    """Hears the series until nobody watches it any more, one feed after the other."""
    mine = Live.objects.filter(pk=pk, holder=holder)
    try:
        while (row := mine.select_related("connection").first()) and _wanted(row):
            _hear(row)
    except (ConnectorError, Locked) as trouble:
        said = sentence(trouble) if isinstance(trouble, ConnectorError) else str(trouble)
        mine.update(trouble=said, since=None, until=timezone.now() + PAUSE)
    else:
        mine.delete()


def _work(pk: int, holder: str) -> None:
    try:
        listen(pk, holder=holder)
    finally:
        _room.release()
        connections.close_all()


def _taken(row: Live, holder: str, now: datetime) -> bool:
    """True when the row is ours: of several that want it at once, the first one gets it."""
    free = Q(until=None) | Q(until__lte=now)
    mine = Live.objects.filter(free, pk=row.pk)
    return bool(mine.update(holder=holder, until=now + LEASE, since=None, heard=[], count=0))


def _wanted(row: Live) -> bool:
    return timezone.now() - row.wanted_at < WANTED


def _hear(row: Live) -> None:
    """One feed, from the subscription to its end. Raises ConnectorError."""
    with connection_open(row.connection, seconds=FEED_SECONDS) as service:
        if not isinstance(service, Streams):
            raise Rejected(f"{service.label} tells no points by itself.")
        with service.subscribe([NodeId(row.node)]) as feed:
            row.since = row.since or timezone.now()
            row.trouble = ""
            _follow(row, _Reader(feed))


class _Reader(threading.Thread):
    """Takes what a feed gives, while another thread writes it down and looks at the clock."""

    def __init__(self, feed: Feed) -> None:
        super().__init__(daemon=True)
        self.feed = feed
        self.news: deque[list[object]] = deque()
        self.trouble: ConnectorError | None = None

    def run(self) -> None:
        try:
            for points in self.feed:
                self.news.extend(_pairs(points))
        except ConnectorError as trouble:
            self.trouble = trouble
        finally:
            connections.close_all()


def _follow(row: Live, reader: _Reader) -> None:
    """Until the feed ends, or nobody watches. Raises what ended it, if that was a trouble."""
    reader.start()
    began = timezone.now()
    beat = began - BEAT
    try:
        while reader.is_alive():
            if reader.news or timezone.now() - beat >= BEAT:
                beat = timezone.now()
                if not _told(row, reader.news, beat):
                    return
            reader.join(TICK)
    finally:
        reader.feed.close()
        reader.join(FEED_SECONDS)
    _told(row, reader.news, timezone.now())
    if reader.trouble is not None:
        raise reader.trouble
    if timezone.now() - began < PAUSE:
        raise Unavailable("The platform ended the live connection as soon as it was there.")


def _told(row: Live, news: deque[list[object]], now: datetime) -> bool:
    """Writes the news into the row; False when it is another's by now, or nobody watches."""
    fresh = [news.popleft() for _ in range(len(news))]
    row.heard = [*row.heard, *fresh][-KEPT:]
    row.count += len(fresh)
    mine = Live.objects.filter(pk=row.pk, holder=row.holder)
    said = {"heard": row.heard, "count": row.count, "since": row.since, "trouble": row.trouble}
    if not mine.update(until=now + LEASE, **said):
        return False
    row.refresh_from_db(fields=["wanted_at"])
    return _wanted(row)


def _pairs(points: Points) -> Iterator[list[object]]:
    times, values = (column.to_pylist() for column in points.batch.columns[:2])
    for time, value in zip(times, values, strict=True):
        unknown = isinstance(value, float) and not math.isfinite(value)
        yield [micros(time), None if unknown else value]
