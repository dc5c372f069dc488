"""Access by user groups (section 5): a group is tied to a campaign, and apart from that to scopes.

A tie is one right without an end. Who sees a campaign sees its sites and all below them; who sees a
scope sees its series. So what lies beneath shows the tie as a grant from above, and is not shared
by itself. Only administrators share.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from connectors.bemserver.client import Client
from connectors.bemserver.collection import Collection, seen
from connectors.bemserver.ids import LARGEST, PATHS, SCOPE, UNPLACED, Element, Item, Series, parse
from connectors.bemserver.tree import KINDS
from connectors.contract import Audience, Grant, NodeId, Page, Right
from connectors.errors import Forbidden, NotFound, Rejected

ACCESS = Right(
    name="access",
    label="Access",
    help="Sees the campaign with its sites, or the series and events of the scope, whose data "
    "everyone who sees them may add to and delete.",
)
CONFLICT = 409
_TIES = {
    "campaign": ("user_groups_by_campaigns", "campaign_id"),
    SCOPE: ("user_groups_by_campaign_scopes", "campaign_scope_id"),
}
"""Where the ties of a sort of element are, and what they call it."""
_GROUP = re.compile(r"user_group/([1-9]\d{0,9})")


class Sharing:
    """The ties that one account sees."""

    def __init__(self, client: Client, email: str) -> None:
        self._client = client
        self._email = email

    def audiences(self, node: NodeId) -> Page[Audience]:
        """The groups; nobody for what is not shared by itself, and for who may not share."""
        holder = self._holder(node)
        if holder.id != node or not self._client.user(self._email).is_admin:
            return Page(items=())
        people = self._people()
        groups = self._client.collection("user_groups").every({"sort": "name"})
        return Page(items=tuple(_audience(row, people.get(row["id"], 0)) for row in groups))

    def grants(self, node: NodeId) -> tuple[Grant, ...]:
        """The groups that are tied to it, or to what it lies in."""
        holder = self._holder(node)
        ties, key = self._ties(holder)
        people = self._people()
        groups = {row["id"]: row for row in self._client.collection("user_groups").every({})}
        numbers = sorted(row["user_group_id"] for row in ties.every({key: holder.number}))
        return tuple(
            _grant(holder, _audience(groups[number], people.get(number, 0)))
            for number in numbers
            if number in groups
        )

    def share(
        self, node: NodeId, audience: str, rights: Sequence[str], until: datetime | None
    ) -> Grant:
        """Ties the group; that it was tied before is no error."""
        holder = self._own(node)
        group = self._group(audience)
        if list(dict.fromkeys(rights)) != [ACCESS.name]:
            raise Rejected.on("rights", "BEMServer knows one right: access.")
        if until is not None:
            raise Rejected.on("until", "On BEMServer access has no end: it is taken away again.")
        ties, key = self._ties(holder)
        asked = {key: holder.number, "user_group_id": int(group.id.partition("/")[2])}
        answer = ties.create(asked, accepted=(CONFLICT,))
        if answer.status != CONFLICT:
            seen(answer)
        elif not any(ties.every(asked)):  # else it is tied already
            raise Rejected.on("audience", "BEMServer did not take this group.")
        return _grant(holder, group)

    def revoke(self, node: NodeId, grant: str) -> None:
        """Raises Rejected on `grant` for one that comes from above."""
        holder = self._holder(node)
        group, _, place = grant.partition("@")
        found = _GROUP.fullmatch(group)
        if found is None or int(found[1]) > LARGEST:
            return
        if place != node:
            raise Rejected.on(
                "grant", "This comes from above: it is taken away where it was given."
            )
        ties, key = self._ties(holder)
        asked = {key: holder.number, "user_group_id": int(found[1])}
        for row in list(ties.every(asked)):
            try:
                ties.delete(row["id"], None)
            except NotFound:
                if any(ties.every(asked)):  # else another person was faster
                    raise

    def _own(self, node: NodeId) -> Element:
        """Raises Rejected on `audience` for what is not shared by itself."""
        holder = self._holder(node)
        if holder.id != node:
            text = "This is not shared by itself, but with its campaign, or a series by its scope."
            raise Rejected.on("audience", text)
        return holder

    def _holder(self, node: NodeId) -> Element:
        """The campaign or scope that decides who sees a node. Raises NotFound, Forbidden."""
        place = parse(node)
        if isinstance(place, Series):
            scope = self._client.timeseries(place.number).campaign_scope_id or 0
            return Element(SCOPE, scope)
        if isinstance(place, Item):
            raise NotFound("This is not shared by itself on BEMServer.")
        if place.word == UNPLACED:
            place = Element("campaign", place.number)
        row = self._client.place(PATHS[place.word], place.number)
        while place.word not in _TIES:
            above = KINDS[place.word].above or "campaign"
            place = Element(above, getattr(row, f"{above}_id"))
            row = self._client.place(PATHS[above], place.number)
        return place

    def _ties(self, holder: Element) -> tuple[Collection, str]:
        path, key = _TIES[holder.word]
        return self._client.collection(path), key

    def _people(self) -> dict[int, int]:
        """How many users each group has, as far as this account sees."""
        counts: dict[int, int] = {}
        for row in self._client.collection("users_by_user_groups").every({}):
            counts[row["user_group_id"]] = counts.get(row["user_group_id"], 0) + 1
        return counts

    def _group(self, audience: str) -> Audience:
        """Raises Rejected on `audience`."""
        found = _GROUP.fullmatch(audience)
        if found is not None and int(found[1]) <= LARGEST:
            with suppress(NotFound, Forbidden):
                row = self._client.collection("user_groups").look(int(found[1])).row
                return _audience(row, self._people().get(row["id"], 0))
        raise Rejected.on("audience", "BEMServer has no group of that name.")


def _audience(row: dict[str, object], people: int) -> Audience:
    return Audience(
        id=f"user_group/{row['id']}",
        label=str(row.get("name") or row["id"]),
        type="user group",
        rights=(ACCESS.name,),
        detail="1 person" if people == 1 else f"{people} people",
    )


def _grant(holder: Element, group: Audience) -> Grant:
    """Its id names the group and the place: a tie made anew is the same grant."""
    return Grant(
        id=f"{group.id}@{holder.id}", node=holder.id, audience=group, rights=(ACCESS.name,)
    )
