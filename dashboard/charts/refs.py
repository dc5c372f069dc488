"""Which series an address names: `series=<connection>:<node>`, each one checked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from dashboard import access
from dashboard.accounts.models import Person
from dashboard.browse.models import Seen
from dashboard.connections.models import Connection

MOST = 16
"""Series on one chart: more lines than that cannot be told apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesRef:
    """One series of one connection that the person may see."""

    connection: Connection
    node: str
    label: str
    unit: str = ""
    last_seen: datetime | None = None
    """The newest point that the platform told of, when it was looked at: at `seen_at`."""
    seen_at: datetime | None = None

    @property
    def key(self) -> str:
        """As it stands in an address."""
        return f"{self.connection.pk}:{self.node}"

    @property
    def title(self) -> str:
        """The label, never empty."""
        return self.label or self.node


def refs_find(texts: Iterable[str], *, person: Person) -> tuple[SeriesRef, ...]:
    """The named series, each once, in order, with the label they were last seen under.

    Raises ValueError with a sentence for what is no reference; Http404 for a connection that is
    not the person's.
    """
    pairs = tuple(dict.fromkeys(_split(text) for text in texts if text))
    if len(pairs) > MOST:
        raise ValueError(f"A chart shows at most {MOST} series; these are {len(pairs)}.")
    accounts = {key: access.get(Connection, person, key) for key in dict(pairs)}
    seen = _seen(pairs)
    return tuple(_ref(accounts[pair[0]], pair[1], seen.get(pair)) for pair in pairs)


def by_connection(refs: Iterable[SeriesRef]) -> dict[Connection, list[SeriesRef]]:
    """The series grouped by the account they are read with."""
    groups: dict[Connection, list[SeriesRef]] = {}
    for ref in refs:
        groups.setdefault(ref.connection, []).append(ref)
    return groups


def _ref(connection: Connection, node: str, seen: Seen | None) -> SeriesRef:
    if seen is None:
        return SeriesRef(connection=connection, node=node, label=node)
    return SeriesRef(
        connection=connection,
        node=node,
        label=seen.name,
        unit=seen.unit,
        last_seen=seen.last_seen,
        seen_at=seen.at,
    )


def _seen(pairs: Sequence[tuple[UUID, str]]) -> dict[tuple[UUID, str], Seen]:
    wanted = Q(pk__in=())
    for account, node in pairs:
        wanted |= Q(connection=account, node=node)
    rows = Seen.objects.filter(wanted) if pairs else ()
    return {(row.connection_id, row.node): row for row in rows}


def _split(text: str) -> tuple[UUID, str]:
    account, colon, node = text.partition(":")
    try:
        connection = UUID(account)
    except ValueError:
        connection = None
    if connection is None or not colon or not node or len(node) > 400 or "\x00" in node:
        raise ValueError("This address names a series that Tieline cannot read: open it anew.")
    return connection, node
