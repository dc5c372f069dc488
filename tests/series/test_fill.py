"""Fills: asked for once, claimed once, kept chunk by chunk, fenced."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from celery.exceptions import Retry
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from connectors import registry
from connectors.contract import Reads, Service, Window
from connectors.errors import AuthFailed, NotFound, RateLimited, Rejected, Unavailable
from dashboard.connections.models import Connection
from dashboard.series import claims, services, tasks
from dashboard.series.claims import Grip, Lost
from dashboard.series.coverage import coverage
from dashboard.series.models import Fill, FillState, Segment
from tests.series.clockwork import service
from tests.series.clockwork.service import Dial
from tests.series.conftest import Maker, days, fill_now, holds

YEAR = days(400, 30)
NODES = ("a", "b", "c", "d")


def ask(connection: Connection, window: Window = YEAR, *nodes: str) -> Fill | None:
    return services.fill_ask(
        connection=connection, nodes=nodes or NODES, window=window, now=timezone.now()
    )


def asked(connection: Connection, window: Window = YEAR, *nodes: str) -> Fill:
    fill = ask(connection, window, *nodes)
    assert fill is not None
    return fill


def expire(fill: Fill) -> None:
    Fill.objects.filter(pk=fill.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_a_fill_brings_every_series_and_says_how_far_it_is(clock: Connection, dial: Dial) -> None:
    fill = asked(clock)
    assert services.fill_run(fill.pk, holder="one") is None
    fill.refresh_from_db()
    assert (fill.state, fill.trouble, fill.done_until) == (FillState.DONE, "", YEAR.end)
    assert fill.rows == 370 * 1440 * 4
    assert all(holds(clock, YEAR, node=node) for node in NODES)
    assert {len(nodes) for nodes, _ in dial.calls} == {3, 1}
    assert max(window.width for _, window in dial.calls) <= timedelta(days=100)
    assert Segment.objects.filter(node="a").count() <= 5
    assert ask(clock) is None


def test_only_what_is_missing_is_read(clock: Connection, dial: Dial) -> None:
    fill_now(clock, days(300, 100), "a")
    dial.calls.clear()
    services.fill_run(asked(clock, YEAR, "a", "b").pk, holder="one")
    read = [window for nodes, window in dial.calls if "a" in nodes]
    assert all(window.meet(days(300, 100)) is None for window in read)
    assert holds(clock, YEAR, node="a")
    assert holds(clock, YEAR, node="b")


def test_two_viewers_of_one_range_share_a_fill(clock: Connection) -> None:
    first = asked(clock)
    assert asked(clock).pk == first.pk
    assert asked(clock, days(200, 100), "b").pk == first.pk
    assert asked(clock, days(401, 30)).pk != first.pk
    assert asked(clock, YEAR, "a", "z").pk != first.pk


def test_viewers_of_the_last_days_share_a_fill_though_time_goes_on(clock: Connection) -> None:
    now = timezone.now()
    later = now + timedelta(minutes=5)
    week = timedelta(days=7)
    first, second = (
        services.fill_ask(
            connection=clock, nodes=["a"], window=Window(start=at - week, end=at), now=at
        )
        for at in (now, later)
    )
    assert first == second


def test_a_fill_that_was_made_in_the_same_moment_is_joined(clock: Connection) -> None:
    first = services._made(clock, ["a"], YEAR)
    assert services._made(clock, ["a"], YEAR).pk == first.pk
    assert Fill.objects.count() == 1


def test_a_live_fill_has_one_holder(clock: Connection) -> None:
    fill = asked(clock)
    assert claims.claim(fill.pk, holder="one") is not None
    assert claims.claim(fill.pk, holder="two") is None
    assert services.fill_run(fill.pk, holder="two") is None
    assert not Segment.objects.exists()


def test_a_message_that_comes_twice_or_after_the_end_does_nothing(
    clock: Connection, dial: Dial
) -> None:
    fill = asked(clock)
    services.fill_run(fill.pk, holder="one")
    dial.calls.clear()
    assert services.fill_run(fill.pk, holder="two") is None
    assert services.fill_run(987_654, holder="two") is None
    assert dial.calls == []


def test_a_worker_that_lost_its_fill_midway_writes_nothing_more(
    clock: Connection, dial: Dial
) -> None:
    fill = asked(clock)

    def overtaken() -> None:
        expire(fill)
        assert claims.claim(fill.pk, holder="two") is not None

    dial.midway.append(overtaken)
    assert services.fill_run(fill.pk, holder="one") is None
    assert not Segment.objects.exists()
    fill.refresh_from_db()
    assert (fill.state, fill.holder, fill.rows) == (FillState.RUNNING, "two", 0)


def test_a_dead_workers_fill_is_taken_over_where_it_stopped(clock: Connection, dial: Dial) -> None:
    fill = asked(clock)
    dial.errors = [SystemExit()]
    with pytest.raises(SystemExit):
        services.fill_run(fill.pk, holder="dead")
    assert claims.claim(fill.pk, holder="two") is None
    expire(fill)
    assert services.fills_stalled(timezone.now()) == (fill.pk,)
    services.fill_run(fill.pk, holder="two")
    fill.refresh_from_db()
    assert (fill.state, fill.holder) == (FillState.DONE, "two")
    assert all(holds(clock, YEAR, node=node) for node in NODES)


@pytest.mark.parametrize(
    "deed",
    [
        lambda grip: grip.renew(),
        lambda grip: grip.kept(rows=1),
        lambda grip: grip.reached(timezone.now()),
        lambda grip: grip.give_back(pause=timedelta(0), trouble=""),
        lambda grip: grip.end(FillState.DONE),
    ],
)
def test_a_stale_holder_may_do_nothing(clock: Connection, deed: object) -> None:
    fill = asked(clock)
    claims.claim(fill.pk, holder="one")
    expire(fill)
    claims.claim(fill.pk, holder="two")
    before = Fill.objects.filter(pk=fill.pk).values().get()
    with pytest.raises(Lost), transaction.atomic():
        deed(Grip(fill.pk, "one"))  # type: ignore[operator]
    assert Fill.objects.filter(pk=fill.pk).values().get() == before


def test_passing_trouble_gives_the_fill_back_with_a_pause(clock: Connection, dial: Dial) -> None:
    fill = asked(clock)
    dial.errors = [RateLimited("Too many requests; wait.", 7.0)]
    pause = services.fill_run(fill.pk, holder="one")
    assert pause is not None
    assert 7.0 <= pause <= 8.4
    fill.refresh_from_db()
    assert (fill.state, fill.trouble) == (FillState.WAITING, "Too many requests; wait.")
    assert services.fill_run(fill.pk, holder="early") is None
    expire(fill)
    assert services.fill_run(fill.pk, holder="two") is None
    fill.refresh_from_db()
    assert (fill.state, fill.trouble) == (FillState.DONE, "")


def test_after_five_retries_without_progress_the_sentence_stays(
    clock: Connection, dial: Dial
) -> None:
    fill = asked(clock)
    pauses = []
    for _ in range(6):
        dial.errors = [Unavailable("The platform does not answer.")]
        pauses.append(services.fill_run(fill.pk, holder="one"))
        expire(fill)
    assert [pause is None for pause in pauses] == [False] * 5 + [True]
    fill.refresh_from_db()
    assert (fill.state, fill.trouble) == (FillState.FAILED, "The platform does not answer.")
    assert asked(clock).pk != fill.pk


def test_progress_makes_the_retries_count_anew(clock: Connection, dial: Dial) -> None:
    fill = asked(clock, YEAR, "a")
    Fill.objects.filter(pk=fill.pk).update(tries=5)
    dial.midway.append(lambda: dial.errors.append(Unavailable("The platform does not answer.")))
    assert services.fill_run(fill.pk, holder="one") is not None
    fill.refresh_from_db()
    assert (fill.state, fill.tries) == (FillState.WAITING, 1)


def test_a_fill_that_kills_its_workers_ends(clock: Connection) -> None:
    fill = asked(clock)
    for _ in range(6):
        assert claims.claim(fill.pk, holder="dead") is not None
        expire(fill)
    services.fill_run(fill.pk, holder="seventh")
    fill.refresh_from_db()
    assert fill.state == FillState.FAILED
    assert "again and again" in fill.trouble


def test_lasting_trouble_ends_the_fill_and_keeps_what_came(clock: Connection, dial: Dial) -> None:
    fill = asked(clock, YEAR, "a")
    dial.midway.append(lambda: dial.errors.append(AuthFailed("Wrong password.")))
    assert services.fill_run(fill.pk, holder="one") is None
    fill.refresh_from_db()
    assert fill.state == FillState.FAILED
    assert fill.trouble.startswith("Wrong password. Sign in again:")
    (kept,) = coverage(connection=clock, node="a", window=YEAR)
    assert holds(clock, kept, node="a")


def test_a_series_that_is_gone_does_not_lose_the_others(clock: Connection, dial: Dial) -> None:
    dial.gone = {"b"}
    fill = asked(clock)
    services.fill_run(fill.pk, holder="one")
    fill.refresh_from_db()
    assert fill.state == FillState.FAILED
    assert fill.trouble == "1 of 4 series could not be read: The platform no longer has this meter."
    assert all(holds(clock, YEAR, node=node) for node in "acd")
    assert sum("b" in nodes for nodes, _ in dial.calls) == 2


def test_points_out_of_order_end_the_fill(
    clock: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    stamps = service.stamps
    monkeypatch.setattr(service, "stamps", lambda window, step: stamps(window, step)[::-1])
    fill = asked(clock)
    services.fill_run(fill.pk, holder="one")
    fill.refresh_from_db()
    assert fill.state == FillState.FAILED
    assert "out of order" in fill.trouble
    assert not Segment.objects.exists()
    assert not any(p.is_file() for p in Path(default_storage.path("segments")).rglob("*"))


def test_a_full_or_closed_disk_ends_the_fill_with_a_sentence(clock: Connection) -> None:
    path = Path(default_storage.path(""))
    path.write_text("a file where a folder should be")
    fill = asked(clock)
    services.fill_run(fill.pk, holder="one")
    fill.refresh_from_db()
    assert fill.state == FillState.FAILED
    assert "could not be written (" in fill.trouble


def test_a_locked_connection_ends_the_fill_with_a_sentence(clock: Connection) -> None:
    fill = asked(clock)
    Connection.objects.update(sealed=b"sealed under another key")
    services.fill_run(fill.pk, holder="one")
    fill.refresh_from_db()
    assert (fill.state, fill.trouble) == (FillState.FAILED, services.LOCKED)


def test_a_connection_deleted_midway_ends_quietly(clock: Connection, dial: Dial) -> None:
    fill = asked(clock)
    dial.midway.append(clock.delete)
    assert services.fill_run(fill.pk, holder="one") is None
    assert not Segment.objects.exists()


def test_a_platform_without_points_is_refused(
    clock: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "SERVICE", type("Silent", (Service,), {"label": "Silent"}))
    monkeypatch.setattr(registry, "load", lambda kind: service.SERVICE)
    assert not issubclass(service.SERVICE, Reads)
    with pytest.raises(Rejected, match="no points"):
        ask(clock)


def test_reading_now_stops_at_its_deadline_and_keeps_what_came(connected: Maker) -> None:
    clock = connected(pause=0.05)
    with pytest.raises(Unavailable, match=r"within 0\.2 seconds"):
        services.fill_now(
            connection=clock,
            nodes=["a"],
            window=YEAR,
            now=timezone.now(),
            seconds=0.2,
            background=False,
        )
    (kept,) = coverage(connection=clock, node="a", window=YEAR)
    assert holds(clock, kept, node="a")


def test_reading_now_names_the_lost_series_after_the_others_are_read(
    clock: Connection, dial: Dial
) -> None:
    dial.gone = {"b"}
    with pytest.raises(NotFound):
        fill_now(clock, YEAR, "a", "b")
    assert holds(clock, YEAR, node="a")


def test_chunks_shrink_for_dense_series_and_grow_for_sparse_ones(connected: Maker) -> None:
    dense, sparse = connected(step=1), connected(step=3600)
    fill_now(dense, days(45, 30))
    fill_now(dense, days(30, 23))
    assert max(s.rows for s in dense.segments.all()) <= 31 * 86_400
    fill_now(sparse, days(2000, 30))
    assert sparse.segments.count() <= 4
    assert holds(sparse, days(2000, 30), step=3600)


def test_a_fill_whose_message_was_lost_is_nudged_but_not_at_every_tick(clock: Connection) -> None:
    asked(clock)
    now = timezone.now()
    ticks = [services.fills_stalled(now + timedelta(seconds=20 * tick)) for tick in range(14)]
    assert [len(found) for found in ticks] == [0] * 6 + [1] + [0] * 6 + [1]


def test_a_running_or_ended_fill_is_not_nudged(clock: Connection) -> None:
    running, ended = asked(clock), asked(clock, YEAR, "z")
    services.fill_run(ended.pk, holder="one")
    claims.claim(running.pk, holder="one")
    assert services.fills_stalled(timezone.now() + timedelta(seconds=60)) == ()


def test_the_task_does_the_fill_and_retries_when_the_platform_asks_for_patience(
    clock: Connection, dial: Dial
) -> None:
    fill = asked(clock)
    dial.errors = [RateLimited("Wait.", 30.0)]
    with pytest.raises(Retry) as again:
        tasks.fill.apply(args=(fill.pk,), throw=True, retries=0)
    assert float(str(again.value.when)) >= 30
    expire(fill)
    tasks.fill.apply(args=(fill.pk,), throw=True)
    fill.refresh_from_db()
    assert fill.state == FillState.DONE


def test_a_nudge_sends_the_message_again(
    clock: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[int] = []
    monkeypatch.setattr(tasks.fill, "delay_on_commit", sent.append)
    fill = asked(clock)
    claims.claim(fill.pk, holder="dead")
    tasks.nudge()
    assert sent == []
    expire(fill)
    tasks.nudge()
    tasks.nudge()
    assert sent == [fill.pk]
