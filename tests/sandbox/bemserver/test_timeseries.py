"""Data out of and into the sandbox BEMServer."""

from __future__ import annotations

import csv
import gzip
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import connectors.sandbox
from tests.sandbox.client import Raw, Reply

CSV = {"Accept": "text/csv"}
DATA = Path(connectors.sandbox.__file__).parent / "world" / "data"


def series(raw: Raw, name: str) -> int:
    (row,) = raw("GET", "/timeseries/", query={"name": name}).data
    return int(row["id"])


def fetch(raw: Raw, ids: list[int], start: str, end: str, **more: Any) -> Reply:
    query = {"data_state": 1, "timeseries": ids, "start_time": start, "end_time": end, **more}
    return raw("GET", "/timeseries_data/", query=query, headers=CSV)


def rows(reply: Reply) -> list[list[str]]:
    assert reply.status == 200, reply.body
    return list(csv.reader(reply.body.decode().splitlines()))


def test_real_readings_come_out_at_their_own_times_to_the_last_digit(admin: Raw) -> None:
    name = "Home 1, heating and cooling: electricity"
    reply = fetch(
        admin, [series(admin, name)], "2015-11-22T06:00:00Z", "2018-02-08T06:30:00Z",
        timezone="America/Chicago",
    )  # fmt: skip
    with gzip.open(DATA / "il-electricity-cdd-hdd-hourly.csv.gz", "rt") as stream:
        real = list(csv.reader(stream))[1:]
    expected = [[time[:-3] + time[-2:], value] for time, value in real]
    assert rows(reply)[1:] == expected


def test_of_a_repeated_real_reading_the_last_counts(admin: Raw) -> None:
    with gzip.open(DATA / "uk-electricity-hdd-only-hourly-sample-1.csv.gz", "rt") as stream:
        real = {time.replace(" ", "T") + "+0000": value for time, value in csv.reader(stream)}
    real.pop("start+0000")
    reply = fetch(
        admin, [series(admin, "Home B: electricity")], "2012-01-01T00:00:00Z",
        "2014-01-25T07:00:00Z",
    )  # fmt: skip
    assert {time: float(value) for time, value in rows(reply)[1:]} == {
        time: float(value) for time, value in real.items()
    }


def test_only_the_exact_header_means_csv(admin: Raw) -> None:
    query = {"data_state": 1, "timeseries": 1, "start_time": "2016-01-01T00:00:00Z",
             "end_time": "2016-01-01T01:00:00Z"}  # fmt: skip
    seen = {}
    for accept in ("text/csv", "text/csv; charset=utf-8", "*/*", "application/json"):
        reply = admin("GET", "/timeseries_data/", query=query, headers={"Accept": accept})
        seen[accept] = reply.body[:1]
        echoed = f"{accept}; charset=utf-8" if accept.startswith("text/") else accept
        assert reply.headers["content-type"] == echoed
    assert list(seen.values()) == [b"D", b"{", b"{", b"{"]
    upload = admin(
        "POST", "/timeseries_data/", b"Datetime,1\n", query={"data_state": 1},
        headers={"Content-Type": "text/csv; charset=utf-8"},
    )  # fmt: skip
    assert (upload.status, upload.data["message"]) == (422, "Wrong JSON file")


def test_a_window_read_in_two_parts_is_the_window_read_whole(admin: Raw) -> None:
    row = admin("GET", "/timeseries/", query={"in_name": "Library electric power"}).data[0]
    cuts = ("2024-03-30T12:07:00Z", "2024-04-20T03:04:30Z", "2024-06-02T00:00:00Z")
    parts = [fetch(admin, [row["id"]], *pair) for pair in pairwise(cuts)]
    whole = fetch(admin, [row["id"]], cuts[0], cuts[2])
    assert rows(parts[0]) + rows(parts[1])[1:] == rows(whole)


def test_a_synthetic_series_follows_local_working_hours(admin: Raw) -> None:
    row = admin("GET", "/timeseries/", query={"in_name": "Library electric power"}).data[0]
    query = {"data_state": 1, "timeseries": row["id"], "start_time": "2024-07-01T00:00:00+02:00",
             "end_time": "2024-07-08T00:00:00+02:00", "timezone": "Europe/Paris",
             "bucket_width_value": 1, "bucket_width_unit": "hour"}  # fmt: skip
    means = admin("GET", "/timeseries_data/aggregate", query=query).data[str(row["id"])]
    assert means["2024-07-02T11:00:00+02:00"] > 2 * means["2024-07-02T02:00:00+02:00"]
    assert means["2024-07-02T11:00:00+02:00"] > 1.5 * means["2024-07-07T11:00:00+02:00"]


def test_the_stuck_sensor_is_stuck_and_the_lost_weeks_are_lost(admin: Raw) -> None:
    stuck = series(admin, "Supply temperature, stuck sensor (synthetic)")
    values = {
        v
        for _, v in rows(fetch(admin, [stuck], "2024-03-05T00:00:00Z", "2024-03-17T00:00:00Z"))[1:]
    }
    lost = series(admin, "Cooling power, three weeks lost (synthetic)")
    assert len(values) == 1
    assert rows(fetch(admin, [lost], "2024-09-02T00:00:00Z", "2024-09-23T00:00:00Z"))[1:] == []


def test_nothing_lies_in_the_future(admin: Raw) -> None:
    row = admin("GET", "/timeseries/", query={"in_name": "Library electric power"}).data[0]
    now = datetime.now(UTC)
    got = rows(fetch(admin, [row["id"]], now.replace(hour=0).isoformat(), "2100-01-01T00:00:00Z"))
    assert all(datetime.fromisoformat(time) <= datetime.now(UTC) for time, _ in got[1:])


def test_existing_samples_are_never_overwritten_and_deleting_makes_room(admin: Raw) -> None:
    home = series(admin, "Home A: electricity")
    window = ("2020-04-01T01:00:00Z", "2020-04-01T03:00:00Z")
    text = f"Datetime,{home}\n2020-04-01T01:00:00Z,99\n2020-04-01T01:30:00Z,7.25\n"
    send = ("POST", "/timeseries_data/", text.encode())
    typed = {"Content-Type": "text/csv"}
    assert admin(*send, query={"data_state": 1}, headers=typed).status == 201
    assert [v for _, v in rows(fetch(admin, [home], *window))[1:]] == ["0.078", "7.25", "0.078"]
    query = {"data_state": 1, "timeseries": home, "start_time": window[0], "end_time": window[1]}
    assert admin("DELETE", "/timeseries_data/", query=query).status == 204
    assert rows(fetch(admin, [home], *window))[1:] == []
    assert admin(*send, query={"data_state": 1}, headers=typed).status == 201
    assert [v for _, v in rows(fetch(admin, [home], *window))[1:]] == ["99.0", "7.25"]


def test_numbers_are_pythons_shortest(admin: Raw) -> None:
    values = [0.1, 1.0, 1e-05, 1.5e-300, 1e16, 1e22, 123456.789, -0.0, 5e-324, 0.0001]
    lines = [f"2030-01-01T00:{n:02d}:00Z,{value!r}" for n, value in enumerate(values)]
    body = "\n".join(["Datetime,1", *lines]).encode()
    admin("POST", "/timeseries_data/", body, query={"data_state": 1},
          headers={"Content-Type": "text/csv"})  # fmt: skip
    got = rows(fetch(admin, [1], "2030-01-01T00:00:00Z", "2030-01-02T00:00:00Z"))[1:]
    assert [value for _, value in got] == [repr(value) for value in values]


@pytest.mark.parametrize(
    ("day", "hours"), [("2016-03-13", 23), ("2016-11-06", 25), ("2016-11-07", 24)]
)
def test_a_local_day_has_as_many_hours_as_it_has(admin: Raw, day: str, hours: int) -> None:
    home = series(admin, "Home 1, heating and cooling: electricity")
    query = {"data_state": 1, "timeseries": home, "start_time": f"{day}T12:00:00-06:00",
             "end_time": f"{day}T13:00:00-06:00", "timezone": "America/Chicago",
             "aggregation": "count", "bucket_width_value": 1,
             "bucket_width_unit": "day"}  # fmt: skip
    got = admin("GET", "/timeseries_data/aggregate", query=query).data[str(home)]
    assert list(got.values()) == [hours]


def test_buckets_that_do_not_divide_a_day_come_back_empty(admin: Raw) -> None:
    query = {"data_state": 1, "timeseries": 1, "start_time": "2016-01-01T00:00:00Z",
             "end_time": "2016-01-02T00:00:00Z", "bucket_width_value": 7,
             "bucket_width_unit": "hour"}  # fmt: skip
    got = admin("GET", "/timeseries_data/aggregate", query=query).data["1"]
    assert set(got.values()) == {None}


@pytest.mark.parametrize(
    ("unit", "value", "converted"),
    [("Wh", 0.29, 290.0), ("MWh", 0.29, 0.00029), ("", 0.29, 0.29)],
)
def test_energy_is_converted(admin: Raw, unit: str, value: float, converted: float) -> None:
    home = series(admin, "Home 1, heating and cooling: electricity")
    window = ("2015-11-22T06:00:00Z", "2015-11-22T07:00:00Z")
    got = rows(fetch(admin, [home], *window, convert_to=unit))
    assert float(got[1][1]) == pytest.approx(converted)
    assert rows(fetch(admin, [home], *window))[1][1] == repr(value)


def test_temperatures_are_converted_with_their_zero_and_other_dimensions_refused(
    admin: Raw,
) -> None:
    air = series(admin, "Illinois outdoor temperature")
    window = ("2015-11-22T06:00:00Z", "2015-11-22T07:00:00Z")
    got = rows(fetch(admin, [air], *window, convert_to="°C"))
    assert float(got[1][1]) == pytest.approx((21.01 - 32) / 1.8)
    assert fetch(admin, [air], *window, convert_to="kWh").status == 422
    assert fetch(admin, [air], *window, convert_to="m3").status == 422
    assert fetch(admin, [air], *window, convert_to=["K", "K"]).status == 422


def test_members_get_the_data_of_their_scopes_only(member: Raw, admin: Raw) -> None:
    seen = member("GET", "/timeseries/", query={"page_size": 100}).data
    assert any("Library electric power" in row["name"] for row in seen)
    room = series(admin, "Library G1 temperature (synthetic)")
    window = ("2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z")
    assert fetch(member, [room], *window).status == 403
    assert fetch(admin, [room], *window).status == 200


def test_an_outsider_sees_nothing_and_is_told_so_where_the_platform_tells(outsider: Raw) -> None:
    for path in ("/campaigns/", "/sites/", "/timeseries/", "/events/"):
        assert outsider("GET", path).data == []
    assert outsider("GET", "/sites/", query={"campaign_id": 1}).status == 200
    assert outsider("GET", "/buildings/", query={"site_id": 1}).data == []
    assert outsider("GET", "/buildings/", query={"campaign_id": 1}).status == 403
    assert outsider("GET", "/timeseries/", query={"campaign_id": 1}).status == 403
    assert outsider("GET", "/timeseries/", query={"campaign_id": 999}).data == []
    assert outsider("GET", "/campaigns/1").status == 403


def test_recursive_filters_reach_below_and_exclude_their_plain_form(admin: Raw) -> None:
    (site,) = admin("GET", "/sites/", query={"name": "North campus"}).data
    every = {"page_size": 100}
    direct = admin("GET", "/timeseries/", query={"site_id": site["id"], **every}).data
    below = admin("GET", "/timeseries/", query={"recurse_site_id": site["id"], **every}).data
    assert (len(direct), len(below)) == (4, 51)
    both = {"site_id": site["id"], "recurse_site_id": site["id"]}
    assert admin("GET", "/timeseries/", query=both).status == 422
    query = {"properties": '{"Interval": "60"}', **every}
    assert len(admin("GET", "/timeseries/", query=query).data) == 3


def test_names_that_pages_must_survive_are_served_as_they_are(admin: Raw) -> None:
    (campaign,) = admin("GET", "/campaigns/", query={"name": "Odd names"}).data
    rows_ = admin("GET", "/timeseries/", query={"campaign_id": campaign["id"]}).data
    names = [row["name"] for row in rows_]
    assert "<img src=x onerror=alert(1)>" in names
    assert max(map(len, names)) == 80
    path = f"/timeseries_data/campaign/{campaign['id']}/"
    query = {"data_state": 1, "timeseries": names, "start_time": "2024-01-01T00:00:00Z",
             "end_time": "2024-01-01T02:00:00Z"}  # fmt: skip
    reply = admin("GET", path, query=query, headers=CSV)
    assert rows(reply)[0] == ["Datetime", *names]
