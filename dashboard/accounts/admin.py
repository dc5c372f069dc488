"""People, workspaces and memberships in the admin site."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, BaseUserCreationForm, UserChangeForm

from dashboard.accounts.models import Membership, Person, Workspace


class PersonCreation(BaseUserCreationForm):  # type: ignore[type-arg]  # not generic at run time
    class Meta:
        model = Person
        fields = ("email",)


class PersonChange(UserChangeForm):  # type: ignore[type-arg]  # not generic at run time
    class Meta:
        model = Person
        fields = "__all__"  # the admin's fieldsets choose


@admin.register(Person)
class PersonAdmin(UserAdmin):  # type: ignore[type-arg]  # not generic at run time
    form = PersonChange
    add_form = PersonCreation
    change_password_form = AdminPasswordChangeForm
    list_display = ("email", "name", "zone", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "name")
    ordering = ("email",)
    readonly_fields = ("last_login", "joined_at")
    filter_horizontal = ()
    show_full_result_count = False
    fieldsets = (
        (None, {"fields": ("email", "password", "name", "zone")}),
        ("Rights", {"fields": ("is_active", "is_staff", "is_superuser")}),
        ("Times", {"fields": ("last_login", "joined_at")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "password1", "password2")}),)


class MembershipInline(admin.TabularInline[Membership, Workspace]):
    model = Membership
    extra = 0
    raw_id_fields = ("person",)


@admin.register(Workspace)
class WorkspaceAdmin(admin.ModelAdmin[Workspace]):
    list_display = ("name", "id", "created_at")
    search_fields = ("name",)
    inlines = (MembershipInline,)
    show_full_result_count = False


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin[Membership]):
    list_display = ("person", "workspace", "role")
    list_filter = ("role",)
    list_select_related = ("person", "workspace")
    raw_id_fields = ("person", "workspace")
    search_fields = ("person__email", "workspace__name")
    show_full_result_count = False
