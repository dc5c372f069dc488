"""What lies under what on BEMServer.

    campaign ── site ── building ── storey ── space
        ├────── zone
        └────── "Not placed": series that are tied to no element
    scope        a scope whose campaign this account may not see (section 5), with its series

A series stands under each element that it is tied to, so it may be met twice; its own node names
one parent, the deepest. All lists are sorted by name, because unsorted ones change their order
(section 1.4). "Not placed" is worked out when it is opened: the platform cannot filter for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC
from functools import partial

from connectors.bemserver.client import Client
from connectors.bemserver.data import Chosen
from connectors.bemserver.ids import PATHS, SCOPE, UNPLACED, Element, Series
from connectors.bemserver.rows import Place, Stats, Tie, Timeseries
from connectors.bemserver.states import States
from connectors.contract import Node, NodeId, Page
from connectors.errors import Forbidden, NotFound, Rejected
from connectors.parallel import both, together


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A level of the tree: its parent's word, and what is below."""

    above: str | None = None
    below: tuple[str, ...] = ()
    series: str = ""
    """The filter of `/timeseries/` for those tied to it directly; empty for a campaign."""


KINDS: Mapping[str, Kind] = {
    "campaign": Kind(below=("site", "zone")),
    SCOPE: Kind(series="campaign_scope_id"),
    "site": Kind(above="campaign", below=("building",), series="site_id"),
    "building": Kind(above="site", below=("storey",), series="building_id"),
    "storey": Kind(above="building", below=("space",), series="storey_id"),
    "space": Kind(above="storey", series="space_id"),
    "zone": Kind(above="campaign", series="zone_id"),
}
ELEMENTS = ("site", "zone", "building", "storey", "space")
DEEPEST_FIRST = ("space", "storey", "building", "site", "zone")
NOT_PLACED = "Not placed"

_CURSOR = re.compile(r"[1-9][0-9]{0,8}")


class Tree:
    """The tree as one account sees it, its series in one data state."""

    def __init__(self, client: Client, states: States) -> None:
        self._client = client
        self._states = states

    def top(self) -> Page[Node]:
        """The campaigns, then scopes that this account sees without their campaign."""
        campaigns, scopes = together(
            partial(self._client.places, PATHS[word]) for word in ("campaign", SCOPE)
        )
        seen = {row.id for row in campaigns}
        hidden = [row for row in scopes if row.campaign_id not in seen]
        found = [("campaign", row) for row in campaigns] + [(SCOPE, row) for row in hidden]
        return Page(items=tuple(self.folder(word, row, None) for word, row in found))

    def under(self, element: Element, cursor: str | None) -> Page[Node]:
        """Elements first, whole; then series, page by page. Raises Rejected for a bad cursor."""
        page = page_number(cursor)
        if element.word == UNPLACED:
            return self._unplaced(element)
        if element.word == "campaign":
            unplaced = Element(UNPLACED, element.number)
            return Page(items=(*self._elements(element), self._not_placed(unplaced)))
        folders = self._elements(element) if page == 1 else ()
        filters = {KINDS[element.word].series: element.number}
        series = self.series_page(page, element.id, **filters)
        return Page(items=(*folders, *series.items), next=series.next)

    def series_page(self, page: int, parent: NodeId | None, **filters: int | str) -> Page[Node]:
        """One page of the series that a filter finds."""
        found = self._client.timeseries_page(page, **filters)
        state = self._states.chosen()
        items = tuple(self._series(row, state, parent) for row in found.rows)
        return Page(items=items, next=None if found.next is None else str(found.next))

    def element(self, element: Element) -> Node:
        """One folder. Raises NotFound, Forbidden."""
        if element.word == UNPLACED:
            self._client.place("campaigns", element.number)
            return self._not_placed(element)
        kind = KINDS[element.word]
        row = self._client.place(PATHS[element.word], element.number)
        return self.folder(element.word, row, above(kind, row))

    def one_series(self, series: Series) -> Node:
        """One series with where it stands and what is known of its points. Raises NotFound."""
        self._states.name(series.state)
        row = self._client.timeseries(series.number)
        stats, (properties, parent) = both(
            partial(self._stats, series),
            partial(both, partial(self._properties, series.number), partial(self._home, row)),
        )
        known = self._series(row, series.state, parent)
        details = dict(known.details) | properties
        if stats.first_timestamp:
            details["First point"] = stats.first_timestamp.isoformat()
        details["Points"] = f"{stats.count:,}".replace(",", "\u202f")
        seen = stats.last_timestamp
        return replace(known, details=details, last_seen=seen and seen.astimezone(UTC))

    def _stats(self, series: Series) -> Stats:
        found = self._client.data.stats(Chosen((series.number,), series.state))
        return found.get(str(series.number), Stats())

    def folder(self, word: str, row: Place, parent: NodeId | None) -> Node:
        return Node(
            id=Element(word, row.id).id,
            name=row.name,
            type="campaign scope" if word == SCOPE else word,
            role="folder",
            parent=parent,
            expandable=True,
            details=dict(_details(row)),
        )

    def _series(self, row: Timeseries, state: int, parent: NodeId | None) -> Node:
        details = {"Data state": self._states.name(state)}
        if row.description:
            details = {"Description": row.description} | details
        return Node(
            id=Series(row.id, state).id,
            name=row.name,
            type="timeseries",
            role="series",
            parent=parent,
            unit=row.unit_symbol or None,
            details=details,
        )

    def _elements(self, parent: Element) -> tuple[Node, ...]:
        """The folders directly under one, kind after kind."""
        words = KINDS[parent.word].below
        asked = {f"{parent.word}_id": parent.number}
        lists = together(partial(self._client.places, PATHS[word], **asked) for word in words)
        return tuple(
            self.folder(word, row, parent.id)
            for word, rows in zip(words, lists, strict=True)
            for row in rows
        )

    def _not_placed(self, element: Element) -> Node:
        return Node(
            id=element.id,
            name=NOT_PLACED,
            type="folder",
            role="folder",
            parent=Element("campaign", element.number).id,
            expandable=True,
            details={"Description": "Series of this campaign that are tied to no element of it."},
        )

    def _unplaced(self, element: Element) -> Page[Node]:
        """All series of a campaign less those found under its sites and zones, in one page."""
        campaign = element.number
        try:
            everything = self._client.every_series(campaign_id=campaign)
        except Forbidden:
            return Page(items=())
        sites, zones = together(
            partial(self._client.places, PATHS[word], campaign_id=campaign)
            for word in ("site", "zone")
        )
        filters = [{"recurse_site_id": row.id} for row in sites]
        filters += [{"zone_id": row.id} for row in zones]
        placed = {
            row.id
            for rows in together(partial(self._client.every_series, **one) for one in filters)
            for row in rows
        }
        state = self._states.chosen()
        items = (self._series(row, state, element.id) for row in everything if row.id not in placed)
        return Page(items=tuple(items))

    def _home(self, row: Timeseries) -> NodeId:
        """Where a series stands: its deepest element, or its scope where no campaign is seen."""
        asked = [partial(self._client.ties, PATHS[word], row.id) for word in DEEPEST_FIRST]
        ties, seen = both(partial(together, asked), partial(self._sees, row.campaign_id))
        if not seen:
            return Element(SCOPE, row.campaign_scope_id or 0).id
        for word, found in zip(DEEPEST_FIRST, ties, strict=True):
            if found and (number := _tied(found, word)):
                return Element(word, number).id
        return Element(UNPLACED, row.campaign_id).id

    def _sees(self, campaign: int) -> bool:
        """Scopes and campaigns are granted apart from each other (section 5)."""
        try:
            self._client.place(PATHS["campaign"], campaign)
        except (Forbidden, NotFound):
            return False
        return True

    def _properties(self, series: int) -> dict[str, str]:
        """Interval, Min, Max and whatever else the server keeps beside a series."""
        values, definitions = both(
            partial(self._client.property_values, series), self._client.properties
        )
        names = {one.id: one.name for one in definitions}
        found = {
            names[one.property_id]: one.value or "" for one in values if one.property_id in names
        }
        if interval := found.get("Interval"):
            found["Interval"] = f"{interval} s"
        return found


def above(kind: Kind, row: Place) -> NodeId | None:
    number = getattr(row, f"{kind.above}_id") if kind.above else None
    return Element(kind.above, number).id if kind.above and number else None


def _tied(ties: tuple[Tie, ...], word: str) -> int | None:
    """The lowest number, so that the answer does not hang on the order of the list."""
    numbers = [number for tie in ties if (number := getattr(tie, f"{word}_id"))]
    return min(numbers, default=None)


def _details(row: Place) -> Iterator[tuple[str, str]]:
    if row.description:
        yield "Description", row.description
    if row.timezone:
        yield "Time zone", row.timezone
    if row.latitude is not None and row.longitude is not None:
        yield "Coordinates", f"{row.latitude}, {row.longitude}"
    if row.ifc_id:
        yield "IFC id", row.ifc_id


def page_number(cursor: str | None) -> int:
    """Raises Rejected for a cursor that this service has not handed out."""
    if cursor is None:
        return 1
    if not _CURSOR.fullmatch(cursor):
        raise Rejected("This page does not exist. Open the folder again.")
    return int(cursor)
