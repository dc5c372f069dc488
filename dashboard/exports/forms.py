"""What a person types about an export: what, when, in which shape; and when it runs by itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from connectors.contract import Window
from dashboard.accounts.models import Workspace
from dashboard.accounts.zones import zone_choices
from dashboard.charts.forms import typed
from dashboard.charts.window import moment, zone_find
from dashboard.charts.words import name_of
from dashboard.exports import schedule as rules
from dashboard.exports import span as spans
from dashboard.exports.models import Export, Schedule
from dashboard.exports.services import MOST_SERIES, Chosen, Timing, series_chosen

OWN_RULE = "own"
CLOCK = forms.DateTimeInput(attrs={"type": "datetime-local"})


class ExportForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """The export itself. The window is asked for only when the export runs once, now."""

    zone = forms.ChoiceField(
        label="Time zone",
        choices=zone_choices,
        help_text="Of the times in the file, of the window, and of the schedule.",
    )
    start = forms.CharField(label="From", required=False, max_length=40, widget=CLOCK)
    end = forms.CharField(label="Until", required=False, max_length=40, widget=CLOCK)

    class Meta:
        model = Export
        fields = ("name", "format", "shape", "zone", "spreadsheet")
        widgets: ClassVar[dict[str, Any]] = {
            "format": forms.RadioSelect,
            "shape": forms.RadioSelect,
        }
        error_messages: ClassVar[dict[str, dict[str, str]]] = {
            "name": {"required": "Give the export a name."}
        }
        help_texts: ClassVar[dict[str, str]] = {
            "name": "The files are named after it.",
            "spreadsheet": "CSV only. A text that a spreadsheet would run as a formula gets an "
            "apostrophe in front; numbers never change.",
        }

    def __init__(
        self,
        data: QueryDict | None,
        *,
        workspace: Workspace,
        texts: Sequence[str],
        once: bool,
        **rest: Any,
    ) -> None:
        super().__init__(data, label_suffix="", **rest)
        self.instance.workspace = workspace
        self.series: list[Chosen] = series_chosen(workspace, texts)
        labels = [one.label for one in self.series]
        self.initial["name"] = self.initial.get("name") or name_of(labels)
        self.asked, self.once = len(set(texts)), once
        for name in ("start", "end"):
            self.fields[name].required = once
            self.fields[name].error_messages["required"] = "Give a date and a time."

    def clean(self) -> dict[str, Any]:
        given = cast(dict[str, Any], super().clean())
        self._check_series()
        if self.once and "zone" in given:
            self._set_window(given)
        return given

    def _check_series(self) -> None:
        if not self.series:
            self.add_error(None, "Choose a series first: open it, then choose “Export”.")
        elif len(self.series) > MOST_SERIES:
            self.add_error(None, f"An export takes at most {MOST_SERIES} series.")
        elif len(self.series) < self.asked:
            left = self.asked - len(self.series)
            self.add_error(None, f"{left} of the series are not in this workspace any more.")

    def _set_window(self, given: dict[str, Any]) -> None:
        start, end = self._moment("start", given), self._moment("end", given)
        if start is None or end is None:
            return
        if end <= start:
            self.add_error(
                "end", "The window ends before it starts. Choose an end after the start."
            )
            return
        self.instance.start, self.instance.end = start, end

    def _moment(self, name: str, given: dict[str, Any]) -> datetime | None:
        zone = zone_find(given["zone"])
        if zone is None or not given.get(name):
            return None
        try:
            return moment(given[name], zone=zone, last=name == "end")
        except ValueError as wrong:
            self.add_error(name, str(wrong))
            return None


class ScheduleForm(forms.Form):
    """When an export runs by itself, and the window of each such run."""

    preset = forms.ChoiceField(
        label="When", choices=[*rules.PRESETS, (OWN_RULE, "By a rule of your own")]
    )
    cron = forms.CharField(
        label="Your rule",
        required=False,
        max_length=120,
        help_text="Five fields, as cron has them: minute, hour, day of month, month, day of week.",
    )
    span = forms.ChoiceField(
        label="What each run writes",
        choices=spans.SPANS,
        help_text="Up to the last midnight before the run, so neighbouring files meet exactly.",
    )
    catch_up = forms.ChoiceField(
        label="After a pause or an outage",
        choices=Schedule.CatchUp.choices,
        initial=Schedule.CatchUp.ALL,
    )

    def __init__(self, data: QueryDict | None = None, **rest: Any) -> None:
        super().__init__(data, label_suffix="", **rest)

    def clean(self) -> dict[str, Any]:
        given = cast(dict[str, Any], super().clean())
        field = "cron" if given.get("preset") == OWN_RULE else "preset"
        if field in self.errors:
            return given
        try:
            given["rule"] = rules.parse(given.get(field) or "")
        except rules.ScheduleInvalid as wrong:
            self.add_error(field, ValidationError(str(wrong)))
        return given

    def timing(self, zone: str) -> Timing:
        given = self.cleaned_data
        return Timing(cron=given["rule"].text, zone=zone, catch_up=given["catch_up"])


class PreviewForm(forms.Form):
    """What the list of the next times needs."""

    preset = forms.CharField(required=False, max_length=120)
    cron = forms.CharField(required=False, max_length=120)
    zone = forms.CharField(required=False, max_length=64)

    def shown(self, now: datetime) -> dict[str, Any]:
        """The next five times and their zone, or the sentence why there are none."""
        if not self.is_valid():
            return {"wrong": next(iter(self.errors.values()))[0]}
        given = {name: self.cleaned_data.get(name) or "" for name in self.fields}
        try:
            return {"times": self._times(given, now), "zone": given["zone"]}
        except rules.ScheduleInvalid as wrong:
            return {"wrong": str(wrong)}

    def _times(self, given: dict[str, str], now: datetime) -> list[datetime]:
        own = given["preset"] == OWN_RULE
        if own and not given["cron"].strip():
            return []  # it is about to be typed
        zone = zone_find(given["zone"])
        if zone is None:
            raise rules.ScheduleInvalid("Choose a time zone from the list.")
        rule = rules.parse(given["cron"] if own else given["preset"])
        return rules.preview(rule, zone, after=now)


def initial_schedule(schedule: Schedule | None, export: Export) -> dict[str, str]:
    """What the schedule form shows at first."""
    if schedule is None:
        return {"preset": rules.PRESETS[0][0], "span": export.span or spans.SPANS[0][0]}
    listed = schedule.cron in dict(rules.PRESETS)
    return {
        "preset": schedule.cron if listed else OWN_RULE,
        "cron": "" if listed else schedule.cron,
        "span": export.span or spans.SPANS[0][0],
        "catch_up": schedule.catch_up,
    }


def initial_export(query: QueryDict, *, zone: str, window: Window) -> dict[str, str]:
    """What the export form shows at first: what the address says, else what is given."""
    chosen = zone_find(query.get("zone", "")) or zone_find(zone)
    shown = {"zone": zone if chosen is None else chosen.key, "name": query.get("name", "")}
    for field, default in (("start", window.start), ("end", window.end)):
        shown[field] = _shown(query.get(field, ""), default, shown["zone"], last=field == "end")
    return shown | {"format": Export.Format.CSV, "shape": Export.Shape.LONG}


def _shown(text: str, default: datetime, zone: str, *, last: bool) -> str:
    local = zone_find(zone)
    if local is None:
        return ""
    try:
        instant = moment(text, zone=local, last=last) if text else default
    except ValueError:
        instant = default
    return typed(instant, local)
