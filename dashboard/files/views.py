"""The pages of a platform's files: put one into a folder, save one, delete one."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect

from connectors import registry
from dashboard import access
from dashboard.access import Role
from dashboard.accounts.requests import SignedRequest
from dashboard.browse import seen
from dashboard.browse.models import Seen
from dashboard.browse.services import Opened, node_open, node_seen
from dashboard.connections.models import Connection
from dashboard.files import services
from dashboard.files.forms import UploadForm
from dashboard.files.names import file_name, safe_type


@require_http_methods(["GET", "POST"])
def upload(request: SignedRequest, connection: UUID) -> HttpResponse:
    """The form of a folder; a file that was taken leads to what makes sense of it."""
    account = access.get(Connection, request.user, connection, role=Role.EDITOR)
    opened = _opened(request, account)
    if not services.takes_files(account, opened.node):
        raise Http404
    posted = request.method == "POST"
    form = UploadForm(request.POST, request.FILES) if posted else UploadForm()
    put = services.Put()
    if posted and form.is_valid():
        put = services.file_put(
            account, folder=opened.node.node, given=form.cleaned_data["file"], person=request.user
        )
    if put.node is not None:
        messages.success(request, f"“{put.node.name}” is uploaded.")
        return _go(request, _after(account, put.node))
    if put.refused is not None:
        form.tell(put.refused)
    context = {
        "connection": account,
        "opened": opened,
        "node": opened.node,
        "form": form,
        "most": settings.LARGEST_UPLOAD,
    }
    part = "#upload" if request.htmx and not request.htmx.boosted else ""
    status = 422 if form.is_bound else 200
    return render(request, f"files/upload.html{part}", context, status=status)


@require_safe
def download(request: SignedRequest, connection: UUID) -> StreamingHttpResponse:
    """The file, passed on as it comes: to be saved, never shown as a page of ours."""
    account = access.get(Connection, request.user, connection)
    found = services.file_get(account, file=_id(request))
    answer = StreamingHttpResponse(found.chunks, content_type=safe_type(found.type))
    answer["Content-Disposition"] = f'attachment; filename="{file_name(found.name)}"'
    answer["X-Content-Type-Options"] = "nosniff"
    if found.size is not None:
        answer["Content-Length"] = str(found.size)
    return answer


@require_http_methods(["GET", "POST"])
def delete(request: SignedRequest, connection: UUID) -> HttpResponse:
    """Asks first; then it is gone on the platform."""
    account = access.get(Connection, request.user, connection, role=Role.EDITOR)
    opened = _opened(request, account)
    if not services.loses_file(account, opened.node):
        raise Http404
    if request.method != "POST":
        context = {"connection": account, "opened": opened, "node": opened.node}
        return render(request, "files/delete.html", context)
    services.file_delete(account, file=opened.node.node, person=request.user)
    messages.success(request, f"“{opened.node.name}” is deleted.")
    to = reverse("browse:tree", args=[account.pk])
    return redirect(f"{to}?{urlencode({'parent': opened.node.parent})}")


def _opened(request: SignedRequest, account: Connection) -> Opened:
    """The node that the address names, as it was seen, or else from the platform."""
    asked = _id(request)
    return node_seen(account, id=asked) or node_open(account, id=asked, now=timezone.now())


def _id(request: SignedRequest) -> str:
    found = request.GET.get("id", "")
    if not found or len(found) > seen.NODE_LENGTH or "\0" in found:
        raise Http404
    return found


def _after(account: Connection, made: Seen) -> str:
    """Where a file that was just put is made sense of; else its own page."""
    name = registry.load(account.kind).traits.after_put
    if name is None:
        return f"{reverse('browse:node', args=[account.pk])}?{urlencode({'id': made.node})}"
    return f"{reverse('operations:do', args=[account.pk, name])}?{urlencode({'node': made.node})}"


def _go(request: SignedRequest, to: str) -> HttpResponse:
    return HttpResponseClientRedirect(to) if request.htmx else redirect(to)
