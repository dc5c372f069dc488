"""The explorer, its data, table, statistics and CSV; saved charts."""

from __future__ import annotations

import zlib
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, JsonResponse, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from dashboard import access
from dashboard.access import Role
from dashboard.accounts.requests import SignedRequest
from dashboard.browse import seen
from dashboard.charts import answers, downloads, tables
from dashboard.charts.drawing import archived
from dashboard.charts.forms import ChartForm, ExploreForm
from dashboard.charts.models import Chart
from dashboard.charts.nudges import fills_nudge
from dashboard.charts.pages import page_context
from dashboard.charts.services import (
    chart_delete,
    chart_save,
    chart_words,
    charts_of,
    lines_each,
    workspace_of,
)
from dashboard.connections.models import Connection

PAGE = 50
FINDS = 12
LONGEST_SEARCH = 200
GZIP = 31
"""zlib's word for a gzip header around 15 bits of window."""
TOO_MUCH = (
    "Much of this window is not read yet. An export reads it in the background and keeps the file "
    "for you."
)
ONE_WORKSPACE = "A saved chart belongs to one workspace: choose at least one series, all of one."


@require_safe
def list_(request: SignedRequest) -> HttpResponse:
    """The workspace's saved charts."""
    mine = access.visible(Chart, request.user).filter(workspace=request.workspace)
    page = Paginator(charts_of(mine), PAGE).get_page(request.GET.get("page"))
    rows = lines_each(list(page.object_list))
    return render(request, "charts/list.html", {"page": page, "rows": rows})


@require_safe
def explore(request: SignedRequest) -> HttpResponse:
    """Any series, any window; every view of it is an address."""
    return _explorer(request, _form(request, request.GET))


@require_safe
def detail(request: SignedRequest, id: UUID) -> HttpResponse:
    """A saved chart: the explorer with its series and window, which the address may change."""
    chart = access.get(Chart, request.user, id)
    words = chart_words(chart)
    if {"span", "start"} & set(request.GET):
        _drop(words, "span", "start", "end")
    for name in request.GET:
        words.setlist(name, request.GET.getlist(name))
    return _explorer(request, _form(request, words), chart=chart)


@require_safe
@vary_on_headers("Accept-Encoding")
def data(request: SignedRequest) -> HttpResponse:
    """What a chart draws, as JSON: every series, each with its state."""
    form = _form(request, request.GET)
    if not form.is_valid():
        return JsonResponse({"errors": form.errors}, status=422)
    now, asked = form.now, form.query()
    query = answers.settled_on(asked, now=now)
    tag = answers.tag(query, now=now)
    if tag is not None and request.headers.get("If-None-Match") == tag:
        return _kept(HttpResponse(status=304), tag)
    answer = answers.answer(query, asked=asked, now=now, settled=tag is not None)
    fills_nudge(answer.fills)
    return _kept(_squeezed(request, answer.body), tag)


@require_safe
def table(request: SignedRequest) -> HttpResponse:
    """The drawn points, as they stand in the archive."""
    form = _form(request, request.GET)
    if not form.is_valid():
        return _explorer(request, form)
    query = form.query()
    series = [archived(ref, window=query.window, pixels=query.pixels) for ref in query.refs]
    page = Paginator(tables.rows(series), PAGE).get_page(request.GET.get("page"))
    return _fragment(request, "charts/table.html", {"query": query, "page": page, "series": series})


@require_safe
def statistics(request: SignedRequest) -> HttpResponse:
    """Count, least, most, mean, first, last and gaps of every archived point in the window."""
    form = _form(request, request.GET)
    if not form.is_valid():
        return _explorer(request, form)
    query = form.query()
    found = [tables.statistics(ref, window=query.window) for ref in query.refs]
    return _fragment(request, "charts/statistics.html", {"query": query, "series": found})


@require_safe
def csv(request: SignedRequest) -> HttpResponseBase:
    """Every point of the window as a file; what is long to read becomes an export."""
    form = _form(request, request.GET)
    if not form.is_valid():
        return _explorer(request, form)
    query = form.query()
    if downloads.points_missing(query, now=form.now) > downloads.MOST_MISSING:
        messages.info(request, TOO_MUCH)
        return redirect(f"{reverse('exports:new')}?{query.pinned()}")
    downloads.read_missing(query, now=form.now)
    answer = StreamingHttpResponse(downloads.lines(query), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{downloads.file_name(query)}"'
    return answer


@require_safe
def pick(request: SignedRequest) -> HttpResponse:
    """Series to add, by a part of their name, among those seen on the workspace's connections."""
    form = _form(request, request.GET)
    text = seen.plain(request.GET.get("text", ""), LONGEST_SEARCH)
    scope = access.visible(Connection, request.user).filter(workspace=request.workspace)
    found = seen.named(scope, text).filter(role="series")[:FINDS] if text else ()
    query = form.query() if form.is_valid() else None
    return _fragment(request, "charts/pick.html", {"finds": found, "text": text, "query": query})


@require_POST
def save(request: SignedRequest) -> HttpResponse:
    """Keeps this view under a name: as a new chart, or as the one that `chart` says."""
    form, name = _form(request, request.POST), ChartForm(request.POST)
    if not form.is_valid() or not name.is_valid():
        return _explorer(request, form, name=name)
    query = form.query()
    owner = workspace_of(query.refs)
    if owner is None:
        name.add_error(None, ONE_WORKSPACE)
        return _explorer(request, form, name=name)
    access.demand(owner, request.user, Role.EDITOR)
    saved = chart_save(
        query,
        name=name.cleaned_data["name"],
        workspace=owner,
        person=request.user,
        chart=_replaced(request, owner.pk),
    )
    messages.success(request, f"“{saved.name}” is saved.")
    return redirect("charts:detail", saved.pk)


@require_http_methods(["GET", "POST"])
def delete(request: SignedRequest, id: UUID) -> HttpResponse:
    """Asks first, naming the chart; the points stay in the archive."""
    chart = access.get(Chart, request.user, id, role=Role.EDITOR)
    if request.method != "POST":
        return render(request, "charts/delete.html", {"chart": chart})
    chart_delete(chart, person=request.user)
    messages.success(request, f"“{chart.name}” is deleted.")
    return redirect("charts:list")


def _form(request: SignedRequest, words: QueryDict) -> ExploreForm:
    return ExploreForm(words, person=request.user, now=timezone.now())


def _explorer(
    request: SignedRequest,
    form: ExploreForm,
    *,
    chart: Chart | None = None,
    name: ChartForm | None = None,
) -> HttpResponse:
    """The page; with a sentence beside each field that does not hold, and nothing lost."""
    fine = form.is_valid() and (name is None or name.is_valid())
    context = page_context(form, chart=chart, name=name)
    return render(request, "charts/explore.html", context, status=200 if fine else 422)


def _fragment(request: SignedRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """The inner part for htmx, else the whole page."""
    return render(request, f"{template}#inner" if request.htmx else template, context)


def _replaced(request: SignedRequest, workspace: UUID) -> Chart | None:
    """The chart that is to be changed; one of another workspace is left, and a new one made."""
    wanted = request.POST.get("chart", "")
    if not wanted:
        return None
    mine = access.visible(Chart, request.user).filter(workspace=workspace)
    return next((chart for chart in mine if str(chart.pk) == wanted), None)


def _kept(answer: HttpResponse, tag: str | None) -> HttpResponse:
    """A browser keeps the answer about a settled past, and asks whether it still holds."""
    answer["Cache-Control"] = "private, no-cache" if tag else "private, no-store"
    if tag:
        answer["ETag"] = tag
    return answer


def _squeezed(request: SignedRequest, body: bytes) -> HttpResponse:
    """Compressed here, because the middleware that does it everywhere is left out for BREACH; this
    answer holds no secret."""
    answer = HttpResponse(body, content_type="application/json")
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        packer = zlib.compressobj(1, zlib.DEFLATED, GZIP)
        answer.content = packer.compress(body) + packer.flush()
        answer["Content-Encoding"] = "gzip"
    return answer


def _drop(words: QueryDict, *names: str) -> None:
    for name in names:
        words.pop(name, None)
