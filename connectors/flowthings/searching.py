"""Finding flows by name, with the filter language (section 4), and the series under them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from connectors.contract import Node, Page
from connectors.flowthings import filters
from connectors.flowthings.client import Client, Query, Row
from connectors.flowthings.ids import FLOW
from connectors.flowthings.tree import Tree, flow_name, flow_node
from connectors.paging import offset
from connectors.parallel import together

PAGE = 40
"""Flows of one page; the drops of each are looked at for its series."""


def search(client: Client, tree: Tree, text: str, cursor: str | None) -> Page[Node]:
    """Flows whose name holds the text, and their series; the newest flows first."""
    wanted = text.strip()
    start = offset(cursor)
    if not wanted:
        return Page(items=())
    pattern = filters.literal(wanted)
    asked = filters.either(
        filters.found("displayName", pattern, "i"), filters.found("path", pattern, "i")
    )
    query: Query = {"filter": asked, "limit": PAGE, "start": start, "sort": "creationDate"}
    rows = client.turn(FLOW, query=query)
    calls: list[Callable[[], list[Node]]] = [
        partial(_found, tree, row, wanted.casefold()) for row in rows
    ]
    nodes = {node.id: node for part in together(calls) for node in part}
    more = str(start + PAGE) if len(rows) == PAGE else None
    return Page(items=tuple(nodes.values()), next=more)


def _found(tree: Tree, row: Row, wanted: str) -> list[Node]:
    if wanted not in flow_name(row).casefold():
        return []
    return [flow_node(row, None), *tree.series(row)]
