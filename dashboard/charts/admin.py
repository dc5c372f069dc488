"""Saved charts in the admin site. They are made on the explorer's page, from series."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from dashboard.accounts.longlist import LongList
from dashboard.charts.models import Chart, ChartSeries


class SeriesInline(admin.TabularInline[ChartSeries, Chart]):
    """To look at: a series of another workspace's connection must not get in here."""

    model = ChartSeries
    extra = 0
    fields = readonly_fields = ("position", "connection", "node", "label", "unit")
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("connection")


@admin.register(Chart)
class ChartAdmin(LongList[Chart]):
    list_display = ("name", "workspace", "span", "zone", "created_by", "changed_at")
    list_select_related = ("workspace", "created_by")
    search_fields = ("name",)
    ordering = ("name", "pk")
    fields = ("name", "workspace", "start", "end", "span", "zone", "created_by", "changed_at")
    readonly_fields = fields[1:]
    inlines = (SeriesInline,)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
