"""Points of any series, and exports: the same functions that the pages call."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from ninja import Router, Status
from ninja.errors import HttpError

from connectors.errors import Rejected
from dashboard import access
from dashboard.access import Role
from dashboard.api.callers import Asked, reach
from dashboard.api.shapes import ExportShape, RunShape
from dashboard.charts import downloads
from dashboard.charts.forms import ExploreForm
from dashboard.exports import services, tasks
from dashboard.exports.download import answer
from dashboard.exports.models import Export, File, Run

router = Router(tags=["data"])
TOO_MUCH = (
    "Much of this window is not read yet. Make an export of it: it reads in the background and "
    "keeps the file."
)


@router.get("/points")
def points(request: Asked) -> StreamingHttpResponse:
    """Every point of some series as CSV.

    `series` (`<connection>:<node>`, repeated for more), and either `start` and `end` or a `span`
    such as P7D; `zone` names the zone of times without an offset. A window of which much is not
    read yet is refused with 409: an export is for that.
    """
    form = ExploreForm(request.GET, person=request.auth.person, now=timezone.now())
    if not form.is_valid():
        said = {name: str(sentences[0]) for name, sentences in form.errors.items()}
        raise Rejected("Some values need a look.", said)
    query = form.query()
    if any(ref.connection.workspace_id != request.auth.workspace.pk for ref in query.refs):
        raise Http404
    if downloads.points_missing(query, now=form.now) > downloads.MOST_MISSING:
        raise HttpError(409, TOO_MUCH)
    downloads.read_missing(query, now=form.now)
    return StreamingHttpResponse(downloads.lines(query), content_type="text/csv; charset=utf-8")


@router.get("/exports", response=list[ExportShape])
def exports(request: Asked) -> list[ExportShape]:
    """The exports of the key's workspace."""
    rows = access.visible(Export, request.auth.person).filter(workspace=request.auth.workspace)
    return [ExportShape.of(row) for row in rows]


@router.post("/exports/{uuid:export}/runs", response={201: RunShape})
def run(request: Asked, export: UUID) -> Status[RunShape]:
    """Runs an export now."""
    wanted = reach(request, Export, export, role=Role.EDITOR)
    try:
        made = services.run_now(wanted, person=request.auth.person, now=timezone.now())
    except ValueError as wrong:
        raise Rejected(str(wrong)) from None
    tasks.start(made.pk)
    return Status(201, RunShape.of(made))


@router.get("/runs/{uuid:run}", response=RunShape)
def run_state(request: Asked, run: UUID) -> RunShape:
    """How far a run is; its files are there once it is done."""
    return RunShape.of(reach(request, Run, run))


@router.get("/files/{int:file}")
def file(request: Asked, file: int) -> HttpResponseBase:
    """One file of a run that is done; ranges are answered."""
    found = File.objects.select_related("run").filter(pk=file).first()
    if found is None:
        raise Http404
    reach(request, Run, found.run_id)
    return answer(request, found)
