"""Events and notices in the admin site: what happened is not changed afterwards."""

from __future__ import annotations

from django.contrib import admin

from dashboard.accounts.longlist import LookOnly
from dashboard.activity.models import Event, Notice


@admin.register(Event)
class EventAdmin(LookOnly[Event]):
    list_display = ("at", "person", "verb", "subject", "workspace")
    list_select_related = ("person", "workspace")
    search_fields = ("subject",)
    search_help_text = "How the subject begins, or the workspace's id"
    searched_id = "workspace"


@admin.register(Notice)
class NoticeAdmin(LookOnly[Notice]):
    list_display = ("at", "text", "state", "seen", "workspace")
    list_filter = ("seen",)
    list_select_related = ("workspace",)
    search_fields = ("topic",)
    search_help_text = "How the topic begins (schedule:… or connection:…), or the workspace's id"
    searched_id = "workspace"
