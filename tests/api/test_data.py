"""Points and exports over REST, from a stored export to its file."""

from __future__ import annotations

import hashlib
import io
from datetime import timedelta
from typing import Any

import pyarrow.csv
import pytest
from django.utils import timezone

from dashboard.access import Role
from dashboard.accounts.models import Person
from dashboard.connections.models import Connection
from dashboard.exports import publish, runs, tasks
from dashboard.exports.models import Export, Run
from dashboard.exports.services import Chosen, export_create
from tests.api.conftest import Keyed


@pytest.fixture
def export(stored: Connection, series: str, alice: Person) -> Export:
    """The series from before its first to after its last point."""
    now = timezone.now()
    made = Export(
        workspace=stored.workspace, name="All", zone="UTC",
        start=now - timedelta(days=1000), end=now,
    )  # fmt: skip
    chosen = [Chosen(connection=stored, node=series, label="Power", unit="kW")]
    return export_create(made, series=chosen, person=alice, timing=None, now=now)


def test_every_point_of_a_window_comes_as_csv(
    keyed: Keyed, stored: Connection, series: str
) -> None:
    asked = {"series": f"{stored.pk}:{series}", "start": "2025-02-20T00:00Z",
             "end": "2025-02-20T06:00Z"}  # fmt: skip
    answer: Any = keyed(Role.VIEWER).get("/api/v1/points", asked)
    assert answer["Content-Type"].startswith("text/csv")
    assert len(b"".join(answer.streaming_content).splitlines()) == 1 + 24


def test_bad_windows_and_foreign_series_are_refused(
    keyed: Keyed, stored: Connection, series: str, charlie: Person
) -> None:
    known = {"series": f"{stored.pk}:{series}"}
    wrong = keyed().get("/api/v1/points", known | {"start": "then", "end": "now"})
    assert wrong.status_code == 422
    assert "start" in wrong.json()["fields"]
    foreign = keyed(person=charlie, workspace=charlie.workspaces.get())
    answer = foreign.get("/api/v1/points", known | {"span": "P1D"})
    assert answer.status_code in (404, 422)
    assert b"Power" not in answer.content


def test_an_export_is_run_watched_and_fetched(
    keyed: Keyed, export: Export, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "start", lambda run: None)
    listed = keyed().get("/api/v1/exports").json()
    assert [one["name"] for one in listed] == ["All"]
    begun = keyed().post(f"/api/v1/exports/{export.pk}/runs").json()
    assert begun["state"] == "waiting"
    _do(Run.objects.get(pk=begun["id"]))
    done: Any = keyed(Role.VIEWER).get(f"/api/v1/runs/{begun['id']}").json()
    assert done["state"] == "done"
    file = next(one for one in done["files"] if one["name"].endswith(".csv"))
    answer: Any = keyed(Role.VIEWER).get(f"/api/v1/files/{file['id']}")
    body = b"".join(answer.streaming_content)
    assert hashlib.sha256(body).hexdigest() == file["sha256"]
    assert pyarrow.csv.read_csv(io.BytesIO(body)).num_rows == done["rows"] > 0


def test_a_reading_key_runs_nothing_and_strangers_find_nothing(
    keyed: Keyed, export: Export, charlie: Person
) -> None:
    place = f"/api/v1/exports/{export.pk}/runs"
    assert keyed(Role.VIEWER).post(place).status_code == 403
    foreign = keyed(person=charlie, workspace=charlie.workspaces.get())
    assert foreign.post(place).status_code == 404
    assert foreign.get("/api/v1/exports").json() == []
    assert keyed().get("/api/v1/files/999999").status_code == 404
    assert not Run.objects.exists()


def _do(run: Run) -> None:
    """What the workers do."""
    runs.run_plan(run.pk, now=timezone.now())
    for part in run.slices.all():
        runs.slice_read(part.pk, holder="a")
    publish.run_publish(run.pk, holder="a")
