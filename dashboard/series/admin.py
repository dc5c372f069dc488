"""The archive in the admin site: to look at, not to change."""

from __future__ import annotations

from django.contrib import admin

from dashboard.accounts.longlist import LookOnly
from dashboard.series.models import Fill, Live, Segment


@admin.register(Segment)
class SegmentAdmin(LookOnly[Segment]):
    list_display = ("node", "connection", "start", "end", "rows", "bytes", "fetched_at")
    list_select_related = ("connection",)
    search_fields = ("node",)
    search_help_text = "The start of a series' id on its platform, or the connection's id"
    searched_id = "connection"
    ordering = ("-pk",)


@admin.register(Fill)
class FillAdmin(LookOnly[Fill]):
    list_display = (
        "pk", "connection", "state", "start", "end", "done_until", "rows", "tries", "trouble",
    )  # fmt: skip
    list_filter = ("state",)
    list_select_related = ("connection",)
    search_fields = ("connection__name",)
    search_help_text = "How the connection's name begins, or its id"
    searched_id = "connection"
    ordering = ("-pk",)


@admin.register(Live)
class LiveAdmin(LookOnly[Live]):
    list_display = ("node", "connection", "since", "count", "wanted_at", "until", "trouble")
    list_select_related = ("connection",)
    search_fields = ("connection__name",)
    search_help_text = "How the connection's name begins, or its id"
    searched_id = "connection"
    ordering = ("-pk",)
