"""The data of series on the wire (section 3): by their numbers, or by name within a campaign."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal

from pydantic import TypeAdapter

from connectors.bemserver.rows import AllStats, Stats, shaped
from connectors.contract import Window
from connectors.errors import BadAnswer
from connectors.http import Http, Stream

CSV = "text/csv"
"""Compared exactly by the platform: with a charset behind it, it is JSON (section 3.1)."""
JSON = "application/json"

Format = Literal["csv", "json"]
TYPES = {"csv": CSV, "json": JSON}

_STATS = TypeAdapter(AllStats)

Asked = dict[str, str | int | Sequence[str | int | float]]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Series in one data state: numbers, or names of one campaign."""

    labels: tuple[int | str, ...]
    state: int
    campaign: int | None = None

    @property
    def path(self) -> str:
        root = "timeseries_data/"
        return root if self.campaign is None else f"{root}campaign/{self.campaign}/"

    @property
    def asked(self) -> Asked:
        return {"data_state": self.state, "timeseries": list(self.labels)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """How numbers are written: in which zone's time, in which units (in the order of the series,
    an empty one leaves them as they are; none at all: all stay)."""

    timezone: str = "UTC"
    units: tuple[str, ...] = ()

    @property
    def asked(self) -> Asked:
        units: Asked = {"convert_to": list(self.units)} if self.units else {}
        return {"timezone": self.timezone, **units}


PLAIN = Shown()


class Data:
    """The entry points below `/timeseries_data`."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def points(
        self, chosen: Chosen, window: Window, *, shown: Shown = PLAIN, format: Format = "csv"
    ) -> AbstractContextManager[Stream]:
        """Sections 3.2 and 3.3. CSV is wide: `Datetime,<series>,…`, offsets without a colon."""
        return self._http.stream(
            "GET",
            chosen.path,
            params={**chosen.asked, **spanning(window), **shown.asked},
            headers={"Accept": TYPES[format]},
        )

    def buckets(
        self,
        chosen: Chosen,
        window: Window,
        *,
        wire: str,
        value: int,
        unit: str,
        shown: Shown = PLAIN,
        format: Format = "csv",
    ) -> bytes:
        """Section 3.6: every bucket of the window is there."""
        asked: Asked = {
            "aggregation": wire,
            "bucket_width_value": value,
            "bucket_width_unit": unit,
        }
        answer = self._http.request(
            "GET",
            f"{chosen.path}aggregate",
            params={**chosen.asked, **spanning(window), **shown.asked, **asked},
            headers={"Accept": TYPES[format]},
        )
        return answer.body

    def stats(self, chosen: Chosen) -> dict[str, Stats]:
        """Section 3.5, by series."""
        params = {**chosen.asked, **PLAIN.asked}
        return shaped(self._http.request("GET", f"{chosen.path}stats", params=params), _STATS).stats

    def upload(self, chosen: Chosen, body: bytes) -> None:
        """Sections 3.3 and 3.4: all or nothing; times that exist keep their value, silently.

        Raises BadAnswer for any other success than the platform's own 201.
        """
        answer = self._http.request(
            "POST",
            chosen.path,
            params={"data_state": chosen.state},
            data=body,
            headers={"Content-Type": JSON},
            repeatable=False,
        )
        if answer.status != 201:
            raise BadAnswer("BEMServer did not say that it took the points.")

    def delete(self, chosen: Chosen, window: Window) -> None:
        """Section 3.7: twice is harmless."""
        params = {**chosen.asked, **spanning(window)}
        self._http.request("DELETE", chosen.path, params=params, repeatable=True)


def spanning(window: Window) -> Asked:
    """A window in the query: half-open, as ours."""
    return {"start_time": window.start.isoformat(), "end_time": window.end.isoformat()}
