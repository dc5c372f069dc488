"""Labels and clock changes in zones that jump."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from connectors.contract import Window
from dashboard.charts.figure import layout
from dashboard.charts.ticks import changes, ticks

PARIS, LORD_HOWE = ZoneInfo("Europe/Paris"), ZoneInfo("Australia/Lord_Howe")


def local_window(zone: ZoneInfo, start: str, end: str) -> Window:
    edges = (datetime.fromisoformat(edge).replace(tzinfo=zone) for edge in (start, end))
    first, last = edges
    return Window(start=first, end=last)


def hours(zone: ZoneInfo, day: str, after: str) -> list[str]:
    window = local_window(zone, day, after)
    return [tick.text for tick in ticks(window, zone=zone, pixels=2400)]


def test_the_day_of_23_hours_has_no_label_for_the_hour_that_is_skipped() -> None:
    labels = hours(PARIS, "2025-03-30", "2025-03-31")
    assert labels[0] == "00:00<br>Sun 30 Mar 2025"
    assert labels[1:4] == ["01:00", "03:00", "04:00"]
    assert len(labels) == 23


def test_the_day_of_25_hours_labels_both_passes_of_the_doubled_hour_with_their_offset() -> None:
    labels = hours(PARIS, "2025-10-26", "2025-10-27")
    assert labels[1:5] == ["01:00", "02:00 +02:00", "02:00 +01:00", "03:00"]
    assert len(labels) == 25


def test_labels_stay_at_round_local_times_after_the_clocks_changed() -> None:
    window = local_window(PARIS, "2025-03-29 12:00", "2025-03-31 12:00")
    shown = ticks(window, zone=PARIS, pixels=900)
    assert {tick.at.astimezone(PARIS).hour % 6 for tick in shown} == {0}


def test_the_half_hour_of_lord_howe_is_shown_twice() -> None:
    window = local_window(LORD_HOWE, "2025-04-06", "2025-04-06 06:00")
    labels = [tick.text for tick in ticks(window, zone=LORD_HOWE, pixels=1200)]
    assert labels[3:5] == ["01:30 +11:00", "01:30 +10:30"]
    (change,) = changes(window, zone=LORD_HOWE)
    assert change.shift == timedelta(minutes=-30)
    assert change.words == "clocks back: 01:30–02:00 twice"


def test_a_change_is_found_to_the_second() -> None:
    found = changes(local_window(PARIS, "2025-01-01", "2026-01-01"), zone=PARIS)
    assert [change.at for change in found] == [
        datetime(2025, 3, 30, 1, tzinfo=UTC),
        datetime(2025, 10, 26, 1, tzinfo=UTC),
    ]
    assert found[0].words == "clocks forward: 02:00 → 03:00"


def test_the_doubled_hour_is_marked_as_a_band_two_hours_of_instants_wide() -> None:
    window = local_window(PARIS, "2025-10-26", "2025-10-27")
    drawn = layout(("kWh",), window=window, zone=PARIS, pixels=1000, theme="light")
    (band,), (words,) = drawn["shapes"], drawn["annotations"]
    assert (band["x1"] - band["x0"]) / 3_600_000 == 2
    assert words["text"] == "clocks back: 02:00–03:00 twice"


def test_ten_years_are_not_crowded_with_twenty_marks() -> None:
    window = local_window(PARIS, "2015-01-01", "2025-01-01")
    drawn = layout(("kWh",), window=window, zone=PARIS, pixels=1000, theme="light")
    assert drawn["shapes"] == []
    assert drawn["xaxis"]["ticktext"] == [str(year) for year in range(2015, 2025)]


@pytest.mark.parametrize("zone", ["America/Sao_Paulo", "Africa/Cairo", "Asia/Beirut"])
def test_a_day_that_begins_at_one_is_labelled_at_its_first_instant(zone: str) -> None:
    found = ZoneInfo(zone)
    window = local_window(found, "2018-01-01", "2018-12-31")
    jumps = [c for c in changes(window, zone=found) if c.shift > timedelta(0)]
    around = jumps[0].at if jumps else window.start
    near = Window(start=around - timedelta(days=2), end=around + timedelta(days=2))
    for tick in ticks(near, zone=found, pixels=200):
        local = tick.at.astimezone(found)
        before = (tick.at - timedelta(seconds=1)).astimezone(found)
        assert before.date() < local.date()


@pytest.mark.parametrize("width", [10, 3600, 86_400, 40 * 86_400, 400 * 86_400, 90 * 365 * 86_400])
@pytest.mark.parametrize("pixels", [200, 1000, 4000])
def test_labels_have_room_at_every_width(width: int, pixels: int) -> None:
    start = datetime(2020, 2, 29, 11, 7, tzinfo=UTC)
    window = Window(start=start, end=start + timedelta(seconds=width))
    shown = ticks(window, zone=PARIS, pixels=pixels)
    assert len(shown) <= pixels / 45 + 2
    assert all(window.start <= tick.at < window.end for tick in shown)
    assert [tick.at for tick in shown] == sorted({tick.at for tick in shown})
