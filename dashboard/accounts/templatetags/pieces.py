"""The small pieces that every page is made of: icons, times, numbers, badges, form controls."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django import forms, template
from django.forms.boundfield import BoundWidget
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard.access import Role

register = template.Library()

THIN = "\u202f"
"""A narrow space that does not break: between groups of three digits."""

UNITS = ("B", "kB", "MB", "GB", "TB", "PB")
HEALTH_ICONS = {
    "ok": "circle-check",
    "down": "wifi-off",
    "sign-in": "key",
    "fault": "alert-triangle",
    "locked": "lock",
    "unchecked": "circle-dashed",
}


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """One of `static/icons.svg`, as decoration: the words beside it say the same."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        extra,
        static("icons.svg"),
        name,
    )


@register.simple_tag
def health(connection: Any) -> SafeString:
    """The badge of a connection's health: a word, an icon and a colour."""
    return format_html(
        '<span class="health health-{}">{}{}</span>',
        connection.health,
        icon(HEALTH_ICONS.get(connection.health, "circle-dashed")),
        connection.get_health_display(),
    )


@register.filter
def when(moment: datetime | None, zone: str = "UTC") -> SafeString:
    """A local time; its offset and zone on hover."""
    if moment is None:
        return format_html('<span class="text-secondary">{}</span>', "never")
    local = moment.astimezone(_zone(zone))
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.astimezone(UTC).isoformat(),
        f"{local:%Y-%m-%d %H:%M:%S} {_offset(local)} ({zone})",
        f"{local.day} {local:%b %Y, %H:%M}",
    )


@register.filter
def count(number: float | None) -> str:
    """`1234567` as `1 234 567`, with thin spaces."""
    return "–" if number is None else f"{number:,}".replace(",", THIN)


def digits(value: float) -> str:
    """Every digit of the number and none more, thousands apart."""
    text = repr(value)
    if "e" in text or "n" in text:
        return text
    whole, _, part = text.partition(".")
    spaced = f"{int(whole):,}".replace(",", THIN)
    if whole.startswith("-") and int(whole) == 0:
        spaced = "-0"
    return spaced if part in {"", "0"} else f"{spaced}.{part}"


@register.filter
def reading(value: object) -> str:
    """What a meter told: a number by its digits; a word or a switch as it is."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return digits(value)


@register.filter
def size(number: float | None) -> str:
    """Bytes in the unit that leaves one to three digits: `1.2 MB`."""
    if number is None:
        return "–"
    left, unit = float(number), 0
    while left >= 999.5 and unit < len(UNITS) - 1:
        left, unit = left / 1000, unit + 1
    digits = 1 if unit and left < 99.95 else 0
    return f"{left:.{digits}f}{THIN}{UNITS[unit]}"


@register.filter
def may(request: HttpRequest, role: str) -> bool:
    """True when the person has at least this role in the current workspace."""
    return any(
        place.workspace_id == request.workspace.pk and place.role >= Role[role.upper()]  # type: ignore[attr-defined]
        for place in getattr(request.user, "places", ())
    )


@register.filter
def control(field: forms.BoundField) -> SafeString:
    """The field's widget with the class its kind needs."""
    look = _look(field.field.widget)
    given = field.field.widget.attrs.get("class", "")
    wrong = " is-invalid" if field.errors else ""
    return field.as_widget(attrs={"class": f"{look} {given}{wrong}".strip()})


@register.filter
def tick(choice: BoundWidget) -> SafeString:
    """One radio button or checkbox of several, with the class its kind needs."""
    choice.data["attrs"]["class"] = "form-check-input"
    return choice.tag()


@register.filter
def is_check(field: forms.BoundField) -> bool:
    return isinstance(field.field.widget, forms.CheckboxInput)


@register.filter
def is_choices(field: forms.BoundField) -> bool:
    """Radio buttons or several checkboxes: they need a fieldset and a legend."""
    return isinstance(field.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple)


def _look(widget: forms.Widget) -> str:
    if isinstance(widget, forms.CheckboxInput | forms.RadioSelect | forms.CheckboxSelectMultiple):
        return "form-check-input"
    if isinstance(widget, forms.Select):
        return "form-select"
    return "form-control"


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _offset(local: datetime) -> str:
    text = f"{local:%z}"
    return f"{text[:3]}:{text[3:]}"
