"""What happened in the workspace, and what it has to know."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from dashboard import access
from dashboard.accounts.requests import SignedRequest
from dashboard.activity.models import Event, Notice
from dashboard.activity.services import notices_see

ROWS = 50


def events(request: SignedRequest) -> HttpResponse:
    rows = access.visible(Event, request.user).filter(workspace=request.workspace)
    page = Paginator(rows.select_related("person"), ROWS).get_page(request.GET.get("page"))
    return render(request, "activity/list.html", {"page": page})


def notices(request: SignedRequest) -> HttpResponse:
    rows = access.visible(Notice, request.user).filter(workspace=request.workspace)
    page = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    return render(request, "activity/notices.html", {"page": page})


@require_POST
def seen(request: SignedRequest) -> HttpResponse:
    """The bell falls silent for everybody in the workspace."""
    if request.workspace:
        notices_see(request.workspace)
    messages.success(request, "All notices are marked as seen.")
    return redirect("activity:notices")
