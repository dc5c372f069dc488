"""Node ids: `site/12` for an element, `timeseries/44@1` for a series in data state 1, `user/3` for
what the tree does not show.

The data state is a part of a series' id because Raw and Clean are two different rows of points
(section 3.4): were it only a setting, changing it would mix both in the archive. It is the state's
number, since an administrator may rename a state.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from connectors.contract import NodeId
from connectors.errors import NotFound

LARGEST = 2**31 - 1
"""PostgreSQL's integer: the server answers 500 to anything above."""

SERIES = "timeseries"
UNPLACED = "unplaced"
SCOPE = "scope"

KINDS = ("site", "building", "storey", "space", "zone")
FLOWS = ("consumption", "production")

PATHS: Mapping[str, str] = {
    "campaign": "campaigns",
    SCOPE: "campaign_scopes",
    **{kind: f"{kind}s" for kind in KINDS},
    SERIES: "timeseries",
    "user": "users",
    "user_group": "user_groups",
    "user_by_user_group": "users_by_user_groups",
    "user_group_by_campaign": "user_groups_by_campaigns",
    "user_group_by_campaign_scope": "user_groups_by_campaign_scopes",
    "structural_element_property": "structural_element_properties",
    **{f"{kind}_property": f"{kind}_properties" for kind in KINDS},
    **{f"{kind}_property_data": f"{kind}_property_data" for kind in KINDS},
    "timeseries_property": "timeseries_properties",
    "timeseries_property_data": "timeseries_property_data",
    **{f"timeseries_by_{kind}": f"timeseries_by_{kind}s" for kind in (*KINDS, "event")},
    "weather_ts_by_site": "weather_timeseries_by_sites",
    "timeseries_datastate": "timeseries_data_states",
    "energy": "energies",
    "energy_end_use": "energy_end_uses",
    "energy_prod_technology": "energy_production_technologies",
    **{
        f"energy_{flow[:4]}_ts_by_{kind}": f"energy_{flow}_timeseries_by_{kind}s"
        for flow in FLOWS
        for kind in KINDS[:2]
    },
    "event": "events",
    **{f"event_by_{kind}": f"events_by_{kind}s" for kind in KINDS},
    "event_category": "event_categories",
    "event_category_by_user": "event_categories_by_users",
    "notification": "notifications",
    "st_cleanup_by_campaign": "st_cleanups_by_campaigns",
    "st_check_missing_by_campaign": "st_check_missings_by_campaigns",
    "st_check_outlier_by_campaign": "st_check_outliers_by_campaigns",
    "st_download_weather_by_site": "st_download_weather_data_by_sites",
    "st_download_weather_forecast_by_site": "st_download_weather_forecast_data_by_sites",
    "st_cleanup_by_timeseries": "st_cleanups_by_timeseries",
    "task_by_campaign": "tasks_by_campaigns",
}
"""Every sort of row, by what its ids begin with, and its collection on the wire (section 2)."""

UNKNOWN = "BEMServer has nothing under this name."

_ELEMENT = re.compile(r"(campaign|scope|unplaced|site|building|storey|space|zone)/([1-9]\d{0,9})")
_SERIES = re.compile(r"timeseries/([1-9]\d{0,9})@([1-9]\d{0,9})")
_ITEM = re.compile(r"([a-z_]+)/([1-9]\d{0,9})")
_NUMBER = re.compile(r"(?:([a-z_]+)/)?([1-9]\d{0,9})(@[1-9]\d{0,9})?")


@dataclass(frozen=True, slots=True)
class Element:
    """A folder of the tree: `word` is its type, `number` the platform's id."""

    word: str
    number: int

    @property
    def id(self) -> NodeId:
        return NodeId(f"{self.word}/{self.number}")


@dataclass(frozen=True, slots=True)
class Series:
    """One series in one data state."""

    number: int
    state: int

    @property
    def id(self) -> NodeId:
        return NodeId(f"{SERIES}/{self.number}@{self.state}")


@dataclass(frozen=True, slots=True)
class Item:
    """A row that the tree does not show: a user, an event, a tie."""

    word: str
    number: int

    @property
    def id(self) -> NodeId:
        return NodeId(f"{self.word}/{self.number}")

    @property
    def path(self) -> str:
        """Of its collection on the wire."""
        return PATHS[self.word]


def parse(id: NodeId) -> Element | Series | Item:
    """Raises NotFound for whatever this service has not minted."""
    if (found := _SERIES.fullmatch(id)) and max(map(int, found.groups())) <= LARGEST:
        return Series(int(found[1]), int(found[2]))
    if (found := _ELEMENT.fullmatch(id)) and int(found[2]) <= LARGEST:
        return Element(found[1], int(found[2]))
    found = _ITEM.fullmatch(id)
    if found and found[1] in PATHS and found[1] != SERIES and int(found[2]) <= LARGEST:
        return Item(found[1], int(found[2]))
    raise NotFound(UNKNOWN)


def number(id: str, word: str) -> int:
    """The platform's own number in an id of this sort, or in itself. Raises NotFound.

    Of a series the data state does not matter here.
    """
    found = _NUMBER.fullmatch(id)
    if not found or found[1] not in (None, word) or (found[3] and found[1] != SERIES):
        raise NotFound(UNKNOWN)
    if int(found[2]) > LARGEST:
        raise NotFound(UNKNOWN)
    return int(found[2])


def series(ids: Iterable[NodeId]) -> tuple[Series, ...]:
    """Each series once, in the order asked. Raises NotFound for an id that is no series."""
    found = dict.fromkeys(parse(one) for one in ids)
    chosen = tuple(ref for ref in found if isinstance(ref, Series))
    if len(chosen) < len(found):
        raise NotFound("This is a folder on BEMServer, not a series of points.")
    return chosen
