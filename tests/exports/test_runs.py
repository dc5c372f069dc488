"""A run from its plan to its published files, and everything that goes wrong on the way."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from connectors.contract import Window
from connectors.errors import AuthFailed, BadAnswer, RateLimited, Unavailable
from dashboard.access import Role
from dashboard.accounts.models import Membership, Person
from dashboard.activity.models import Notice
from dashboard.exports import claims, publish, runs, services
from dashboard.exports.models import Export, File, Run, Schedule, Slice
from dashboard.series.models import Segment
from tests.exports.conftest import END, START, Exporter, later, work_off
from tests.series.clockwork.service import Dial, expected, stamps

pytestmark = pytest.mark.django_db
POINTS = 2 * 4 * 1440


def content(file: File) -> bytes:
    with default_storage.open(file.file, "rb") as stream:
        return bytes(stream.read())


def data_of(run: Run) -> File:
    return run.files.exclude(type="application/json").get()


def manifest_of(run: Run) -> dict[str, Any]:
    return dict(json.loads(content(run.files.get(type="application/json"))))


def test_a_run_publishes_every_point_of_the_platform_to_the_last_digit(run: Run) -> None:
    done = work_off(run.pk)
    assert (done.state, done.rows, done.promised) == (Run.State.DONE, POINTS, POINTS)
    table = pc.read_csv(pa.BufferReader(content(data_of(done))))
    times = stamps(Window(start=START, end=END), 60)
    for node, title in (("meter 0", "Main meter [kWh]"), ("meter 1", "Outdoor [kWh]")):
        mine = table.filter(pa.compute.equal(table["series"], title))
        assert mine["value"].to_pylist() == expected(node, times).tolist()
        read = [datetime.fromisoformat(text) for text in _texts(done, title)]
        assert [round(at.timestamp() * 1e6) for at in read] == times.tolist()


def _texts(run: Run, title: str) -> list[str]:
    lines = content(data_of(run)).decode().splitlines()[1:]
    return [time for time, series, _ in (line.split(",") for line in lines) if series == title]


def test_the_times_of_a_named_zone_carry_the_offset_of_their_own_day(run: Run) -> None:
    lines = content(data_of(work_off(run.pk))).decode().splitlines()
    assert lines[0] == "time,series,value"
    assert lines[1].startswith("2025-03-28T01:00:00+01:00,Main meter [kWh],")
    assert any(line.startswith("2025-03-30T03:00:00+02:00,") for line in lines)
    assert not any(line.startswith("2025-03-30T02:") for line in lines)


def test_the_manifest_says_where_each_number_came_from_and_how_to_check_it(run: Run) -> None:
    done = work_off(run.pk)
    data, told = data_of(done), manifest_of(done)
    assert told["points"] == {"promised": POINTS, "written": POINTS}
    assert told["window"] == {
        "start": START.isoformat(),
        "end": END.isoformat(),
        "half_open": True,
    }
    (file,) = told["files"]
    assert file["sha256"] == data.sha256 == hashlib.sha256(content(data)).hexdigest()
    assert file["bytes"] == data.bytes == len(content(data))
    first = told["series"][0]
    assert (first["node"], first["rows"], first["unit"]) == ("meter 0", POINTS // 2, "kWh")
    assert first["first"] == START.isoformat()
    assert first["changed_on_the_way"]["floored"] > 0
    assert "clock" not in first["account"]


@pytest.mark.parametrize("shape", ["long", "wide"])
@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_each_format_and_shape_holds_the_same_numbers(
    exporter: Exporter, alice: Person, format: str, shape: str
) -> None:
    export = exporter(format=format, shape=shape, zone="UTC")
    run = services.run_now(export, person=alice, now=timezone.now())
    done = work_off(run.pk)
    assert done.state == Run.State.DONE, done.trouble
    assert done.rows == POINTS
    raw = pa.BufferReader(content(data_of(done)))
    table = pq.read_table(raw) if format == "parquet" else pc.read_csv(raw)
    values = expected("meter 0", stamps(Window(start=START, end=END), 60)).tolist()
    if shape == "wide":
        assert table.column_names == ["time", "Main meter [kWh]", "Outdoor [kWh]"]
        assert table["Main meter [kWh]"].to_pylist() == values
    else:
        assert table["value"].to_pylist()[: POINTS // 2] == values


def test_a_parquet_file_carries_its_provenance_inside(exporter: Exporter, alice: Person) -> None:
    run = services.run_now(exporter(format="parquet"), person=alice, now=timezone.now())
    schema = pq.read_schema(pa.BufferReader(content(data_of(work_off(run.pk)))))
    told = json.loads(schema.metadata[b"tieline"])
    assert told["run"]["id"] == str(run.pk)
    assert schema.field("time").type == pa.timestamp("us", tz="Europe/Paris")


def test_a_slice_that_is_in_the_archive_is_not_fetched_again(
    run: Run, dial: Dial, export: Export, alice: Person
) -> None:
    work_off(run.pk)
    dial.calls.clear()
    again = services.run_now(export, person=alice, now=timezone.now())
    assert work_off(again.pk).state == Run.State.DONE
    assert dial.calls == []


def test_a_worker_that_comes_back_from_the_dead_cannot_publish(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish, published = publish._finish, []

    def overtaken(mine: Run, files: list[File]) -> bool:
        monkeypatch.setattr(publish, "_finish", finish)
        Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
        published.append(publish.run_publish(run.pk, holder="another"))
        return finish(mine, files)

    monkeypatch.setattr(publish, "_finish", overtaken)
    done = work_off(run.pk)
    assert published == [True]
    assert (done.state, done.fence, done.files.count()) == (Run.State.DONE, 2, 2)
    assert default_storage.listdir(f"runs/{run.pk}")[0] == ["2"]
    assert hashlib.sha256(content(data_of(done))).hexdigest() == data_of(done).sha256


def test_a_cancelled_run_publishes_nothing_and_leaves_no_file(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = publish._finish

    def cancelled(mine: Run, files: list[File]) -> bool:
        assert runs.run_cancel(mine)
        return finish(mine, files)

    monkeypatch.setattr(publish, "_finish", cancelled)
    ended = work_off(run.pk)
    assert (ended.state, ended.files.count()) == (Run.State.CANCELLED, 0)
    assert default_storage.listdir(f"runs/{run.pk}")[0] == []


def test_writing_stops_within_a_second_of_being_cancelled(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "REPORT_SECONDS", 0)
    maybe = publish._Report.maybe

    def cancelled(report: publish._Report) -> None:
        runs.run_cancel(report.run)
        maybe(report)
        pytest.fail("the writer went on")

    monkeypatch.setattr(publish._Report, "maybe", cancelled)
    assert work_off(run.pk).state == Run.State.CANCELLED


def test_a_platform_that_is_down_is_tried_again_five_times_with_patience(
    run: Run, dial: Dial
) -> None:
    for attempt in range(1, 6):
        dial.errors.append(Unavailable("The platform does not answer."))
        waiting = work_off(run.pk)
        assert (waiting.state, waiting.attempts) == (Run.State.RUNNING, attempt)
        assert waiting.retry_at is not None
        assert waiting.retry_at > timezone.now()
        assert claims.waiting_work(timezone.now()).reads == ()
        later(run)
    dial.errors.append(Unavailable("The platform does not answer."))
    failed = work_off(run.pk)
    assert (failed.state, failed.trouble) == (Run.State.FAILED, "The platform does not answer.")


def test_a_platform_that_recovers_finishes_the_run(run: Run, dial: Dial) -> None:
    dial.errors.append(RateLimited("Too many requests.", 300.0))
    waiting = work_off(run.pk)
    assert waiting.retry_at is not None
    assert waiting.retry_at >= timezone.now() + timedelta(seconds=295)
    later(run)
    assert work_off(run.pk).state == Run.State.DONE


def test_slices_that_fail_together_count_once(
    exporter: Exporter, alice: Person, dial: Dial
) -> None:
    wide = exporter(start=START - timedelta(days=200))
    run = services.run_now(wide, person=alice, now=timezone.now())
    runs.run_plan(run.pk, now=timezone.now())
    seen = [Run.objects.get(pk=run.pk) for _ in range(4)]
    for one in seen:
        runs.run_setback(one, "The platform does not answer.")
    assert Run.objects.get(pk=run.pk).attempts == 1


def test_a_refused_sign_in_stops_the_run_and_says_so(run: Run, dial: Dial) -> None:
    dial.errors.append(AuthFailed("The platform did not accept the password."))
    failed = work_off(run.pk)
    assert failed.state == Run.State.FAILED
    assert failed.trouble.startswith("The platform did not accept the password. Sign in again:")


def test_a_vanished_series_is_named_and_the_others_are_kept(run: Run, dial: Dial) -> None:
    dial.gone.add("meter 1")
    failed = work_off(run.pk)
    assert failed.state == Run.State.FAILED
    assert failed.trouble == (
        "“Outdoor” on Clock: The platform no longer has this meter. Choose “Try again” when it can "
        "be read again, or make a new export without it."
    )
    assert Segment.objects.filter(node="meter 0").exists()
    dial.gone.clear()
    assert runs.run_retry(failed)
    assert work_off(run.pk).state == Run.State.DONE


def test_a_damaged_archive_file_is_read_again_before_anything_is_published(run: Run) -> None:
    runs.run_plan(run.pk, now=timezone.now())
    for part in claims.free_slices(run.pk, timezone.now()):
        runs.slice_read(part, holder="a")
    default_storage.delete(Segment.objects.filter(node="meter 1").first().file)  # type: ignore[union-attr]
    assert not publish.run_publish(run.pk, holder="a")
    assert not File.objects.exists()
    later(run)
    assert work_off(run.pk).rows == POINTS


def test_points_that_came_between_counting_and_writing_are_counted_again(run: Run) -> None:
    runs.run_plan(run.pk, now=timezone.now())
    for part in claims.free_slices(run.pk, timezone.now()):
        runs.slice_read(part, holder="a")
    Slice.objects.filter(run=run).update(rows=5)
    assert not publish.run_publish(run.pk, holder="a")
    later(run)
    done = work_off(run.pk)
    assert (done.state, done.rows, done.promised) == (Run.State.DONE, POINTS, POINTS)


def test_work_that_kills_its_workers_again_and_again_ends_the_run(run: Run) -> None:
    runs.run_plan(run.pk, now=timezone.now())
    (part,) = claims.free_slices(run.pk, timezone.now())
    Slice.objects.filter(pk=part).update(claims=runs.CLAIMS)
    assert runs.slice_read(part, holder="a") is None
    assert Run.objects.get(pk=run.pk).state == Run.State.FAILED


def test_two_workers_never_hold_the_same_slice(run: Run) -> None:
    runs.run_plan(run.pk, now=timezone.now())
    (part,) = claims.free_slices(run.pk, timezone.now())
    now = timezone.now()
    assert runs._slice_take(part, "a", now) is not None
    assert runs._slice_take(part, "b", now) is None
    assert runs._slice_take(part, "b", now + timedelta(seconds=61)) is not None
    assert not runs._slice_renew(Slice.objects.get(pk=part), "a")


def test_a_run_stops_when_its_owner_may_no_longer_export_here(run: Run, alice: Person) -> None:
    Membership.objects.filter(person=alice).update(role=Role.VIEWER)
    failed = work_off(run.pk)
    assert failed.state == Run.State.FAILED
    assert failed.trouble.startswith("Alice, as whom this export runs, is no longer an editor")


def test_an_owner_who_leaves_during_the_run_stops_it_before_it_publishes(
    run: Run, alice: Person
) -> None:
    runs.run_plan(run.pk, now=timezone.now())
    for part in claims.free_slices(run.pk, timezone.now()):
        runs.slice_read(part, holder="a")
    alice.is_active = False
    alice.save()
    assert not publish.run_publish(run.pk, holder="a")
    assert not File.objects.exists()


def test_a_failing_schedule_tells_once_and_pauses_after_five_failures(
    exporter: Exporter, dial: Dial
) -> None:
    now = timezone.now()
    timing = services.Timing(cron="0 6 * * *", zone="UTC")
    export = exporter(span="P1D", timing=timing, now=now - timedelta(days=6))
    failing = claims.claim_due(now)
    assert len(failing) == 6
    for number, run in enumerate(failing[:5], start=1):
        dial.errors.append(BadAnswer("The platform answered what nobody can read."))
        work_off(run)
        assert Schedule.objects.get().failures == number
        told = Notice.objects.filter(topic=f"schedule:{export.schedule.pk}")
        assert told.count() == (1 if number < 5 else 2)
    schedule = Schedule.objects.get()
    assert schedule.paused_because.startswith("It failed 5 times in a row.")
    assert claims.claim_due(now + timedelta(days=3)) == []
    services.schedule_resume(schedule, person=export.created_by)  # type: ignore[arg-type]
    again = claims.claim_due(now + timedelta(days=3))
    assert len(again) == 3
    assert work_off(again[0]).state == Run.State.DONE
    assert Schedule.objects.get().failures == 0


def test_deleting_an_export_takes_its_files_away(
    run: Run, export: Export, alice: Person, django_capture_on_commit_callbacks: object
) -> None:
    file = data_of(work_off(run.pk)).file
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        services.export_delete(export, person=alice)
    assert not default_storage.exists(file)
    assert not Run.objects.exists()


def test_a_run_of_a_window_without_points_publishes_the_header_alone(
    exporter: Exporter, alice: Person
) -> None:
    empty = exporter(
        start=datetime(2001, 1, 1, tzinfo=START.tzinfo),
        end=datetime(2001, 2, 1, tzinfo=START.tzinfo),
    )
    done = work_off(services.run_now(empty, person=alice, now=timezone.now()).pk)
    assert (done.state, done.rows) == (Run.State.DONE, 0)
    assert content(data_of(done)) == b"time,series,value\n"


def test_nothing_is_read_of_the_future(exporter: Exporter, alice: Person) -> None:
    now = timezone.now()
    ahead = exporter(start=now - timedelta(hours=2), end=now + timedelta(days=9))
    done = work_off(services.run_now(ahead, person=alice, now=now).pk)
    assert done.state == Run.State.DONE
    assert done.end <= timezone.now()
