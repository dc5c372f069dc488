"""Finding one's way: the tree, its ids and pages, and searching."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError
from functools import partial

import pytest

from connectors.contract import Node, NodeId, Searches
from connectors.errors import BadAnswer, ConnectorError, NotFound
from connectors.paging import walk
from tests.conformance.faults import FaultProxy, frozen
from tests.conformance.promises.base import Promises, having
from tests.conformance.subject import Known, Opened, Subject

MOST_TURNS = 1_000


class Browsing(Promises):
    def test_paging_gives_each_child_once(self, opened: Opened, known: Known) -> None:
        found = [node.id for node in walk(partial(opened.children, known.folder))]
        assert len(found) == known.children
        assert len(set(found)) == len(found)
        assert opened.children(known.folder).next is not None

    def test_ids_survive_json_and_another_opening(self, service: Subject, known: Known) -> None:
        children = service.open().children(known.folder).items
        for child in children[:3]:
            assert len(child.id) <= 400
            again = service.open().node(NodeId(json.loads(json.dumps(child.id))))
            assert _identity(again) == _identity(child)

    def test_a_node_is_found_under_the_parent_it_names(self, opened: Opened, known: Known) -> None:
        child = opened.node(opened.children(known.folder).items[0].id)
        siblings = walk(partial(opened.children, child.parent))
        assert child.id in {node.id for node in siblings}

    def test_nodes_cannot_be_changed(self, opened: Opened, known: Known) -> None:
        node = opened.node(known.folder)
        with pytest.raises(FrozenInstanceError):
            node.name = "other"  # type: ignore[misc]

    def test_the_top_leads_somewhere(self, opened: Opened) -> None:
        top = list(walk(partial(opened.children, None)))
        assert top
        assert all(node.parent is None for node in top)

    @pytest.mark.parametrize("id", ["", "x", "../../etc/passwd", "a b?c#d", "é" * 300, "\x00"])
    def test_an_id_of_somebody_else_is_not_found(self, opened: Opened, id: str) -> None:
        with pytest.raises(NotFound):
            opened.node(NodeId(id))

    def test_a_missing_node_is_not_found(self, opened: Opened, known: Known) -> None:
        with pytest.raises(NotFound):
            opened.node(known.missing)

    @pytest.mark.parametrize("cursor", ["", "-1", "999999", "x", "99999999999999999999", "²"])
    def test_a_made_up_cursor_is_a_page_or_an_error_of_ours(
        self, opened: Opened, known: Known, cursor: str
    ) -> None:
        try:
            page = opened.children(known.folder, cursor)
        except ConnectorError:
            return
        assert all(isinstance(node, Node) for node in page.items)

    def test_pages_without_end_come_to_an_end(
        self, service: Subject, known: Known, proxy: FaultProxy
    ) -> None:
        opened = service.open(proxy.url)
        opened.check()
        with proxy.failing(frozen), pytest.raises(BadAnswer):
            list(walk(partial(opened.children, known.folder)))
        assert len(proxy.struck) < MOST_TURNS

    def test_searching_finds_a_name_in_any_case_once(self, service: Subject, known: Known) -> None:
        opened = having(service, Searches)
        for text in (known.text, known.text.upper(), known.text.lower()):
            nodes = list(walk(partial(opened.search, text)))
            ids = [node.id for node in nodes]
            assert known.series[0] in ids
            assert len(set(ids)) == len(ids)
            assert all(known.text.casefold() in node.name.casefold() for node in nodes)

    def test_searching_for_a_name_that_nobody_has_finds_nothing(self, service: Subject) -> None:
        opened = having(service, Searches)
        assert list(walk(partial(opened.search, "zq%_xj no such name"))) == []


def _identity(node: Node) -> tuple[object, ...]:
    return (node.id, node.name, node.type, node.role, node.unit, node.expandable)
