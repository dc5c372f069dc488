"""Cron in every zone of the database: nothing lost, nothing doubled, however the clocks change."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise, takewhile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.exports.schedule import (
    PRESETS,
    ScheduleInvalid,
    due_times,
    next_due,
    parse,
    preview,
    words,
)
from tests.exports.zones import distinct_zones

ZONES = distinct_zones()
FROM, UNTIL = datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
CURIOUS = ["Europe/Paris", "Australia/Lord_Howe", "Africa/Cairo", "Africa/Casablanca", "Asia/Gaza"]
zones = st.sampled_from(ZONES)
moments = st.datetimes(datetime(1975, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
crons = st.sampled_from(
    [rule for rule, _ in PRESETS]
    + ["0 * * * *", "*/15 * * * *", "30 2 * * *", "0,30 0-3 * * *", "0 0 1 * *", "15 */6 * * 1-5"]
)


def slots(cron: str, zone: str, start: datetime = FROM, end: datetime = UNTIL) -> list[datetime]:
    times = due_times(parse(cron), ZoneInfo(zone), after=start)
    return list(takewhile(lambda moment: moment < end, times))


def daily(zone: ZoneInfo, *, hour: int, minute: int) -> list[datetime]:
    """Each local day's due moment, worked out another way: the first pass of the local time, or
    the first minute at which the clocks are past it."""
    day, found = (
        datetime(FROM.year, 1, 2, hour, minute, tzinfo=zone),
        [],
    )  # the first day may be cut
    while day.year < UNTIL.year:
        moment = day.astimezone(UTC)
        if moment.astimezone(zone).replace(tzinfo=None) != day.replace(tzinfo=None):
            moment = day.replace(fold=1).astimezone(UTC)
            while moment.astimezone(zone).replace(tzinfo=None) < day.replace(tzinfo=None):
                moment += timedelta(minutes=1)
        found.append(moment)
        day += timedelta(days=1)
    return found


@pytest.mark.parametrize(("hour", "minute"), [(2, 30), (0, 0)])
def test_a_daily_rule_is_due_once_each_local_day_in_every_zone(hour: int, minute: int) -> None:
    for name in ZONES:
        wanted = daily(ZoneInfo(name), hour=hour, minute=minute)
        found = slots(f"{minute} {hour} * * *", name, wanted[0] - timedelta(minutes=1))
        assert found[: len(wanted) - 1] == wanted[:-1], name


def test_an_hourly_rule_is_due_at_every_whole_local_hour() -> None:
    for zone in ZONES[::40] + CURIOUS:
        zoned, moment, wanted = ZoneInfo(zone), FROM, []
        while (moment := moment + timedelta(minutes=15)) < FROM + timedelta(days=366):
            if moment.astimezone(zoned).minute == 0:
                wanted.append(moment)
        assert slots("0 * * * *", zone, end=FROM + timedelta(days=366)) == wanted, zone


@given(zone=zones, cron=crons, start=moments, cut=st.integers(0, 30))
@settings(max_examples=150, deadline=None)
def test_stopping_and_starting_anywhere_gives_the_same_times(
    zone: str, cron: str, start: datetime, cut: int
) -> None:
    rule, zoned = parse(cron), ZoneInfo(zone)
    whole = list(islice(due_times(rule, zoned, after=start), 40))
    assert all(earlier < later for earlier, later in pairwise([start, *whole]))
    assert list(islice(due_times(rule, zoned, after=whole[cut]), 39 - cut)) == whole[cut + 1 :]
    between = whole[cut] + (whole[cut + 1] - whole[cut]) / 2
    assert next_due(rule, zoned, after=between) == whole[cut + 1]


def test_a_skipped_local_time_is_due_at_the_moment_the_clocks_jump_to() -> None:
    start = datetime(2025, 3, 29, 12, tzinfo=UTC)
    for cron in ("30 2 * * *", "0,15,30,45 2 * * *"):
        found = next_due(parse(cron), ZoneInfo("Europe/Paris"), after=start)
        assert found == datetime(2025, 3, 30, 1, tzinfo=UTC)
        after = next_due(parse(cron), ZoneInfo("Europe/Paris"), after=found)
        assert after.astimezone(ZoneInfo("Europe/Paris")).day == 31


def test_a_doubled_local_time_is_due_once_and_the_first_time() -> None:
    first = datetime(2025, 10, 26, 0, 30, tzinfo=UTC)
    rule, paris = parse("30 2 * * *"), ZoneInfo("Europe/Paris")
    assert next_due(rule, paris, after=first - timedelta(hours=1)) == first
    assert next_due(rule, paris, after=first) == datetime(2025, 10, 27, 1, 30, tzinfo=UTC)
    within = datetime(2025, 10, 26, 1, 10, tzinfo=UTC)  # 02:10, the second time
    assert next_due(rule, paris, after=within) == datetime(2025, 10, 27, 1, 30, tzinfo=UTC)


def test_half_an_hour_of_daylight_saving_is_known() -> None:
    found = slots(
        "0 */2 * * *",
        "Australia/Lord_Howe",
        datetime(2025, 4, 5, 12, tzinfo=UTC),
        datetime(2025, 4, 5, 20, tzinfo=UTC),
    )
    local = [f"{moment.astimezone(ZoneInfo('Australia/Lord_Howe')):%H:%M}" for moment in found]
    assert local == ["00:00", "02:00", "04:00", "06:00"]


@pytest.mark.parametrize(
    ("cron", "says"),
    [
        ("0 0 31 2 *", "No month named in this rule has such a day"),
        ("0 0 31 4,6 *", "No month named in this rule has such a day"),
        ("* * * * * *", "this one has 6"),
        ("", "this one has 0"),
        ("@daily", "this one has 1"),
        ("* * * * *", "more often than every 5 minutes"),
        ("*/4 * * * *", "more often than every 5 minutes"),
        ("58,2 * * * *", "more often than every 5 minutes"),
        ("61 0 * * *", "“61” is no minute"),
        ("0 24 * * *", "“24” is no hour"),
        ("0 0 * 13 *", "“13” is no month"),
        ("0 0 * * MOO", "“MOO” is no day of week"),
        ("0 0 \N{SUPERSCRIPT TWO} * *", "is no day of month"),
        ("0 0 29 2 MON#5,XX", "is no day of week"),
    ],
)
def test_a_rule_that_cannot_or_must_not_be_scheduled_is_refused_in_a_sentence(
    cron: str, says: str
) -> None:
    with pytest.raises(ScheduleInvalid, match=re.escape(says)):
        parse(cron)


@given(st.text("0123456789*/-,#LWMONSAT \x00é", max_size=40))
@settings(max_examples=600, deadline=None)
def test_any_text_is_a_rule_or_a_sentence(text: str) -> None:
    try:
        rule = parse(text)
    except ScheduleInvalid as refused:
        sentence = str(refused)
    else:
        sentence = f"Next at {next_due(rule, UTC, after=FROM)}."
    assert sentence.endswith(".")


def test_the_29th_of_february_is_found_over_a_century_without_one() -> None:
    rule = parse("0 0 29 2 *")
    assert next_due(rule, UTC, after=datetime(2096, 3, 1, tzinfo=UTC)).year == 2104


def test_a_preset_is_said_in_words_and_shown_five_times() -> None:
    assert words("0 6 * * *") == "Every morning at 06:00"
    assert words("7 7 7 7 *") == "7 7 7 7 *"
    shown = preview(parse("0 6 * * *"), ZoneInfo("Europe/Paris"), after=FROM)
    assert [moment.hour for moment in shown] == [5] * 5
