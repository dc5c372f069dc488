"""BEMServer's entry points, one small function each, with the section of its wire reference.

Collections end in a slash, items and actions do not (section 1.1). Filters that the server does not
know are silently ignored, so their names are written here and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter

from connectors.bemserver.collection import Collection, done, matching, version_of
from connectors.bemserver.copies import Copies
from connectors.bemserver.data import Data
from connectors.bemserver.pages import PAGE, next_page
from connectors.bemserver.rows import (
    About,
    Breakdown,
    Completeness,
    Counts,
    DegreeDays,
    Place,
    Property,
    PropertyValue,
    Row,
    State,
    Task,
    Tie,
    Timeseries,
    User,
    shaped,
)
from connectors.errors import BadAnswer
from connectors.http import Http, Params

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
_COMPLETE = TypeAdapter(Completeness)
_BREAKDOWN = TypeAdapter(Breakdown)
_COUNTS = TypeAdapter(Counts)
_TASKS = TypeAdapter(tuple[Task, ...])
_FULL = TypeAdapter(tuple[dict[str, Any], ...])
_DEGREE_DAYS = TypeAdapter(DegreeDays)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice(Generic[R]):
    """One page of rows and the number of the next, None when this was the last."""

    rows: tuple[R, ...]
    next: int | None


class Client:
    """The entry points of one server, for one account."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._copies = Copies(http)
        self.data = Data(http)

    def collection(self, path: str, *, paged: bool = False) -> Collection:
        """Any list of rows, with its verbs (section 2)."""
        return Collection(http=self._http, path=path, paged=paged)

    def about(self) -> About:
        """Section 0; the only one that needs no sign-in."""
        return shaped(self._copies.get("about/"), _ABOUT)

    def users(self, email: str) -> tuple[User, ...]:
        """Section 2.1; an account that is no administrator sees itself only."""
        return shaped(self._copies.get("users/", params={"email": email}), _USERS)

    def user(self, email: str) -> User:
        """The account itself. Raises BadAnswer when the server does not know it."""
        for user in self.users(email):
            if user.email == email:
                return user
        raise BadAnswer("BEMServer signed us in, and then did not know us.")

    def states(self) -> tuple[State, ...]:
        """Section 2.3."""
        return shaped(self._copies.get("timeseries_data_states/"), _STATES)

    def place(self, path: str, number: int) -> Place:
        """Section 2.2: one row of `campaigns`, `sites` …"""
        return shaped(self._copies.get(f"{path}/{number}"), _PLACE)

    def places(self, path: str, **filters: int | str) -> tuple[Place, ...]:
        """Section 2.2: these lists come whole; without `sort` their order changes by itself."""
        answer = self._copies.get(f"{path}/", params={"sort": "name", **filters})
        return _once(shaped(answer, _PLACES))

    def timeseries(self, number: int) -> Timeseries:
        """Section 2.3."""
        return shaped(self._copies.get(f"timeseries/{number}"), _ONE)

    def timeseries_page(self, page: int, **filters: int | str) -> Slice[Timeseries]:
        """Section 2.3, sorted by name, which is unique within a campaign."""
        paged: dict[str, int | str] = {"sort": "name", "page": page, "page_size": PAGE}
        answer = self._copies.get("timeseries/", params=paged | filters)
        return Slice(rows=_once(shaped(answer, _MANY)), next=next_page(answer, page))

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
        return shaped(self._copies.get(f"timeseries_by_{kind}/", params=asked), _TIES)

    def properties(self) -> tuple[Property, ...]:
        """Section 2.3: presets are Min, Max and Interval (seconds)."""
        return shaped(self._copies.get("timeseries_properties/"), _PROPERTIES)

    def property_values(self, timeseries: int) -> tuple[PropertyValue, ...]:
        """Section 2.3."""
        asked = {"timeseries_id": timeseries}
        return shaped(self._copies.get("timeseries_property_data/", params=asked), _VALUES)

    def degree_days(self, site: int, **asked: str | float) -> dict[datetime, float | None]:
        """Section 4.3: null where a period has no data."""
        answer = self._copies.get(f"sites/{site}/degree_days", params=asked)
        return shaped(answer, _DEGREE_DAYS).degree_days

    def download_weather(
        self, site: int, start: datetime, end: datetime, *, forecast: bool
    ) -> None:
        """Section 4.4: replaces the Clean data of the interval."""
        asked: dict[str, str | bool] = {
            "start_time": start.isoformat(),
            "end_time": end.isoformat(),
            "forecast": forecast,
        }
        done(self._http.request("PUT", f"sites/{site}/download_weather_data", params=asked))

    def set_flag(self, user: int, flag: str, version: str | None, *, value: bool) -> str | None:
        """Section 2.1: `set_admin` or `set_active`; the version afterwards. An empty body would be
        a 500."""
        answer = self._http.request(
            "PUT", f"users/{user}/{flag}", json={"value": value}, headers=matching(version)
        )
        done(answer)
        return version_of(answer)

    def completeness(self, params: Params) -> Completeness:
        """Section 4.1; without a slash at its end."""
        return shaped(self._copies.get("analysis/completeness", params=params), _COMPLETE)

    def breakdown(self, word: str, number: int, params: Params) -> Breakdown:
        """Section 4.2: of a `site` or a `building`."""
        path = f"analysis/energy_consumption/{word}/{number}"
        return shaped(self._copies.get(path, params=params), _BREAKDOWN)

    def notices(self, user: int, **filters: bool) -> Counts:
        """Section 2.5: how many notifications, by campaign."""
        asked = {"user_id": user, **filters}
        return shaped(self._copies.get("notifications/count_by_campaign", params=asked), _COUNTS)

    def read_all(self, user: int, **filters: int) -> None:
        """Section 2.5: the parameters travel in the query, and there is no body."""
        asked = {"user_id": user, **filters}
        done(self._http.request("PUT", "notifications/mark_all_as_read", params=asked))

    def full(self, path: str, **asked: Any) -> tuple[dict[str, Any], ...]:
        """Section 2.6: a service's row for every target, with nulls where it has none."""
        return shaped(self._copies.get(f"{path}/full", params=asked), _FULL)

    def tasks(self) -> tuple[Task, ...]:
        """Section 2.6; API 0.26 and newer."""
        return shaped(self._copies.get("tasks/"), _TASKS)

    def run(self, body: dict[str, Any]) -> None:
        """Section 2.6: queued is all that is known. Never repeated."""
        done(self._http.request("POST", "tasks/run", json=body, repeatable=False))

    def imports(self, path: str, campaign: int, type: str, body: bytes) -> None:
        """Section 4.6: all or nothing. Never repeated. Raises BadAnswer for another success."""
        answer = self._http.request(
            "POST",
            path,
            params={"campaign_id": campaign},
            data=body,
            headers={"Content-Type": type},
            repeatable=False,
        )
        if answer.status != 201:
            raise BadAnswer("BEMServer did not say that it took the file.")


def _once(rows: tuple[R, ...]) -> tuple[R, ...]:
    """Each row once: the order of a list may change between two pages (section 1.4)."""
    return tuple({getattr(row, "id", None): row for row in rows}.values())
