"""All functions of a connection, the form of one, what it gave, and the calls that last."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.core.files.storage import default_storage
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from connectors.operations import Operation
from dashboard import access
from dashboard.accounts.requests import SignedRequest
from dashboard.browse import seen
from dashboard.browse.services import node_open, node_seen
from dashboard.connections.models import Connection
from dashboard.connections.pages import label
from dashboard.files.names import file_name, safe_type
from dashboard.middleware import STATUS
from dashboard.operations import listing, pages, plots, services, tasks
from dashboard.operations.forms import ConfirmForm, OperationForm
from dashboard.operations.models import Call, State
from dashboard.operations.prefilling import prefilled
from dashboard.operations.results import restored
from dashboard.operations.running import Flow, Outcome, run_now

ROWS = 50
LONGEST_SEARCH = 200
AT_ONCE = 70
"""Functions that are shown without opening what they are about; a platform may have 300."""
CHOICES = 100
"""Nodes to choose from beside a field that wants one."""


@require_safe
def functions(request: SignedRequest, connection: UUID) -> HttpResponse:
    """Everything that the platform can do, narrowed by a text."""
    account = access.get(Connection, request.user, connection)
    text = seen.plain(request.GET.get("q", ""), LONGEST_SEARCH)
    found = listing.groups(account.kind, text=text)
    context = {
        "connection": account,
        "label": label(account.kind),
        "text": text,
        "groups": found,
        "total": len(services.offered(account.kind)),
        "found": sum(len(group.operations) for group in found),
        "at_once": AT_ONCE,
    }
    part = "#found" if request.htmx and not request.htmx.boosted else ""
    return render(request, f"operations/list.html{part}", context)


@require_safe
def of_node(request: SignedRequest, connection: UUID) -> HttpResponse:
    """What can be done with one node; a part of its page."""
    account = access.get(Connection, request.user, connection)
    asked = request.GET.get("id", "")[: seen.NODE_LENGTH]
    opened = node_seen(account, id=asked) or node_open(account, id=asked, now=timezone.now())
    node = opened.node
    found = services.on_node(account.kind, node.type)
    above = opened.trail[-1] if opened.trail and not found else None
    if above is not None:  # a series is often only a view of what can be acted on
        found = services.on_node(account.kind, above.type)
    context = {"connection": account, "node": above or node, "above": above, "operations": found}
    return render(request, "operations/node.html", context)


@require_http_methods(["GET", "POST"])
def operation(request: SignedRequest, connection: UUID, name: str) -> HttpResponseBase:
    """The form of one operation, filled in from the address; sent, what came of it."""
    account = access.get(Connection, request.user, connection)
    found = services.find(account.kind, name)
    if found is None:
        raise Http404
    services.may_call(found, account, request.user)
    page = _Page(request, account, found)
    return page.asked() if request.method == "POST" else page.shown()


@require_safe
def calls(request: SignedRequest, connection: UUID) -> HttpResponse:
    """What was called on this connection, by whom, and what came of it."""
    account = access.get(Connection, request.user, connection)
    rows = access.visible(Call, request.user).filter(connection=account).select_related("person")
    page = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    told = pages.told(account, list(page.object_list))
    context = {"connection": account, "page": page, "calls": told}
    return render(request, "operations/calls.html", context)


@require_safe
def call(request: SignedRequest, id: UUID) -> HttpResponse:
    """One call: how far it is, or what came of it."""
    made = access.get(Call, request.user, id)
    done = services.find(made.connection.kind, made.operation)
    result = restored(made.result) if made.result and "kind" in made.result else None
    context = {
        "connection": made.connection,
        "here": seen.one(made.connection, made.node) if made.node else None,
        "call": made,
        "operation": done,
        "live": made.state == State.RUNNING,
        **plots.context(result, made.connection, zone=request.user.zone, now=made.started_at),
    }
    polled = request.htmx and not request.htmx.boosted
    answer = render(request, f"operations/call.html{'#state' if polled else ''}", context)
    if polled and not context["live"]:
        answer["HX-Refresh"] = "true"  # the whole page: it has a chart now, and other buttons
    return answer


@require_safe
def file(request: SignedRequest, id: UUID) -> FileResponse:
    """The file that a lasting call gave."""
    made = access.get(Call, request.user, id)
    if not made.file:
        raise Http404
    content = default_storage.open(made.file)
    name = str((made.result or {}).get("name", "file"))
    return FileResponse(content, as_attachment=True, filename=file_name(name))


class _Page:
    """The page of one operation: form, confirmation, result."""

    def __init__(self, request: SignedRequest, account: Connection, operation: Operation) -> None:
        self.request, self.account, self.operation = request, account, operation
        self.node = request.GET.get("node", "")[: seen.NODE_LENGTH]
        here = seen.one(account, self.node) if self.node else None
        self.here = here
        asked = here.name if here else operation.name
        data = request.POST or None
        zone = ZoneInfo(request.user.zone)
        fresh = self.node if request.method == "GET" else ""
        self.first = prefilled(account, operation, node=fresh, zone=zone)
        self.form = OperationForm(
            operation, data, request.FILES or None, zone=zone, subject=self.node,
            initial=self.first.initial,
            nodes=lambda named: seen.to_choose(account, named, CHOICES),
        )  # fmt: skip
        self.looked = False  # what is shown came of looking first: nothing was done
        self.confirm = ConfirmForm(data, asked=asked if operation.danger == "destroys" else "")

    def shown(self, outcome: Outcome | None = None, status: int = 200) -> HttpResponse:
        """The form, and beneath it what a call gave."""
        context: dict[str, Any] = {
            "connection": self.account,
            "operation": self.operation,
            "here": self.here,
            "form": self.form,
            "confirm": self.confirm,
            "fresh": uuid4(),
            "outcome": outcome,
            "looked": self.looked,
            "prefilled": self.first,
            **self._told(outcome),
        }
        return render(self.request, "operations/do.html", context, status=status)

    def _told(self, outcome: Outcome | None) -> dict[str, Any]:
        """What the call gave, as the page shows it."""
        found = outcome.shown if outcome else None
        zone = self.request.user.zone
        return plots.context(found, self.account, zone=zone, now=timezone.now())

    def asked(self) -> HttpResponseBase:
        """What was sent, done; or the form again with a sentence beside each field."""
        wanted = self.operation.preview if self.request.POST.get("as") == "preview" else None
        preview = services.find(self.account.kind, wanted) if wanted else None
        if not self.form.is_valid() or not (preview or self.confirm.is_valid()):
            return self.shown(status=422)
        return self._previewed(preview) if preview else self._called()

    def _called(self) -> HttpResponseBase:
        values = self.form.cleaned_data["values"]
        once = self.confirm.cleaned_data["once"]
        made = pages.begun(
            self.account, self.operation, person=self.request.user, once=once, node=self.node,
            values=values,
        )  # fmt: skip
        if made is None:
            return redirect("operations:call", id=once)
        if self.operation.lasting:
            tasks.run.delay_on_commit(str(made.pk))  # type: ignore[attr-defined]
            return redirect("operations:call", id=made.pk)
        whole = self.request.POST.get("as") == "csv"
        return self._answered(run_now(made, self.operation, values, whole=whole))

    def _previewed(self, reading: Operation) -> HttpResponseBase:
        """What a reading operation says of the same thing."""
        known = reading.parameters.model_fields
        values = {n: v for n, v in self.form.cleaned_data["values"].items() if n in known}
        made = services.call_begin(
            self.account, reading, person=self.request.user, once=uuid4(), node=self.node
        )
        self.looked = True
        # Looking needs no name typed, so none is wrong.
        self.confirm = ConfirmForm(asked=self.confirm.asked)
        return self._answered(run_now(made, reading, values))

    def _answered(self, outcome: Outcome) -> HttpResponseBase:
        if outcome.flow:
            return _saved(outcome.flow)
        if outcome.trouble is None:
            return self.shown(outcome)
        self.form.tell_if_rejected(outcome.trouble)
        return self.shown(outcome, status=STATUS[type(outcome.trouble)])


def _saved(flow: Flow) -> StreamingHttpResponse:
    """A file for the browser to save, passed on as it comes."""
    answer = StreamingHttpResponse(flow.chunks, content_type=safe_type(flow.type))
    answer["Content-Disposition"] = f'attachment; filename="{file_name(flow.name)}"'
    if flow.size is not None:
        answer["Content-Length"] = str(flow.size)
    return answer
