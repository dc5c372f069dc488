"""What operators do to runs, schedules and connections: done by the services, and written down."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission
from django.db.models import Model
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from dashboard.accounts.models import Person
from dashboard.activity.models import Event
from dashboard.connections import tasks as checks
from dashboard.connections.models import Connection
from dashboard.exports import tasks
from dashboard.exports.models import Export, Run, Schedule
from tests.admin.conftest import World, address, runs_of

Sent = list[tuple[str, tuple[object, ...]]]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """What went to the queue, in place of a broker."""
    found: Sent = []
    for task in (tasks.plan, checks.check_one):
        name = task.name
        monkeypatch.setattr(
            task, "apply_async", lambda args=(), *_, name=name, **__: found.append((name, args))
        )
    return found


def act(client: Client, model: type[Model], action: str, *rows: Model) -> str:
    values = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    answer = client.post(address(model, "changelist"), values, follow=True)
    return " ".join(str(message) for message in answer.context["messages"])


@pytest.fixture
def runs(world: World) -> list[Run]:
    Run.objects.all().delete()
    export = world.rows[Export]
    assert isinstance(export, Export)
    return runs_of(export, "waiting", "running", "done", "failed", "cancelled")


def test_cancelling_ends_live_runs_and_says_why_others_stayed(
    operator: Client, runs: list[Run]
) -> None:
    said = act(operator, Run, "cancel_runs", *runs)
    assert said.startswith("Cancelled: 2. Left as they were: 3 (")
    assert "1 done already" in said
    assert "1 failed already" in said
    assert states(runs) == ["cancelled", "cancelled", "done", "failed", "cancelled"]
    assert written("cancelled run of export") == ["Monthly", "Monthly"]


def test_trying_again_starts_ended_runs_and_sends_them(
    operator: Client,
    runs: list[Run],
    sent: Sent,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        said = act(operator, Run, "retry_runs", *runs)
    assert said.startswith("Started again: 2. Left as they were: 3 (")
    assert "1 running" in said
    assert states(runs) == ["waiting", "running", "done", "waiting", "waiting"]
    assert sorted(str(args[0]) for _, args in sent) == sorted(str(run.pk) for run in runs[3:])
    assert written("retried run of export") == ["Monthly", "Monthly"]


def test_nothing_done_is_a_warning_and_no_event(operator: Client, runs: list[Run]) -> None:
    assert act(operator, Run, "cancel_runs", runs[2]).startswith("Cancelled: 0. Left")
    assert not written("cancelled run of export")


def test_who_may_only_look_at_runs_is_given_no_action(
    runs: list[Run], client_of: Callable[[Person], Client]
) -> None:
    looker = Person.objects.create_user("look@example.org", "-", is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_run"))
    act(client_of(looker), Run, "cancel_runs", *runs)
    assert states(runs) == ["waiting", "running", "done", "failed", "cancelled"]


def test_a_schedule_is_paused_and_switched_on_again(operator: Client, world: World) -> None:
    schedule = world.rows[Schedule]
    assert act(operator, Schedule, "pause", schedule) == "Paused: 1."
    said = act(operator, Schedule, "pause", schedule)
    assert said == "Paused: 0. Left as they were: 1 (1 paused already)."
    assert act(operator, Schedule, "resume", schedule) == "On again: 1."
    assert not Schedule.objects.get().paused_because
    assert written("paused export") == written("resumed export") == ["Monthly"]


def test_a_rule_is_checked_and_counts_from_now_on(operator: Client, world: World) -> None:
    where = address(Schedule, "change", world.keys(Schedule))
    values = {"cron": "* * * * * *", "zone": "Europe/Paris", "catch_up": "all"}
    assert "A rule has five fields" in operator.post(where, values).content.decode()
    before = Schedule.objects.get()
    assert operator.post(where, values | {"cron": "0 7 * * 1"}).status_code == 302
    after = Schedule.objects.get()
    assert (after.cron, after.zone) == ("0 7 * * 1", "Europe/Paris")
    assert after.cursor > before.cursor
    assert after.next_due > after.cursor


def test_a_check_of_connections_is_sent_to_the_workers(
    operator: Client,
    world: World,
    sent: Sent,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    connection = world.rows[Connection]
    with django_capture_on_commit_callbacks(execute=True):
        said = act(operator, Connection, "check_now", connection)
    assert said == "Will be checked in a moment: 1."
    assert [args for _, args in sent] == [(str(connection.pk),)]


def states(runs: list[Run]) -> list[str]:
    return [Run.objects.get(pk=run.pk).state for run in runs]


def written(verb: str) -> list[str]:
    found = Event.objects.filter(verb=verb, person__email="root@example.org")
    return list(found.values_list("subject", flat=True))
