"""The form of an operation, grown from its declared parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import UnionType
from typing import Annotated, Any, BinaryIO, Union, cast, get_args, get_origin
from uuid import uuid4
from zoneinfo import ZoneInfo

from django import forms
from django.core.files.uploadedfile import UploadedFile

from connectors.contract import NodeId, Upload
from connectors.errors import ConnectorError, Rejected
from connectors.operations import Operation
from dashboard.declared import grow, meant


class OperationForm(forms.Form):
    """One field a parameter. `check` is the operation's own, so its messages stand at the fields.

    What has to be filled in comes first. The parameters' names have a prefix, since one may be
    called like a field of the page.
    """

    def __init__(
        self,
        operation: Operation,
        *args: Any,
        zone: ZoneInfo,
        subject: str = "",
        nodes: Callable[[str], Iterable[Any]] | None = None,
        **kwargs: Any,
    ) -> None:
        """`nodes` gives those to choose from where a parameter is one, by the parameter's name."""
        super().__init__(*args, **kwargs | {"prefix": "value"})
        self.operation = operation
        self.zone = zone
        self.declared = operation.parameters.model_fields
        for name, declared in self.declared.items():
            self.fields[name] = grow(declared)
            if nodes is not None and names_node(declared.annotation):
                self.fields[name].nodes = nodes(name)  # type: ignore[attr-defined]
                self.fields[name].widget.attrs["list"] = f"nodes-{name}"
        self.order_fields(sorted(self.fields, key=lambda name: not self.fields[name].required))
        if operation.subject and subject:
            self.fields[operation.subject].initial = subject
            self.fields[operation.subject].widget = forms.HiddenInput()

    def clean(self) -> dict[str, Any]:
        """What the operation will be called with, in `cleaned_data["values"]`."""
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        values = self._values()
        if not self.errors:
            try:
                self.operation.check(values)
            except Rejected as wrong:
                self.tell(wrong)
        cleaned["values"] = values
        return cleaned

    def tell_if_rejected(self, trouble: ConnectorError) -> None:
        """What the platform did not take, beside the fields; another trouble is the page's."""
        if isinstance(trouble, Rejected):
            self.tell(trouble)

    def tell(self, wrong: Rejected) -> None:
        """What the platform did not take, beside the fields it is about."""
        for name, message in wrong.fields.items():
            self.add_error(name if name in self.fields else None, message)
        if not wrong.fields:
            self.add_error(None, wrong.message)

    def _values(self) -> dict[str, object]:
        """What was typed, as the declaration means it; an optional one left empty is absent."""
        values: dict[str, object] = {}
        for name, declared in self.declared.items():
            given = self.cleaned_data.get(name)
            if given in (None, "") or (given is False and self._untouched(name)):
                continue
            try:
                values[name] = _upload(given) or meant(declared, given, zone=self.zone)
            except ValueError as wrong:
                self.add_error(name, str(wrong))
        return values

    def _untouched(self, name: str) -> bool:
        """A switch that is off as it was: what is not said stays the platform's default.

        One with three positions says what it means, and one without a default has to.
        """
        field = self.fields[name]
        if isinstance(field, forms.NullBooleanField) or self.declared[name].is_required():
            return False
        return not field.required and not field.initial


class ConfirmForm(forms.Form):
    """That this call is meant, and meant once."""

    once = forms.UUIDField(widget=forms.HiddenInput(), initial=uuid4)
    sure = forms.CharField(required=False)

    def __init__(self, *args: Any, asked: str = "", **kwargs: Any) -> None:
        """`asked` has to be typed; empty: nothing has to."""
        super().__init__(*args, **kwargs)
        self.asked = asked
        if not asked:
            del self.fields["sure"]
            return
        self.fields["sure"].label = f"Type “{asked}” to confirm"
        self.fields["sure"].widget.attrs["autocomplete"] = "off"

    def clean_sure(self) -> str:
        """The exact name."""
        typed = str(self.cleaned_data["sure"])
        if typed.strip() != self.asked.strip():
            raise forms.ValidationError(f"This has to be “{self.asked}”.")
        return typed


def names_node(annotation: Any) -> bool:
    """True for a parameter that is one node."""
    if annotation is NodeId:
        return True
    return get_origin(annotation) in (Annotated, Union, UnionType) and any(
        names_node(part) for part in get_args(annotation)
    )


def _upload(given: object) -> Upload | None:
    if not isinstance(given, UploadedFile) or given.file is None:
        return None
    return Upload(
        name=given.name or "file",
        content=cast("BinaryIO", given.file),
        size=given.size or 0,
        type=given.content_type or "application/octet-stream",
    )
