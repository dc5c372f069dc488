"""The newest values of a series, read through the archive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.contract import Window
from connectors.errors import ConnectorError
from dashboard.browse.models import Seen
from dashboard.series import reading
from dashboard.series.services import fill_now

MOST = 20
WIDTHS = (timedelta(days=1), timedelta(days=32))
"""A day holds twenty values of anything metered by the hour; a month, most of what is daily."""

Value = float | int | bool | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Latest:
    """The newest values, newest first, with the window that was looked through."""

    rows: tuple[tuple[datetime, Value], ...]
    window: Window
    trouble: ConnectorError | None = None
    """Why the platform could not be asked; the rows are then the archive's."""


def latest(node: Seen, *, now: datetime, seconds: float) -> Latest:
    """Up to twenty values that end at the newest point the platform told of, or else now."""
    end = now if node.last_seen is None else node.last_seen + timedelta(microseconds=1)
    share = seconds / len(WIDTHS)
    for width in WIDTHS:
        found = _in(node, Window(start=end - width, end=end), now=now, seconds=share)
        if len(found.rows) == MOST or found.trouble is not None:
            return found
    return found


def _in(node: Seen, window: Window, *, now: datetime, seconds: float) -> Latest:
    trouble = None
    try:
        fill_now(
            connection=node.connection,
            nodes=[node.node],
            window=window,
            now=now,
            seconds=seconds,
            background=False,
        )
    except ConnectorError as error:
        trouble = error
    return Latest(rows=_tail(node, window), window=window, trouble=trouble)


def _tail(node: Seen, window: Window) -> tuple[tuple[datetime, Value], ...]:
    rows: list[tuple[datetime, Value]] = []
    for batch in reading.points(connection=node.connection, node=node.node, window=window):
        part = batch.slice(max(0, batch.num_rows - MOST))
        pairs = zip(part["time"].to_pylist(), part["value"].to_pylist(), strict=True)
        rows = [*rows, *pairs][-MOST:]
    return tuple(reversed(rows))
