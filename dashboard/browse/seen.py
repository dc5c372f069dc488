"""Remembering nodes, and answering from what is remembered. Asks no platform."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db.models import QuerySet

from connectors.contract import Node, NodeId
from connectors.errors import BadAnswer
from dashboard.browse.models import Seen
from dashboard.connections.models import Connection
from dashboard.connections.probe import newest_of

NODE_LENGTH = 400  # contract.NodeId
NAME_LENGTH = 500
WORD_LENGTH = 60
DETAIL_LENGTH = 2_000
DETAILS = 100
UNLISTED = 2**31 - 1
"""The position of a node that no listing has shown yet."""
LISTED = ("position", "name", "folded", "type", "role", "expandable", "unit", "at")
"""What a listing renews. Details and the newest point often come only with the node itself."""
OPENED = (*LISTED[1:], "last_seen", "details")

ANCESTRY = """
WITH RECURSIVE up (id, connection_id, node, parent, name, type, role) AS (
    {anchor}
    UNION
    SELECT s.id, s.connection_id, s.node, s.parent, s.name, s.type, s.role
    FROM browse_seen s JOIN up ON s.connection_id = up.connection_id AND s.node = up.parent
)
SELECT * FROM up
"""
Key = tuple[object, str]


def row(connection: Connection, node: Node, *, at: datetime, parent: str | None = None) -> Seen:
    """The node as it is kept and shown: whatever it is called, it fits and can be stored."""
    name = plain(node.name, NAME_LENGTH) or "(no name)"
    return Seen(
        connection=connection,
        node=_storable(node.id),
        parent=(node.parent or "") if parent is None else parent,
        name=name,
        folded=fold(name),
        type=plain(node.type, WORD_LENGTH),
        role=node.role,
        expandable=node.expandable,
        unit=plain(node.unit or "", WORD_LENGTH),
        last_seen=newest_of(node),
        details=_details(node.details),
        at=at,
    )


def remember(rows: Sequence[Seen]) -> None:
    """Keeps a listing."""
    dated = rows and all(row.last_seen for row in rows if row.role == "series")
    Seen.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=("connection", "node", "parent"),
        update_fields=(*LISTED, "last_seen") if dated else LISTED,
    )


def remember_one(row: Seen) -> None:
    """Keeps what was opened, at all the places where it was listed. One that tells no place above
    it is not said to lie at the top, or the top's next listing would forget it."""
    known = Seen.objects.filter(connection=row.connection, node=row.node)
    if not known.update(**{name: getattr(row, name) for name in OPENED}):
        row.position = row.position if row.parent else UNLISTED
        remember([row])


def forget(connection: Connection, nodes: Sequence[str]) -> None:
    """Drops nodes that the platform no longer has, and what was seen below them."""
    Seen.objects.filter(connection=connection, node__in=nodes).delete()
    _forget_below(connection, nodes)


def forget_older(connection: Connection, parent: str, since: datetime) -> None:
    """Drops what a listing that is now complete no longer holds, and what was seen below it."""
    older = children(connection, parent).filter(at__lt=since)
    nodes = tuple(older.values_list("node", flat=True))
    if nodes:
        older.delete()
        _forget_below(connection, nodes)


def children(connection: Connection, parent: str) -> QuerySet[Seen]:
    listed = Seen.objects.filter(connection=connection, parent=parent, position__lt=UNLISTED)
    return listed.order_by("position", "pk")


def one(connection: Connection, node: str) -> Seen | None:
    return Seen.objects.filter(connection=connection, node=node).order_by("-at", "pk").first()


def ancestry(keys: Iterable[Key]) -> dict[Key, Seen]:
    """The nodes named by (connection id, node id) and everything above them, in one query."""
    pairs = set(keys)
    if not pairs:
        return {}
    anchor = Seen.objects.filter(
        connection__in={pair[0] for pair in pairs}, node__in={pair[1] for pair in pairs}
    ).values_list("id", "connection_id", "node", "parent", "name", "type", "role")
    sql, values = anchor.query.sql_with_params()
    found = Seen.objects.raw(ANCESTRY.replace("{anchor}", sql), values)
    return {(above.connection_id, above.node): above for above in found}


def trail(known: Mapping[Key, Seen], node: Seen) -> tuple[Seen, ...]:
    """The known nodes above this one, from the top down."""
    above: list[Seen] = []
    step = known.get((node.connection_id, node.parent))
    while step is not None and step not in above:
        above.insert(0, step)
        step = known.get((step.connection_id, step.parent))
    return tuple(above)


def named(connections: Iterable[Connection], text: str) -> QuerySet[Seen]:
    """Nodes whose name holds the text, upper and lower case alike."""
    return (
        Seen.objects.filter(connection__in=connections, folded__contains=fold(text))
        .select_related("connection")
        .order_by("connection__name", "connection", "folded", "pk")
    )


def to_choose(connection: Connection, type: str, most: int) -> QuerySet[Seen]:
    """The nodes of a type that were looked at last; of a type that nobody saw: all of them."""
    mine = Seen.objects.filter(connection=connection).order_by("-at")
    alike = mine.filter(type=type)
    return (alike if alike.exists() else mine)[:most]


def siblings(node: Seen, most: int) -> QuerySet[Seen]:
    return children(node.connection, node.parent).exclude(node=node.node)[:most]


def fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()[:NAME_LENGTH]


def plain(text: str, most: int) -> str:
    """Without what no database keeps (NUL, half a surrogate pair), and at most so long."""
    short = text if len(text) <= most else f"{text[: most - 1]}…"
    return _encodable(short).strip()


def _storable(node: NodeId) -> str:
    if not node or len(node) > NODE_LENGTH or _encodable(node) != node:
        raise BadAnswer("The platform gave something an id that cannot be kept.")
    return str(node)


def _encodable(text: str) -> str:
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _details(details: Mapping[str, str]) -> dict[str, str]:
    first = list(details.items())[:DETAILS]
    return {plain(key, WORD_LENGTH): plain(value, DETAIL_LENGTH) for key, value in first}


def _forget_below(connection: Connection, nodes: Sequence[str]) -> None:
    """What lay in folders that are at no place any more; a node with another place stays there."""
    mine = Seen.objects.filter(connection=connection)
    layer = set(nodes)
    while layer:
        gone = layer.difference(mine.filter(node__in=layer).values_list("node", flat=True))
        below = mine.filter(parent__in=gone)
        layer = set(below.values_list("node", flat=True))
        below.delete()
