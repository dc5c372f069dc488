"""What a platform's function gave, in words."""

from __future__ import annotations

import json
import re
from datetime import datetime
from zoneinfo import ZoneInfo

from django import forms, template
from django.utils.html import format_html

from dashboard.accounts.templatetags.pieces import digits
from dashboard.charts.words import local_words
from dashboard.declared import typed
from dashboard.operations.forms import OperationForm

register = template.Library()

ISO = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:\d\d)")
"""A moment that came as text."""


@register.filter
def fact(value: object, zone: str = "UTC") -> str:
    """A field of a record: a switch as a word, a moment in the person's zone, a measured number by
    its digits, and a whole one as it is written, for it may be a port or a key."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return digits(value)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return format_html(
            '<span class="text-nowrap">{}</span>', local_words(value, ZoneInfo(zone))
        )
    moment = ISO.fullmatch(value) if isinstance(value, str) else None
    if moment:  # in the zone that the platform or the form named, so it stays as it is
        whole = '<span class="text-nowrap">{}</span> <span class="text-nowrap">{} {}</span>'
        return format_html(whole, *moment.groups())
    return str(value)


@register.filter
def nested(value: object) -> str:
    """A field that has parts, which a result holds as JSON, a part a line; empty: it has none."""
    if not isinstance(value, str) or not value.startswith(("[{", '{"')):
        return ""
    try:
        parts = json.loads(value)
    except ValueError:  # a text that only looks so
        return ""
    return json.dumps(parts, indent=2, ensure_ascii=False)


@register.filter
def examples(field: forms.BoundField) -> list[str]:
    """What a person could type for a parameter, where its declaration gives examples."""
    if not isinstance(field.form, OperationForm):
        return []
    declared, zone = field.form.declared[field.name], field.form.zone
    return [str(typed(declared, one, zone=zone)) for one in declared.examples or ()]
