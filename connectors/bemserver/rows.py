"""The rows that BEMServer answers, as far as this service reads them.

Fields that are null are left out of the platform's answers (section 1.5); unknown ones are ignored.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, TypeAdapter, ValidationError

from connectors.errors import BadAnswer
from connectors.http import Answer

T = TypeVar("T")


class Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Versions(Row):
    bemserver_core: str = ""
    bemserver_api: str


class About(Row):
    """`GET /about/`: what the server says of itself (section 0)."""

    versions: Versions

    @property
    def background(self) -> Literal["services", "tasks"]:
        """API 0.26 replaced the `st_*` services by tasks; whatever is newer is taken for such."""
        number = self._number
        return "services" if number is not None and number < (0, 26) else "tasks"

    @property
    def known(self) -> bool:
        """One of the versions that this connector was tried with."""
        return self._number is not None and (0, 24) <= self._number <= (0, 27)

    @property
    def _number(self) -> tuple[int, int] | None:
        """The first two numbers of the API's version; None where it has none."""
        numbers = self.versions.bemserver_api.split(".")[:2]
        if len(numbers) < 2 or not all(number.isdecimal() for number in numbers):
            return None
        return int(numbers[0]), int(numbers[1])


class User(Row):
    id: int
    name: str
    email: str
    is_admin: bool = False


class State(Row):
    """A data state, Raw or Clean (section 2.3)."""

    id: int
    name: str


class Place(Row):
    """A campaign, scope, site, building, storey, space or zone (sections 2.1 and 2.2)."""

    id: int
    name: str
    description: str | None = None
    ifc_id: str | None = None
    timezone: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    campaign_id: int | None = None
    site_id: int | None = None
    building_id: int | None = None
    storey_id: int | None = None


class Timeseries(Row):
    """A series' description (section 2.3)."""

    id: int
    name: str
    description: str | None = None
    unit_symbol: str | None = None
    campaign_id: int
    campaign_scope_id: int | None = None


class Tie(Row):
    """A row of `/timeseries_by_*/`: the element that a series is tied to."""

    timeseries_id: int
    site_id: int | None = None
    building_id: int | None = None
    storey_id: int | None = None
    space_id: int | None = None
    zone_id: int | None = None


class Property(Row):
    """A property's definition: Min, Max, Interval …"""

    id: int
    name: str


class PropertyValue(Row):
    property_id: int
    value: str | None = None


class Stats(Row):
    """The whole history of one series in one data state (section 3.5)."""

    first_timestamp: datetime | None = None
    last_timestamp: datetime | None = None
    count: int = 0
    min: float | None = None
    max: float | None = None
    avg: float | None = None
    stddev: float | None = None


class AllStats(Row):
    stats: dict[str, Stats]


class DegreeDays(Row):
    """Degrees by the start of their period, in the campaign's time zone (section 4.3)."""

    degree_days: dict[AwareDatetime, float | None]


class Complete(Row):
    """One series bucket by bucket (section 4.1); without data there is no ratio."""

    name: str
    count: tuple[int, ...]
    ratio: tuple[float | None, ...]
    expected_count: tuple[float | None, ...]
    interval: float | None = None
    undefined_interval: bool = False


class Completeness(Row):
    timestamps: tuple[str, ...]
    timeseries: dict[str, Complete]


class Breakdown(Row):
    """Sums by energy and end use (section 4.2)."""

    timestamps: tuple[str, ...]
    energy: dict[str, dict[str, tuple[float, ...]]]


class Count(Row):
    """Notifications of one campaign (section 2.5)."""

    campaign_id: int
    campaign_name: str
    count: int


class Counts(Row):
    total: int
    campaigns: tuple[Count, ...]


class Task(Row):
    """What a server of API 0.26 or newer can do by itself (section 2.6)."""

    name: str
    default_parameters: dict[str, Any] = {}
    schedule: dict[str, Any] = {}


class Paging(Row):
    """The header `X-Pagination` (section 1.4); beyond the last page it has no `page`."""

    total: int | None = None
    page: int | None = None
    next_page: int | None = None


def shaped(answer: Answer, shape: TypeAdapter[T]) -> T:
    """The answer in its documented shape. Raises BadAnswer."""
    try:
        return shape.validate_json(answer.body)
    except ValidationError:
        raise BadAnswer("BEMServer answered in a shape that it does not document.") from None
