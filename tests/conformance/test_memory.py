"""The reference keeps every promise, without exemption."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest

from connectors import registry
from connectors.contract import POWERS, NodeId, Window, powers
from connectors.errors import BadAnswer, Rejected, Unavailable
from connectors.operations import operations
from tests.conformance.memory.platform import PASSWORD
from tests.conformance.memory.server import MemoryServer
from tests.conformance.memory.world import COUNT, START, STEP
from tests.conformance.subject import Known, Opened, Subject, Values
from tests.conformance.suite import Conformance
from tests.conformance.uploads import upload


@pytest.fixture(scope="module")
def server() -> Iterator[MemoryServer]:
    with MemoryServer() as server:
        yield server


@pytest.fixture(scope="module")
def service(server: MemoryServer) -> Iterator[Subject]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(registry.OURS, "memory", "tests.conformance.memory")
        settings = server.settings | {"live": str(server.live.port)}
        yield Subject(kind="memory", settings=settings)


def done(opened: Opened, name: str, **values: object) -> Any:
    """What an operation of this name gives."""
    named = {one.name: one for one in operations(type(opened))}
    return named[name].call(opened, values)


def a_note(opened: Opened) -> dict[str, object]:
    return {"id": done(opened, "notes.create", title="Leak").id}


def an_import(opened: Opened) -> dict[str, object]:
    return {"file": upload("meters.csv", b"1,2,3"), "password": PASSWORD}


CALLS: dict[str, Values] = {
    "series.describe": lambda opened: {"series": "power"},
    "series.newest": lambda opened: {"series": "power", "most": "5"},
    "series.forecast": lambda opened: {"series": "m03", "start": "2031-01-01T00:00:00+01:00"},
    "report": lambda opened: {},
    "greeting": lambda opened: {"language": "fr"},
    "import": an_import,
    "recalculate": lambda opened: {},
    "notes.create": lambda opened: {"title": "Pump", "due": "2031-01-01T00:00:00Z"},
    "labels.create": lambda opened: {"title": "Old"},
    "notes.get": a_note,
    "notes.list": lambda opened: {},
    "notes.update": lambda opened: a_note(opened) | {"text": "Fixed."},
    "notes.delete": a_note,
    "series.empty": lambda opened: {"series": "m22"},
}


@pytest.fixture(scope="module")
def known() -> Known:
    return Known(
        folder=NodeId("meters"),
        children=24,
        missing=NodeId("nowhere"),
        missing_series=NodeId("nothing"),
        series=(NodeId("power"), NodeId("m03")),
        window=Window(start=START, end=START + 960 * STEP),
        rows=960,
        long=Window(start=START, end=START + COUNT * STEP),
        writable=NodeId("m23"),
        text="Total pow",
        live=NodeId("m21"),
        file=NodeId("notes"),
        digest=sha256(b"Mind the meter in the cellar.\n").hexdigest(),
        inbox=NodeId("inbox"),
        shareable=NodeId("kinds"),
        audience="p3",
        calls=CALLS,
    )


class TestMemory(Conformance):
    """No exemptions."""

    def test_it_skips_nothing(self, service: Subject) -> None:
        assert powers(service.type) == POWERS


def test_a_live_connection_that_breaks_is_unavailable(
    service: Subject, server: MemoryServer
) -> None:
    with service.open().subscribe([NodeId("m21")]) as feed:
        server.live.hang_up()
        with pytest.raises(Unavailable):
            list(feed)


def test_a_live_line_that_nobody_can_read_is_a_bad_answer(
    service: Subject, server: MemoryServer
) -> None:
    with service.open().subscribe([NodeId("m21")]) as feed:
        server.live.say(b"<html>\n")
        with pytest.raises(BadAnswer):
            list(feed)


def test_a_grant_from_above_is_listed_below_and_revoked_above(service: Subject) -> None:
    opened = service.open()
    made = opened.share(NodeId("plant"), "p5", ["view"])
    (listed,) = [grant for grant in opened.grants(NodeId("kinds")) if grant.id == made.id]
    assert listed == made
    assert listed.node == "plant"
    with pytest.raises(Rejected):
        opened.revoke(NodeId("kinds"), made.id)
    opened.revoke(NodeId("plant"), made.id)
    assert made.id not in [grant.id for grant in opened.grants(NodeId("kinds"))]


def test_an_update_leaves_alone_what_it_was_not_given(service: Subject) -> None:
    opened = service.open()
    made = done(opened, "notes.create", title="Valve", text="Stuck.")
    changed = done(opened, "notes.update", id=made.id, title="Valve 2")
    assert changed.fields["text"] == "Stuck."
    assert changed.fields["title"] == "Valve 2"


def test_a_table_fetches_no_more_pages_than_are_looked_at(service: Subject) -> None:
    opened = service.open()
    for number in range(25):
        done(opened, "labels.create", title=f"Label {number}")
    rows, more = done(opened, "labels.list").first(3)
    assert (len(rows), more) == (3, True)
    assert len(list(done(opened, "labels.list").rows)) >= 25


def test_a_lasting_operation_tells_how_far_it_is(service: Subject) -> None:
    named = {one.name: one for one in operations(service.type)}
    shares: list[float | None] = []
    named["recalculate"].call(service.open(), {}, told=lambda step: shares.append(step.share))
    assert shares == [0.0, 0.5]
