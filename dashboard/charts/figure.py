"""Plotly figures: layout and line styles. The only importer of plotly.

The points themselves travel beside the figure as typed arrays (`encoding.py`); a browser draws
instants, and every word that depends on a zone is made here.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import plotly.graph_objects as go

from connectors.contract import Window
from dashboard.charts.ticks import Change, changes, millis, ticks

MOST_AXES = 4
FONT = "Inter, -apple-system, Segoe UI, Roboto, Noto Sans, Liberation Sans, sans-serif"
"""Named, not inherited: a picture that is saved stands outside the page."""
MARKED_WITHIN = timedelta(days=40)
"""A changed clock is marked while its hour is still a pixel wide."""


@dataclass(frozen=True, slots=True)
class Theme:
    text: str
    faint: str
    grid: str
    paper: str
    mark: str
    lines: tuple[str, ...]


THEMES = {
    "light": Theme(
        text="#17212b",
        faint="#56636f",
        grid="#e6eaed",
        paper="rgba(0,0,0,0)",
        mark="rgba(217,119,6,0.14)",
        lines=(
            *("#0b7a82", "#d9480f", "#3b5bdb", "#9c36b5"),
            *("#a16207", "#c2255c", "#2b8a3e", "#5f6b7a"),
        ),
    ),
    "dark": Theme(
        text="#e6ebef",
        faint="#9caab6",
        grid="#2a333b",
        paper="rgba(0,0,0,0)",
        mark="rgba(251,191,36,0.16)",
        lines=(
            *("#45c1c8", "#ff9d66", "#8aa6ff", "#d69bf0"),
            *("#f2c94c", "#ff8fb1", "#7bd88f", "#a9b6c6"),
        ),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """How one trace looks. An estimate is what the platform's own buckets tell."""

    name: str
    unit: str
    position: int
    dots: bool = False
    estimate: bool = False
    predicted: bool = False
    """Of a time to come: dashed, with open dots."""


def axes_of(units: Iterable[str]) -> tuple[str, ...]:
    """One y axis a unit, at most four; further units share the last."""
    return tuple(dict.fromkeys(units))[:MOST_AXES]


def trace(line: Line, axes: Sequence[str], *, theme: str) -> dict[str, Any]:
    """The Plotly trace of a line, without its points."""
    place = axes.index(line.unit) if line.unit in axes else len(axes) - 1
    return dict(_trace(line, place, theme))


def layout(
    units: Sequence[str], *, window: Window, zone: ZoneInfo, pixels: int, theme: str
) -> dict[str, Any]:
    """Axes, ticks in the zone's local time, and a mark where its clocks change."""
    marked = changes(window, zone=zone) if window.width <= MARKED_WITHIN else ()
    ground: dict[str, Any] = _ground(tuple(units), theme)
    labels = ticks(window, zone=zone, pixels=pixels)
    axis = ground["xaxis"] | {
        "range": [millis(window.start), millis(window.end)],
        "tickvals": [millis(tick.at) for tick in labels],
        "ticktext": [tick.text for tick in labels],
    }
    marks = {
        "shapes": [_band(change, theme) for change in marked],
        "annotations": [_words(change, window, theme) for change in marked],
    }
    return ground | {"xaxis": axis} | marks


def with_now(ground: dict[str, Any], at: datetime, *, theme: str) -> dict[str, Any]:
    """A layout with a line where the future begins, and a legend that says which part is which."""
    faint, place = THEMES[theme].faint, {"xref": "x", "yref": "paper"}
    line = {"width": 1, "dash": "dot", "color": faint}
    mark = {"type": "line", **place, "x0": millis(at), "x1": millis(at), "y0": 0, "y1": 1}
    words = {"x": millis(at), "y": 1, "yanchor": "top", "xanchor": "left", "xshift": 4}
    said = {
        **place,
        **words,
        "text": "now",
        "showarrow": False,
        "font": {"size": 11, "color": faint},
    }
    return ground | {
        "shapes": [*ground["shapes"], mark | {"line": line, "layer": "below"}],
        "annotations": [*ground["annotations"], said],
        "showlegend": True,
        "margin": ground["margin"] | {"t": 40},
    }


@lru_cache(maxsize=1024)
def _trace(line: Line, axis: int, theme: str) -> dict[str, Any]:
    colours = THEMES[theme].lines
    colour = colours[line.position % len(colours)]
    dash = "solid" if line.position < len(colours) else "dot"
    dash = "dash" if line.predicted else dash
    drawn = go.Scatter(
        name=pseudo_html_safe(line.name),
        mode="lines+markers" if line.dots else "lines",
        line={"color": colour, "width": 1.6, "dash": dash, "simplify": False},
        marker={"color": colour, "size": 6, "symbol": "circle-open"}
        if line.predicted
        else {"color": colour, "size": 4},
        opacity=0.45 if line.estimate else 1.0,
        connectgaps=False,
        hoverinfo="none",
        showlegend=not line.estimate,
        yaxis=f"y{axis + 1}" if axis else "y",
    )
    styled: dict[str, Any] = drawn.to_plotly_json()
    return styled


@lru_cache(maxsize=256)
def _ground(units: tuple[str, ...], theme: str) -> dict[str, Any]:
    """What stays the same while a person zooms and pans; callers copy, never change it."""
    colours = THEMES[theme]
    axes = {_axis_name(place): _axis(unit, place, colours) for place, unit in enumerate(units)}
    figure = go.Figure(
        layout={
            "template": "none",
            "paper_bgcolor": colours.paper,
            "plot_bgcolor": colours.paper,
            "font": {"family": FONT, "size": 12, "color": colours.text},
            "margin": {"l": 56, "r": 24 if len(units) < 2 else 56, "t": 12, "b": 44},
            "hovermode": "x",
            "hoverdistance": -1,
            "dragmode": "zoom",
            "showlegend": False,
            "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
            "xaxis": _time_axis(colours),
            **axes,
        }
    )
    ground: dict[str, Any] = figure.to_plotly_json()["layout"]
    return ground


def _time_axis(colours: Theme) -> dict[str, Any]:
    return {
        "type": "date",
        "tickmode": "array",
        "tickangle": 0,
        "ticks": "outside",
        "ticklen": 4,
        "tickcolor": colours.grid,
        "linecolor": colours.grid,
        "showline": True,
        "gridcolor": colours.grid,
        "showgrid": True,
        "zeroline": False,
    }


def _axis_name(place: int) -> str:
    return f"yaxis{place + 1}" if place else "yaxis"


def _axis(unit: str, place: int, colours: Theme) -> dict[str, Any]:
    """The first on the left, the second on the right; a third and fourth beside those."""
    side = "left" if place % 2 == 0 else "right"
    over = {"overlaying": "y", "showgrid": False, "tickmode": "auto"} if place else {}
    beside = {"anchor": "free", "autoshift": True} if place > 1 else {"anchor": "x"}
    return {
        "title": {"text": pseudo_html_safe(unit), "standoff": 8},
        "side": side,
        "automargin": True,
        "fixedrange": True,
        "gridcolor": colours.grid,
        "zeroline": False,
        "ticks": "outside",
        "ticklen": 5,
        "tickcolor": colours.paper,
        "exponentformat": "SI",
        "minexponent": 9,
        "separatethousands": True,
        **over,
        **beside,
    }


def _band(change: Change, theme: str) -> dict[str, Any]:
    """The doubled hour as a band; the skipped one as a line, for it has no width."""
    back = max(-change.shift, timedelta(0))
    return {
        "type": "rect",
        "xref": "x",
        "yref": "paper",
        "x0": millis(change.at - back),
        "x1": millis(change.at + back),
        "y0": 0,
        "y1": 1,
        "layer": "below",
        "fillcolor": THEMES[theme].mark,
        "line": {"width": 1, "dash": "dot", "color": THEMES[theme].faint},
    }


def _words(change: Change, window: Window, theme: str) -> dict[str, Any]:
    """Beside the band, on the side that has room."""
    left = change.at - window.start > window.width * 0.7
    beside = -abs(change.shift) if left else abs(change.shift)
    return {
        "xref": "x",
        "yref": "paper",
        "x": millis(change.at + beside),
        "xanchor": "right" if left else "left",
        "y": 1,
        "yanchor": "top",
        "showarrow": False,
        "text": change.words,
        "font": {"size": 11, "color": THEMES[theme].faint},
        "bgcolor": THEMES[theme].paper,
        "hovertext": f"{change.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
    }


def pseudo_html_safe(text: str) -> str:
    """Plotly reads tags and entities in its texts; a platform's name is only a name."""
    return html.escape(text, quote=False)
