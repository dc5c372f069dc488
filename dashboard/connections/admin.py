"""Connections in the admin site: seen, checked and deleted; no secret can be read or searched."""

from __future__ import annotations

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from dashboard.connections import tasks
from dashboard.connections.models import Connection

SHOWN = (
    "name", "kind", "workspace", "account_label", "health", "trouble", "settings", "facts",
    "checked_at", "healthy_at", "created_by", "created_at",
)  # fmt: skip


@admin.register(Connection)
class ConnectionAdmin(admin.ModelAdmin[Connection]):
    """The sealed columns are in no list, no form, no search and no action."""

    list_display = ("name", "kind", "workspace", "account_label", "health", "checked_at")
    list_filter = ("health", "kind")
    list_select_related = ("workspace",)
    list_per_page = 50
    search_fields = ("name", "account_label")
    show_full_result_count = False
    fields = SHOWN
    readonly_fields = SHOWN
    actions = ("check_now",)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Connection]:
        return super().get_queryset(request).defer("sealed", "kept")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.action(description="Check now")
    def check_now(self, request: HttpRequest, chosen: models.QuerySet[Connection]) -> None:
        keys = [str(key) for key in chosen.values_list("pk", flat=True)]
        for key in keys:
            tasks.check_one.delay_on_commit(key)  # type: ignore[attr-defined]
        self.message_user(request, f"{len(keys)} will be checked in a moment.")
