"""The page of API keys: made, shown once, listed, revoked."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from dashboard import access
from dashboard.access import Role
from dashboard.accounts.forms import KeyForm
from dashboard.accounts.keys import Made, key_make, key_revoke
from dashboard.accounts.models import ApiKey, Workspace
from dashboard.accounts.requests import SignedRequest

ROWS = 50


@require_http_methods(["GET", "HEAD", "POST"])
def keys(request: SignedRequest) -> HttpResponse:
    """The person's keys of this workspace, of an owner everybody's; a new one is made here."""
    workspace = _current(request)
    form = KeyForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, workspace, form, status=422 if form.errors else 200)
    role = form.cleaned_data["role"]
    access.demand(workspace, request.user, role)
    made = key_make(
        person=request.user,
        workspace=workspace,
        name=form.cleaned_data["name"],
        role=role,
        expires_at=form.expires_at(timezone.now()),
    )
    return _page(request, workspace, KeyForm(), made=made)


@require_POST
def revoke(request: SignedRequest, id: int) -> HttpResponse:
    """Ends a key of one's own; an owner ends anybody's."""
    key = access.get(ApiKey, request.user, id)
    if key.person_id != request.user.pk:
        access.demand(key, request.user, Role.OWNER)
    key_revoke(key, now=timezone.now())
    messages.success(request, f"The key “{key.name}” opens nothing any more.")
    return redirect("accounts:keys")


def _page(
    request: SignedRequest,
    workspace: Workspace,
    form: KeyForm,
    *,
    made: Made | None = None,
    status: int = 200,
) -> HttpResponse:
    page = Paginator(_listed(request, workspace), ROWS).get_page(request.GET.get("page"))
    context = {"page": page, "form": form, "made": made, "now": timezone.now()}
    return render(request, "accounts/keys.html", context, status=status)


def _listed(request: SignedRequest, workspace: Workspace) -> QuerySet[ApiKey]:
    rows = access.visible(ApiKey, request.user).filter(workspace=workspace)
    roles = [place.role for place in request.user.places if place.workspace_id == workspace.pk]
    mine = Q() if Role.OWNER in roles else Q(person=request.user)
    return rows.filter(mine).select_related("person").order_by("revoked_at", "-created_at", "-pk")


def _current(request: SignedRequest) -> Workspace:
    if not request.workspace:
        raise Http404
    return request.workspace
