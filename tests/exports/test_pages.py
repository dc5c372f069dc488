"""The pages: who sees what, what they say, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from html import unescape
from urllib.parse import urlencode

import pytest
from django.core.files.storage import default_storage
from django.core.signals import request_finished
from django.db import close_old_connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from dashboard.accounts.models import Person, Workspace
from dashboard.browse.models import Seen
from dashboard.connections.models import Connection
from dashboard.exports import runs, services, tasks
from dashboard.exports.models import Export, Run, Schedule
from dashboard.series.models import Segment
from tests.exports.conftest import Exporter, later, work_off
from tests.series.clockwork.service import Dial

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Person], Client]


@pytest.fixture(autouse=True)
def started(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The runs that the pages would have sent to the queue."""
    sent: list[object] = []
    monkeypatch.setattr(tasks, "start", sent.append)
    return sent


@pytest.fixture
def owner(alice: Person, client_of: ClientOf) -> Client:
    return client_of(alice)


@pytest.fixture
def timed(exporter: Exporter) -> Export:
    timing = services.Timing(cron="0 6 * * *", zone="Europe/Paris")
    return exporter(span="P1D", timing=timing)


def reference(connection: Connection, node: str) -> str:
    return f"{connection.pk}:{node}"


def filled(clock: Connection, **changed: object) -> dict[str, object]:
    return {
        "series": [reference(clock, "meter 0"), reference(clock, "a:b/ü?&")],
        "name": "Campus",
        "format": "csv",
        "shape": "long",
        "zone": "Europe/Paris",
        "start": "2025-03-30T00:00",
        "end": "2025-03-31T00:00",
        "do": "once",
    } | changed


def timing(**changed: object) -> dict[str, object]:
    return {"do": "schedule", "preset": "0 6 * * *", "span": "P1D", "catch_up": "all"} | changed


def status(client: Client, url: str, **headers: str) -> int:
    """The status of an answer that is left unread, as by a browser that went away. The test's own
    database connection stays open, as Django's test client leaves it after an answer that is read.
    """
    answer = client.get(url, headers=headers)
    request_finished.disconnect(close_old_connections)
    answer.close()
    request_finished.connect(close_old_connections)
    return answer.status_code


GETS = ("detail", "schedule", "unschedule", "delete")
POSTS = ("run", "schedule", "unschedule", "pause", "resume", "adopt", "delete")


def test_a_stranger_finds_nothing_and_a_viewer_changes_nothing(
    timed: Export, bob: Person, charlie: Person, client_of: ClientOf, owner: Client
) -> None:
    run = work_off(services.run_now(timed, person=timed.created_by, now=timezone.now()).pk)  # type: ignore[arg-type]
    seen = [("detail", timed.pk), ("run-detail", run.pk), ("download", run.files.first().pk)]  # type: ignore[union-attr]
    for name, pk in seen:
        url = reverse(f"exports:{name}", args=[pk])
        assert status(owner, url) == 200
        assert status(client_of(bob), url) == 200
        assert status(client_of(charlie), url) == 404
        assert status(Client(), url) == 302
    changes = [(name, timed.pk) for name in POSTS] + [("cancel", run.pk), ("retry", run.pk)]
    for name, pk in changes:
        url = reverse(f"exports:{name}", args=[pk])
        assert client_of(charlie).post(url).status_code == 404, name
        assert client_of(bob).post(url).status_code == 403, name
        assert owner.get(url).status_code in (200, 405), name
    assert client_of(bob).get(reverse("exports:new")).status_code == 403
    for name in GETS[1:]:
        assert client_of(bob).get(reverse(f"exports:{name}", args=[timed.pk])).status_code == 403
    assert Export.objects.get().schedule.paused_because == ""


def test_the_lists_show_only_the_workspaces_own(
    timed: Export, charlie: Person, client_of: ClientOf, owner: Client
) -> None:
    services.run_now(timed, person=timed.created_by, now=timezone.now())  # type: ignore[arg-type]
    for name in ("list", "runs"):
        assert b"Campus" in owner.get(reverse(f"exports:{name}")).content
        assert b"Campus" not in client_of(charlie).get(reverse(f"exports:{name}")).content


def test_export_now_starts_a_run_of_the_local_window(
    owner: Client, clock: Connection, started: list[object]
) -> None:
    Seen.objects.create(
        connection=clock,
        node="meter 0",
        name="Main",
        unit="kWh",
        role="series",
        type="meter",
        at=timezone.now(),
    )
    answer = owner.post(reverse("exports:new"), filled(clock))
    run = Run.objects.get()
    assert answer["Location"] == reverse("exports:run-detail", args=[run.pk])
    assert started == [run.pk]
    assert (run.end - run.start) == timedelta(hours=23)
    named = list(run.export.series.values_list("node", "label", "unit"))
    assert named == [("meter 0", "Main", "kWh"), ("a:b/ü?&", "a:b/ü?&", "")]


def test_scheduling_stores_rule_zone_and_span(owner: Client, clock: Connection) -> None:
    answer = owner.post(reverse("exports:new"), filled(clock, **timing(start="", end="")))
    schedule = Schedule.objects.get()
    assert answer["Location"] == reverse("exports:detail", args=[schedule.export_id])
    assert (schedule.cron, schedule.zone, schedule.export.span) == (
        "0 6 * * *",
        "Europe/Paris",
        "P1D",
    )
    page = owner.get(answer["Location"]).content.decode()
    assert "Every morning at 06:00" in page
    assert "Runs as" in page
    assert "every member of" in page


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("* * * * * *", "this one has 6"),
        ("0 0 31 2 *", "never comes due"),
        ("* * * * *", "more often"),
    ],
)
def test_a_rule_that_cannot_run_is_refused_beside_its_field(
    owner: Client, clock: Connection, rule: str, says: str
) -> None:
    answer = owner.post(reverse("exports:new"), filled(clock, **timing(preset="own", cron=rule)))
    assert answer.status_code == 422
    (error,) = answer.context["schedule_form"].errors["cron"]
    assert says in error
    assert not Export.objects.exists()


@pytest.mark.parametrize(
    ("field", "changed", "says"),
    [
        ("end", {"end": "2025-03-29T00:00"}, "ends before it starts"),
        ("end", {"end": ""}, "Give a date"),
        ("start", {"start": "9999-99-99"}, "Write a date"),
        ("start", {"start": "9999-01-01T00:00"}, "year between"),
        ("zone", {"zone": "Mars/Base"}, "Select a valid choice"),
        ("name", {"name": "x" * 121}, "at most 120"),
        ("format", {"format": "exe"}, "Select a valid choice"),
    ],
)
def test_a_bad_value_is_refused_beside_its_field(
    owner: Client, clock: Connection, field: str, changed: dict[str, object], says: str
) -> None:
    answer = owner.post(reverse("exports:new"), filled(clock, **changed))
    assert answer.status_code == 422
    assert says in answer.context["form"].errors[field][0]


def test_series_of_somebody_else_are_not_exported(
    owner: Client, clock: Connection, charlie: Person
) -> None:
    foreign = Connection.objects.create(
        workspace=charlie.workspaces.get(), kind="clockwork", name="Secret", settings={}
    )
    series = [reference(clock, "meter 0"), reference(foreign, "meter 0"), "nonsense", "1:2"]
    answer = owner.post(reverse("exports:new"), filled(clock, series=series))
    assert answer.status_code == 422
    assert b"3 of the series are not in this workspace" in answer.content
    assert b"Secret" not in answer.content


def test_the_address_of_a_chart_fills_the_form(owner: Client, clock: Connection) -> None:
    query = urlencode(
        {
            "series": reference(clock, "meter 0"),
            "start": "2025-01-01T00:00:00Z",
            "end": "2025-02-01T00:00:00Z",
            "zone": "Europe/Paris",
            "name": "My chart",
        }
    )
    page = owner.get(f"{reverse('exports:new')}?{query}").content.decode()
    for part in ('value="2025-01-01T01:00"', 'value="2025-02-01T01:00"', 'value="My chart"'):
        assert part in page


def test_a_new_export_is_named_after_its_series_at_first(owner: Client, clock: Connection) -> None:
    series = [reference(clock, "meter 0"), reference(clock, "meter 1")]
    page = owner.get(reverse("exports:new"), {"series": series}).content.decode()
    assert 'value="meter 0 and 1 more"' in page


def test_the_next_five_times_are_shown_while_typing(owner: Client) -> None:
    url = reverse("exports:preview")
    given = {"preset": "own", "cron": "0 7 * * 1", "zone": "Europe/Paris"}
    page = owner.get(url, given).content.decode()
    assert page.count("<time") == 5
    wrong = owner.get(url, given | {"cron": "0 0 31 2 *"}).content.decode()
    assert "never comes due" in wrong
    assert "Choose a time zone" in owner.get(url, given | {"zone": "x"}).content.decode()
    waiting = owner.get(url, given | {"cron": " "}).content.decode()
    assert "as soon as the rule is typed" in waiting
    assert "field-error" not in waiting


def test_a_live_run_asks_again_and_an_ended_one_does_not(run: Run, owner: Client) -> None:
    url = reverse("exports:run-detail", args=[run.pk])
    assert "every 2s" in owner.get(url).content.decode()
    runs.run_plan(run.pk, now=timezone.now())
    part = owner.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "0 of 1 parts" in part
    assert "<html" not in part
    work_off(run.pk)
    ended = owner.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "every 2s" not in ended
    assert "Download" in ended


def test_cancel_and_retry(run: Run, owner: Client, started: list[object]) -> None:
    owner.post(reverse("exports:cancel", args=[run.pk]))
    assert Run.objects.get().state == Run.State.CANCELLED
    owner.post(reverse("exports:retry", args=[run.pk]))
    assert started == [run.pk]
    assert work_off(run.pk).state == Run.State.DONE
    owner.post(reverse("exports:cancel", args=[run.pk]))
    assert Run.objects.get().state == Run.State.DONE


def test_a_download_can_be_resumed_at_any_byte(run: Run, owner: Client) -> None:
    file = work_off(run.pk).files.exclude(type="application/json").get()
    url = reverse("exports:download", args=[file.pk])
    whole = owner.get(url)
    body = whole.getvalue()
    assert (len(body), whole["Content-Length"]) == (file.bytes, str(file.bytes))
    assert whole["Content-Disposition"] == f'attachment; filename="{file.name}"'
    for asked, got in (("5-9", body[5:10]), ("-7", body[-7:]), (f"{file.bytes - 3}-", body[-3:])):
        part = owner.get(url, headers={"Range": f"bytes={asked}"})
        assert (part.status_code, part.getvalue()) == (206, got)
        assert part["Content-Range"].endswith(f"/{file.bytes}")
    assert owner.get(url, headers={"Range": f"bytes={file.bytes}-"}).status_code == 416
    assert owner.get(url, headers={"Range": "bytes=9-5"}).status_code == 416
    for whole_file in ("bytes=0-1,5-6", "rows=1-2", "bytes=-"):
        assert status(owner, url, Range=whole_file) == 200
    assert status(owner, url, Range="bytes=5-9", **{"If-Range": '"other"'}) == 200
    assert owner.get(url, headers={"If-None-Match": whole["ETag"]}).status_code == 304
    default_storage.delete(file.file)
    assert owner.get(url).status_code == 404


def test_hostile_names_stay_text_on_every_page_and_in_the_header(
    exporter: Exporter, owner: Client
) -> None:
    name = '"><img onerror=alert(1)>\u202e\r\nX: y'
    export = exporter(name + "ü" * 60, "=2+3", name=name[:110])
    run = work_off(services.run_now(export, person=export.created_by, now=timezone.now()).pk)  # type: ignore[arg-type]
    addresses = [
        reverse("exports:list"),
        reverse("exports:runs"),
        reverse("exports:detail", args=[export.pk]),
    ]
    addresses += [
        reverse("exports:run-detail", args=[run.pk]),
        reverse("exports:delete", args=[export.pk]),
    ]
    for address in addresses:
        page = owner.get(address)
        assert page.status_code == 200
        assert b"<img onerror" not in page.content
    file = run.files.exclude(type="application/json").get()
    answer = owner.get(reverse("exports:download", args=[file.pk]))
    assert "\n" not in answer["Content-Disposition"]
    assert answer.getvalue().count(b"\n") == file.rows + 1


def test_a_lost_owner_is_shown_with_a_way_out(
    timed: Export, workspace: Workspace, client_of: ClientOf, charlie: Person
) -> None:
    workspace.memberships.create(person=charlie, role=3)
    Export.objects.update(created_by=None)
    client, url = client_of(charlie), reverse("exports:detail", args=[timed.pk])
    session = client.session
    session["workspace"] = str(workspace.pk)
    session.save()
    assert b"Run as me" in client.get(url).content
    client.post(reverse("exports:adopt", args=[timed.pk]))
    assert b"Run as me" not in client.get(url).content


def test_pause_resume_change_and_remove_a_schedule(timed: Export, owner: Client) -> None:
    owner.post(reverse("exports:pause", args=[timed.pk]))
    page = owner.get(reverse("exports:detail", args=[timed.pk])).content
    assert b"This schedule is paused" in page
    assert b"Paused by Alice." in page
    owner.post(reverse("exports:resume", args=[timed.pk]))
    assert Schedule.objects.get().paused_because == ""
    changed = timing(preset="own", cron="0 7 * * MON", span="P7D", catch_up="last")
    owner.post(reverse("exports:schedule", args=[timed.pk]), changed)
    assert (Schedule.objects.get().cron, Export.objects.get().span) == ("0 7 * * MON", "P7D")
    sure = owner.get(reverse("exports:unschedule", args=[timed.pk])).content.decode()
    assert "Remove the schedule of “<bdi>Campus</bdi>”?" in sure
    assert Schedule.objects.exists()
    owner.post(reverse("exports:unschedule", args=[timed.pk]))
    assert not Schedule.objects.exists()


def test_a_retry_later_is_announced(run: Run, owner: Client) -> None:
    runs.run_plan(run.pk, now=timezone.now())
    runs.run_setback(Run.objects.get(), "The platform does not answer.")
    page = owner.get(reverse("exports:run-detail", args=[run.pk])).content.decode()
    assert "before trying again (1 of 5)" in page
    later(run)


@pytest.mark.parametrize("name", ["list", "runs"])
def test_a_list_of_fifty_needs_at_most_eight_queries(
    name: str,
    exporter: Exporter,
    owner: Client,
    alice: Person,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(52):
        export = exporter(name=f"Export {number}", span="P1D")
        services.run_now(export, person=alice, now=timezone.now())
    with django_assert_max_num_queries(8):
        page = owner.get(reverse(f"exports:{name}"))
    assert page.content.count(b"<tr>") == 51


@pytest.mark.parametrize("name", ["list", "runs", "new"])
def test_an_empty_page_says_what_to_do(name: str, owner: Client) -> None:
    assert b"empty-state" in owner.get(reverse(f"exports:{name}")).content


@pytest.mark.parametrize("shape", ["long", "wide"])
def test_the_page_of_a_run_names_every_series_that_is_gone_and_what_comes_next(
    exporter: Exporter, owner: Client, alice: Person, dial: Dial, shape: str
) -> None:
    dial.gone |= {"meter 0", "meter 2"}
    export = exporter("Main meter", "Outdoor", "Roof", shape=shape)
    run = work_off(services.run_now(export, person=alice, now=timezone.now()).pk)
    page = unescape(owner.get(reverse("exports:run-detail", args=[run.pk])).content.decode())
    assert "Nothing was published" in page
    for name in ("Main meter", "Roof"):
        assert f"“{name}” on Clock: The platform no longer has this meter." in page
    assert "“Outdoor” on Clock" not in page
    assert "or make a new export without it." in page
    assert Segment.objects.filter(node="meter 1").exists()
    dial.gone.clear()
    owner.post(reverse("exports:retry", args=[run.pk]))
    assert work_off(run.pk).state == Run.State.DONE
