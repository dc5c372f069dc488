"""What a result looks like on a page: points as a chart, times and series in words.

Points of a time to come that follow what was measured are a prediction: they are drawn beyond
“now”, dashed, after what was measured before.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from connectors import registry
from connectors.contract import Reads, Window
from connectors.errors import ConnectorError
from dashboard.accounts.templatetags.pieces import digits
from dashboard.browse import seen
from dashboard.browse.models import Seen
from dashboard.browse.services import node_open
from dashboard.charts import figure
from dashboard.charts.drawing import NOTHING, Points, archived
from dashboard.charts.forms import stamp
from dashboard.charts.refs import SeriesRef
from dashboard.charts.ticks import millis
from dashboard.charts.words import local_words
from dashboard.connections.models import Connection
from dashboard.operations.results import MOST_ROWS, POINT_COLUMNS, Shown
from dashboard.series.services import fill_now

NODE = "node"
"""The column of a table whose cells are nodes, each with a page."""
PIXELS = 900
MOST_LINES = 8
FEW = 200
"""Points; fewer get a dot each."""
ROOM = 80
"""A part of the width stays free at the right, or the newest point's dot is cut in two."""
BEFORE = 2
"""A prediction is shown after twice its own width of what was measured."""
LONGEST_PAST = timedelta(days=32)
PATIENCE = 2.0
"""Seconds for reading what was measured; without it the prediction stands alone."""

Row = tuple[datetime, str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One series of a result, and what was measured of it before."""

    ref: SeriesRef
    rows: tuple[Row, ...]
    past: Points = NOTHING


def context(
    result: Shown | None, connection: Connection, *, zone: str, now: datetime
) -> dict[str, Any]:
    """Everything that `operations/result.html` shows; `now` is when it was called."""
    if result is None:
        return {"result": None}
    if result.kind != "points":
        opens = result.columns.index(NODE) if NODE in result.columns else None
        return {"result": result, "opens": opens}
    here = ZoneInfo(zone)
    rows = [(_time(row[0]), *row[1:]) for row in result.rows]
    known = _known(connection, dict.fromkeys(row[1] for row in rows), now)
    refs = {node: _ref(connection, node, row) for node, row in known.items()}
    lines = _lines([row for row in rows if _drawable(row)], refs)
    continued = _continued(lines, connection, now) if _goes_on(lines, now) else ()
    ahead = bool(continued) and all(_follows(line, now) for line in continued)
    lines = continued if ahead else lines
    told = [_told(row, refs, here) for row in rows[:MOST_ROWS]]
    return {
        "result": replace(result, columns=_columns(refs), rows=tuple(told)),
        "total": len(rows),
        "ahead": ahead,
        "charted": [line.ref.key for line in lines if _is_series(known[line.ref.node])],
        "window": _window(lines, here) if lines else "",
        "says": _says(lines, now, here) if ahead else (),
        "chart": _figures(lines, now if ahead else None, here) if lines else None,
    }


def _known(connection: Connection, nodes: dict[str, None], now: datetime) -> dict[str, Seen | None]:
    """The series as they were last seen, by id; of many only the first ones are looked up."""
    first = list(nodes)[:MOST_LINES]
    return {node: seen.one(connection, node) or _asked(connection, node, now) for node in first}


def _ref(connection: Connection, node: str, row: Seen | None) -> SeriesRef:
    label, unit = (row.name, row.unit) if row else (node, "")
    return SeriesRef(connection=connection, node=node, label=label, unit=unit)


def _is_series(row: Seen | None) -> bool:
    """False for what is only counted by time, as the drops of a flow are: no chart can read it."""
    return row is not None and row.role == "series"


def _asked(connection: Connection, node: str, now: datetime) -> Seen | None:
    """The series as its platform names it now; None where it does not say."""
    with suppress(ConnectorError):
        return node_open(connection, id=node, now=now).node
    return None


def _told(row: tuple[Any, ...], refs: dict[str, SeriesRef], zone: ZoneInfo) -> tuple[Any, ...]:
    """A row of the table; of one series its name stands above."""
    time, node, *value = row
    if len(refs) == 1:
        return (local_words(time, zone), *value)
    return (local_words(time, zone), refs[node].title if node in refs else node, *value)


def _columns(refs: dict[str, SeriesRef]) -> tuple[str, ...]:
    units = {ref.unit for ref in refs.values()}
    unit = units.pop() if len(units) == 1 else ""
    time, series, value = (word.capitalize() for word in POINT_COLUMNS)
    last = f"{value} ({unit})" if unit else value
    return (time, last) if len(refs) == 1 else (time, series, last)


def _lines(rows: Sequence[Row], refs: dict[str, SeriesRef]) -> tuple[Line, ...]:
    found = {node: tuple(row for row in rows if row[1] == node) for node in refs}
    return tuple(Line(ref=refs[node], rows=mine) for node, mine in found.items() if mine)


def _goes_on(lines: Sequence[Line], now: datetime) -> bool:
    return any(line.rows[-1][0] > now for line in lines)


def _follows(line: Line, now: datetime) -> bool:
    """A prediction begins after what was measured. What begins before may go on beyond now as
    well: the months of this year, counted."""
    measured = line.past.times
    return line.rows[0][0] > (_moment(int(measured[-1])) if measured.size else now)


def _continued(lines: tuple[Line, ...], connection: Connection, now: datetime) -> tuple[Line, ...]:
    """The same with what was measured before now, as far as the platform gives it in time."""
    if not issubclass(registry.load(connection.kind), Reads):
        return lines
    far = max(line.rows[-1][0] for line in lines)
    window = Window(start=now - min(BEFORE * (far - now), LONGEST_PAST), end=now)
    nodes = [line.ref.node for line in lines]
    with suppress(ConnectorError):  # the prediction has come; what the archive has is drawn
        fill_now(
            connection=connection,
            nodes=nodes,
            window=window,
            now=now,
            seconds=PATIENCE,
            background=False,
        )
    drawn = (archived(line.ref, window=window, pixels=PIXELS) for line in lines)
    return tuple(replace(line, past=one.points) for line, one in zip(lines, drawn, strict=True))


def _window(lines: Sequence[Line], zone: ZoneInfo) -> str:
    """The time of the points, as the explorer's address says it."""
    first = min(line.rows[0][0] for line in lines)
    last = max(line.rows[-1][0] for line in lines) + timedelta(seconds=1)  # an end is not in it
    words = {"start": stamp(first.astimezone(UTC)), "end": stamp(last.astimezone(UTC))}
    return urlencode(words | {"zone": zone.key})


def _figures(lines: Sequence[Line], now: datetime | None, zone: ZoneInfo) -> dict[str, Any]:
    """A Plotly figure in both themes."""
    times = [row[0] for line in lines for row in line.rows]
    pasts = [int(line.past.times[0]) for line in lines if line.past.times.size]
    start = min([min(times), *(_moment(past) for past in pasts)])
    end = max(*times, start + timedelta(seconds=1))
    window = Window(start=start, end=end + (end - start) / ROOM)
    units = figure.axes_of(line.ref.unit for line in lines)
    return {
        theme: {
            "data": [
                one for at, line in enumerate(lines) for one in _traces(line, at, now, units, theme)
            ],
            "layout": _layout(units, window, zone, now, theme),
        }
        for theme in figure.THEMES
    }


def _layout(
    units: Sequence[str], window: Window, zone: ZoneInfo, now: datetime | None, theme: str
) -> dict[str, Any]:
    ground = figure.layout(units, window=window, zone=zone, pixels=PIXELS, theme=theme)
    return ground if now is None else figure.with_now(ground, now, theme=theme)


def _traces(
    line: Line, position: int, now: datetime | None, units: Sequence[str], theme: str
) -> list[dict[str, Any]]:
    """What was measured, and what the operation gave: beyond now as a prediction."""
    unit, title, dots = line.ref.unit, line.ref.title, len(line.rows) < FEW
    given = {"x": [millis(row[0]) for row in line.rows], "y": [row[2] for row in line.rows]}
    if now is None:
        plain = figure.Line(name=title, unit=unit, position=position, dots=dots)
        return [figure.trace(plain, units, theme=theme) | given]
    named = f"{title}, " if position else ""
    solid = figure.Line(name=f"{named}measured", unit=unit, position=position)
    dashed = figure.Line(
        name=f"{named}predicted", unit=unit, position=position, dots=dots, predicted=True
    )
    measured = {
        "x": (line.past.times / 1000).tolist(),
        "y": [None if value != value else value for value in line.past.values.tolist()],
    }
    return [
        figure.trace(solid, units, theme=theme) | measured,
        figure.trace(dashed, units, theme=theme) | given,
    ]


def _says(lines: Sequence[Line], now: datetime, zone: ZoneInfo) -> tuple[str, ...]:
    """A sentence a series for everybody, also for those who do not see the line."""
    return tuple(_sentence(line, now, zone) for line in lines)


def _sentence(line: Line, now: datetime, zone: ZoneInfo) -> str:
    ahead = [row for row in line.rows if row[0] > now]
    if not ahead:
        return f"{line.ref.title}: nothing beyond now."
    unit = f" {line.ref.unit}" if line.ref.unit else ""
    low, high = min(ahead, key=lambda row: row[2]), max(ahead, key=lambda row: row[2])
    return (
        f"{line.ref.title}: {len(ahead)} predicted points up to {local_words(ahead[-1][0], zone)}, "
        f"lowest {digits(low[2])}{unit} on {local_words(low[0], zone)}, "
        f"highest {digits(high[2])}{unit} on {local_words(high[0], zone)}."
    )


def _drawable(row: tuple[Any, ...]) -> bool:
    number = isinstance(row[2], int | float) and not isinstance(row[2], bool)
    return number and math.isfinite(row[2])


def _moment(micros: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)


def _time(value: datetime | str) -> datetime:
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return found if found.tzinfo else found.replace(tzinfo=UTC)
