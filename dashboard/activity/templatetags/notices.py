"""The bell: how many notices of the current workspace nobody has seen."""

from __future__ import annotations

from typing import Any

from django import template

from dashboard.activity.services import notices_unseen

register = template.Library()


@register.inclusion_tag("partials/bell.html", takes_context=True)
def bell(context: dict[str, Any]) -> dict[str, Any]:
    """Counted once a request, however many bells the page shows."""
    request = context["request"]
    if not hasattr(request, "unseen_notices"):
        request.unseen_notices = notices_unseen(request.workspace) if request.workspace else 0
    return {"unseen": request.unseen_notices}
