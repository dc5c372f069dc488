"""The archive in the admin site: to look at, not to change."""

from __future__ import annotations

from functools import cached_property
from typing import Any, cast

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from dashboard.series.models import Fill, Segment

MOST_COUNTED = 2_000
"""Rows: a list of a million is not counted to say how many pages it has; the search narrows it."""


class ShortPaginator(Paginator[Any]):
    """Pages of the first rows only, so that a list costs the same however long it is."""

    @cached_property
    def count(self) -> int:
        return cast("QuerySet[Any]", self.object_list)[:MOST_COUNTED].count()


class LookOnly(admin.ModelAdmin[Any]):
    """A list without a count, read by its key; nothing can be added, changed or removed."""

    paginator = ShortPaginator
    show_full_result_count = False
    list_per_page = 50
    list_select_related = ("connection",)
    ordering = ("-pk",)
    search_help_text = "The start of a series' id on its platform"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Segment)
class SegmentAdmin(LookOnly):
    list_display = ("node", "connection", "start", "end", "rows", "bytes", "fetched_at")
    search_fields = ("node__startswith",)


@admin.register(Fill)
class FillAdmin(LookOnly):
    list_display = (
        "pk",
        "connection",
        "state",
        "start",
        "end",
        "done_until",
        "rows",
        "tries",
        "trouble",
    )
    list_filter = ("state",)
    search_fields = ("trouble", "connection__name")
    search_help_text = "Words of the trouble, or the connection's name"
