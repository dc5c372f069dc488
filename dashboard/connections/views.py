"""Connections: the list, adding one, looking at one, changing one."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from connectors import registry
from dashboard import access
from dashboard.access import Role
from dashboard.accounts.models import Workspace
from dashboard.accounts.requests import SignedRequest
from dashboard.connections import pages, reports
from dashboard.connections.drafts import draft_start
from dashboard.connections.forms import NAME, NameForm, SettingsForm, initial_of
from dashboard.connections.health import connection_check, shown
from dashboard.connections.models import Connection, Draft
from dashboard.connections.services import connection_delete, dependents

ROWS = 50


@require_safe
def connections(request: SignedRequest) -> HttpResponse:
    rows = access.visible(Connection, request.user).filter(workspace=request.workspace)
    page = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    entries = [(shown(row), pages.label(row.kind)) for row in page]
    return render(request, "connections/list.html", {"page": page, "entries": entries})


@require_safe
def connectors(request: SignedRequest) -> HttpResponse:
    """Every connector with what is known of its quality."""
    return render(request, "connections/connectors.html", {"reports": reports.reports()})


@require_safe
def connector(request: SignedRequest, kind: str) -> HttpResponse:
    """What one connector promises, what it was tested on, its limits and its gaps."""
    if kind not in registry.packages():
        raise Http404
    mine = access.visible(Connection, request.user).filter(workspace=request.workspace, kind=kind)
    context = {"report": reports.report(kind), "connections": mine.order_by("name")}
    return render(request, "connections/connector.html", context)


@require_safe
def choose(request: SignedRequest) -> HttpResponse:
    _editable(request)
    return render(request, "connections/choose.html", {"platforms": registry.kinds()})


def new(request: SignedRequest, kind: str) -> HttpResponse:
    """The settings of a new connection; a good form leads to its test."""
    workspace = _editable(request)
    if kind not in registry.packages():
        raise Http404
    draft = _draft_named(request)
    initial = initial_of(draft.name, draft.settings) if draft else None
    form = SettingsForm(kind, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        return _to_test(request, workspace, form)
    context = {"form": form, "platform": registry.named(kind), "draft": draft}
    return render(request, "connections/form.html", context | pages.failure(draft))


@require_safe
def detail(request: SignedRequest, id: UUID) -> HttpResponse:
    connection = shown(access.get(Connection, request.user, id))
    return render(request, "connections/detail.html", pages.detail(connection))


def edit(request: SignedRequest, id: UUID) -> HttpResponse:
    """Another name; the settings have a page of their own, since they need the secrets again."""
    connection = access.get(Connection, request.user, id, role=Role.EDITOR)
    form = NameForm(request.POST or None, initial={NAME: connection.name})
    if request.method == "POST" and form.is_valid():
        connection.name = form.cleaned_data[NAME]
        connection.save(update_fields=["name"])
        messages.success(request, "The name is saved.")
        return redirect("connections:detail", id=connection.pk)
    return render(request, "connections/edit.html", {"connection": connection, "form": form})


def secrets(request: SignedRequest, id: UUID) -> HttpResponse:
    """New settings and secrets for the same account, tested like a new connection.

    Everything secret is typed again: otherwise whoever may change the address could send a stored
    secret to a server of their own.
    """
    connection = access.get(Connection, request.user, id, role=Role.OWNER)
    draft = _draft_named(request)
    known = draft or connection
    initial = initial_of(known.name, known.settings)
    form = SettingsForm(connection.kind, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        return _to_test(request, connection.workspace, form, connection)
    context = {"form": form, "platform": registry.named(connection.kind), "connection": connection}
    return render(request, "connections/form.html", context | pages.failure(draft))


@require_POST
def check(request: SignedRequest, id: UUID) -> HttpResponse:
    connection = access.get(Connection, request.user, id, role=Role.EDITOR)
    connection_check(connection)
    if request.htmx:
        context = pages.detail(shown(connection))
        return render(request, "connections/detail.html#health", context)
    return redirect("connections:detail", id=connection.pk)


def delete(request: SignedRequest, id: UUID) -> HttpResponse:
    """Names what would lose its data, and deletes when that was confirmed."""
    connection = access.get(Connection, request.user, id, role=Role.OWNER)
    if request.method != "POST":
        context = {"connection": connection, "dependents": dependents(connection)}
        return render(request, "connections/delete.html", context)
    connection_delete(connection, person=request.user)
    messages.success(request, f"“{connection.name}” is deleted.")
    return redirect("connections:list")


def _to_test(
    request: SignedRequest,
    workspace: Workspace,
    form: SettingsForm,
    connection: Connection | None = None,
) -> HttpResponse:
    draft = draft_start(
        workspace=workspace,
        person=request.user,
        kind=form.kind,
        name=form.cleaned_data[NAME],
        plain=form.cleaned_data["plain"],
        secrets=form.secrets(),
        connection=connection,
    )
    return redirect("connections:test", id=draft.pk)


def _draft_named(request: SignedRequest) -> Draft | None:
    """The person's own draft in `?draft=`, to go on where its test failed."""
    named = pages.uuid_of(request.GET.get("draft", ""))
    own = access.visible(Draft, request.user).filter(person=request.user)
    return own.filter(pk=named).first() if named else None


def _editable(request: SignedRequest) -> Workspace:
    """The current workspace, if the person may add to it."""
    if not request.workspace:
        raise Http404
    access.demand(request.workspace, request.user, Role.EDITOR)
    return request.workspace
