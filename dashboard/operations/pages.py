"""What the pages of operations are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from connectors.operations import Operation
from dashboard.accounts.models import Person
from dashboard.browse.models import Seen
from dashboard.connections.models import Connection
from dashboard.operations.models import Call
from dashboard.operations.services import SentAlready, call_begin, offered


def begun(
    connection: Connection,
    operation: Operation,
    *,
    person: Person,
    once: UUID,
    node: str = "",
    values: Mapping[str, object] | None = None,
) -> Call | None:
    """The call that begins now; None: this form was sent before."""
    try:
        return call_begin(connection, operation, person=person, once=once, node=node, values=values)
    except SentAlready:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A call as the list of calls names it."""

    call: Call
    label: str
    node: str
    """The name of what it was about, or its id where nobody saw it."""


def told(connection: Connection, calls: Sequence[Call]) -> list[Told]:
    """Calls by the names that people know, in one query."""
    labels = {one.name: one.label for one in offered(connection.kind)}
    nodes = {call.node for call in calls if call.node}
    seen = Seen.objects.filter(connection=connection, node__in=nodes)
    names = dict(seen.values_list("node", "name"))
    return [
        Told(
            call=call,
            label=labels.get(call.operation, call.operation),
            node=names.get(call.node, call.node),
        )
        for call in calls
    ]
