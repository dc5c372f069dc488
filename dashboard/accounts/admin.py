"""People, workspaces and memberships in the admin site."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, BaseUserCreationForm, UserChangeForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from dashboard.access import Role
from dashboard.accounts.longlist import LongList, LookOnly
from dashboard.accounts.models import ApiKey, Membership, Person, Workspace
from dashboard.accounts.services import member_remove, member_role, owners_besides
from dashboard.accounts.zones import zone_choices

RIGHTS = ("is_staff", "is_superuser", "groups")
LAST_OWNER = "is the only owner of “{}”: make somebody else an owner of it first"


class PersonCreation(BaseUserCreationForm):  # type: ignore[type-arg]  # not generic at run time
    class Meta:
        model = Person
        fields = ("email",)

    def clean_email(self) -> str:
        """As it is kept: one address in two spellings is one person."""
        return lowered(self.cleaned_data["email"], besides=None)


class PersonChange(UserChangeForm):  # type: ignore[type-arg]  # not generic at run time
    zone = forms.ChoiceField(label="Time zone", choices=zone_choices)

    class Meta:
        model = Person
        fields = "__all__"  # the admin's fieldsets choose

    def clean_email(self) -> str:
        return lowered(self.cleaned_data["email"], besides=self.instance)


def lowered(email: str, *, besides: Person | None) -> str:
    """The address in lower case. Raises ValidationError when it is somebody else's."""
    text = email.strip().lower()
    same = Person.objects.filter(email=text).first()
    if same is not None and same != besides:
        raise ValidationError("A person with this e-mail address exists already.")
    return text


@admin.register(Person)
class PersonAdmin(LongList[Person], UserAdmin):  # type: ignore[type-arg]  # not generic at run time
    """Who is no superuser can neither become one here nor take one over."""

    form = PersonChange
    add_form = PersonCreation
    change_password_form = AdminPasswordChangeForm
    list_display = ("email", "name", "zone", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email",)
    search_help_text = "How the e-mail address begins"
    ordering = ("email",)
    readonly_fields = ("last_login", "joined_at", "belongings")
    filter_horizontal = ("groups",)
    fieldsets = (
        (None, {"fields": ("email", "password", "name", "zone", "belongings")}),
        ("Rights", {"fields": ("is_active", *RIGHTS)}),
        ("Times", {"fields": ("last_login", "joined_at")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "password1", "password2")}),)

    def searched(self, text: str) -> str:
        return text.lower()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.readonly_fields if _super(request) else (*self.readonly_fields, *RIGHTS)

    def has_change_permission(self, request: HttpRequest, obj: Person | None = None) -> bool:
        return super().has_change_permission(request, obj) and _over(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Person | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _over(request, obj)

    def delete_refusals(self, row: Person) -> Iterable[str]:
        """A workspace of others keeps an owner; one that only this person is in may be left."""
        for member in row.memberships.filter(role=Role.OWNER).select_related("workspace"):
            others = member.workspace.memberships.exclude(pk=member.pk)
            if others.exists() and not owners_besides(member).exists():
                yield f"{row} {LAST_OWNER.format(member.workspace)}"


@admin.register(Workspace)
class WorkspaceAdmin(LongList[Workspace]):
    """One that still has connections, charts or exports is emptied first: these leave files."""

    list_display = ("name", "id", "created_at", "belongings")
    search_fields = ("name",)
    ordering = ("name", "pk")
    fields = ("name", "id", "created_at", "belongings")
    readonly_fields = ("id", "created_at", "belongings")
    delete_first = ("exports", "charts", "connections")


class MembershipForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    class Meta:
        model = Membership
        fields = ("workspace", "person", "role")

    def clean_role(self) -> int:
        role = int(self.cleaned_data["role"])
        stored = self.instance
        ends = stored.pk and stored.role == Role.OWNER and role < Role.OWNER
        if ends and not owners_besides(stored).exists():
            raise ValidationError(f"{stored.person} {LAST_OWNER.format(stored.workspace)}.")
        return role


@admin.register(Membership)
class MembershipAdmin(LongList[Membership]):
    """Whose and where is settled when it is made; afterwards only the role changes."""

    form = MembershipForm
    list_display = ("person", "workspace", "role")
    list_filter = ("role",)
    list_select_related = ("person", "workspace")
    autocomplete_fields = ("person", "workspace")
    search_fields = ("person__email",)
    search_help_text = "How the person's e-mail address begins, or the workspace's id"
    searched_id = "workspace"
    ordering = ("-pk",)

    def searched(self, text: str) -> str:
        return text.lower()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj is None else ("person", "workspace")

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """None: ended together, memberships could leave a workspace without an owner."""
        return {}

    def save_model(
        self,
        request: HttpRequest,
        obj: Membership,
        form: Any,
        change: bool,  # noqa: FBT001
    ) -> None:
        if change:
            member_role(obj, role=Role(obj.role))
        else:
            super().save_model(request, obj, form, change)

    def delete_refusals(self, row: Membership) -> Iterable[str]:
        if row.role == Role.OWNER and not owners_besides(row).exists():
            yield f"{row.person} {LAST_OWNER.format(row.workspace)}"

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        member_remove(obj)


def _super(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_superuser", False))


def _over(request: HttpRequest, person: Person | None) -> bool:
    return person is None or not person.is_superuser or _super(request)


@admin.register(ApiKey)
class ApiKeyAdmin(LookOnly[ApiKey]):
    """To look at; keys are made and revoked on their own page."""

    list_display = ("name", "prefix", "person", "workspace", "role", "used_at", "revoked_at")
    list_select_related = ("person", "workspace")
    search_fields = ("name",)
    ordering = ("-created_at", "-pk")
    fields = readonly_fields = (
        "name", "prefix", "person", "workspace", "role", "created_at", "used_at", "expires_at",
        "revoked_at",
    )  # fmt: skip
