"""The page on which a new connection is tested, stage after stage."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from dashboard import access
from dashboard.access import Role
from dashboard.accounts.requests import SignedRequest
from dashboard.connections import pages
from dashboard.connections.drafts import draft_finish, draft_step
from dashboard.connections.models import Draft
from dashboard.connections.probe import next_stage


@require_safe
def test(request: SignedRequest, id: UUID) -> HttpResponse:
    """The checklist; each stage is asked for by the one before."""
    return render(request, "connections/test.html", pages.checklist(_own(request, id)))


@require_POST
def step(request: SignedRequest, id: UUID) -> HttpResponse:
    """Runs one stage; after the last one the connection is kept."""
    draft = _own(request, id)
    draft_step(draft)
    if next_stage(draft.outcomes) is None:
        return _finished(request, draft)
    if request.htmx:
        return render(request, "connections/test.html#stages", pages.checklist(draft))
    return redirect("connections:test", id=draft.pk)


def _finished(request: SignedRequest, draft: Draft) -> HttpResponse:
    finished = draft_finish(draft)
    name = finished.connection.name
    if finished.kept:
        messages.success(request, f"“{name}” is connected.")
    else:
        messages.info(request, f"This account is connected here already, as “{name}”.")
    address = reverse("connections:detail", args=[finished.connection.pk])
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


def _own(request: SignedRequest, id: UUID) -> Draft:
    """The person's own draft: nobody else's settings are tested under their eyes."""
    draft = access.get(Draft, request.user, id, role=Role.EDITOR)
    if draft.person_id != request.user.pk:
        raise Http404
    if draft.connection is not None:
        access.demand(draft.connection, request.user, Role.OWNER)
    return draft
