"""The stand-in of BEMServer beyond single answers: what stays, what is wrong on demand, tasks."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox.bemserver.call import Settings
from connectors.sandbox.bemserver.zonenames import ZONES
from tests.sandbox.client import Raw
from tests.sandbox.server import ADMIN, MEMBER, SandboxServer

CSV = {"Accept": "text/csv"}
DAY = {"start_time": "2025-01-06T00:00:00Z", "end_time": "2025-01-07T00:00:00Z"}
HOURS = {f"2025-01-06T{n:02d}:00:00+00:00": n + 0.5 for n in range(24)}


def make(raw: Raw, path: str, **body: Any) -> int:
    made = raw("POST", f"/{path}/", body)
    assert made.status == 201, made.body
    return int(made.data["id"])


def series(raw: Raw, name: str, unit: str = "", campaign: str = "Campus (synthetic)") -> int:
    """A new series in the first scope of a campaign."""
    (row,) = raw("GET", "/campaigns/", query={"name": campaign}).data
    scope = raw("GET", "/campaign_scopes/", query={"campaign_id": row["id"]}).data[0]["id"]
    return make(raw, "timeseries", name=name, unit_symbol=unit, campaign_id=row["id"],
                campaign_scope_id=scope)  # fmt: skip


def read(raw: Raw, number: int, state: int = 1, **window: str) -> dict[str, float]:
    query = {"data_state": state, "timeseries": number, **(window or DAY)}
    found: dict[str, float] = raw("GET", "/timeseries_data/", query=query).data.get(str(number), {})
    return found


def upload(raw: Raw, number: int, points: dict[str, float], state: int = 1) -> None:
    sent = raw("POST", "/timeseries_data/", {str(number): points}, query={"data_state": state})
    assert sent.status == 201, sent.body


def test_what_was_written_is_there_after_a_restart_with_the_same_folder(tmp_path: Path) -> None:
    with SandboxServer("bemserver", folder=tmp_path) as server:
        raw = Raw(server, ADMIN)
        number = series(raw, "Kept", "kWh")
        upload(raw, number, HOURS)
        window = {"start_time": "2024-03-01T00:00:00Z", "end_time": "2024-03-02T00:00:00Z"}
        row = raw("GET", "/timeseries/", query={"in_name": "Library electric power"}).data[0]
        query = {"data_state": 1, "timeseries": row["id"], **window}
        assert raw("DELETE", "/timeseries_data/", query=query).status == 204
        gone = raw("GET", "/campaigns/", query={"name": "UK homes"}).data[0]["id"]
        raw("DELETE", f"/campaigns/{gone}", headers={"If-Match": "*"})
        before = raw("GET", "/timeseries/", query={"page_size": 100}).body
    with SandboxServer("bemserver", folder=tmp_path) as server:
        raw = Raw(server, ADMIN)
        assert raw("GET", "/timeseries/", query={"page_size": 100}).body == before
        assert read(raw, number) == HOURS
        assert read(raw, row["id"], 1, **window) == {}
        assert read(raw, row["id"], 1, **DAY)
        assert raw("GET", "/campaigns/", query={"name": "UK homes"}).data == []
        assert make(raw, "user_groups", name="Later") > 1


def test_a_reset_brings_the_first_state_back_in_the_folder_too(tmp_path: Path) -> None:
    with SandboxServer("bemserver", folder=tmp_path) as server:
        first = Raw(server, ADMIN)("GET", "/timeseries/", query={"page_size": 100}).data
        number = series(Raw(server, ADMIN), "Written")
        upload(Raw(server, ADMIN), number, HOURS)
        server.reset()
        again = Raw(server, ADMIN)
        assert again("GET", "/timeseries/", query={"page_size": 100}).data == first
        assert series(again, "Written") == number
        assert read(again, number) == {}
    with SandboxServer("bemserver", folder=tmp_path) as server:
        raw = Raw(server, ADMIN)
        assert len(raw("GET", "/timeseries/", query={"in_name": "Written"}).data) == 1


def test_a_file_of_which_a_row_is_wrong_leaves_nothing(admin: Raw) -> None:
    (campaign,) = admin("GET", "/campaigns/", query={"name": "UK homes"}).data
    text = "Name,Description,IFC_ID\nFirst,,\n"
    bad = "Site,Name,Description,IFC_ID\nnone,H,,\n"
    parts = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"; filename="f"\r\n\r\n{body}\r\n'
        for name, body in (("sites_csv", text), ("buildings_csv", bad))
    )
    sent = admin("POST", "/io/sites", f"{parts}--b--\r\n".encode(),
                 query={"campaign_id": campaign["id"]},
                 headers={"Content-Type": "multipart/form-data; boundary=b"})  # fmt: skip
    assert (sent.status, sent.data["message"]) == (
        422, 'Invalid CSV file content: Unknown site: "none"')  # fmt: skip
    assert admin("GET", "/sites/", query={"name": "First"}).data == []


def weathered(raw: Raw, parameter: str, unit: str, *, forecast: bool) -> tuple[int, int]:
    """A site near the campus with a series for one parameter."""
    number = series(raw, f"{parameter} {forecast}", unit)
    (campaign,) = raw("GET", "/campaigns/", query={"name": "Campus (synthetic)"}).data
    site = make(raw, "sites", name=f"Near {parameter} {forecast}", campaign_id=campaign["id"],
                latitude=48.8, longitude=2.3)  # fmt: skip
    make(raw, "weather_timeseries_by_sites", site_id=site, parameter=parameter, forecast=forecast,
         timeseries_id=number)  # fmt: skip
    return site, number


def test_downloaded_weather_is_what_the_nearest_site_of_the_world_saw(admin: Raw) -> None:
    site, number = weathered(admin, "AIR_TEMPERATURE", "°F", forecast=False)
    upload(admin, number, {"2025-01-06T00:30:00+00:00": 1.0, "2025-01-08T00:00:00+00:00": 2.0}, 2)
    fetch = f"/sites/{site}/download_weather_data"
    assert admin("PUT", fetch, query=DAY).status == 204
    (row,) = admin("GET", "/timeseries/", query={"in_name": "North campus outdoor temp"}).data
    celsius = read(admin, row["id"])
    assert read(admin, number, 2) == {
        time: pytest.approx(value * 1.8 + 32, abs=0.02) for time, value in celsius.items()
    }
    assert len(celsius) == 24
    later = {"start_time": "2025-01-08T00:00:00Z", "end_time": "2025-01-09T00:00:00Z"}
    assert list(read(admin, number, 2, **later).values()) == [2.0]


def test_a_forecast_reaches_beyond_now_and_an_observation_does_not(admin: Raw) -> None:
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    window = {"start_time": (now - timedelta(hours=6)).isoformat(),
              "end_time": (now + timedelta(hours=48)).isoformat()}  # fmt: skip
    counts = {}
    for forecast in (True, False):
        site, number = weathered(admin, "AIR_TEMPERATURE", "°C", forecast=forecast)
        query = {**window, "forecast": str(forecast).lower()}
        assert admin("PUT", f"/sites/{site}/download_weather_data", query=query).status == 204
        counts[forecast] = len(read(admin, number, 2, **window))
    assert counts == {True: 54, False: 7}


@pytest.mark.parametrize(
    ("parameter", "unit", "low", "high"),
    [
        ("DEWPOINT_TEMPERATURE", "°C", -30, 20), ("WETBULB_TEMPERATURE", "°C", -30, 20),
        ("WIND_SPEED", "m/s", 0, 40), ("WIND_DIRECTION", "degree", 0, 360),
        ("SURFACE_SOLAR_RADIATION", "W/m²", 0, 500),
        ("SURFACE_DIRECT_SOLAR_RADIATION", "W/m²", 0, 500),
        ("SURFACE_DIFFUSE_SOLAR_RADIATION", "W/m²", 0, 500),
        ("DIRECT_NORMAL_SOLAR_RADIATION", "W/m²", 0, 900), ("RELATIVE_HUMIDITY", "%", 1, 100),
        ("SURFACE_PRESSURE", "Pa", 9e4, 1.1e5), ("TOTAL_PRECIPITATION", "mm", 0, 20),
    ],
)  # fmt: skip
def test_every_weather_parameter_can_be_downloaded(
    admin: Raw, parameter: str, unit: str, low: float, high: float
) -> None:
    site, number = weathered(admin, parameter, unit, forecast=False)
    assert admin("PUT", f"/sites/{site}/download_weather_data", query=DAY).status == 204
    values = read(admin, number, 2).values()
    assert len(values) == 24
    assert low <= min(values) <= max(values) <= high


@pytest.mark.parametrize(
    ("weather", "message"),
    [("off", "Missing weather API settings."), ("refused", "Wrong API key.")],
)
def test_weather_needs_a_provider_that_knows_the_operator(weather: Any, message: str) -> None:
    with SandboxServer("bemserver", settings={"bemserver": Settings(weather=weather)}) as server:
        raw = Raw(server, ADMIN)
        site, _ = weathered(raw, "AIR_TEMPERATURE", "°C", forecast=False)
        told = raw("PUT", f"/sites/{site}/download_weather_data", query=DAY)
        assert (told.status, told.data["message"]) == (409, message)


def task(raw: Raw, name: str, campaign: int, **parameters: Any) -> None:
    body = {"task_name": name, "campaign_id": campaign, **DAY, "parameters": parameters}
    assert raw("POST", "/tasks/run", body).status == 204


@pytest.fixture
def small(admin: Raw) -> tuple[int, int]:
    """A campaign with one series that has Min, Max and an interval."""
    campaign = make(admin, "campaigns", name="Small", timezone="UTC")
    scope = make(admin, "campaign_scopes", name="S", campaign_id=campaign)
    number = make(admin, "timeseries", name="Only", unit_symbol="", campaign_id=campaign,
                  campaign_scope_id=scope)  # fmt: skip
    for prop, value in ((1, "1"), (2, "20"), (3, "3600")):
        make(admin, "timeseries_property_data", timeseries_id=number, property_id=prop, value=value)
    return campaign, number


def found_events(raw: Raw, campaign: int) -> list[list[str]]:
    rows = raw("GET", "/events/", query={"campaign_id": campaign, "page_size": 100}).data
    return [[row["source"], row["level"], row["description"]] for row in rows]


def test_a_cleanup_copies_what_lies_between_min_and_max(admin: Raw, small: tuple[int, int]) -> None:
    campaign, number = small
    upload(admin, number, HOURS)
    task(admin, "Cleanup", campaign)
    assert list(read(admin, number, 2).values()) == [n + 0.5 for n in range(1, 20)]


def test_checks_tell_what_is_bad_still_bad_and_good_again(
    admin: Raw, small: tuple[int, int]
) -> None:
    campaign, number = small
    for _ in range(2):
        task(admin, "CheckMissingData", campaign)
    upload(admin, number, HOURS)
    task(admin, "CheckMissingData", campaign)
    task(admin, "CheckOutliers", campaign)
    missing, outliers = "BEMServer - Check missing data", "BEMServer - Check outliers"
    said = "The following timeseries"
    assert found_events(admin, campaign) == [
        [missing, "WARNING", f"{said} are missing: Only"],
        [missing, "INFO", f"{said} are still missing: Only"],
        [missing, "INFO", f"{said} are not missing anymore: Only"],
        [outliers, "WARNING", f"{said} have outliers: Only"],
    ]


def test_a_task_that_fails_says_nothing_and_changes_nothing(
    server: SandboxServer, admin: Raw, small: tuple[int, int]
) -> None:
    campaign, number = small
    upload(admin, number, HOURS)
    outsider = Raw(server, MEMBER)
    task(outsider, "Cleanup", campaign)
    task(admin, "Cleanup", 99_999)
    task(admin, "Cleanup", campaign, nonsense=1)
    task(admin, "DownloadWeatherData", campaign, sites=["none"])
    assert read(admin, number, 2) == {}
    assert found_events(admin, campaign) == []


def test_the_zones_are_the_471_that_the_platform_takes() -> None:
    assert len(ZONES) == 471
    assert {"Europe/Kyiv", "UTC", "Etc/GMT-14", "EST5EDT"} <= ZONES.keys()
    assert not {"Europe/Kiev", "US/Pacific", "Asia/Calcutta", "Etc/UCT"} & ZONES.keys()


def spoilt_read(server: SandboxServer, raw: Raw, kind: str) -> list[list[str]]:
    number = series(raw, f"Spoilt {kind}")
    upload(raw, number, HOURS)
    query = {"data_state": 1, "timeseries": number, **DAY}
    with server.faults.on(kind, path="/timeseries_data/"):
        reply = raw("GET", "/timeseries_data/", query=query, headers=CSV)
    return [line.split(",") for line in reply.body.decode().splitlines()[1:]]


def test_stamps_come_twice_when_that_fault_strikes(server: SandboxServer, admin: Raw) -> None:
    rows = spoilt_read(server, admin, "duplicate_stamps")
    times = [time for time, _ in rows]
    assert (len(times), len(set(times))) == (25, 24)


def test_stamps_are_out_of_order_when_that_fault_strikes(server: SandboxServer, admin: Raw) -> None:
    rows = spoilt_read(server, admin, "unsorted_stamps")
    assert rows != sorted(rows)
    assert sorted(rows)[0] == ["2025-01-06T00:00:00+0000", "0.5"]


def test_a_value_is_no_number_when_that_fault_strikes(server: SandboxServer, admin: Raw) -> None:
    values = [value for _, value in spoilt_read(server, admin, "nan")]
    assert values.count("NaN") == 1
    number = series(admin, "In JSON")
    upload(admin, number, HOURS)
    with server.faults.on("nan"):
        query = {"data_state": 1, "timeseries": number, **DAY}
        body = admin("GET", "/timeseries_data/", query=query).body
    assert body.count(b": NaN") == 1


def test_pages_drift_and_totals_lie_when_those_faults_strike(
    server: SandboxServer, admin: Raw
) -> None:
    def page(number: int) -> tuple[list[int], int]:
        reply = admin("GET", "/timeseries/", query={"page": number, "sort": "name"})
        return [row["id"] for row in reply.data], json.loads(reply.headers["x-pagination"])["total"]

    (first, total), (second, _) = page(1), page(2)
    with server.faults.on("page_drift"):
        assert page(1)[0] == first
        assert page(2)[0] == [first[-1], *second[:-1]]
    with server.faults.on("lying_total"):
        assert page(1) == (first, total + 7)


def test_a_version_from_the_future_is_told_when_that_fault_strikes(
    server: SandboxServer, stranger: Raw
) -> None:
    with server.faults.on("future_version"):
        assert stranger("GET", "/about/").data["versions"]["bemserver_api"] == "9.9.0"
    assert stranger("GET", "/about/").data["versions"]["bemserver_api"] == "0.26.0"
