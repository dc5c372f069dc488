"""The JSON that a chart is drawn from: figure, points, states and words, in one answer."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import orjson

from connectors import registry
from dashboard.accounts.templatetags.pieces import digits
from dashboard.charts import figure
from dashboard.charts.drawing import Drawn, Points, drawn
from dashboard.charts.encoding import packed_times, packed_values
from dashboard.charts.fetching import Wish, newest
from dashboard.charts.forms import Query, ended, typed
from dashboard.charts.refs import by_connection
from dashboard.charts.ticks import changes, millis, offset_at
from dashboard.charts.words import local_words, summary
from dashboard.series.coverage import missing_each
from dashboard.series.models import Fill, Segment

Axes = tuple[str, ...]

SECONDS = 1.4
"""Of a person's patience that all platforms of one answer share: a cold chart shows something true
within two seconds."""
POLL = 2.0
"""Seconds until a chart whose series are still being read asks again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer as bytes, and the fills that it asked for: the caller enqueues them."""

    body: bytes
    fills: tuple[Fill, ...]


def settled_on(query: Query, *, now: datetime) -> Query:
    """The query with its window where the points are: a span ends at the series' newest point when
    all of them ended before the span began."""
    if not query.span or not query.refs:
        return query
    share = SECONDS / len(query.refs) / 2
    found = [newest(ref, since=query.window.start, seconds=share) for ref in query.refs]
    known = [at for at in found if at is not None]
    if len(known) < len(found) or max(known) > now:
        return query
    return replace(query, window=ended(query.span, max(known), query.zone))


def tag(query: Query, *, now: datetime) -> str | None:
    """What changes when the answer would; None while anything may still change."""
    digest = hashlib.sha256()
    for connection, refs in by_connection(query.refs).items():
        nodes = [ref.node for ref in refs]
        if query.window.end > now - registry.load(connection.kind).traits.settles:
            return None
        left = missing_each(connection=connection, nodes=nodes, window=query.window, now=now)
        if any(left.values()):
            return None
        live = Segment.objects.filter(
            connection=connection,
            node__in=nodes,
            superseded_by=None,
            start__lt=query.window.end,
            end__gt=query.window.start,
        )
        digest.update(repr(sorted(live.values_list("pk", flat=True))).encode())
    shown = [(ref.key, ref.title, ref.unit) for ref in query.refs]
    asked = (query.address(), query.pinned(), query.pixels, query.theme)
    digest.update(repr((shown, asked)).encode())
    return f'W/"{digest.hexdigest()[:32]}"' if query.refs else None


def answer(query: Query, *, asked: Query, now: datetime, settled: bool = False) -> Answer:
    """Every series of the query. `asked` is what the address said, before the window moved;
    `settled`: the query has a tag."""
    groups = len(by_connection(query.refs)) or 1
    wish = Wish(
        window=query.window,
        pixels=query.pixels,
        now=now,
        seconds=SECONDS / groups,
        again=query.again,
        poll=query.poll,
        settled=settled,
    )
    series = drawn(query.refs, wish)
    reading = any(one.fill for one in series)
    axes = _axes(series)
    said = {
        "window": _window(query),
        "address": query.address(),
        "pinned": query.pinned(),
        "note": _moved(query, asked),
        "offsets": _offsets(query),
        "layout": _layout(query, axes),
        "series": [_series(one, place, query, axes) for place, one in enumerate(series)],
        "summary": " ".join(summary(one, query.window, query.zone) for one in series),
        "poll": POLL if reading else None,
        "empty": bool(series) and not reading and not any(one.raw or one.trouble for one in series),
    }
    fresh = {one.fill.pk: one.fill for one in series if one.fill and one.fill.asked_at >= now}
    return Answer(body=orjson.dumps(said), fills=tuple(fresh.values()))


def _series(one: Drawn, place: int, query: Query, axes: Axes) -> dict[str, Any]:
    line = _line(one, place)
    trace = figure.trace(line, axes, theme=query.theme)
    shadow = figure.trace(replace(line, estimate=True, dots=False), axes, theme=query.theme)
    return {
        "key": one.ref.key,
        "label": one.ref.title,
        "connection": one.ref.connection.name,
        "unit": one.ref.unit,
        "colour": trace["line"]["color"],
        "state": one.state,
        "words": one.words(query.window),
        "whose": one.trouble.whose if one.trouble and one.state == "failed" else "",
        "progress": round(one.share_read(query.window), 3),
        "raw": one.raw,
        "range": _range(one.points),
        "fill": one.fill.pk if one.fill else None,
        "unread": [(millis(part.start), millis(part.end)) for part in one.unread],
        "trace": trace | _points(one.points),
        "estimate": shadow | _points(one.estimate) if one.estimate else None,
    }


def _points(points: Points) -> dict[str, Any]:
    return {"times": packed_times(points.times), "values": packed_values(points.values)}


def _range(points: Points) -> str:
    """`3.2 – 88.1`: exact, because thinning keeps every extreme."""
    there = points.values[~np.isnan(points.values)]
    if there.size == 0:
        return ""
    return f"{digits(float(there.min()))} – {digits(float(there.max()))}"


def _line(one: Drawn, place: int) -> figure.Line:
    name = f"{one.ref.title} ({one.ref.unit})" if one.ref.unit else one.ref.title
    return figure.Line(name=name, unit=one.ref.unit, position=place, dots=one.points.dots)


def _axes(series: Sequence[Drawn]) -> Axes:
    """The units that have something to show; all of them while nothing has."""
    shown = [one for one in series if one.raw or one.estimate]
    return figure.axes_of(one.ref.unit for one in shown or series)


def _layout(query: Query, axes: Axes) -> dict[str, Any]:
    return figure.layout(
        axes,
        window=query.window,
        zone=query.zone,
        pixels=query.pixels,
        theme=query.theme,
    )


def _window(query: Query) -> dict[str, Any]:
    window, zone = query.window, query.zone
    return {
        "start": millis(window.start),
        "end": millis(window.end),
        "from": typed(window.start, zone),
        "to": typed(window.end, zone),
        "words": f"{local_words(window.start, zone)} – {local_words(window.end, zone)}",
        "span": query.span,
        "zone": zone.key,
    }


def _offsets(query: Query) -> list[tuple[float, float]]:
    """From which instant (ms) which offset (minutes) holds, so that a browser labels alike."""
    first = (millis(query.window.start), offset_at(query.window.start, query.zone))
    later = ((millis(change.at), change.after) for change in changes(query.window, zone=query.zone))
    return [(at, offset / timedelta(minutes=1)) for at, offset in (first, *later)]


def _moved(query: Query, asked: Query) -> str:
    if query.window == asked.window:
        return ""
    last = local_words(query.window.end, query.zone)
    return f"The newest point here is of {last}; this is the time before it."
