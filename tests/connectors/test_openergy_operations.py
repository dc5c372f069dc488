"""Every operation of OpenergyVBP, given ids that are nobody's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from connectors.contract import NodeId, Page, Points
from connectors.errors import ConnectorError, NotFound, Rejected
from connectors.nouns import File
from connectors.openergy.ids import parse
from connectors.operations import Operation, Table, operations
from connectors.paging import walk
from connectors.sandbox.accounts import MEMBER
from tests.conformance.calls_openergy import calls
from tests.conformance.faults import FaultProxy, echo
from tests.conformance.sandbox_openergy import NOBODY, Bare, openergy, subject
from tests.conformance.subject import Opened
from tests.sandbox.server import SandboxServer

BAD = [
    "", "x", f"gate/../{NOBODY}", f"//evil.example/{NOBODY}", f"gate/{NOBODY}?x=1",
    f"gate/{NOBODY}\r\nX: y", "https://evil.example/gate", f"gate/{NOBODY}/..", "é" * 500,
    f"series/{NOBODY}", f"nothing/{NOBODY}", f"gate/{NOBODY.upper().replace('0', 'A')}",
]  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with openergy() as found:
        yield found


@pytest.fixture(scope="module")
def service(server: SandboxServer) -> Opened:
    return subject(server).open()


@pytest.fixture(scope="module")
def known(server: SandboxServer, service: Opened) -> dict[str, dict[str, object]]:
    """Right values, by operation."""
    bare = Bare(server)
    series = bare.rows("odata/series")[:2]
    return {name: dict(values(service)) for name, values in calls(bare, series).items()}


def nodes(declared: Operation) -> list[str]:
    """The parameters that take a node."""
    fields = declared.parameters.model_fields
    return [name for name, one in fields.items() if "NodeId" in str(one.annotation)]


@pytest.mark.parametrize("bad", BAD)
def test_an_id_of_nobody_is_refused_by_every_operation_and_nothing_is_sent(
    server: SandboxServer, known: dict[str, dict[str, object]], service: Opened, bad: str
) -> None:
    declared = {one.name: one for one in operations(type(service))}
    asked = 0
    with FaultProxy(subject(server).settings["url"]) as proxy, proxy.failing(echo):
        opened = subject(server).open(proxy.url)
        for name, right in known.items():
            for field in nodes(declared[name]):
                wrong: Any = [bad] if isinstance(right.get(field), list) else bad
                with pytest.raises((NotFound, Rejected)):
                    taken(declared[name].call(opened, {**right, field: wrong}))
                asked += 1
        assert proxy.struck == []
    assert asked > 40


def taken(result: Any) -> None:
    if isinstance(result, File):
        result.close()
    elif isinstance(result, Table):
        list(result.rows)
    elif isinstance(result, Iterator):
        assert all(isinstance(points, Points) for points in result)


@pytest.mark.parametrize("bad", BAD)
def test_an_id_of_nobody_is_parsed_to_nothing(bad: str) -> None:
    with pytest.raises(NotFound):
        parse(NodeId(bad))


def test_a_member_sees_a_part_of_the_tree_and_nothing_breaks(server: SandboxServer) -> None:
    opened = subject(server, MEMBER).open()
    every = subject(server).open()

    def top(service: Opened) -> set[str]:
        def turn(cursor: str | None) -> Page[Any]:
            return service.children(None, cursor)

        return {node.id for node in walk(turn)}

    assert top(opened) < top(every)
    hidden = next(iter(top(every) - top(opened)))
    with pytest.raises(ConnectorError):
        opened.node(NodeId(hidden))
