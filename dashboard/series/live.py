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
import time
from collections import deque
from collections.abc import Iterator
from contextlib import closing
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
"""One feed's deadline; of a series that is still watched the next one is begun before."""
OVERLAP = 20.0
"""Seconds that both are there: to subscribe, and to hear what is on its way to the old one."""
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
"""Series of one process, each with two threads and a socket; three and two while feeds overlap."""
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
    threading.Thread(target=_work, args=(row.pk, holder), name="live", daemon=True).start()
    return row


def listen(pk: int, *, holder: str) -> None:
    """Hears the series until nobody watches it any more, one feed after the other."""
    mine = Live.objects.filter(pk=pk, holder=holder)
    try:
        if row := mine.first():
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
    """Writes down what its feeds tell, until nobody watches. Raises what ended the last of them."""
    beat = timezone.now() - BEAT
    with closing(_Feeds(row)) as feeds:
        while True:
            news, now = feeds.news(TICK), timezone.now()
            begins = feeds.subscribed and row.since is None
            if news or begins or now - beat >= BEAT:
                beat = now
                if feeds.subscribed:
                    row.since, row.trouble = row.since or now, ""
                if not _told(row, news, now):
                    return
            feeds.renew()


class _Feeds:
    """The feeds of one series. The next one is begun before the last one ends; what both tell
    counts once, so nothing is lost or doubled between them."""

    def __init__(self, row: Live) -> None:
        self._row = row
        self._readers = [_begun(row)]
        self._both: set[tuple[object, ...]] = set()
        """What came while there were two."""

    @property
    def subscribed(self) -> bool:
        """From now on every point is heard."""
        return any(one.feed is not None for one in self._readers)

    def news(self, seconds: float) -> list[list[object]]:
        """What came since the last question; waits so long for the end of a feed at most."""
        self._readers[-1].join(seconds)
        return [pair for one in self._readers for pair in one.taken() if self._is_new(pair)]

    def renew(self) -> None:
        """Begins the next feed in time. Raises what ended the last one, if that was a trouble."""
        last = self._readers[-1]
        if last.is_alive() and last.age < FEED_SECONDS - OVERLAP:
            return
        if not last.is_alive():
            if last.news:
                return
            last.check()
        self._readers = [one for one in self._readers if one.is_alive() or one.news]
        if len(self._readers) < 2:
            self._both.clear()
        self._readers.append(_begun(self._row))

    def close(self) -> None:
        for one in self._readers:
            one.close()
        for one in self._readers:
            one.join(FEED_SECONDS)

    def _is_new(self, pair: list[object]) -> bool:
        if tuple(pair) in self._both:
            return False
        if len(self._readers) > 1:
            self._both.add(tuple(pair))
        return True


class _Reader(threading.Thread):
    """Takes what one feed gives, while another thread writes it down and looks at the clock."""

    def __init__(self, connection: Connection, node: str) -> None:
        super().__init__(name="live feed", daemon=True)
        self.feed: Feed | None = None
        self.news: deque[list[object]] = deque()
        self._connection, self._node = connection, node
        self._began = time.monotonic()
        self._closed = False
        self._trouble: ConnectorError | Locked | None = None

    @property
    def age(self) -> float:
        """Seconds."""
        return time.monotonic() - self._began

    def run(self) -> None:
        try:
            with connection_open(self._connection, seconds=FEED_SECONDS) as service:
                if not isinstance(service, Streams):
                    raise Rejected(f"{service.label} tells no points by itself.")
                with service.subscribe([NodeId(self._node)]) as self.feed:
                    self._listen(self.feed)
        except (ConnectorError, Locked) as trouble:
            self._trouble = trouble
        finally:
            connections.close_all()

    def taken(self) -> Iterator[list[object]]:
        """What waits, taken away."""
        return (self.news.popleft() for _ in range(len(self.news)))

    def check(self) -> None:
        """Raises what ended it, if that was a trouble."""
        if self._trouble is not None:
            raise self._trouble
        if self.age < PAUSE.total_seconds():
            raise Unavailable("The platform ended the live connection as soon as it was there.")

    def close(self) -> None:
        self._closed = True
        if self.feed is not None:
            self.feed.close()

    def _listen(self, feed: Feed) -> None:
        if self._closed:  # while it was being opened
            return
        for points in feed:
            self.news.extend(_pairs(points))


def _begun(row: Live) -> _Reader:
    """A reader of the account as it is now."""
    reader = _Reader(Connection.objects.get(pk=row.connection_id), row.node)
    reader.start()
    return reader


def _told(row: Live, news: list[list[object]], now: datetime) -> bool:
    """Writes the news into the row; False when it is another's by now, or nobody watches."""
    row.heard = [*row.heard, *news][-KEPT:]
    row.count += len(news)
    mine = Live.objects.filter(pk=row.pk, holder=row.holder)
    said = {"heard": row.heard, "count": row.count, "since": row.since, "trouble": row.trouble}
    if not mine.update(until=now + LEASE, **said):
        return False
    row.refresh_from_db(fields=["wanted_at"])
    return _wanted(row)


def _pairs(points: Points) -> Iterator[list[object]]:
    times, values = (column.to_pylist() for column in points.batch.columns[:2])
    for at, value in zip(times, values, strict=True):
        unknown = isinstance(value, float) and not math.isfinite(value)
        yield [micros(at), None if unknown else value]
