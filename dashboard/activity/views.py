"""What happened in the workspace, and what it has to know."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from dashboard import access
from dashboard.access import Role
from dashboard.accounts.requests import SignedRequest
from dashboard.activity.models import Event, Notice
from dashboard.activity.services import notices_see

ROWS = 50


@require_safe
def events(request: SignedRequest) -> HttpResponse:
    rows = access.visible(Event, request.user).filter(workspace=request.workspace)
    page = Paginator(rows.select_related("person"), ROWS).get_page(request.GET.get("page"))
    return render(request, "activity/list.html", {"page": page})


@require_safe
def notices(request: SignedRequest) -> HttpResponse:
    rows = access.visible(Notice, request.user).filter(workspace=request.workspace)
    page = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    return render(request, "activity/notices.html", {"page": page})


@require_POST
def seen(request: SignedRequest) -> HttpResponse:
    """The bell falls silent for everybody in the workspace, so a viewer cannot do it."""
    if request.workspace:
        access.demand(request.workspace, request.user, Role.EDITOR)
        notices_see(request.workspace)
    messages.success(request, "All notices are marked as seen.")
    return redirect("activity:notices")
