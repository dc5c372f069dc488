"""Asking a platform who has access to a node, and with whom it can be shared. Changes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from connectors.contract import Audience, Grant, NodeId, Page, Right, Service, Shares, Traits
from connectors.errors import BadAnswer, ConnectorError, NotFound
from dashboard.browse import seen
from dashboard.browse.models import Seen
from dashboard.connections.models import Connection
from dashboard.connections.services import connection_open

MOST = 2_000
"""Audiences that a search looks through; a platform gives them page by page."""
FEW = 8
"""Nobody needs a search to find somebody among so few."""
ASKED = 5
"""Places outside the tree whose names are asked for."""
CROWDS = ("group", "team", "collaborat", "organi", "everyone", "member")
"""What is in a platform's word for more than one person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One grant as a page shows it."""

    grant: Grant
    rights: tuple[Right, ...]
    here: bool
    """It was given on this very node; else it comes down from above."""
    place: Seen | None
    """The node it comes from, where that was ever seen."""
    over: bool
    changes: bool
    """Sharing again changes it, and there is something to change."""

    ends: bool
    """The platform knows grants with an end."""

    @property
    def name(self) -> str:
        """Of what was made anew, the sort: the audience's label is about the next one."""
        audience = self.grant.audience
        return audience.type.capitalize() if audience.anew else audience.label

    @property
    def fixed(self) -> bool:
        """Only another one can be made instead of it."""
        return self.grant.audience.anew

    @property
    def sort(self) -> str:
        audience = self.grant.audience
        return "" if audience.anew else audience.type

    @property
    def icon(self) -> str:
        return icon(self.grant.audience)


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who has access to a node, and whether it can be shared by itself at all."""

    given: tuple[Given, ...]
    shareable: bool
    traits: Traits

    @property
    def here(self) -> tuple[Given, ...]:
        return tuple(one for one in self.given if one.here)

    @property
    def above(self) -> tuple[Given, ...]:
        return tuple(one for one in self.given if not one.here)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Some of those with whom a node can be shared; `next` asks for more."""

    audiences: tuple[Audience, ...]
    next: str | None = None
    cut: bool = False
    """The platform has more than a search looks through."""


@contextmanager
def sharing(connection: Connection) -> Iterator[Any]:
    """The account, opened to share. Raises NotFound where its platform has no sharing."""
    with connection_open(connection) as service:
        if not isinstance(service, Shares):
            raise NotFound("This platform has no sharing.")
        yield service


def access(connection: Connection, *, node: str) -> Access:
    """Who has access now. Raises ConnectorError."""
    with sharing(connection) as service:
        grants: tuple[Grant, ...] = service.grants(NodeId(node))
        shareable = bool(service.audiences(NodeId(node)).items)
        above = {one.node for one in grants if one.node != node}
        places = _places(connection, service, above)
    now, traits = timezone.now(), service.traits
    rows = [_row(one, node, places, traits, now) for one in grants]
    rows.sort(key=lambda one: (not one.here, one.grant.audience.label.casefold()))
    return Access(given=tuple(rows), shareable=shareable, traits=traits)


def grants(connection: Connection, *, node: str) -> tuple[Grant, ...]:
    """The platform's own words. Raises ConnectorError."""
    with sharing(connection) as service:
        found: tuple[Grant, ...] = service.grants(NodeId(node))
    return found


def audiences(
    connection: Connection, *, node: str, text: str = "", cursor: str | None = None
) -> Found:
    """With whom the node can be shared: one page as the platform cuts it, or all that hold a text.

    Raises ConnectorError.
    """
    with sharing(connection) as service:
        if text:
            return _searched(service, node, seen.fold(text))
        page = service.audiences(NodeId(node), cursor)
    return Found(audiences=page.items, next=page.next)


def audience(
    connection: Connection, *, node: str, id: str, cursor: str | None = None
) -> Audience | None:
    """The one with this id, looked for on the page of the cursor first. Raises ConnectorError."""
    with sharing(connection) as service:
        if cursor:
            here = _named(service.audiences(NodeId(node), cursor).items, id)
            if here is not None:
                return here
        found = _named((one for page in _pages(service, node) for one in page.items), id)
        return found or _named((one.audience for one in service.grants(NodeId(node))), id)


def on(grants: Iterable[Grant], *, node: str, audience: str) -> tuple[Grant, ...]:
    """What the audience was given on this very node."""
    return tuple(one for one in grants if one.node == node and one.audience.id == audience)


def mark(grants: Iterable[Grant]) -> str:
    """Differs when what was given differs: a form that was made before then is out of date."""
    told = sorted(f"{one.id} {sorted(one.rights)} {one.until}" for one in grants)
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]


def changeable(audience: Audience, traits: Traits) -> bool:
    """Whether a grant to it can be another one and still be the same grant."""
    return not audience.anew and (len(audience.rights) > 1 or traits.grants_expire)


def named(traits: Traits, names: Iterable[str]) -> tuple[Right, ...]:
    """Rights by name, the least first; one that the traits do not know keeps its name."""
    wanted = tuple(names)
    known = {right.name: right for right in traits.rights}
    other = tuple(Right(name=name, label=name, help="") for name in wanted if name not in known)
    return tuple(right for right in traits.rights if right.name in wanted) + other


def icon(audience: Audience) -> str:
    if audience.anew:
        return "key"
    word = audience.type.casefold()
    return "users" if any(part in word for part in CROWDS) else "user"


def _row(
    grant: Grant, node: str, places: Mapping[str, Seen], traits: Traits, now: datetime
) -> Given:
    here = grant.node == node
    return Given(
        grant=grant,
        rights=named(traits, grant.rights),
        here=here,
        place=places.get(grant.node),
        over=grant.until is not None and grant.until <= now,
        changes=here and changeable(grant.audience, traits),
        ends=traits.grants_expire,
    )


def _places(connection: Connection, service: Service[Any], nodes: set[NodeId]) -> dict[str, Seen]:
    """The nodes that grants come from, in one query; of those that no tree has shown, a few are
    asked for. Best effort: one that cannot be had goes by its id."""
    known = seen.ancestry((connection.pk, node) for node in nodes)
    found = {row.node: row for row in known.values()}
    for node in sorted(nodes - set(found))[:ASKED]:
        with suppress(ConnectorError):
            found[node] = seen.row(connection, service.node(node), at=timezone.now())
    return found


def _searched(service: Service[Any], node: str, text: str) -> Found:
    hits: list[Audience] = []
    looked = 0
    for page in _pages(service, node):
        hits += [one for one in page.items if text in seen.fold(f"{one.label} {one.detail}")]
        looked += len(page.items)
        if looked >= MOST and page.next is not None:
            return Found(audiences=tuple(hits), cut=True)
    return Found(audiences=tuple(hits))


def _pages(service: Any, node: str) -> Iterator[Page[Audience]]:
    """Page after page. Raises BadAnswer when the platform hands out a cursor twice."""
    met: set[str] = set()
    cursor: str | None = None
    while True:
        page: Page[Audience] = service.audiences(NodeId(node), cursor)
        yield page
        if page.next is None:
            return
        if page.next in met:
            raise BadAnswer("The platform's list of pages goes in a circle.")
        met.add(page.next)
        cursor = page.next


def _named(found: Iterable[Audience], id: str) -> Audience | None:
    return next((one for one in found if one.id == id), None)
