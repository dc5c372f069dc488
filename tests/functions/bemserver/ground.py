"""A campaign of one's own on the sandbox BEMServer, with series that a test fills by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

from connectors.contract import Upload
from tests.functions.bemserver.shared import Bare, fresh

RAW, CLEAN = 1, 2
DAY = datetime(2025, 1, 15, tzinfo=UTC)


@dataclass
class Ground:
    """Made by the bare client."""

    bare: Bare
    zone: str = "Europe/Paris"
    campaign: int = field(init=False)
    scope: int = field(init=False)

    def __post_init__(self) -> None:
        made = self.bare.make("campaigns", name=fresh("Ground"), timezone=self.zone)
        self.campaign = made["id"]
        self.scope = self.bare.make("campaign_scopes", name="All", campaign_id=self.campaign)["id"]

    @property
    def node(self) -> str:
        return f"campaign/{self.campaign}"

    def series(self, name: str = "", unit: str = "kWh") -> dict[str, Any]:
        return self.bare.make(
            "timeseries", name=name or fresh("series"), unit_symbol=unit,
            campaign_id=self.campaign, campaign_scope_id=self.scope,
        )  # fmt: skip

    def fill(self, number: int, values: dict[datetime, float], state: int = RAW) -> None:
        """Points, by JSON."""
        body = {str(number): {at.isoformat(): value for at, value in values.items()}}
        answer = self.bare.answer("POST", "timeseries_data/", body, data_state=state)
        assert answer.status_code == 201, answer.text

    def stored(self, number: int, state: int = RAW) -> dict[str, float]:
        """All points of a series, by JSON."""
        found = self.bare(
            "GET", "timeseries_data/", timeseries=number, data_state=state,
            start_time="2000-01-01T00:00:00Z", end_time="2050-01-01T00:00:00Z",
        )  # fmt: skip
        points: dict[str, float] = found.get(str(number), {})
        return points

    def site(self, name: str = "", **more: Any) -> int:
        made = self.bare.make(
            "sites", name=name or fresh("site"), campaign_id=self.campaign, **more
        )
        return int(made["id"])


def node(number: int, state: int = RAW) -> str:
    """The id of a series."""
    return f"timeseries/{number}@{state}"


def every(step: timedelta, count: int, start: datetime = DAY) -> dict[datetime, float]:
    """Values 0, 1, 2 …"""
    return {start + n * step: float(n) for n in range(count)}


def upload(text: str, name: str = "file.csv") -> Upload:
    """A file as people send one."""
    body = text.encode()
    return Upload(name=name, content=BytesIO(body), size=len(body))
