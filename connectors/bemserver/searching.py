"""Finding nodes by name.

Only campaigns and series have a "contains" filter (section 2.1 and 2.3); the lists of elements come
whole in any case and are looked through here. The platform takes `%` and `_` as wildcards, so its
answers are looked through too.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from connectors.bemserver.client import Client
from connectors.bemserver.ids import PATHS
from connectors.bemserver.tree import ELEMENTS, KINDS, Tree, above, page_number
from connectors.contract import Node, Page
from connectors.parallel import together


def search(client: Client, tree: Tree, text: str, cursor: str | None) -> Page[Node]:
    """Campaigns and elements first, with the first page of series; then more series."""
    wanted = text.strip().casefold()
    if not wanted:
        return Page(items=())
    page = page_number(cursor)
    folders = tuple(_folders(client, tree, text.strip())) if page == 1 else ()
    series = tree.series_page(page, None, in_name=text.strip())
    found = (node for node in (*folders, *series.items) if wanted in node.name.casefold())
    return Page(items=tuple(found), next=series.next)


def _folders(client: Client, tree: Tree, text: str) -> Iterator[Node]:
    words = ("campaign", *ELEMENTS)
    lists = together(
        partial(client.places, PATHS[word], **({"in_name": text} if word == "campaign" else {}))
        for word in words
    )
    for word, rows in zip(words, lists, strict=True):
        for row in rows:
            yield tree.folder(word, row, above(KINDS[word], row))
