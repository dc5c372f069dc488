"""What a node looks like in a list: its icon, and the words when its platform is silent."""

from __future__ import annotations

import re
from datetime import datetime

from django import template
from django.utils.safestring import SafeString

from connectors.errors import AuthFailed, ConnectorError, RateLimited
from dashboard.accounts.templatetags.pieces import when
from dashboard.browse.models import Seen

register = template.Library()

STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")
"""An instant in ISO 8601, and nothing else beside it."""
SWITCHES = {"True": "yes", "False": "no"}

ROLE_ICONS = {"folder": "folder", "series": "wave-sine", "file": "file", "record": "clipboard-text"}
TYPE_ICONS = {
    "site": "map-pin",
    "building": "building",
    "storey": "stairs",
    "floor": "stairs",
    "space": "box",
    "room": "box",
    "zone": "layout-grid",
    "project": "stack-2",
    "campaign": "stack-2",
    "event": "calendar",
    "user": "user",
    "group": "users",
}


@register.filter
def node_icon(node: Seen) -> str:
    """The icon of the platform's own word where we have one, else of its role."""
    return TYPE_ICONS.get(node.type.casefold(), ROLE_ICONS.get(node.role, "point"))


@register.filter
def detail(text: str, zone: str) -> str | SafeString:
    """What a platform tells of a node: an instant as a local time, a switch as a word, all else as
    it is."""
    if text in SWITCHES:
        return SWITCHES[text]
    if not STAMP.fullmatch(text):
        return text
    try:
        return when(datetime.fromisoformat(text), zone)
    except (ValueError, OverflowError):  # 31 February; year 1 in New York
        return text


@register.filter
def headline(trouble: ConnectorError, name: str) -> str:
    """What the platform does instead of answering, in five words."""
    if isinstance(trouble, AuthFailed):
        return f"{name} refuses the sign-in"
    if isinstance(trouble, RateLimited):
        return f"{name} asks for a pause"
    return f"{name} does not answer"


@register.filter
def wants_sign_in(trouble: ConnectorError) -> bool:
    return isinstance(trouble, AuthFailed)
