"""The sandbox BEMServer, asked and filled by hand: what the suite compares the service with."""

from __future__ import annotations

from datetime import UTC, datetime

import requests

from connectors.contract import Window
from tests.sandbox.server import ADMIN, SandboxServer

WEEK = Window(start=datetime(2024, 3, 28, tzinfo=UTC), end=datetime(2024, 4, 4, tzinfo=UTC))
LONG = Window(start=datetime(2020, 1, 1, tzinfo=UTC), end=datetime(2024, 1, 1, tzinfo=UTC))
"""Two million points of a series with one a minute."""
SPACE = "space/1"
PRESENT = 3
"""Series of that room in the sandbox's world."""
CROWD = 117
_COLUMNS = "Campaign scope,Name,Description,Unit,Site,Building,Storey,Space,Zone"


def signed_in(server: SandboxServer) -> requests.Session:
    """A bare client with a token."""
    session = requests.Session()
    session.trust_env = False
    body = {"email": ADMIN.email, "password": ADMIN.password}
    pair = session.post(f"{server.url}/auth/token", json=body, timeout=10).json()
    session.headers["Authorization"] = f"Bearer {pair['access_token']}"
    return session


def crowd(server: SandboxServer) -> None:
    """Fills one room with more series than a page holds."""
    place = "North campus,Library,Ground floor,Room Library G1,"
    rows = [f"Energy,Crowd {n:03},,kWh,{place}" for n in range(CROWD)]
    text = "\n".join([_COLUMNS, *rows, ""])
    with signed_in(server) as session:
        answer = session.post(
            f"{server.url}/io/timeseries",
            params={"campaign_id": 3},
            files={"timeseries_csv": ("timeseries.csv", text.encode(), "text/csv")},
            timeout=10,
        )
    assert answer.status_code == 201, answer.text


def group(server: SandboxServer) -> str:
    """The id of a new user group, tied to nothing."""
    with signed_in(server) as session:
        made = session.post(f"{server.url}/user_groups/", json={"name": "Guests"}, timeout=10)
    return f"user_group/{made.json()['id']}"


def values(server: SandboxServer, series: int, start: datetime, end: datetime) -> dict[str, float]:
    """The Raw points of a series by JSON, which the service never reads."""
    asked: dict[str, str | int] = {
        "start_time": start.isoformat(),
        "end_time": end.isoformat(),
        "data_state": 1,
        "timeseries": series,
    }
    with signed_in(server) as session:
        answer = session.get(f"{server.url}/timeseries_data/", params=asked, timeout=30)
    found: dict[str, float] = answer.json()[str(series)]
    return found
