"""What was seen on the platforms, in the admin site."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from dashboard.accounts.longlist import LongList
from dashboard.browse.models import Seen
from dashboard.browse.seen import fold


@admin.register(Seen)
class SeenAdmin(LongList[Seen]):
    """A cache: to be looked at, and dropped when it should be asked for anew."""

    list_display = ("name", "type", "role", "connection", "at")
    list_select_related = ("connection",)
    search_fields = ("folded",)
    search_help_text = "How the name begins, or the connection's id"
    searched_id = "connection"
    ordering = ("-pk",)

    def searched(self, text: str) -> str:
        return fold(text)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Seen | None = None) -> bool:
        return False
