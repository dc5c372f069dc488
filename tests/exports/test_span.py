"""The windows of scheduled runs meet each other at local midnights."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest

from dashboard.exports.schedule import due_times, parse
from dashboard.exports.span import window_before
from tests.exports.zones import distinct_zones

ZONES = distinct_zones()
PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("cron", "span", "number"), [("0 6 * * *", "P1D", 340), ("0 7 1 * *", "P1M", 14)]
)
def test_the_windows_of_neighbouring_runs_meet_exactly_in_every_zone(
    cron: str, span: str, number: int
) -> None:
    for name in ZONES:
        zone = ZoneInfo(name)
        due = islice(
            due_times(parse(cron), zone, after=datetime(2025, 1, 20, 12, tzinfo=UTC)), number
        )
        windows = [window_before(moment, span=span, zone=zone) for moment in due]
        assert all(a.end == b.start for a, b in pairwise(windows)), name


@pytest.mark.parametrize(
    ("due", "span", "start", "end"),
    [
        ("2025-03-31T04:00Z", "P1D", "2025-03-29T23:00Z", "2025-03-30T22:00Z"),
        ("2025-10-27T05:00Z", "P1D", "2025-10-25T22:00Z", "2025-10-26T23:00Z"),
        ("2025-04-01T05:00Z", "P1M", "2025-02-28T23:00Z", "2025-03-31T22:00Z"),
        ("2025-03-31T05:00Z", "P1M", "2025-02-27T23:00Z", "2025-03-30T22:00Z"),
        ("2025-01-08T05:00Z", "P7D", "2024-12-31T23:00Z", "2025-01-07T23:00Z"),
        ("2024-02-29T05:00Z", "P1Y", "2023-02-27T23:00Z", "2024-02-28T23:00Z"),
        ("2025-01-07T23:00Z", "P1D", "2025-01-06T23:00Z", "2025-01-07T23:00Z"),
    ],
)
def test_a_window_is_cut_at_local_midnights(due: str, span: str, start: str, end: str) -> None:
    window = window_before(datetime.fromisoformat(due), span=span, zone=PARIS)
    assert (window.start, window.end) == (
        datetime.fromisoformat(start),
        datetime.fromisoformat(end),
    )


def test_a_day_that_never_was_makes_no_window_empty() -> None:
    apia = ZoneInfo("Pacific/Apia")  # had no 30 December 2011
    due = datetime(2011, 12, 31, 6, tzinfo=apia)
    assert window_before(due, span="P1D", zone=apia).width == timedelta(days=1)


@pytest.mark.parametrize("span", ["", "P0D", "P1W", "PT1H", "P1D\n", "P9999D"])
def test_another_span_is_refused(span: str) -> None:
    with pytest.raises(ValueError, match="A span is written"):
        window_before(datetime(2025, 1, 1, tzinfo=UTC), span=span, zone=PARIS)
