"""The part of a page that shows points as they come: it asks again by itself while it is on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import orjson
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from dashboard.accounts.requests import SignedRequest
from dashboard.charts.forms import ExploreForm
from dashboard.charts.refs import SeriesRef
from dashboard.charts.ticks import EPOCH
from dashboard.series.live import streams, watch
from dashboard.series.models import Live

MOST_ROWS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One series that is watched, and what was heard of it."""

    ref: SeriesRef
    row: Live

    @property
    def rows(self) -> list[tuple[datetime, Any]]:
        """The newest points, newest first."""
        newest = self.row.heard[-MOST_ROWS:]
        return [(EPOCH + timedelta(microseconds=at), value) for at, value in reversed(newest)]

    @property
    def drawable(self) -> str:
        """Milliseconds and numbers, as a chart takes them."""
        return orjson.dumps(
            [[at / 1000, value] for at, value in self.row.heard if _number(value)]
        ).decode()


@require_safe
def live(request: SignedRequest) -> HttpResponse:
    """The switch, and while it is on what the platforms tell of the named series."""
    form = ExploreForm(request.GET, person=request.user, now=timezone.now())
    if not form.is_valid():
        raise Http404
    refs = [ref for ref in form.query().refs if streams(ref.connection)]
    zone = ZoneInfo(request.user.zone)
    on, drawn = "on" in request.GET, "chart" in request.GET
    heard = [watched(ref, now=form.now) for ref in refs] if on else []
    context = {
        **switch(refs, drawn=drawn),
        "on": on,
        "zone": zone,
        "heard": heard,
        "count": sum(one.row.count for one in heard),
        "since": _since(heard, zone),
        "troubles": [one for one in heard if one.row.trouble],
    }
    part = "#switch" if request.htmx and not request.htmx.boosted else ""
    return render(request, f"charts/live.html{part}", context)


def watched(ref: SeriesRef, *, now: datetime) -> Heard:
    return Heard(ref=ref, row=watch(ref.connection, ref.node, now=now))


def switch(refs: Sequence[SeriesRef], *, drawn: bool) -> dict[str, Any]:
    """What the switch needs that is not on yet; `drawn`: its points go to the chart."""
    words = [("series", ref.key) for ref in refs] + ([("chart", "1")] if drawn else [])
    return {"live_address": urlencode(words), "live_refs": refs, "live_drawn": drawn}


def _since(heard: Sequence[Heard], zone: ZoneInfo) -> str:
    """The time from when on all of them are told; empty while one of them is not."""
    begun = [one.row.since for one in heard if one.row.since]
    if not begun or len(begun) < len(heard):
        return ""
    return f"{max(begun).astimezone(zone):%H:%M:%S}"


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
