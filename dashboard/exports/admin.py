"""Exports, schedules and runs for operators; every list stays fast at 100,000 rows: no join that
grows, no second count, search by indexed or short columns."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from dashboard.exports import tasks
from dashboard.exports.models import Export, ExportSeries, File, Run, Schedule
from dashboard.exports.runs import run_cancel, run_retry
from dashboard.series.admin import ShortPaginator


class SeriesInline(admin.TabularInline):  # type: ignore[type-arg]  # not generic at run time
    model = ExportSeries
    extra = 0
    raw_id_fields = ("connection",)


class FileInline(admin.TabularInline):  # type: ignore[type-arg]
    model = File
    extra = 0
    can_delete = False
    readonly_fields = ("name", "file", "type", "rows", "bytes", "sha256")

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Export)
class ExportAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "workspace", "format", "shape", "created_by", "created_at")
    list_filter = ("format", "shape")
    list_select_related = ("workspace", "created_by")
    list_per_page = 50
    show_full_result_count = False
    paginator = ShortPaginator
    search_fields = ("name",)
    raw_id_fields = ("workspace", "created_by")
    inlines = (SeriesInline,)


@admin.register(Schedule)
class ScheduleAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("export", "cron", "zone", "next_due", "failures", "paused_because")
    list_select_related = ("export",)
    list_per_page = 50
    show_full_result_count = False
    paginator = ShortPaginator
    ordering = ("next_due",)
    search_fields = ("export__name",)
    raw_id_fields = ("workspace", "export")
    readonly_fields = ("cursor", "next_due", "failures")


@admin.register(Run)
class RunAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("export", "workspace", "state", "rows", "created_at", "ended_at", "trouble")
    list_filter = ("state",)
    list_select_related = ("export", "workspace")
    list_per_page = 50
    show_full_result_count = False
    paginator = ShortPaginator
    search_fields = ("export__name",)
    raw_id_fields = ("workspace", "export", "slot", "created_by")
    readonly_fields = (
        "state",
        "fence",
        "holder",
        "lease_until",
        "attempts",
        "retry_at",
        "promised",
    )
    inlines = (FileInline,)
    actions = ("cancel_runs", "retry_runs")

    @admin.action(description="Cancel the chosen runs")
    def cancel_runs(self, request: HttpRequest, queryset: QuerySet[Run]) -> None:
        done = sum(run_cancel(run) for run in queryset)
        self.message_user(request, f"Cancelled: {done}.", messages.SUCCESS)

    @admin.action(description="Try the chosen runs again")
    def retry_runs(self, request: HttpRequest, queryset: QuerySet[Run]) -> None:
        again = [run.pk for run in queryset if run_retry(run)]
        for run in again:
            tasks.start(run)
        self.message_user(request, f"Started again: {len(again)}.", messages.SUCCESS)
