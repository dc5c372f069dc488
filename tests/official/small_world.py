"""The same few things on any BEMServer, put there through its API by an administrator.

Two campaigns, of which the member may see one whole and of the other a scope only; a tree of every
level; series of real and of awkward points. Names are unique, so that ids can be told by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import numpy as np
import requests

from connectors.sandbox.world.readings import Recorded

MEMBER = ("member@small.example", "small-member")
OUTSIDER = ("outsider@small.example", "small-outsider")
ADMIN = ("admin@sandbox.example", "sandbox-admin")
PARIS = "Europe/Paris"
SECOND = timedelta(seconds=1)
RAW, CLEAN = 1, 2
FILLERS = 205
"""Enough series under one site for three pages of a hundred."""
METER = Recorded("uk-electricity-hdd-only-hourly-sample-1.csv.gz", 1_800_000_000)
METER_FROM, METER_TO = datetime(2012, 10, 12, tzinfo=UTC), datetime(2013, 11, 1, tzinfo=UTC)
SPRING, AUTUMN = datetime(2025, 3, 30, tzinfo=UTC), datetime(2025, 10, 26, tzinfo=UTC)
"""The days on which clocks change in Paris."""

Points = list[tuple[datetime, float]]


class Loader:
    """Speaks to one server; remembers the id of everything that it made, by name."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._http = requests.Session()
        granted = self._http.post(
            f"{url}/auth/token", json=dict(zip(("email", "password"), ADMIN, strict=True))
        )
        self._http.headers["Authorization"] = f"Bearer {granted.json()['access_token']}"
        self.ids: dict[str, int] = {}

    def send(self, path: str, **how: Any) -> Any:
        """One POST. Raises with the server's words."""
        answer = self._http.post(f"{self._url}/{path}", **how)
        if answer.status_code != 201:
            raise RuntimeError(f"{path}: {answer.status_code} {answer.text[:500]}")
        return answer.json()

    def make(self, path: str, name: str, **body: Any) -> int:
        """A row with a name of its own."""
        number = int(self.send(f"{path}/", json={"name": name, **body})["id"])
        self.ids[f"{path}/{name}"] = number
        return number

    def tie(self, path: str, **body: int | str | bool) -> None:
        """A row without a name."""
        self.send(f"{path}/", json=body)

    def points(self, series: int, points: Points, state: int = RAW) -> None:
        """Uploaded as JSON with numbers as text: what every version reads to the last digit."""
        body = {str(series): {time.isoformat(): repr(value) for time, value in points}}
        self.send(f"timeseries_data/?data_state={state}", json=body)

    def csv(self, series: int, time: datetime, number: str) -> None:
        """One point, uploaded as CSV."""
        self.send(
            f"timeseries_data/?data_state={RAW}",
            data=f"Datetime,{series}\n{time.isoformat()},{number}\n",
            headers={"Content-Type": "text/csv"},
        )

    def value(self, series: int, time: datetime) -> float:
        """The only point within a second."""
        ends = {"start_time": time.isoformat(), "end_time": (time + SECOND).isoformat()}
        asked: dict[str, Any] = {"timeseries": series, "data_state": RAW, **ends}
        answer = self._http.get(f"{self._url}/timeseries_data/", params=asked)
        (value,) = answer.json()[str(series)].values()
        return float(value)

    def series(self, campaign: int) -> Iterator[tuple[str, int]]:
        """Names and ids of all series of a campaign, page after page."""
        asked: dict[str, Any] = {"page": 0, "page_size": 100, "campaign_id": campaign}
        asked["sort"] = "name"
        rows: list[Any] = [None]
        while rows:
            asked["page"] += 1
            rows = self._http.get(f"{self._url}/timeseries/", params=asked).json()
            yield from ((row["name"], row["id"]) for row in rows)

    def switch_off(self, user: int) -> None:
        """The account signs in no more."""
        place = f"{self._url}/users/{user}"
        etag = self._http.get(place).headers["ETag"]
        done = self._http.put(
            f"{place}/set_active", json={"value": False}, headers={"If-Match": etag}
        )
        done.raise_for_status()


def load(url: str) -> Mapping[str, int]:
    """Everything, on a server that has none of it; the ids by `list/name`."""
    loader = Loader(url)
    campaign = loader.make("campaigns", "Small world", timezone=PARIS, description="Für alle")
    other = loader.make("campaigns", "Half hidden", timezone="UTC")
    scopes = {
        name: loader.make("campaign_scopes", name, campaign_id=campaign)
        for name in ("Energy", "Comfort")
    }
    half = loader.make("campaign_scopes", "Half", campaign_id=other)
    _people(loader, [campaign], [*scopes.values(), half])
    places = _places(loader, campaign)
    _series(loader, campaign, scopes, places)
    shown = loader.make(
        "timeseries",
        "Seen through its scope",
        campaign_id=other,
        campaign_scope_id=half,
        unit_symbol="W",
    )
    loader.points(shown, _every(SPRING, timedelta(hours=1), 48))
    _fillers(loader, campaign)
    loader.ids |= {f"timeseries/{name}": number for name, number in loader.series(campaign)}
    return loader.ids


def _people(loader: Loader, campaigns: list[int], scopes: list[int]) -> None:
    group = loader.make("user_groups", "Neighbours")
    for email, password in (MEMBER, OUTSIDER):
        user = loader.make("users", email.partition("@")[0], email=email, password=password)
        if email == MEMBER[0]:
            loader.tie("users_by_user_groups", user_id=user, user_group_id=group)
    for campaign in campaigns:
        loader.tie("user_groups_by_campaigns", campaign_id=campaign, user_group_id=group)
    for scope in scopes:
        loader.tie("user_groups_by_campaign_scopes", campaign_scope_id=scope, user_group_id=group)


def _places(loader: Loader, campaign: int) -> dict[str, int]:
    site = loader.make(
        "sites",
        "Home <b>B</b>",
        campaign_id=campaign,
        latitude=52.2,
        longitude=-1.5,
        ifc_id="1abcdefghijklmnopqrstu",
    )
    loader.make("sites", "Many meters", campaign_id=campaign, description="")
    building = loader.make("buildings", "Haus Süd, 100%", site_id=site)
    storey = loader.make("storeys", "Ground_floor", building_id=building)
    space = loader.make("spaces", "Küche", storey_id=storey, description="Warm")
    loader.make("buildings", "Anbau", site_id=site)
    zone = loader.make("zones", "All kitchens", campaign_id=campaign)
    return {"site": site, "building": building, "storey": storey, "space": space, "zone": zone}


def _series(
    loader: Loader, campaign: int, scopes: Mapping[str, int], places: Mapping[str, int]
) -> None:
    for name, (unit, scope, homes, points) in SERIES.items():
        number = loader.make(
            "timeseries",
            name,
            unit_symbol=unit,
            campaign_id=campaign,
            campaign_scope_id=scopes[scope],
            description=f"About {name}",
        )
        for kind in homes:
            loader.tie(
                f"timeseries_by_{kind}s", timeseries_id=number, **{f"{kind}_id": places[kind]}
            )
        loader.points(number, points)
    meter = loader.ids["timeseries/Meter"]
    for number, value in ((1, "0"), (2, "99.5"), (3, "1800")):
        loader.tie("timeseries_property_data", timeseries_id=meter, property_id=number, value=value)
    loader.points(meter, SERIES["Meter"][3][:100], CLEAN)


def _fillers(loader: Loader, campaign: int) -> None:
    text = StringIO(
        "Campaign scope,Name,Description,Unit,Site,Building,Storey,Space,Zone,Interval\n"
    )
    text.seek(0, 2)
    for n in range(FILLERS):
        text.write(f"Comfort,Filler {n:03d},,°C,Many meters,,,,,600\n")
    files = {"timeseries_csv": ("series.csv", text.getvalue().encode())}
    loader.send(f"io/timeseries?campaign_id={campaign}", files=files)


def _every(start: datetime, step: timedelta, count: int, base: float = 0.1) -> Points:
    return [(start + n * step, round(base + n * 0.37 % 7, 3)) for n in range(count)]


def _meter() -> Points:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    ends = (int(edge.timestamp()) * 1_000_000 for edge in (METER_FROM, METER_TO))
    times, values = METER.read(*ends)
    return [
        (epoch + timedelta(microseconds=t), v)
        for t, v in zip(times.tolist(), values.tolist(), strict=True)
    ]


def _clocks() -> Points:
    """Quarters of an hour over both changes of clocks, three days each."""
    return [
        point
        for day in (SPRING, AUTUMN)
        for point in _every(day - timedelta(days=1), timedelta(minutes=15), 3 * 96)
    ]


def _gaps() -> Points:
    """Ten-minute points; every seventh hour, then two days, are missing."""
    whole = _every(SPRING, timedelta(minutes=10), 6 * 24 * 6, base=-3.0)
    lost = SPRING + timedelta(days=2), SPRING + timedelta(days=4)
    return [(t, v) for t, v in whole if t.hour % 7 and not lost[0] <= t < lost[1]]


def _odd() -> Points:
    """Tiny, huge and many-digit numbers, and times below the second."""
    values = (
        -0.0,
        1e-7,
        2.5e-5,
        1e22,
        123456789.125,
        0.1,
        1 / 3,
        2 / 3,
        1e15,
        1e16,
        5e-324,
    )
    exact = [(AUTUMN + timedelta(minutes=7 * n), v) for n, v in enumerate(values)]
    second = AUTUMN + timedelta(days=2)
    return exact + [(second + timedelta(milliseconds=250 * n), 0.5 + n) for n in range(10)]


def _noise() -> Points:
    """Points at uneven times with all the digits that a number can have."""
    chance = np.random.default_rng(7)
    at = np.sort(chance.choice(4 * 86_400, 3000, replace=False))
    values = chance.normal(20, 5, 3000)
    return [(SPRING + timedelta(seconds=int(s)), float(v)) for s, v in zip(at, values, strict=True)]


SERIES: Mapping[str, tuple[str, str, tuple[str, ...], Points]] = {
    "Meter": ("kWh", "Energy", ("building",), _meter()),
    "Clocks": ("kW", "Energy", ("site", "zone"), _clocks()),
    "Gaps": ("°C", "Comfort", ("space", "zone"), _gaps()),
    "Odd": ("", "Comfort", ("storey",), _odd()),
    "Noise": ("W/m²", "Comfort", ("zone",), _noise()),
    "Huge": ("", "Comfort", ("storey",), [(AUTUMN, 1.5e300), (AUTUMN + timedelta(hours=1), 1.0)]),
    "Empty": ("ppm", "Comfort", (), []),
    "Written": ("kWh", "Energy", (), []),
    "Digits": ("kWh", "Energy", (), []),
}
