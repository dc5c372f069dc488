"""The calls of platform functions in the admin site, to look at."""

from __future__ import annotations

from django.contrib import admin

from dashboard.accounts.longlist import LookOnly
from dashboard.operations.models import Call


@admin.register(Call)
class CallAdmin(LookOnly[Call]):
    list_display = ("operation", "connection", "person", "state", "started_at")
    list_select_related = ("connection", "person")
    search_fields = ("operation",)
    ordering = ("-started_at", "-pk")
    fields = readonly_fields = (
        "operation", "connection", "workspace", "person", "node", "state", "says", "progress",
        "share", "started_at", "heard_at", "finished_at",
    )  # fmt: skip
