"""Events and notices in the admin site: read, never written."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from dashboard.activity.models import Event, Notice


class ReadOnly(admin.ModelAdmin[models.Model]):
    """What happened is not changed afterwards."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Event)
class EventAdmin(ReadOnly):
    list_display = ("at", "person", "verb", "subject", "workspace")
    list_select_related = ("person", "workspace")
    search_fields = ("subject",)


@admin.register(Notice)
class NoticeAdmin(ReadOnly):
    list_display = ("at", "text", "state", "seen", "workspace")
    list_filter = ("state", "seen")
    list_select_related = ("workspace",)
    search_fields = ("text",)
