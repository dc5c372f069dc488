from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from dashboard.browse.models import Seen


@admin.register(Seen)
class SeenAdmin(admin.ModelAdmin[Seen]):
    """A cache: to be looked at, and dropped when it should be asked for anew."""

    list_display = ("name", "type", "role", "connection", "at")
    list_filter = ("role",)
    list_select_related = ("connection",)
    search_fields = ("folded",)
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Seen | None = None) -> bool:
        return False
