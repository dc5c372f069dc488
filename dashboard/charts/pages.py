"""What the explorer's page is rendered from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.accounts.zones import zones
from dashboard.charts.forms import ChartForm, ExploreForm, Query, typed
from dashboard.charts.models import Chart
from dashboard.charts.refs import SeriesRef
from dashboard.charts.watching import switch
from dashboard.charts.window import SPANS
from dashboard.charts.words import name_of
from dashboard.series.live import streams


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A button that shows a span: `Week`."""

    code: str
    label: str
    address: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One series in the legend, and the address of the chart without it."""

    ref: SeriesRef
    without: str


def page_context(
    form: ExploreForm, *, chart: Chart | None, name: ChartForm | None
) -> dict[str, Any]:
    """Everything of `charts/explore.html`; `query` is None while the form does not hold."""
    query = form.query() if form.is_valid() else None
    refs = query.refs if query else ()
    return {
        "form": form,
        "query": query,
        "chart": chart,
        "name_form": name or _name_form(chart, query),
        "zones": zones(),
        "zone": _zone(form, query),
        "start": _shown(form, query, "start"),
        "end": _shown(form, query, "end"),
        "shown": _series(form, query),
        "presets": _presets(query),
        **switch([ref for ref in refs if streams(ref.connection)], drawn=True),
    }


def _name_form(chart: Chart | None, query: Query | None) -> ChartForm:
    """The name of the saved chart, or one to start from."""
    titles = [ref.title for ref in query.refs] if query else []
    return ChartForm(instance=chart, initial={} if chart else {"name": name_of(titles)})


def _series(form: ExploreForm, query: Query | None) -> Sequence[Shown]:
    refs: tuple[SeriesRef, ...] = form.cleaned_data.get("series", ())
    if query is None:
        return [Shown(ref=ref, without="") for ref in refs]
    return [
        Shown(ref=ref, without=query.address(tuple(one for one in refs if one != ref)))
        for ref in refs
    ]


def _presets(query: Query | None) -> Sequence[Preset]:
    if query is None:
        return ()
    return [
        Preset(
            code=code,
            label=span.label,
            address=query.spanning(code),
            chosen=query.span == code,
        )
        for code, span in SPANS.items()
    ]


def _zone(form: ExploreForm, query: Query | None) -> str:
    return query.zone.key if query else str(form.data.get("zone") or form.person.zone)


def _shown(form: ExploreForm, query: Query | None, name: str) -> str:
    """A moment of the window as its field shows it; as it was typed where it does not hold."""
    if query is None:
        return str(form.data.get(name, ""))
    moment = query.window.start if name == "start" else query.window.end
    return typed(moment, query.zone)
