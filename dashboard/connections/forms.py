"""Forms grown from what a platform's `Config` declares: no platform has a form of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from connectors import registry
from connectors.contract import secret_names
from connectors.errors import ConfigInvalid
from dashboard.declared import grow

NAME = "connection_name"
"""Apart from the platform's own settings, of which one may be called `name`."""


class NameForm(forms.Form):
    """What a connection is called here."""

    connection_name = forms.CharField(
        label="Name",
        max_length=120,
        help_text="What your team calls it, for example “Campus meters”.",
    )


class SettingsForm(NameForm):
    """The name and every declared setting of one kind; the kind's Config checks them."""

    def __init__(self, kind: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        for name, declared in registry.load(kind).Config.model_fields.items():
            self.fields[name] = grow(declared)

    @property
    def sealed(self) -> bool:
        """Whether it asks for a password or a key: a kind without any has nobody to sign in."""
        return bool(secret_names(registry.load(self.kind).Config))

    def clean(self) -> dict[str, Any]:
        """The platform's own messages, beside the fields they are about."""
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        try:
            config = registry.configure(self.kind, self.values())
        except ConfigInvalid as wrong:
            self._tell(wrong)
            return cleaned
        cleaned["plain"] = config.model_dump(mode="json", exclude=set(secret_names(type(config))))
        return cleaned

    def values(self) -> dict[str, object]:
        """The settings typed; an optional one left empty is absent, so that its default counts."""
        given = {name: self.cleaned_data.get(name) for name in self.fields if name != NAME}
        return {name: value for name, value in given.items() if value not in (None, "")}

    def secrets(self) -> dict[str, str]:
        hidden = secret_names(registry.load(self.kind).Config)
        return {name: str(value) for name, value in self.values().items() if name in hidden}

    def _tell(self, wrong: ConfigInvalid) -> None:
        for name, message in wrong.fields.items():
            self.add_error(name if name in self.fields else None, message)
        if not wrong.fields:
            self.add_error(None, wrong.message)


def initial_of(name: str, settings: Mapping[str, object]) -> dict[str, object]:
    """What a form shows of a stored connection: never a secret, since those are not in it."""
    return {NAME: name, **settings}
