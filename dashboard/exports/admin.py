"""Exports, schedules and the record of their runs in the admin site. They are made on their own
pages, from series; here they are found, put right and deleted. What a run is at is the product's
own: operators cancel it or let it go on, nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from dashboard.accounts.longlist import LongList, LookOnly
from dashboard.accounts.models import Person
from dashboard.accounts.zones import zone_choices
from dashboard.exports import schedule as rules
from dashboard.exports import services, tasks
from dashboard.exports.models import Export, ExportSeries, File, Run, Schedule, Slice, Slot
from dashboard.exports.services import Timing
from dashboard.exports.zones import zone_of


class LookInline(admin.TabularInline):  # type: ignore[type-arg]  # not generic at run time
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class SeriesInline(LookInline):
    """To look at: a series of another workspace's connection must not get in here."""

    model = ExportSeries
    fields = readonly_fields = ("position", "connection", "node", "label", "unit")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ExportSeries]:
        return ExportSeries.objects.select_related("connection")


class FileInline(LookInline):
    model = File
    fields = readonly_fields = ("name", "file", "type", "rows", "bytes", "sha256")


@admin.register(Export)
class ExportAdmin(LongList[Export]):
    list_display = ("name", "workspace", "format", "shape", "created_by", "created_at")
    list_select_related = ("workspace", "created_by")
    search_fields = ("name",)
    ordering = ("-created_at", "pk")
    fields = (
        "name", "workspace", "format", "shape", "zone", "start", "end", "span", "spreadsheet",
        "created_by", "created_at", "belongings",
    )  # fmt: skip
    readonly_fields = ("workspace", "zone", "start", "end", "span", "created_at", "belongings")
    autocomplete_fields = ("created_by",)
    inlines = (SeriesInline,)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def delete_model(self, request: HttpRequest, obj: Export) -> None:
        services.export_delete(obj, person=_person(request))


class ScheduleState(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("on", "on"), ("failing", "failing"), ("paused", "paused")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Schedule]) -> QuerySet[Schedule]:
        if self.value() == "on":
            return queryset.filter(paused_because="")
        if self.value() == "failing":
            return queryset.filter(failures__gt=0)
        return queryset.exclude(paused_because="") if self.value() == "paused" else queryset


class ScheduleForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    zone = forms.ChoiceField(label="Time zone", choices=zone_choices)

    class Meta:
        model = Schedule
        fields = ("cron", "zone", "catch_up")

    def clean(self) -> dict[str, Any]:
        """A rule that has a next time in its zone; the sentence stands beside the rule."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if {"cron", "zone"} <= cleaned.keys():
            try:
                rule = rules.parse(cleaned["cron"])
                rules.next_due(rule, zone_of(cleaned["zone"]), after=timezone.now())
            except rules.ScheduleInvalid as wrong:
                raise ValidationError({"cron": str(wrong)}) from wrong
        return cleaned


@admin.register(Schedule)
class ScheduleAdmin(LongList[Schedule]):
    """A changed rule counts from now on, as on the export's page."""

    form = ScheduleForm
    list_display = ("export", "cron", "zone", "next_due", "failures", "paused_because")
    list_filter = (ScheduleState,)
    list_select_related = ("export",)
    ordering = ("next_due", "pk")
    search_fields = ("export__name",)
    search_help_text = "How the export's name begins, or its id"
    searched_id = "export"
    fields = (
        "export", "workspace", "cron", "zone", "catch_up", "cursor", "next_due", "failures",
        "paused_because", "belongings",
    )  # fmt: skip
    readonly_fields = (*fields[:2], *fields[5:])
    actions = ("pause", "resume")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def save_model(
        self,
        request: HttpRequest,
        obj: Schedule,
        form: Any,
        change: bool,  # noqa: FBT001
    ) -> None:
        if form.changed_data:
            timing = Timing(cron=obj.cron, zone=obj.zone, catch_up=obj.catch_up)
            services.schedule_set(obj.export, timing=timing, now=timezone.now())

    def delete_model(self, request: HttpRequest, obj: Schedule) -> None:
        services.schedule_remove(obj, person=_person(request))

    @admin.action(description="Pause the chosen schedules", permissions=["change"])
    def pause(self, request: HttpRequest, chosen: QuerySet[Schedule]) -> None:
        rows = list(chosen.select_related("export__workspace"))
        going = [row for row in rows if not row.paused_because]
        for row in going:
            services.schedule_pause(row, person=_person(request))
        _tell(self, request, "Paused", len(going), ["paused already"] * (len(rows) - len(going)))

    @admin.action(description="Switch the chosen schedules on again", permissions=["change"])
    def resume(self, request: HttpRequest, chosen: QuerySet[Schedule]) -> None:
        rows = list(chosen.select_related("export__workspace"))
        paused = [row for row in rows if row.paused_because]
        for row in paused:
            services.schedule_resume(row, person=_person(request))
        _tell(self, request, "On again", len(paused), ["on already"] * (len(rows) - len(paused)))


@admin.register(Run)
class RunAdmin(LookOnly[Run]):
    list_display = ("export", "workspace", "state", "rows", "created_at", "ended_at", "trouble")
    list_filter = ("state",)
    list_select_related = ("export", "workspace")
    ordering = ("-created_at", "pk")
    search_fields = ("export__name",)
    search_help_text = "How the export's name begins, or the run's id"
    fields = readonly_fields = (
        "export", "workspace", "state", "trouble", "start", "end", "slot", "created_by",
        "created_at", "started_at", "ended_at", "promised", "rows", "bytes", "attempts",
        "retry_at", "fence", "holder", "lease_until", "belongings",
    )  # fmt: skip
    inlines = (FileInline,)
    actions = ("cancel_runs", "retry_runs")

    @admin.action(description="Cancel the chosen runs", permissions=["act"])
    def cancel_runs(self, request: HttpRequest, chosen: QuerySet[Run]) -> None:
        ended, left = _each(request, chosen, services.run_stop)
        reasons = [f"{run.get_state_display()} already" for run in left]
        _tell(self, request, "Cancelled", len(ended), reasons)

    @admin.action(description="Try the chosen runs again", permissions=["act"])
    def retry_runs(self, request: HttpRequest, chosen: QuerySet[Run]) -> None:
        again, left = _each(request, chosen, services.run_again)
        for run in again:
            tasks.start(run.pk)
        reasons = [str(run.get_state_display()) for run in left]
        _tell(self, request, "Started again", len(again), reasons)


@admin.register(Slot)
class SlotAdmin(LookOnly[Slot]):
    list_display = ("due_at", "schedule", "claimed_at", "skipped_because")
    list_select_related = ("schedule",)
    ordering = ("-pk",)
    search_fields = ("schedule__export__name",)
    search_help_text = "How the export's name begins, or the schedule's id"
    searched_id = "schedule"


@admin.register(Slice)
class SliceAdmin(LookOnly[Slice]):
    list_display = ("run_id", "position", "connection", "start", "end", "done", "claims", "rows")
    list_select_related = ("connection",)
    ordering = ("-pk",)
    search_fields = ("connection__name",)
    search_help_text = "How the connection's name begins, or the run's id"
    searched_id = "run"


@admin.register(File)
class FileAdmin(LookOnly[File]):
    list_display = ("name", "run_id", "type", "rows", "bytes", "sha256")
    ordering = ("-pk",)
    search_fields = ("name",)
    search_help_text = "How the name begins, or the run's id"
    searched_id = "run"


def _each(
    request: HttpRequest, chosen: QuerySet[Run], act: Callable[..., bool]
) -> tuple[list[Run], list[Run]]:
    """The runs that it was done to, and the others as they are now."""
    runs = list(chosen.select_related("export__workspace"))
    done = [run for run in runs if act(run, person=_person(request))]
    others = {run.pk for run in runs} - {run.pk for run in done}
    return done, list(Run.objects.filter(pk__in=others))


def _tell(
    where: admin.ModelAdmin[Any], request: HttpRequest, done: str, count: int, left: Sequence[str]
) -> None:
    """“Cancelled: 2. Left as they were: 3 (2 done already, 1 failed already).”"""
    text = f"{done}: {count}."
    if left:
        why = ", ".join(f"{number} {reason}" for reason, number in Counter(left).items())
        text = f"{text} Left as they were: {len(left)} ({why})."
    where.message_user(request, text, messages.SUCCESS if count else messages.WARNING)


def _person(request: HttpRequest) -> Person:
    return cast("Person", request.user)
