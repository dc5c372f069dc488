"""What an explorer's address says, checked; and the name of a saved chart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import QueryDict

from connectors.contract import Window
from dashboard.accounts.models import Person
from dashboard.charts.models import Chart
from dashboard.charts.refs import SeriesRef, refs_find
from dashboard.charts.window import DEFAULT_SPAN, NARROWEST, SPANS, moment, span_window, zone_find

NARROWEST_CHART, WIDEST_CHART, USUAL_CHART = 200, 4000, 1000
"""Pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Which series, when, in which zone, how wide. `span` is set where the window ends "now"."""

    refs: tuple[SeriesRef, ...]
    window: Window
    zone: ZoneInfo
    span: str = ""
    pixels: int = USUAL_CHART
    theme: str = "light"
    again: bool = False
    poll: bool = False

    def address(self, refs: tuple[SeriesRef, ...] | None = None) -> str:
        """The query string of this view, or of the same view with other series."""
        return self._written(self.words(), self.refs if refs is None else refs)

    def pinned(self) -> str:
        """The same with a fixed window: what ends "now" ends there for good."""
        return self._written(self._fixed(), self.refs)

    def spanning(self, span: str) -> str:
        """The same series over another span."""
        return self._written({"span": span}, self.refs)

    def words(self) -> dict[str, str]:
        """Window and zone by their names in an address."""
        window = {"span": self.span} if self.span else self._fixed()
        return window | {"zone": self.zone.key}

    def _fixed(self) -> dict[str, str]:
        return {"start": stamp(self.window.start), "end": stamp(self.window.end)}

    def _written(self, window: dict[str, str], refs: tuple[SeriesRef, ...]) -> str:
        words = QueryDict(mutable=True)
        words.setlist("series", [ref.key for ref in refs])
        words.update(window | {"zone": self.zone.key})
        return words.urlencode()


class ExploreForm(forms.Form):
    """From and to as typed, or a span; the zone; and what only scripts say (width, theme)."""

    start = forms.CharField(label="From", required=False, max_length=40)
    end = forms.CharField(label="To", required=False, max_length=40)
    span = forms.CharField(required=False, max_length=12)
    zone = forms.CharField(label="Time zone", required=False, max_length=64)
    width = forms.CharField(required=False, max_length=12)
    theme = forms.CharField(required=False, max_length=12)
    again = forms.BooleanField(required=False)
    poll = forms.BooleanField(required=False)

    def __init__(self, data: QueryDict, *, person: Person, now: datetime) -> None:
        super().__init__(data)
        self.person, self.now = person, now
        self.texts = data.getlist("series")

    def query(self) -> Query:
        """What a valid form asks for. Raises Http404 for a connection of somebody else."""
        given = self.cleaned_data
        return Query(
            refs=given["series"],
            window=given["window"],
            zone=given["zone"],
            span=given["span"],
            pixels=given["width"],
            theme=given["theme"],
            again=given["again"],
            poll=given["poll"],
        )

    def clean_zone(self) -> ZoneInfo:
        name = self.cleaned_data["zone"] or self.person.zone
        zone = zone_find(name)
        if zone is None:
            raise forms.ValidationError(f"There is no time zone “{name}”. Choose one of the list.")
        return zone

    def clean_span(self) -> str:
        span: str = self.cleaned_data["span"]
        if span and span not in SPANS:
            raise forms.ValidationError(f"Tieline knows no width “{span}”. Choose one below.")
        return span

    def clean_width(self) -> int:
        text: str = self.cleaned_data["width"]
        width = int(text) if text.isascii() and text.isdigit() else USUAL_CHART
        return max(NARROWEST_CHART, min(width, WIDEST_CHART))

    def clean_theme(self) -> str:
        return "dark" if self.cleaned_data["theme"] == "dark" else "light"

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        given["series"] = self._series()
        zone = given.get("zone")
        if zone is not None and "span" in given:
            given["window"] = self._window(zone)
        return given

    def _series(self) -> tuple[SeriesRef, ...]:
        try:
            return refs_find(self.texts, person=self.person)
        except ValueError as wrong:
            self.add_error(None, str(wrong))
            return ()

    def _window(self, zone: ZoneInfo) -> Window | None:
        start, end = self._moment("start", zone), self._moment("end", zone)
        if self.errors:
            return None
        if start is None and end is None:
            self.cleaned_data["span"] = self.cleaned_data["span"] or DEFAULT_SPAN
            return span_window(self.cleaned_data["span"], end=minute_after(self.now), zone=zone)
        self.cleaned_data["span"] = ""
        if start is None:
            self.add_error("start", "Say when the window starts, or choose a width below.")
            return None
        return self._between(start, end or self.now)

    def _between(self, start: datetime, end: datetime) -> Window | None:
        if end - start >= NARROWEST:
            return Window(start=start, end=end)
        late = "The window ends before it starts." if end < start else "The window is empty."
        self.add_error("end", f"{late} Choose an end after the start.")
        return None

    def _moment(self, name: str, zone: ZoneInfo) -> datetime | None:
        text = self.cleaned_data.get(name)
        if not text:
            return None
        try:
            return moment(text, zone=zone, last=name == "end")
        except ValueError as wrong:
            self.add_error(name, str(wrong))
            return None


class ChartForm(forms.ModelForm[Chart]):
    class Meta:
        model = Chart
        fields = ("name",)
        error_messages: Mapping[str, Mapping[str, str]] = {
            "name": {"required": "Give the chart a name."}
        }


def stamp(instant: datetime) -> str:
    """An instant as addresses carry it: `2025-03-30T01:00:00Z`."""
    text = instant.isoformat(timespec="seconds" if instant.microsecond == 0 else "microseconds")
    return text.replace("+00:00", "Z")


def typed(instant: datetime, zone: ZoneInfo) -> str:
    """An instant as a `datetime-local` field shows it."""
    local = instant.astimezone(zone).replace(tzinfo=None)
    return local.isoformat(timespec="minutes" if local.second == 0 else "seconds")


def ended(span: str, newest: datetime, zone: ZoneInfo) -> Window:
    """The span that ends just after a series' newest point."""
    return span_window(span, end=minute_after(newest), zone=zone)


def minute_after(instant: datetime) -> datetime:
    """The next whole minute: readable on the page and in an address."""
    return instant.replace(second=0, microsecond=0) + timedelta(minutes=1)
