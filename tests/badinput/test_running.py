"""What goes wrong while a platform is being read: tokens that end, passwords that change, series
that somebody deletes. Nothing is lost, and each place says what happened."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from html import unescape
from urllib.parse import urlencode
from uuid import UUID

import pytest
from django.core.files.storage import default_storage
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from connectors.sandbox.faults import Fault
from dashboard.accounts.models import Person
from dashboard.activity.models import Notice
from dashboard.connections.health import connection_check
from dashboard.connections.models import Connection, Health
from dashboard.connections.services import connection_open
from dashboard.exports import claims, services
from dashboard.exports.models import Export, File, Run, Schedule
from dashboard.series.models import Segment
from tests.badinput.conftest import Exporter, node, password_changed, vanish, work_off
from tests.sandbox.server import SandboxServer

QUARTERS = "Library electricity (synthetic)"
TEMPERATURE = "Library G1 temperature (synthetic)"


def started(export: Export, person: Person) -> Run:
    return services.run_now(export, person=person, now=timezone.now())


def written(run: Run) -> bytes:
    """The run's one file of points, as the digest it was published with says."""
    file = run.files.exclude(type="application/json").get()
    with default_storage.open(file.file) as stream:
        body = bytes(stream.read())
    assert hashlib.sha256(body).hexdigest() == file.sha256
    return body


def page_of(client: Client, run: Run) -> str:
    return unescape(client.get(reverse("exports:run-detail", args=[run.pk])).content.decode())


def test_a_token_that_ends_in_the_middle_is_renewed_and_the_export_is_whole(
    exporter: Exporter, server: SandboxServer, alice: Person
) -> None:
    export = exporter(node(server, QUARTERS))
    untroubled = work_off(started(export, alice).pk)
    Segment.objects.all().delete()
    run = started(export, alice)
    for calls in (1, 4):
        server.faults.add(Fault(kind="expired", path="/timeseries_data/", times=1, after=calls))
    done = work_off(run.pk)
    assert [one.kind for one in server.faults.injected] == ["expired", "expired"]
    assert (done.state, done.trouble) == (Run.State.DONE, "")
    assert done.rows == done.promised > 30_000
    assert written(done) == written(untroubled)


def test_a_password_that_changed_meanwhile_ends_the_run_and_asks_to_sign_in_again(
    exporter: Exporter, server: SandboxServer, alice: Person, owner: Client, account: Connection
) -> None:
    run = started(exporter(node(server, QUARTERS)), alice)
    failed = work_off(run.pk, between=partial(password_changed, server))
    kept = Segment.objects.count()
    assert failed.state == Run.State.FAILED
    assert "sign in again" in failed.trouble.lower()
    assert failed.trouble in page_of(owner, failed)
    assert kept
    assert not File.objects.exists()
    account.refresh_from_db()
    assert account.health == Health.SIGN_IN


def test_after_the_right_password_the_run_goes_on_where_it_stopped(
    exporter: Exporter, server: SandboxServer, alice: Person, owner: Client, account: Connection
) -> None:
    run = started(exporter(node(server, QUARTERS)), alice)
    failed = work_off(run.pk, between=partial(password_changed, server))
    before = set(Segment.objects.values_list("pk", flat=True))
    done = set(failed.slices.filter(done=True).values_list("pk", flat=True))
    server.reset()
    owner.post(reverse("connections:check", args=[account.pk]))
    assert owner.post(reverse("exports:retry", args=[run.pk])).status_code == 302
    again = work_off(run.pk)
    assert again.state == Run.State.DONE
    assert done
    assert before <= set(Segment.objects.filter(superseded_by=None).values_list("pk", flat=True))
    assert written(again).count(b"\n") == again.rows + 1


def test_a_schedule_whose_password_changed_tells_once_and_runs_every_missed_time_later(
    exporter: Exporter, server: SandboxServer, account: Connection
) -> None:
    timing = services.Timing(cron="0 6 * * *", zone="Europe/Paris")
    export = exporter(node(server, QUARTERS), span="P1D", start=None, end=None, timing=timing)
    now = timezone.now()
    Schedule.objects.update(cursor=now - timedelta(days=2), next_due=now - timedelta(days=2))
    password_changed(server)
    due = claims.claim_due(now)
    ended = [work_off(run) for run in due]
    assert len(ended) == 2
    assert {run.state for run in ended} == {Run.State.FAILED}
    topics = list(Notice.objects.values_list("topic", flat=True))
    assert topics.count(f"schedule:{export.schedule.pk}") == 1
    assert topics.count(f"connection:{account.pk}") == 1
    server.reset()
    assert {run.state for run in map(retried, due)} == {Run.State.FAILED}, "the account rests"
    account.refresh_from_db()
    connection_check(account)
    assert account.trouble == ""
    assert {run.state for run in map(retried, due)} == {Run.State.DONE}
    account.refresh_from_db()
    assert account.health == Health.OK
    assert Schedule.objects.get().paused_because == ""


def retried(run: UUID) -> Run:
    Run.objects.filter(pk=run).update(state=Run.State.WAITING, ended_at=None)
    return work_off(Run.objects.get(pk=run).pk)


def test_a_series_deleted_meanwhile_is_named_by_the_run_and_costs_no_other_its_points(
    exporter: Exporter, server: SandboxServer, alice: Person, owner: Client
) -> None:
    stays, goes = node(server, QUARTERS), node(server, TEMPERATURE)
    run = started(exporter(stays, goes), alice)
    failed = work_off(run.pk, between=partial(vanish, server, goes))
    assert failed.state == Run.State.FAILED
    assert f"“The {goes}” on Campus" in failed.trouble
    assert f"The {stays}" not in failed.trouble
    assert failed.trouble in page_of(owner, failed)
    assert not File.objects.exists()
    assert Segment.objects.filter(node=goes).exists()


@pytest.mark.usefixtures("unhurried")
def test_a_series_deleted_meanwhile_is_a_sentence_beside_it_on_the_chart(
    account: Connection, server: SandboxServer, owner: Client
) -> None:
    stays, goes = node(server, QUARTERS), node(server, TEMPERATURE)
    vanish(server, goes)
    series = [("series", f"{account.pk}:{one}") for one in (stays, goes)]
    asked = [*series, ("start", "2024-03-01T00:00Z"), ("end", "2024-03-02T00:00Z")]
    answer = owner.get(f"/charts/data/?{urlencode(asked)}")
    assert answer.status_code == 200
    drawn, gone = json.loads(answer.content)["series"]
    assert drawn["state"] == "complete"
    assert gone["state"] == "failed"
    assert "no longer has" in gone["words"]
    assert f"{goes}: " in json.loads(answer.content)["summary"]


def test_a_series_deleted_meanwhile_is_a_page_that_says_whose_side_it_is(
    account: Connection, server: SandboxServer, owner: Client
) -> None:
    goes = node(server, QUARTERS)
    address = reverse("browse:node", args=[account.pk])
    assert owner.get(address, {"id": goes}).status_code == 200
    vanish(server, goes)
    page = owner.get(address, {"id": goes})
    assert page.status_code == 404
    assert "The platform no longer has this" in page.content.decode()
    assert "It was deleted or moved there" in page.content.decode()
    latest = owner.get(reverse("browse:latest", args=[account.pk]), {"id": goes})
    assert latest.status_code == 404


@pytest.mark.production  # SQLite in memory never closes
@pytest.mark.django_db(transaction=True)
def test_a_thread_that_renews_tokens_leaves_no_connection_to_the_database_behind(
    account: Connection, server: SandboxServer
) -> None:
    server.faults.add(Fault(kind="expired", path="/users/", times=1))
    with connection_open(account) as service, ThreadPoolExecutor(1) as pool:
        assert pool.submit(service.check).result().label
        assert pool.submit(lambda: connections["default"].connection).result() is None
