"""BEMServer's entry points, one small function each, with the section of its wire reference.

Collections end in a slash, items and actions do not (section 1.1). Filters that the server does not
know are silently ignored, so their names are written here and nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from connectors.bemserver.ids import LARGEST
from connectors.bemserver.rows import (
    About,
    AllStats,
    Paging,
    Place,
    Property,
    PropertyValue,
    Row,
    State,
    Stats,
    Tie,
    Timeseries,
    User,
    shaped,
)
from connectors.contract import Window
from connectors.errors import BadAnswer
from connectors.http import Answer, Http, Stream

PAGE = 100
"""The most the platform gives (section 1.4); its default is 10."""
CSV = "text/csv"
"""Compared exactly by the platform: with a charset behind it, it is JSON (section 3.1)."""

JSON = "application/json"

R = TypeVar("R", bound=Row)

_ABOUT = TypeAdapter(About)
_USERS = TypeAdapter(tuple[User, ...])
_STATES = TypeAdapter(tuple[State, ...])
_PLACE = TypeAdapter(Place)
_PLACES = TypeAdapter(tuple[Place, ...])
_ONE = TypeAdapter(Timeseries)
_MANY = TypeAdapter(tuple[Timeseries, ...])
_TIES = TypeAdapter(tuple[Tie, ...])
_PROPERTIES = TypeAdapter(tuple[Property, ...])
_VALUES = TypeAdapter(tuple[PropertyValue, ...])
_STATS = TypeAdapter(AllStats)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice(Generic[R]):
    """One page of rows and the number of the next, None when this was the last."""

    rows: tuple[R, ...]
    next: int | None


class Client:
    """The entry points of one server, for one account."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def about(self) -> About:
        """Section 0; the only one that needs no sign-in."""
        return shaped(self._http.request("GET", "about/"), _ABOUT)

    def users(self, email: str) -> tuple[User, ...]:
        """Section 2.1; an account that is no administrator sees itself only."""
        return shaped(self._http.request("GET", "users/", params={"email": email}), _USERS)

    def states(self) -> tuple[State, ...]:
        """Section 2.3."""
        return shaped(self._http.request("GET", "timeseries_data_states/"), _STATES)

    def place(self, path: str, number: int) -> Place:
        """Section 2.2: one row of `campaigns`, `sites` …"""
        return shaped(self._http.request("GET", f"{path}/{number}"), _PLACE)

    def places(self, path: str, **filters: int | str) -> tuple[Place, ...]:
        """Section 2.2: these lists come whole; without `sort` their order changes by itself."""
        answer = self._http.request("GET", f"{path}/", params={"sort": "name", **filters})
        return _once(shaped(answer, _PLACES))

    def timeseries(self, number: int) -> Timeseries:
        """Section 2.3."""
        return shaped(self._http.request("GET", f"timeseries/{number}"), _ONE)

    def timeseries_page(self, page: int, **filters: int | str) -> Slice[Timeseries]:
        """Section 2.3, sorted by name, which is unique within a campaign."""
        paged: dict[str, int | str] = {"sort": "name", "page": page, "page_size": PAGE}
        answer = self._http.request("GET", "timeseries/", params=paged | filters)
        return Slice(rows=_once(shaped(answer, _MANY)), next=_next(answer, page))

    def every_series(self, **filters: int) -> tuple[Timeseries, ...]:
        """All series that a filter finds, each once. Raises BadAnswer when the pages do not end."""
        found: dict[int, Timeseries] = {}
        page: int | None = 1
        while page is not None:
            before = len(found)
            turn = self.timeseries_page(page, **filters)
            found.update((row.id, row) for row in turn.rows)
            if turn.next is not None and len(found) == before:
                raise BadAnswer("BEMServer's list of pages does not end.")
            page = turn.next
        return tuple(found.values())

    def ties(self, kind: str, timeseries: int) -> tuple[Tie, ...]:
        """Section 2.3: the sites (buildings …) that a series is tied to; `kind` is `sites` …"""
        asked = {"timeseries_id": timeseries, "page_size": PAGE}
        return shaped(self._http.request("GET", f"timeseries_by_{kind}/", params=asked), _TIES)

    def properties(self) -> tuple[Property, ...]:
        """Section 2.3: presets are Min, Max and Interval (seconds)."""
        return shaped(self._http.request("GET", "timeseries_properties/"), _PROPERTIES)

    def property_values(self, timeseries: int) -> tuple[PropertyValue, ...]:
        """Section 2.3."""
        asked = {"timeseries_id": timeseries}
        return shaped(self._http.request("GET", "timeseries_property_data/", params=asked), _VALUES)

    def stats(self, number: int, state: int) -> Stats:
        """Section 3.5."""
        asked: dict[str, int | str] = {"timeseries": number, "data_state": state, "timezone": "UTC"}
        answer = self._http.request("GET", "timeseries_data/stats", params=asked)
        return shaped(answer, _STATS).stats.get(str(number), Stats())

    def points(
        self, numbers: Sequence[int], state: int, window: Window
    ) -> AbstractContextManager[Stream]:
        """Section 3.3, wide CSV: `Datetime,<number>,…`, offsets without a colon."""
        return self._http.stream(
            "GET",
            "timeseries_data/",
            params=_asked(numbers, state, window),
            headers={"Accept": CSV},
        )

    def buckets(
        self,
        numbers: Sequence[int],
        state: int,
        window: Window,
        *,
        wire: str,
        value: int,
        unit: str,
    ) -> bytes:
        """Section 3.6, wide CSV: every bucket of the window has its row."""
        asked = _asked(numbers, state, window) | {
            "aggregation": wire,
            "bucket_width_value": value,
            "bucket_width_unit": unit,
        }
        answer = self._http.request(
            "GET", "timeseries_data/aggregate", params=asked, headers={"Accept": CSV}
        )
        return answer.body

    def upload(self, state: int, body: bytes) -> None:
        """Sections 3.3 and 3.4: all or nothing; times that exist keep their value, silently.

        Raises BadAnswer for any other success than the platform's own 201.
        """
        answer = self._http.request(
            "POST",
            "timeseries_data/",
            params={"data_state": state},
            data=body,
            headers={"Content-Type": JSON},
            repeatable=False,
        )
        if answer.status != 201:
            raise BadAnswer("BEMServer did not say that it took the points.")


def _asked(
    numbers: Sequence[int], state: int, window: Window
) -> dict[str, str | int | Sequence[int]]:
    return {
        "start_time": window.start.isoformat(),
        "end_time": window.end.isoformat(),
        "data_state": state,
        "timezone": "UTC",
        "timeseries": list(numbers),
    }


def _once(rows: tuple[R, ...]) -> tuple[R, ...]:
    """Each row once: the order of a list may change between two pages (section 1.4)."""
    return tuple({getattr(row, "id", None): row for row in rows}.values())


def _next(answer: Answer, page: int) -> int | None:
    """The number of the next page. Raises BadAnswer when the pages go in a circle."""
    header = answer.headers.get("x-pagination")
    if header is None:
        return None
    try:
        paging = Paging.model_validate(json.loads(header))
    except (ValueError, ValidationError):
        raise BadAnswer("BEMServer's list of pages cannot be read.") from None
    if paging.next_page is None:
        return None
    if paging.page != page or not page < paging.next_page <= LARGEST:
        raise BadAnswer("BEMServer's list of pages goes in a circle.")
    return paging.next_page
