"""The sandbox asked directly, with no code of ours between: what a file has to equal."""

from __future__ import annotations

from datetime import datetime

import requests

from tests.demo.running import Demo

MEMBER = {"email": "member@sandbox.example", "password": "sandbox-member"}
METER = "Home 1, heating and cooling: electricity"


def values(demo: Demo, *, start: str, end: str, name: str = METER) -> dict[datetime, float]:
    """The points of a series in `[start, end)` (ISO, with offset), as the platform tells them."""
    signed = requests.post(f"{demo.sandbox}/auth/token", json=MEMBER, timeout=10).json()
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {signed['access_token']}"
        found = session.get(f"{demo.sandbox}/timeseries/", params={"name": name}, timeout=10)
        key = str(found.json()[0]["id"])
        query = {"timeseries": key, "data_state": "1", "start_time": start, "end_time": end}
        told = session.get(f"{demo.sandbox}/timeseries_data/", params=query, timeout=10).json()
    return {datetime.fromisoformat(time): value for time, value in told[key].items()}
