"""What people type about themselves and about the members of their workspace."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from dashboard.access import Role
from dashboard.accounts import throttle
from dashboard.accounts.models import Person
from dashboard.accounts.services import person_find
from dashboard.accounts.zones import zone_choices

TOO_MANY = (
    "There were too many failed sign-ins for this account or from this network. "
    "Wait a quarter of an hour, then try again."
)


class SignInForm(AuthenticationForm):
    """E-mail and password; counts failures and refuses when there were too many."""

    username = forms.EmailField(
        label="E-mail",
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    error_messages = {  # noqa: RUF012  # Django reads it from the class
        "invalid_login": "The e-mail address or the password is not right.",
        "inactive": "The e-mail address or the password is not right.",
    }

    def clean(self) -> dict[str, Any]:
        email = str(self.cleaned_data.get("username") or "")
        address = address_of(self.request) if self.request else ""
        if throttle.blocked(email=email, address=address):
            raise ValidationError(TOO_MANY, code="throttled")
        throttle.failed(email=email, address=address)  # counted first: a burst cannot outrun it
        cleaned: dict[str, Any] = super().clean()
        throttle.succeeded(email=email)
        return cleaned


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    zone = forms.ChoiceField(
        label="Time zone",
        choices=zone_choices,
        help_text="All times are shown in this zone; its offset appears on hover.",
    )

    class Meta:
        model = Person
        fields = ("name", "zone")


class PasswordForm(PasswordChangeForm):
    """Django's, in our words."""

    error_messages = {  # noqa: RUF012  # Django reads it from the class
        "password_incorrect": "This is not your present password.",
        "password_mismatch": "The two new passwords differ.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["old_password"].label = "Present password"
        self.fields["old_password"].widget.attrs.pop("autofocus", None)
        self.fields["new_password1"].label = "New password"
        self.fields[
            "new_password1"
        ].help_text = "At least 8 characters; not a common password and not your name."
        self.fields["new_password2"].label = "New password, again"
        self.fields["new_password2"].help_text = ""


class MemberForm(forms.Form):
    """Somebody who has an account here already, and what they may do."""

    email = forms.EmailField(label="E-mail")
    role = forms.TypedChoiceField(
        label="Role",
        coerce=lambda value: Role(int(value)),
        choices=Role.choices,
        initial=Role.VIEWER,
        help_text=(
            "Viewers read. Editors also create and change. "
            "Owners also delete connections, replace secrets and manage members."
        ),
    )

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"])
        if person_find(email) is None:
            raise ValidationError(
                "Nobody with this address has an account here. Whoever runs Tieline can add them: "
                "manage.py person add."
            )
        return email


class RoleForm(forms.Form):
    role = forms.TypedChoiceField(
        coerce=lambda value: Role(int(value)),
        choices=Role.choices,
        widget=forms.Select(attrs={"data-submit": "", "aria-label": "Role"}),
    )


def address_of(request: HttpRequest) -> str:
    """Where a request comes from.

    Behind a proxy (the same setting that makes us trust its `X-Forwarded-Proto`) the last entry of
    `X-Forwarded-For` counts: the proxy wrote that one, the earlier ones anybody can.
    """
    direct = str(request.META.get("REMOTE_ADDR", ""))
    if settings.SECURE_PROXY_SSL_HEADER is None:
        return direct
    chain = str(request.META.get("HTTP_X_FORWARDED_FOR", ""))
    return chain.rpartition(",")[2].strip() or direct


LIFETIMES = {"30": "30 days", "90": "90 days", "365": "a year", "": "until it is revoked"}


class KeyForm(forms.Form):
    """What a program's key is for, what it may do, and how long."""

    name = forms.CharField(
        label="What it is for", max_length=120, help_text="For example “nightly copy to the lake”."
    )
    role = forms.TypedChoiceField(
        label="What it may do",
        coerce=lambda value: Role(int(value)),
        choices=[(Role.VIEWER.value, "read"), (Role.EDITOR.value, "read and change")],
        initial=Role.VIEWER,
    )
    lives = forms.ChoiceField(
        label="How long", choices=list(LIFETIMES.items()), initial="90", required=False
    )

    def expires_at(self, now: datetime) -> datetime | None:
        """When a key made now is over; None: never."""
        days = self.cleaned_data["lives"]
        return now + timedelta(days=int(days)) if days else None
