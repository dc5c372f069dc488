"""Asking for points that are missing, and getting them: later by a task, or now."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from connectors import registry
from connectors.contract import Reads, Service, Window
from connectors.egress import Deadline
from connectors.errors import AuthFailed, ConnectorError, RateLimited, Rejected, Unavailable
from dashboard.connections.health import health_note, sentence
from dashboard.connections.models import Connection, Health
from dashboard.connections.services import connection_open
from dashboard.connections.vault import Locked
from dashboard.series import claims
from dashboard.series.claims import Grip
from dashboard.series.coverage import missing_each, widened
from dashboard.series.filling import Filling
from dashboard.series.models import Fill, FillState
from dashboard.series.windows import hull

RETRIES = 5
"""In a row, without a chunk in between."""
FIRST_PAUSE = 5.0
LONGEST_PAUSE = 3600.0
LOCKED = "This server's key does not open the connection's secrets; ask whoever runs Tieline."


def fill_ask(
    *, connection: Connection, nodes: Sequence[str], window: Window, now: datetime
) -> Fill | None:
    """A fill that will bring what is missing; None when nothing is.

    A live fill that has these series and starts no later serves as well, also when it ends up to
    `settles` earlier: that end is asked for again anyway. The caller enqueues
    `tasks.fill.delay_on_commit(fill.pk)`; sent twice, it is done once.
    """
    _must_read(connection)
    wanted = tuple(sorted(set(nodes)))
    window = widened(window, connection=connection, now=now)
    gaps = missing_each(connection=connection, nodes=wanted, window=window, now=now)
    missing = [part for windows in gaps.values() for part in windows]
    if not missing:
        return None
    wanting, range_ = [node for node in wanted if gaps[node]], hull(missing)
    return _joined(connection, wanting, range_) or _made(connection, wanting, range_)


def fill_run(fill_id: int, *, holder: str) -> float | None:
    """Does the fill, unless it is done or another's. `holder` is the name of this very try.

    Gives the seconds after which to try again when the platform asks for patience, else None.
    """
    fill = claims.claim(fill_id, holder=holder)
    if fill is None:
        return None
    grip = Grip(fill.pk, holder)
    try:
        return _run(fill, grip)
    except claims.Lost:
        return None


def fill_now(
    *,
    connection: Connection,
    nodes: Sequence[str],
    window: Window,
    now: datetime,
    seconds: float,
    background: bool,
) -> None:
    """Reads what is missing in this process; what came before an error or the deadline is kept.

    Raises ConnectorError; NotFound or Forbidden for a lost series after the others are read.
    """
    deadline = Deadline.after(seconds)

    def opened() -> Service[Any]:
        left = deadline.left()
        if left == 0:
            raise Unavailable(
                f"The platform did not give everything within {seconds:g} seconds. "
                "What came is kept; ask again for the rest."
            )
        return connection_open(connection, seconds=left, background=background)

    _must_read(connection)
    filling = Filling(connection=connection, open=opened, clock=lambda: now)
    _read(filling, tuple(sorted(set(nodes))), widened(window, connection=connection, now=now))
    for gone in filling.lost.values():
        raise gone


def fills_stalled(now: datetime) -> Sequence[int]:
    """Fills to nudge: asked for or given back, and nobody at work on them."""
    return claims.stalled(now)


def _read(filling: Filling, nodes: Sequence[str], window: Window) -> None:
    """Fills the window, and writes down what that says of the account's sign-in. Raises as
    `Filling.run` does."""
    connection = filling.connection
    try:
        filling.run(nodes, window)
    except AuthFailed as refused:
        if connection.health != Health.SIGN_IN:  # the first refusal gave the reason
            health_note(connection, health=Health.SIGN_IN, says=sentence(refused))
        raise
    if filling.chunks and connection.health == Health.SIGN_IN:
        health_note(connection, health=Health.OK)


def _run(fill: Fill, grip: Grip) -> float | None:
    """The reading of a claimed fill and what becomes of its row. Raises Lost."""
    if fill.tries > RETRIES + 1:
        trouble = fill.trouble or "Reading was interrupted again and again without any progress."
        grip.end(FillState.FAILED, trouble=trouble)
        return None
    filling = Filling(
        connection=fill.connection,
        open=lambda: connection_open(
            fill.connection, seconds=settings.TASK_SECONDS, background=True
        ),
        clock=timezone.now,
        grip=grip,
    )
    try:
        _read(filling, fill.nodes, Window(start=fill.start, end=fill.end))
    except ConnectorError as trouble:
        return _troubled(grip, trouble)
    except Locked:
        grip.end(FillState.FAILED, trouble=LOCKED)
    except OSError as fault:
        grip.end(FillState.FAILED, trouble=_unwritten(fault))
    else:
        _end(grip, fill, filling)
    return None


def _end(grip: Grip, fill: Fill, filling: Filling) -> None:
    if not filling.lost:
        grip.end(FillState.DONE)
        return
    reason = next(iter(filling.lost.values())).message
    count = f"{len(filling.lost)} of {len(fill.nodes)} series could not be read: "
    grip.end(FillState.FAILED, trouble=(count if len(fill.nodes) > 1 else "") + reason)


def _troubled(grip: Grip, trouble: ConnectorError) -> float | None:
    """Gives the fill back when patience may help, else ends it. Raises Lost."""
    tries = Fill.objects.values_list("tries", flat=True).get(pk=grip.fill_id)
    if not trouble.passing or tries > RETRIES:
        grip.end(FillState.FAILED, trouble=sentence(trouble))
        return None
    pause = _pause(trouble, tries)
    grip.give_back(pause=timedelta(seconds=pause), trouble=trouble.message)
    return pause


def _pause(trouble: ConnectorError, tries: int) -> float:
    """What the platform asks for, or twice as long each time; spread, so that many fills of one
    platform do not all come back in the same second."""
    asked = trouble.retry_after if isinstance(trouble, RateLimited) else None
    if asked is None:
        return FIRST_PAUSE * 2.0 ** (tries - 1) * random.uniform(0.5, 1.5)
    return min(max(asked, 1.0), LONGEST_PAUSE) * random.uniform(1.0, 1.2)


def _unwritten(fault: OSError) -> str:
    why = fault.strerror or "the storage gave no reason"
    return f"Tieline's archive could not be written ({why}); ask whoever runs Tieline."


def _must_read(connection: Connection) -> None:
    service = registry.load(connection.kind)
    if not issubclass(service, Reads):
        raise Rejected(f"{service.label} has no points to read.")


def _joined(connection: Connection, nodes: Sequence[str], range_: Window) -> Fill | None:
    """A live fill that serves as well."""
    settles = registry.load(connection.kind).traits.settles
    live = Fill.objects.filter(
        connection=connection,
        state__in=claims.LIVE,
        start__lte=range_.start,
        end__gte=range_.end - settles,
        end__gt=range_.start,
    )
    return next((fill for fill in live if set(nodes) <= set(fill.nodes)), None)


def _made(connection: Connection, nodes: Sequence[str], range_: Window) -> Fill:
    """A new fill, or the one that somebody else made in this very moment."""
    text = json.dumps([nodes, range_.start.isoformat(), range_.end.isoformat()])
    digest = hashlib.sha256(text.encode()).hexdigest()
    try:
        with transaction.atomic():
            return Fill.objects.create(
                connection=connection,
                nodes=nodes,
                digest=digest,
                start=range_.start,
                end=range_.end,
            )
    except IntegrityError:
        return Fill.objects.get(connection=connection, digest=digest, state__in=claims.LIVE)
