"""The form that gives access to one audience, grown from what the platform can give."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from pydantic import BaseModel, Field

from connectors.contract import Audience, Grant, Right, Traits
from connectors.errors import Rejected
from dashboard.browse.models import Seen
from dashboard.declared import grow, meant
from dashboard.sharing import looking
from dashboard.sharing.services import Wish


class _End(BaseModel):
    until: datetime | None = Field(
        None, title="Until", description="Left empty: until somebody revokes it."
    )


END = _End.model_fields["until"]


class ShareForm(forms.Form):
    """Rights as the platform gives them (one, or several), an end where it knows ends, and the
    mark of what the audience had when the form was made."""

    mark = forms.CharField(widget=forms.HiddenInput(), required=False, max_length=16)

    def __init__(
        self,
        *args: Any,
        traits: Traits,
        audience: Audience,
        grants: tuple[Grant, ...],
        zone: ZoneInfo,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **{"auto_id": "share-%s"} | kwargs)
        self.traits, self.audience, self.zone = traits, audience, zone
        self.offered = looking.named(traits, audience.rights)
        held = grants[0] if grants and not audience.anew else None
        self.fields["rights"] = _rights(self.offered, several=traits.rights_combine, held=held)
        if traits.grants_expire:
            self.fields["until"] = grow(END)
            self.fields["until"].help_text += f" Your time zone is {zone.key}."
            self.fields["until"].initial = _local(held.until if held else None, zone)
        self.fields["mark"].initial = looking.mark(grants)

    @property
    def changes(self) -> bool:
        """The audience had something when the form was made."""
        return bool(self["mark"].value() != looking.mark(()))

    @property
    def choices(self) -> list[tuple[Any, Right]]:
        """Each right with its control."""
        return list(zip(self["rights"], self.offered, strict=True))

    def clean_rights(self) -> tuple[str, ...]:
        given = self.cleaned_data["rights"]
        return tuple(given) if isinstance(given, list) else (given,)

    def clean_until(self) -> datetime | None:
        """The instant that was meant. Raises ValidationError for what is no time."""
        text = self.cleaned_data["until"]
        found = meant(END, text, zone=self.zone) if text else None
        if found is None or isinstance(found, datetime):
            return found
        raise forms.ValidationError("This is no time. Write it as 2026-03-31 18:00.")

    def wish(self, node: Seen) -> Wish:
        """What a valid form asks for."""
        return Wish(
            node=node,
            audience=self.audience.id,
            rights=self.cleaned_data["rights"],
            until=self.cleaned_data.get("until"),
            mark=self.cleaned_data["mark"],
        )

    def renewed(self, grants: tuple[Grant, ...]) -> ShareForm:
        """The same form with what the audience has by now, instead of what was typed."""
        return ShareForm(traits=self.traits, audience=self.audience, grants=grants, zone=self.zone)

    def tell(self, wrong: Rejected) -> None:
        """What the platform did not take, beside the fields it is about."""
        for name, message in wrong.fields.items():
            self.add_error(name if name in self.fields else None, message)
        if not wrong.fields:
            self.add_error(None, wrong.message)


def _local(moment: datetime | None, zone: ZoneInfo) -> str:
    """As a control for local times has it."""
    return f"{moment.astimezone(zone):%Y-%m-%dT%H:%M:%S}" if moment else ""


def _rights(offered: tuple[Right, ...], *, several: bool, held: Grant | None) -> forms.ChoiceField:
    choices = [(right.name, right.label) for right in offered]
    initial = list(held.rights) if held else [name for name, _ in choices[:1]]
    if several and len(offered) > 1:
        field: forms.ChoiceField = forms.MultipleChoiceField(
            choices=choices, widget=forms.CheckboxSelectMultiple(), initial=initial
        )
    else:
        widget = forms.RadioSelect() if len(offered) > 1 else forms.HiddenInput()
        field = forms.ChoiceField(choices=choices, widget=widget, initial=(*initial, "")[0])
    field.label = "May"
    field.error_messages["required"] = "Choose what they may do."
    return field
