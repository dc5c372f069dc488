"""The pages of exports. What they ask is looked up through `access`; what they change is a service
or a conditional update of a run, and what that needs from the queue is sent after the commit."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from connectors.contract import Window
from dashboard import access
from dashboard.access import Role
from dashboard.accounts.models import Workspace
from dashboard.accounts.requests import SignedRequest
from dashboard.exports import forms, services, tasks
from dashboard.exports import listing as lists
from dashboard.exports.download import answer
from dashboard.exports.models import Export, File, Run, Schedule
from dashboard.exports.progress import progress_of
from dashboard.exports.runs import LIVE, refusal

ROWS = 50
ENDED = "This run had already ended."


@require_safe
def listing(request: SignedRequest) -> HttpResponse:
    """The workspace's exports: when they run, how the last run went."""
    found = lists.exports_of(request.user, request.workspace)
    page = Paginator(found, ROWS).get_page(request.GET.get("page"))
    rows = lists.latest(list(page.object_list))
    return render(request, "exports/list.html", {"page": page, "rows": rows, "tab": "exports"})


@require_safe
def runs(request: SignedRequest) -> HttpResponse:
    """The workspace's runs, newest first."""
    found = lists.runs_of(request.user, request.workspace)
    page = Paginator(found, ROWS).get_page(request.GET.get("page"))
    return render(request, "exports/runs.html", {"page": page, "tab": "runs"})


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SignedRequest) -> HttpResponse:
    """A new export of the series in the address: once now, or again and again."""
    workspace = _workspace(request)
    once = request.POST.get("do") != "schedule"
    export_form, schedule_form = _forms(request, workspace, once=once)
    if request.method == "POST" and export_form.is_valid() and (once or schedule_form.is_valid()):
        return _create(request, export_form, schedule_form, once=once)
    context = {"form": export_form, "schedule_form": schedule_form, "once": once}
    status = 422 if request.method == "POST" else 200
    return render(request, "exports/new.html", context, status=status)


@require_safe
def preview(request: SignedRequest) -> HttpResponse:
    """The next five times of a rule that is being typed."""
    form = forms.PreviewForm(request.GET)
    return render(request, "exports/times.html", form.shown(timezone.now()))


@require_safe
def detail(request: SignedRequest, id: UUID) -> HttpResponse:
    """One export: what it writes, when, as whom, and its last runs."""
    export = access.get(Export, request.user, id)
    schedule = Schedule.objects.filter(export=export).first()
    newest = lists.runs_of(request.user, export.workspace).filter(export=export)
    context = {
        "export": export,
        "schedule": schedule,
        "series": export.series.select_related("connection")[:ROWS],
        "refusal": refusal(export.created_by, export),
        "times": lists.next_times(schedule, timezone.now()),
        "missed": services.missed(schedule, timezone.now()) if schedule else 0,
        "page": Paginator(newest, ROWS).get_page(request.GET.get("page")),
    }
    return render(request, "exports/detail.html", context)


@require_POST
def run(request: SignedRequest, id: UUID) -> HttpResponse:
    """Runs the export now, as the person who asks."""
    export = access.get(Export, request.user, id, role=Role.EDITOR)
    started = services.run_now(export, person=request.user, now=timezone.now())
    tasks.start(started.pk)
    return redirect("exports:run-detail", id=started.pk)


@require_safe
def run_detail(request: SignedRequest, id: UUID) -> HttpResponse:
    """One run: how far it is, or what it wrote. Its fragment asks again while the run is live."""
    found = access.get(Run, request.user, id)
    context = {
        "run": found,
        "export": found.export,
        "live": found.state in LIVE,
        "progress": progress_of(found, timezone.now()),
        "files": found.files.all(),
    }
    part = "exports/run.html#state" if request.htmx else "exports/run.html"
    return render(request, part, context)


@require_POST
def cancel(request: SignedRequest, id: UUID) -> HttpResponse:
    """Stops a run; it publishes nothing."""
    found = access.get(Run, request.user, id, role=Role.EDITOR)
    if not services.run_stop(found, person=request.user):
        messages.info(request, ENDED)
    return redirect("exports:run-detail", id=found.pk)


@require_POST
def retry(request: SignedRequest, id: UUID) -> HttpResponse:
    """Goes on with a failed or cancelled run; what was read is not read again."""
    found = access.get(Run, request.user, id, role=Role.EDITOR)
    if services.run_again(found, person=request.user):
        tasks.start(found.pk)
    return redirect("exports:run-detail", id=found.pk)


@require_safe
def download(request: SignedRequest, id: int) -> HttpResponseBase:
    """A published file, or a range of it."""
    file = get_object_or_404(File, pk=id)
    access.get(Run, request.user, file.run_id)
    return answer(request, file)


@require_http_methods(["GET", "HEAD", "POST"])
def schedule(request: SignedRequest, id: UUID) -> HttpResponse:
    """When the export runs by itself."""
    export = access.get(Export, request.user, id, role=Role.EDITOR)
    stored = Schedule.objects.filter(export=export).first()
    initial = forms.initial_schedule(stored, export)
    form = forms.ScheduleForm(request.POST or None, initial=initial)
    if form.is_valid():
        services.schedule_change(
            export,
            span=form.cleaned_data["span"],
            timing=form.timing(export.zone),
            now=timezone.now(),
        )
        messages.success(request, "The schedule is saved.")
        return redirect("exports:detail", id=export.pk)
    context = {"export": export, "schedule": stored, "form": form}
    return render(request, "exports/schedule.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def unschedule(request: SignedRequest, id: UUID) -> HttpResponse:
    """No more runs by itself, after a page that says so."""
    stored = _schedule(request, id)
    if request.method != "POST":
        context = {"export": stored.export, "schedule": stored}
        return render(request, "exports/unschedule.html", context)
    services.schedule_remove(stored, person=request.user)
    messages.success(request, "It runs only by hand now. Its runs and files are still here.")
    return redirect("exports:detail", id=id)


@require_POST
def pause(request: SignedRequest, id: UUID) -> HttpResponse:
    services.schedule_pause(_schedule(request, id), person=request.user)
    return redirect("exports:detail", id=id)


@require_POST
def resume(request: SignedRequest, id: UUID) -> HttpResponse:
    services.schedule_resume(_schedule(request, id), person=request.user)
    messages.success(request, "The schedule is on again.")
    return redirect("exports:detail", id=id)


@require_POST
def adopt(request: SignedRequest, id: UUID) -> HttpResponse:
    """From now on the export runs as the person who asks."""
    export = access.get(Export, request.user, id, role=Role.EDITOR)
    services.export_adopt(export, person=request.user)
    messages.success(request, f"It runs as {request.user} from now on.")
    return redirect("exports:detail", id=id)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: SignedRequest, id: UUID) -> HttpResponse:
    """Deletes the export with its runs and files, after a page that says so."""
    export = access.get(Export, request.user, id, role=Role.EDITOR)
    if request.method == "POST":
        services.export_delete(export, person=request.user)
        messages.success(request, f"“{export.name}” is deleted.")
        return redirect("exports:list")
    files = File.objects.filter(run__export=export).count()
    context = {"export": export, "files": files, "runs": export.runs.count()}
    return render(request, "exports/delete.html", context)


def _workspace(request: SignedRequest) -> Workspace:
    """The current workspace, in which the person may make something."""
    if request.workspace is None:
        raise Http404
    access.demand(request.workspace, request.user, Role.EDITOR)
    return request.workspace


def _schedule(request: SignedRequest, id: UUID) -> Schedule:
    export = access.get(Export, request.user, id, role=Role.EDITOR)
    return get_object_or_404(Schedule, export=export)


def _forms(
    request: SignedRequest, workspace: Workspace, *, once: bool
) -> tuple[forms.ExportForm, forms.ScheduleForm]:
    """Both halves of the page, as sent or as the address fills them."""
    sent = request.POST if request.method == "POST" else None
    texts = (sent or request.GET).getlist("series")
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    week = Window(start=now - timedelta(days=7), end=now)
    query = QueryDict() if sent else request.GET
    initial = forms.initial_export(query, zone=request.user.zone, window=week)
    form = forms.ExportForm(sent, workspace=workspace, texts=texts, once=once, initial=initial)
    timing = forms.ScheduleForm(None if once else sent)
    return form, timing


def _create(
    request: SignedRequest, form: forms.ExportForm, timed: forms.ScheduleForm, *, once: bool
) -> HttpResponse:
    now, export = timezone.now(), form.save(commit=False)
    timing = None if once else timed.timing(form.cleaned_data["zone"])
    export.span = "" if once else timed.cleaned_data["span"]
    made = services.export_create(
        export, series=form.series, person=request.user, timing=timing, now=now
    )
    if not once:
        messages.success(request, "The schedule is on. Its first run starts at the time below.")
        return redirect("exports:detail", id=made.pk)
    started = services.run_now(made, person=request.user, now=now)
    tasks.start(started.pk)
    return redirect("exports:run-detail", id=started.pk)
