"""The weather of sites: its series, where it comes from, and degree days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.errors import Forbidden, NotFound, Rejected, Unavailable
from tests.functions.bemserver.rows import Stage, staged
from tests.functions.bemserver.shared import NOBODY, Ours, asked, fresh, sent
from tests.sandbox.server import MEMBER

LONG = range(1, 11)
WEEK = {"start_time": "2024-01-01T00:00Z", "end_time": "2024-01-08T00:00Z"}


@pytest.mark.covers("bemserver.weather_ts_by_sites.create")
@pytest.mark.covers("bemserver.weather_ts_by_sites.getall")
def test_what_of_the_weather_it_is_has_one_of_twelve_names(
    stage: Stage, wire: pytest.LogCaptureFixture
) -> None:
    wire.clear()
    with pytest.raises(Rejected) as refused:
        stage.ours.do("weather_ts_by_sites.create", site_id=1, parameter="Air temperature",
                      timeseries_id=1, forecast=True)  # fmt: skip
    assert set(refused.value.fields) == {"parameter"}
    with pytest.raises(Rejected) as refused:
        stage.ours.do("weather_ts_by_sites.getall", parameter="Air temperature")
    assert set(refused.value.fields) == {"parameter"}
    assert asked(wire) == []


def weather(stage: Stage, **place: float) -> tuple[int, int]:
    """A site with a series for its air temperature."""
    site = stage.ground.make("sites", name=fresh("site"), campaign_id=stage.ground.home, **place)
    series = stage.ground.series(unit_symbol="°C")
    stage.ground.make("weather_timeseries_by_sites", site_id=site, timeseries_id=series,
                      parameter="AIR_TEMPERATURE", forecast=False)  # fmt: skip
    return site, series


def clean(stage: Stage, series: int, **window: Any) -> dict[str, float]:
    """The Clean data of a series."""
    query = {"data_state": 2, "timeseries": series, "start_time": "2020-01-01T00:00:00Z",
             "end_time": "2030-01-01T00:00:00Z", **window}  # fmt: skip
    found: dict[str, dict[str, float]] = stage.bare("GET", "timeseries_data/", **query)
    return found.get(str(series), {})


@pytest.mark.covers("bemserver.sites.download_weather_data")
def test_the_weather_of_a_week_is_there_afterwards(stage: Stage) -> None:
    site, series = weather(stage, latitude=48.1, longitude=-1.6)
    assert clean(stage, series) == {}
    found = stage.ours.rows("sites.download_weather_data", id=f"site/{site}", **WEEK)
    assert found == [{"node": f"timeseries/{series}@2", "parameter": "AIR_TEMPERATURE"}]
    stored = clean(stage, series)
    assert len(stored) == 7 * 24
    assert min(stored) == "2024-01-01T00:00:00+00:00"


@pytest.mark.covers("bemserver.sites.download_weather_data")
def test_why_there_is_no_weather_is_said(stage: Stage, wire: pytest.LogCaptureFixture) -> None:
    site, _ = weather(stage)
    with pytest.raises(Rejected, match="Missing site coordinates"):
        stage.ours.do("sites.download_weather_data", id=f"site/{site}", **WEEK)
    wire.clear()
    with pytest.raises(Rejected, match="no such weather series"):
        stage.ours.do("sites.download_weather_data", id=f"site/{site}", forecast=True, **WEEK)
    assert {line[0] for line in sent(wire)} == {"GET"}
    with staged(weather="off", bare=True) as other:
        away, _ = weather(other, latitude=48.1, longitude=-1.6)
        with pytest.raises(Rejected, match="Missing weather API settings"):
            other.ours.do("sites.download_weather_data", id=f"site/{away}", **WEEK)


@pytest.mark.covers("bemserver.sites.download_weather_data")
def test_only_administrators_fetch_weather_and_a_failure_is_not_repeated(
    stage: Stage, wire: pytest.LogCaptureFixture
) -> None:
    member = Ours(stage.server, MEMBER)
    site = member.rows("weather_ts_by_sites.getall", forecast=False)[0]["site_id"]
    with pytest.raises(Forbidden):
        member.do("sites.download_weather_data", id=f"site/{site}", **WEEK)
    path = f"/sites/{site}/download_weather_data"
    wire.clear()
    with stage.server.faults.on("500", path=path), pytest.raises(Unavailable):
        stage.ours.do("sites.download_weather_data", id=f"site/{site}", **WEEK)
    assert len([line for line in asked(wire) if line[1] == path]) == 1


def degrees(stage: Stage, site: int, values: dict[int, tuple[float, float]]) -> None:
    """Two hours of each day of January 2024, in local time, have a temperature."""
    (row,) = stage.bare("GET", "weather_timeseries_by_sites/", site_id=site)
    zone = ZoneInfo("Europe/Paris")
    points = {}
    for day, (low, high) in values.items():
        night = datetime(2024, 1, day, 4, tzinfo=zone).astimezone(UTC)
        points[night.isoformat()] = low
        points[(night + timedelta(hours=10)).isoformat()] = high
    body = {str(row["timeseries_id"]): points}
    assert stage.bare.answer("POST", "timeseries_data/", body, data_state=2).status_code == 201


@pytest.mark.covers("bemserver.sites.get_degree_days")
def test_degree_days_are_those_that_one_works_out_oneself(stage: Stage) -> None:
    site, _ = weather(stage)
    temperatures = {day: (day - 10.0, day + 10.0) for day in LONG}
    degrees(stage, site, temperatures)
    means = {day: (low + high) / 2 for day, (low, high) in temperatures.items()}
    span = {"id": f"site/{site}", "start_date": "2024-01-01", "end_date": "2024-01-12"}
    daily = stage.ours.points("sites.get_degree_days", **span)
    zone = ZoneInfo("Europe/Paris")
    starts = [datetime(2024, 1, day, tzinfo=zone) for day in range(1, 12)]
    assert [time for time, _ in daily] == starts
    assert [value for _, value in daily] == [*(18.0 - means[day] for day in LONG), None]
    monthly = stage.ours.points("sites.get_degree_days", **span, period="month")
    assert monthly == [(starts[0], sum(18.0 - means[day] for day in LONG))]
    yearly = stage.ours.points("sites.get_degree_days", **span, period="year", type="cooling",
                               base=4.0)  # fmt: skip
    assert yearly == [(starts[0], sum(max(0.0, means[day] - 4.0) for day in LONG))]
    warm = stage.ours.points("sites.get_degree_days", **span, period="year", base=64.4, unit="°F")
    assert warm[0][1] == pytest.approx(monthly[0][1] * 1.8)


@pytest.mark.covers("bemserver.sites.get_degree_days")
def test_why_there_are_no_degree_days_is_said(stage: Stage) -> None:
    span = {"start_date": "2024-01-01", "end_date": "2024-02-01"}
    with pytest.raises(Rejected, match="Air temperature for site undefined"):
        stage.ours.do("sites.get_degree_days", id=str(stage.ground.place["site"]), **span)
    site, _ = weather(stage)
    with pytest.raises(Rejected):
        stage.ours.do("sites.get_degree_days", id=str(site), **span, unit="kWh")
    with pytest.raises(Rejected) as refused:
        stage.ours.do("sites.get_degree_days", id=str(site), start_date="2024-02-01",
                      end_date="2024-01-01")  # fmt: skip
    assert set(refused.value.fields) == {"end_date"}
    with pytest.raises(NotFound):
        stage.ours.do("sites.get_degree_days", id=str(NOBODY), **span)
