"""Asking a platform what it holds, remembering the answer, and falling back on what was seen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from connectors import registry
from connectors.contract import Node, NodeId, Page, Searches, Service
from connectors.errors import (
    AuthFailed,
    BadAnswer,
    ConnectorError,
    NotFound,
    RateLimited,
    Unavailable,
)
from dashboard.browse import places, seen
from dashboard.browse.models import Seen
from dashboard.browse.places import Place
from dashboard.connections.health import health_note, health_of
from dashboard.connections.models import Connection, Health
from dashboard.connections.services import connection_open

PAGE = 50
SIBLINGS = 12
HIGHEST_CLIMB = 12
FALL_BACK = (Unavailable, RateLimited, AuthFailed)
"""What leaves a platform as it was: what was seen last is then better than nothing."""
REST = timedelta(seconds=30)
"""A platform that did not answer is not asked again on every click: each would wait in vain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Some children of a folder, or some finds; `next` is the word that asks for more."""

    nodes: tuple[Seen, ...]
    next: str | None = None
    seen_at: datetime | None = None
    """When this was seen; None: the platform said so just now."""
    trouble: ConnectorError | None = None
    """Why the platform was not the one to answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """One node with what is known above it, from the top down."""

    node: Seen
    trail: tuple[Seen, ...]
    seen_at: datetime | None = None
    trouble: ConnectorError | None = None


def children_list(
    connection: Connection, *, parent: str, now: datetime, word: str = "", retry: bool = False
) -> Listing:
    """What lies under a node (empty: the top), from the platform or else as last seen.

    `retry` asks a platform that did not answer a moment ago. Raises ConnectorError when the
    platform does not answer and nothing was ever seen there.
    """
    place = places.read(word, folder=f"{connection.pk}:{parent}", now=now)
    resting = None if retry else resting_of(connection, now)
    if place.seen or resting:
        listing = children_seen(connection, parent=parent, place=place)
        if listing.nodes:
            return replace(listing, trouble=resting)
    try:
        with connection_open(connection) as service:
            page = service.children(_id(parent), place.cursor)
    except NotFound:
        seen.forget(connection, [parent] if parent else [])
        raise
    except FALL_BACK as trouble:
        _note(connection, trouble)
        listing = children_seen(connection, parent=parent, place=place)
        if not listing.nodes:
            raise
        return replace(listing, trouble=trouble)
    _note(connection, None)
    return _children_keep(connection, parent, page, place, now)


def children_seen(connection: Connection, *, parent: str, place: Place) -> Listing:
    """The same from what was last seen, without asking anybody."""
    end = place.position + PAGE
    rows = tuple(seen.children(connection, parent)[place.position : end + 1])
    more = replace(place, position=end, seen=True) if len(rows) > PAGE else None
    return Listing(
        nodes=rows[:PAGE],
        next=None if more is None else more.word(f"{connection.pk}:{parent}"),
        seen_at=min((row.at for row in rows), default=None),
    )


def node_open(connection: Connection, *, id: str, now: datetime, retry: bool = False) -> Opened:
    """One node, from the platform or else as last seen.

    Raises NotFound when the platform has it no longer (what was seen of it is then forgotten).
    """
    resting = None if retry else resting_of(connection, now)
    opened = node_seen(connection, id=id) if resting else None
    if opened is not None:
        return replace(opened, trouble=resting)
    with connection_open(connection) as service:
        try:
            node = seen.row(connection, service.node(NodeId(id)), at=now)
        except NotFound:
            seen.forget(connection, [id])
            raise
        except FALL_BACK as trouble:
            _note(connection, trouble)
            opened = node_seen(connection, id=id)
            if opened is None:
                raise
            return replace(opened, trouble=trouble)
        _note(connection, None)
        seen.remember_one(node)
        return Opened(node=node, trail=_path(service, node, now))


def node_seen(connection: Connection, *, id: str) -> Opened | None:
    """One node as last seen; None: it never was."""
    node = seen.one(connection, id)
    if node is None:
        return None
    node.connection = connection
    known = seen.ancestry([(connection.pk, node.parent)] if node.parent else [])
    return Opened(node=node, trail=seen.trail(known, node), seen_at=node.at)


def folder_name(connection: Connection, *, id: str, now: datetime) -> Opened | None:
    """The folder that a tree is opened at, as seen, or else from the platform; None: the top."""
    if not id:
        return None
    known = seen.ancestry([(connection.pk, id)])
    here = known.get((connection.pk, id))
    if here is None:
        return node_open(connection, id=id, now=now)
    return Opened(node=here, trail=seen.trail(known, here))


def search_platform(
    connection: Connection, *, text: str, now: datetime, cursor: str | None = None
) -> Listing:
    """What the platform itself finds. Raises ConnectorError."""
    with connection_open(connection) as service:
        if not isinstance(service, Searches):
            return Listing(nodes=())
        page = service.search(text, cursor)
    return Listing(
        nodes=tuple(seen.row(connection, node, at=now) for node in page.items), next=page.next
    )


def searches(connection: Connection) -> bool:
    """True when the platform can be searched, and not only what was seen of it."""
    return can(connection, Searches)


def can(connection: Connection, power: type[Any]) -> bool:
    return issubclass(registry.load(connection.kind), power)


def resting_of(connection: Connection, now: datetime) -> Unavailable | None:
    """Why a platform is not asked now, since it did not answer a moment ago; None: it is."""
    asked = connection.checked_at
    if connection.health != Health.DOWN or asked is None or now - asked > REST:
        return None
    return Unavailable(connection.trouble)


def _children_keep(
    connection: Connection, parent: str, page: Page[Node], place: Place, now: datetime
) -> Listing:
    """Remembers a page; the last page of a walk drops what the walk did not meet."""
    if page.next is not None and page.next == place.cursor:
        raise BadAnswer("The platform's list of pages goes in a circle.")
    rows = {node.id: seen.row(connection, node, at=now, parent=parent) for node in page.items}
    for position, row in enumerate(rows.values(), place.position):
        row.position = position
    seen.remember(tuple(rows.values()))
    if page.next is None:
        seen.forget_older(connection, parent, place.since)
        return Listing(nodes=tuple(rows.values()))
    more = replace(place, cursor=page.next, position=place.position + len(rows))
    return Listing(nodes=tuple(rows.values()), next=more.word(f"{connection.pk}:{parent}"))


def _note(connection: Connection, trouble: ConnectorError | None) -> None:
    """Writes down that the platform fell silent or answers again; else costs nothing."""
    if trouble is not None:
        if not isinstance(trouble, RateLimited):
            health = health_of(trouble, before=connection.health)
            health_note(connection, health=health, says=trouble.message)
    elif connection.health in (Health.UNCHECKED, Health.DOWN, Health.SIGN_IN):
        health_note(connection, health=Health.OK)


def _path(service: Service[Any], node: Seen, now: datetime) -> tuple[Seen, ...]:
    """What is above a node, learnt from the platform where it was reached by a link alone."""
    here = (node.connection_id, node.node)
    known = seen.ancestry([here, (node.connection_id, node.parent)])
    node.parent = node.parent or known[here].parent
    trail = seen.trail(known, node)
    highest = trail[0] if trail else node
    return (*_climb(service, highest, now), *trail)


def _climb(service: Service[Any], step: Seen, now: datetime) -> tuple[Seen, ...]:
    """Asks for the nodes above, one by one. Best effort: half a path is worth more than no page."""
    above: list[Seen] = []
    while step.parent and len(above) < HIGHEST_CLIMB:
        try:
            found = service.node(NodeId(step.parent))
        except ConnectorError:
            break
        step = seen.row(step.connection, found, at=now)
        seen.remember_one(step)
        above.insert(0, step)
    return tuple(above)


def _id(parent: str) -> NodeId | None:
    return NodeId(parent) if parent else None
