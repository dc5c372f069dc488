"""Which due times become runs: the same ones however often, late or wrongly clocked the tick."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError

from dashboard.exports import claims, services
from dashboard.exports.claims import claim_due, waiting_work
from dashboard.exports.models import Export, Run, Schedule, Slot
from tests.exports.conftest import Exporter

pytestmark = pytest.mark.django_db
MADE = datetime(2025, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def daily(exporter: Exporter) -> Export:
    timing = services.Timing(cron="0 6 * * *", zone="Europe/Paris")
    return exporter(span="P1D", timing=timing, now=MADE)


def due() -> list[datetime]:
    return list(Slot.objects.order_by("due_at").values_list("due_at", flat=True))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2025, 5, day, hour, minute, tzinfo=UTC)


def test_a_slot_becomes_a_run_of_the_local_day_before(daily: Export) -> None:
    assert claim_due(at(2, 3, 59)) == []
    (run,) = claim_due(at(2, 4, 0))
    found = Run.objects.get(pk=run)
    assert (found.start, found.end) == (
        datetime(2025, 4, 30, 22, tzinfo=UTC),
        datetime(2025, 5, 1, 22, tzinfo=UTC),
    )
    assert found.created_by == daily.created_by
    assert Schedule.objects.get().next_due == at(3, 4)


def test_two_ticks_make_the_same_slots_once(daily: Export) -> None:
    assert len(claim_due(at(2, 4))) == 1
    assert claim_due(at(2, 4)) == []
    Schedule.objects.update(cursor=MADE, next_due=at(2, 4))  # a second tick that saw the old row
    with pytest.raises(IntegrityError, match=r"(?i)unique"):
        claims._start(Schedule.objects.get(), [at(2, 4)], now=at(2, 4), more=False)


def test_a_clock_that_steps_forth_and_back_makes_no_slot_twice(daily: Export) -> None:
    claim_due(at(2, 4, 30))
    claim_due(at(2, 3, 30))
    claim_due(at(2, 5, 30))
    assert due() == [at(2, 4)]


@pytest.mark.parametrize(
    ("rule", "started", "skipped"), [("all", 4, 0), ("last", 1, 3), ("none", 0, 4)]
)
def test_a_tick_that_is_days_late_obeys_the_catch_up_rule(
    daily: Export, rule: str, started: int, skipped: int
) -> None:
    Schedule.objects.update(catch_up=rule)
    assert len(claim_due(at(5, 12))) == started
    assert due() == [at(2, 4), at(3, 4), at(4, 4), at(5, 4)]
    assert Slot.objects.exclude(skipped_because="").count() == skipped
    if rule == "last":
        assert Run.objects.get().slot.due_at == at(5, 4)  # type: ignore[union-attr]


def test_a_tick_of_a_minute_late_is_not_late(daily: Export) -> None:
    Schedule.objects.update(catch_up="none")
    assert len(claim_due(at(2, 4, 1))) == 1


@pytest.mark.parametrize(("rule", "started"), [("all", 864), ("last", 1)])
def test_months_of_missed_times_are_claimed_in_short_transactions(
    exporter: Exporter, rule: str, started: int
) -> None:
    timing = services.Timing(cron="*/5 * * * *", zone="UTC", catch_up=rule)
    exporter(timing=timing, now=at(1, 0))
    first, second = claim_due(at(4, 0)), claim_due(at(4, 0))
    assert len(first) + len(second) == started
    assert len(due()) == 864
    assert claim_due(at(4, 0)) == []


def test_a_schedule_that_cannot_be_worked_out_pauses_and_stops_no_other(
    exporter: Exporter, daily: Export
) -> None:
    lost = exporter(timing=services.Timing(cron="0 5 * * *", zone="UTC"), now=MADE)
    Schedule.objects.filter(export=lost).update(zone="Atlantis/Capital")
    assert len(claim_due(at(2, 6))) == 1
    assert Schedule.objects.get(export=lost).paused_because.startswith("Its rule, zone or window")


def test_a_paused_schedule_claims_nothing_and_catches_up_after_resume(daily: Export) -> None:
    schedule = Schedule.objects.get()
    services.schedule_pause(schedule, person=daily.created_by)  # type: ignore[arg-type]
    assert claim_due(at(4, 12)) == []
    assert services.missed(schedule, at(4, 12)) == 3
    services.schedule_resume(schedule, person=daily.created_by)  # type: ignore[arg-type]
    assert len(claim_due(at(4, 12))) == 3


def test_what_has_no_live_lease_is_nudged_again(daily: Export) -> None:
    (run,) = claim_due(at(2, 4))
    assert waiting_work(at(2, 4)).plans == (run,)
    assert waiting_work(at(2, 5)).plans == (run,)
    Run.objects.update(state=Run.State.RUNNING, lease_until=at(2, 6))
    assert waiting_work(at(2, 5)).publishes == ()
    assert waiting_work(at(2, 6) + timedelta(seconds=1)).publishes == (run,)
