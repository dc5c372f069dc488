"""Connections and leases in the admin site: seen, checked, deleted; no secret is shown."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from connectors import registry
from dashboard.accounts.longlist import LongList, LookOnly
from dashboard.accounts.models import Person
from dashboard.connections import tasks
from dashboard.connections.models import Connection, Lease
from dashboard.connections.services import connection_delete

SHOWN = (
    "name", "kind", "workspace", "account_label", "health", "trouble", "settings", "facts",
    "checked_at", "healthy_at", "created_by", "created_at", "belongings",
)  # fmt: skip


class KindFilter(admin.SimpleListFilter):
    """The kinds that are installed; asking the table which it holds would read all of it."""

    title = "platform"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(one.kind, one.label) for one in registry.kinds()]

    def queryset(
        self, request: HttpRequest, queryset: models.QuerySet[Connection]
    ) -> models.QuerySet[Connection]:
        kind = self.value()
        return queryset if kind is None else queryset.filter(kind=kind)


@admin.register(Connection)
class ConnectionAdmin(LookOnly[Connection]):
    """The sealed columns are in no list, no form, no search, no filter and no action."""

    list_display = ("name", "kind", "workspace", "account_label", "health", "checked_at")
    list_filter = ("health", KindFilter)
    list_select_related = ("workspace",)
    search_fields = ("name", "account_label")
    ordering = ("name", "pk")
    fields = readonly_fields = SHOWN
    actions = ("check_now",)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Connection]:
        return super().get_queryset(request).defer("sealed", "kept")

    def has_delete_permission(self, request: HttpRequest, obj: Connection | None = None) -> bool:
        return LongList.has_delete_permission(self, request, obj)

    def delete_model(self, request: HttpRequest, obj: Connection) -> None:
        connection_delete(obj, person=cast("Person", request.user))

    @admin.action(description="Check now", permissions=["act"])
    def check_now(self, request: HttpRequest, chosen: models.QuerySet[Connection]) -> None:
        keys = [str(key) for key in chosen.values_list("pk", flat=True)]
        for key in keys:
            tasks.check_one.delay_on_commit(key)  # type: ignore[attr-defined]
        self.message_user(request, f"Will be checked in a moment: {len(keys)}.")


@admin.register(Lease)
class LeaseAdmin(LookOnly[Lease]):
    """What one process at a time does now. A lease of the dead ends by itself."""

    list_display = ("name", "holder", "until")
    search_fields = ("name",)
    search_help_text = "How the name begins"
    ordering = ("name",)
