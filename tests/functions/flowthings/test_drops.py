"""Drops with all their verbs, over a real socket, read back by a bare client."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pyarrow as pa
import pytest

from connectors.contract import TIME, NodeId, Window
from connectors.errors import Forbidden, NotFound, Rejected
from connectors.flowthings import client as paging
from connectors.flowthings import reading
from connectors.sandbox.faults import Fault
from tests.conformance.points import stored
from tests.conformance.sandbox_flowthings import Bare
from tests.functions.flowthings.shared import NOWHERE, Ours, asked, fresh, limited
from tests.sandbox.server import SandboxServer

START = datetime(2024, 5, 1, tzinfo=UTC)


def put(bare: Bare, flow: str, **elems: object) -> str:
    """The id of a new drop."""
    return str(bare("POST", f"/drop/{flow}", {"elems": elems})["id"])


def at(bare: Bare, flow: str, seconds: float, **elems: object) -> str:
    """The id of a new drop of a moment."""
    stamp = int((START.timestamp() + seconds) * 1000)
    made = bare("POST", f"/drop/{flow}", {"elems": elems, "creationDate": stamp})
    return str(made["id"])


@pytest.mark.covers("flowthings.drop.for_flow")
def test_every_call_is_bound_to_one_flow(ours: Ours, bare: Bare, flow: str) -> None:
    other = bare.flow(fresh("other"))
    drop = put(bare, flow, n=1)
    assert [row["id"] for row in ours.rows("drop.find_many", flow=f"flow/{flow}")] == [drop]
    assert ours.rows("drop.find_many", flow=other) == []
    with pytest.raises(NotFound):
        ours.do("drop.read", flow=other, drop=drop)
    with pytest.raises(NotFound):
        ours.rows("drop.find_many", flow="f" + NOWHERE)


@pytest.mark.covers("flowthings.drop.find_many")
def test_drops_come_newest_first_each_once_and_as_points_of_each_number(
    ours: Ours, bare: Bare, flow: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [at(bare, flow, n, n=n, deep={"v": n / 2}, word="on") for n in range(25)]
    monkeypatch.setattr(paging, "PAGE", 10)
    monkeypatch.setattr(reading, "PAGE", 10)
    found = ours.rows("drop.find_many", flow=flow)
    assert [row["id"] for row in found] == made[::-1]
    (one,) = ours.rows("drop.find_many", flow=flow, filter=["elems.n == 7"])
    assert one["id"] == made[7]
    names = ("n", "deep.v", "word")
    series = [NodeId(f"series/{flow}/{name}") for name in names]
    nodes = ours.opened.children(NodeId(f"flow/{flow}")).items
    listed = {node.id: node.name.rpartition(": ")[2] for node in nodes}
    assert listed == dict(zip(series, names, strict=True))
    points = stored(ours.opened.read(series, Window(start=START, end=START + timedelta(hours=1))))
    assert [points[one][1] for one in series] == [
        [float(n) for n in range(25)], [n / 2 for n in range(25)], ["on"] * 25,
    ]  # fmt: skip


def test_many_drops_of_one_moment_are_one_point_the_last(
    ours: Ours, bare: Bare, flow: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PAGE", 10)
    for n in range(23):
        at(bare, flow, 5, n=n)
    for n in (4, 6, 7):
        at(bare, flow, n, n=100 + n)
    series = NodeId(f"series/{flow}/n")
    window = Window(start=START, end=START + timedelta(minutes=1))
    batches = list(ours.opened.read([series], window))
    assert stored(iter(batches))[series][1] == [104.0, 22.0, 106.0, 107.0]
    assert sum(one.notes.duplicates for one in batches) == 22


def test_what_arrives_and_falls_out_between_two_pages_neither_hides_nor_doubles_a_drop(
    ours: Ours, bare: Bare, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PAGE", 10)
    flow = bare.flow(fresh("small"), capacity=31)
    for n in range(31):
        at(bare, flow, n, n=n)
    series = NodeId(f"series/{flow}/n")
    found: list[float] = []
    for points in ours.opened.read([series], Window(start=START, end=START + timedelta(hours=1))):
        found += points.batch.column("value").to_pylist()
        if len(found) < 15:
            for n in range(3):
                at(bare, flow, 100 + n, n=100 + n)
    assert found == [float(n) for n in range(31)] + [100.0, 101.0, 102.0]


@pytest.mark.covers("flowthings.drop.find")
@pytest.mark.covers("flowthings.drop.read_many")
def test_an_id_a_list_of_ids_a_filter_and_nothing_each_take_the_right_form(
    ours: Ours, bare: Bare, flow: str, wire: pytest.LogCaptureFixture
) -> None:
    first, second = put(bare, flow, n=1), put(bare, flow, n=2)
    assert [row["id"] for row in ours.rows("drop.find", flow=flow, id=first)] == [first]
    assert asked(wire) == [f"GET /drop/{flow}/{first}"]
    both = [second, first]
    assert [row["id"] for row in ours.rows("drop.find", flow=flow, ids=both)] == both
    assert asked(wire) == [f"MGET /drop/{flow}"]
    found = ours.rows("drop.find", flow=flow, filter=["elems.n > 1"])
    assert [row["id"] for row in found] == [second]
    assert [row["id"] for row in ours.rows("drop.find", flow=flow)] == both
    wire.clear()
    nobody = "d" + NOWHERE
    listed = ours.rows("drop.read_many", flow=flow, ids=[first, nobody])
    assert [row["id"] for row in listed] == [first]
    assert asked(wire) == [f"MGET /drop/{flow}"]


@pytest.mark.covers("flowthings.drop.read")
@pytest.mark.covers("flowthings.drop.read_or_else")
def test_one_drop_is_read_or_stood_in_for(
    server: SandboxServer, ours: Ours, bare: Bare, flow: str
) -> None:
    drop, nobody = put(bare, flow, n=1), "d" + NOWHERE
    told = bare("GET", f"/drop/{flow}/{drop}")
    assert ours.do("drop.read", flow=flow, drop=drop).fields == told
    assert told["creationDate"]
    with pytest.raises(NotFound):
        ours.do("drop.read", flow=flow, drop=nobody)
    assert ours.do("drop.read_or_else", flow=flow, drop=drop).fields["id"] == drop
    stand_in = ours.do("drop.read_or_else", flow=flow, drop=nobody, default="none")
    assert stand_in.fields == {"default": "none"}
    with pytest.raises(Forbidden):
        limited(server).do("drop.read_or_else", flow=flow, drop=drop)


@pytest.mark.covers("flowthings.drop.create")
def test_what_is_put_into_a_flow_is_kept_as_its_filter_and_capacity_say(
    ours: Ours, bare: Bare
) -> None:
    flow = bare.flow(fresh("narrow"), capacity=2, filter="elems.n > 0")
    for n in (1, 2, 3):
        record = ours.do("drop.create", flow=flow, elems={"n": n, "name": "x"})
        assert record.fields["elems"] == {"n": n, "name": "x"}
        assert str(record.id).startswith(f"drop/{flow}/d")
    assert [drop["elems"]["n"] for drop in bare.drops(flow)] == [3, 2]
    with pytest.raises(Rejected):
        ours.do("drop.create", flow=flow, elems={"n": -1})
    when = datetime(2024, 1, 2, tzinfo=UTC)
    later = bare.flow(fresh("dated"))
    ours.do("drop.create", flow=later, elems={"n": 1}, creation_date=when.isoformat())
    assert bare.drops(later)[0]["creationDate"] == when.timestamp() * 1000


@pytest.mark.covers("flowthings.drop.create")
def test_points_of_several_series_become_drops_with_an_elem_for_each(
    ours: Ours, bare: Bare, flow: str
) -> None:
    series = [NodeId(f"series/{flow}/{name}") for name in ("a", "deep.b", "word")]
    times = pa.array([START, START + timedelta(seconds=1)], TIME)
    columns = [times, pa.array([1.5, 2.5]), pa.array([None, 3.5]), pa.array(["on", "off"])]
    batch = pa.RecordBatch.from_arrays(columns, names=["time", *series])
    assert ours.opened.write(series, [batch]).accepted == 5
    found = bare.drops(flow, order="asc")
    assert [drop["elems"] for drop in found] == [
        {"a": 1.5, "word": "on"}, {"a": 2.5, "deep": {"b": 3.5}, "word": "off"},
    ]  # fmt: skip
    assert found[0]["creationDate"] == START.timestamp() * 1000
    window = Window(start=START, end=START + timedelta(minutes=1))
    assert [points[1] for points in stored(ours.opened.read(series, window)).values()] == [
        [1.5, 2.5], [3.5], ["on", "off"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("field", "time", "value"),
    [("time", START + timedelta(microseconds=1), 1.0), ("value", START, float("inf"))],
)
def test_what_the_platform_could_not_keep_as_it_is_is_refused_before_it_is_sent(
    ours: Ours, bare: Bare, flow: str, field: str, time: datetime, value: float
) -> None:
    columns = [pa.array([START, time], TIME), pa.array([1.0, value])]
    batch = pa.RecordBatch.from_arrays(columns, names=["time", "value"])
    with pytest.raises(Rejected) as refused:
        ours.opened.write([NodeId(f"series/{flow}/n")], [batch])
    assert field in refused.value.fields
    assert bare.drops(flow) == []


def test_drops_with_a_time_of_their_own_are_read_written_and_added_up_by_it(
    server: SandboxServer, bare: Bare, flow: str
) -> None:
    ours = Ours(server, time="when")
    series = NodeId(f"series/{flow}/n@when")
    times = pa.array([START + timedelta(minutes=n) for n in (0, 30, 90)], TIME)
    batch = pa.RecordBatch.from_arrays([times, pa.array([1.0, 2.0, 5.0])], names=["time", "value"])
    assert ours.opened.write([series], [batch]).accepted == 3
    assert {drop["elems"]["when"] for drop in bare.drops(flow)} == {
        int(moment.timestamp() * 1000) for moment in times.to_pylist()
    }
    (node,) = ours.opened.children(NodeId(f"flow/{flow}")).items
    assert (node.id, node.name.rpartition(": ")[2]) == (series, "n")
    window = Window(start=START, end=START + timedelta(hours=2))
    assert stored(ours.opened.read([series], window))[series][1] == [1.0, 2.0, 5.0]
    (found,) = ours.opened.aggregate([series], window, timedelta(hours=1), ["sum", "count"])
    assert found.batch.column("sum").to_pylist() == [3.0, 5.0]
    assert found.batch.column("count").to_pylist() == [2.0, 1.0]


@pytest.mark.covers("flowthings.drop.update")
@pytest.mark.covers("flowthings.drop.update_many")
@pytest.mark.covers("flowthings.drop.save")
def test_drops_change_one_by_one_and_several_at_once(
    ours: Ours, bare: Bare, flow: str, wire: pytest.LogCaptureFixture
) -> None:
    first, second = put(bare, flow, n=1), put(bare, flow, n=2)
    before = bare("GET", f"/drop/{flow}/{first}")
    ours.do("drop.update", flow=flow, drop=first, elems={"n": 10})
    after = bare("GET", f"/drop/{flow}/{first}")
    assert (after["elems"], after["creationDate"]) == ({"n": 10}, before["creationDate"])
    wire.clear()
    changed = ours.rows(
        "drop.update_many", flow=flow, changes={first: {"elems": {"n": 11}}, second: {"fhash": "s"}}
    )
    assert {row["id"] for row in changed} == {first, second}
    assert asked(wire) == [f"MPUT /drop/{flow}"]
    assert bare("GET", f"/drop/{flow}/{first}")["elems"] == {"n": 11}
    told = bare("GET", f"/drop/{flow}/{second}")
    assert (told["elems"], told["fhash"]) == ({"n": 2}, "s")
    made = str(ours.do("drop.save", flow=flow, elems={"n": 3}).id).rpartition("/")[2]
    ours.do("drop.save", flow=flow, id=made, elems={"n": 4})
    ours.do("drop.save", flow=flow, many={second: {"elems": {"n": 5}}})
    assert asked(wire) == [f"POST /drop/{flow}", f"PUT /drop/{flow}/{made}", f"MPUT /drop/{flow}"]
    assert [drop["elems"]["n"] for drop in bare.drops(flow, order="asc")] == [11, 5, 4]


@pytest.mark.covers("flowthings.drop.delete")
@pytest.mark.covers("flowthings.drop.delete_all")
def test_a_deleted_drop_is_gone_and_an_emptied_flow_stays(
    ours: Ours, bare: Bare, flow: str
) -> None:
    first, second, third = (put(bare, flow, n=n) for n in range(3))
    ours.do("drop.delete", flow=flow, drop=second)
    assert bare("GET", f"/drop/{flow}/{second}") == 404
    assert {drop["id"] for drop in bare.drops(flow)} == {first, third}
    empty = ours._named["drop.delete_all"]
    assert (empty.danger, empty.preview) == ("destroys", "flow.read")
    ours.do("drop.delete_all", flow=flow)
    assert bare.drops(flow) == []
    assert bare("GET", f"/flow/{flow}")["id"] == flow


@pytest.mark.covers("flowthings.drop.create_by_path")
def test_a_drop_lands_in_the_flow_at_its_path(ours: Ours, bare: Bare, flow: str) -> None:
    path = bare("GET", f"/flow/{flow}")["path"]
    record = ours.do("drop.create_by_path", path=path, elems={"n": 7})
    assert [drop["elems"] for drop in bare.drops(flow)] == [{"n": 7}]
    assert record.fields["flowId"] == flow
    with pytest.raises(NotFound):
        ours.do("drop.create_by_path", path="/admin/nobody/here", elems={"n": 7})


@pytest.mark.covers("flowthings.drop.find_many_flows")
def test_several_flows_are_asked_in_one_request_each_in_its_own_way(
    ours: Ours, bare: Bare, flow: str, wire: pytest.LogCaptureFixture
) -> None:
    other = bare.flow(fresh("other"))
    for n in range(4):
        put(bare, flow, n=n)
        put(bare, other, n=n)
    found = ours.rows(
        "drop.find_many_flows", flows={flow: {"limit": 2}, other: {"filter": "elems.n > 2"}}
    )
    assert asked(wire) == ["MGET /drop"]
    assert [row["elems"]["n"] for row in found if row["flow"] == flow] == [3, 2]
    assert [row["elems"]["n"] for row in found if row["flow"] == other] == [3]


@pytest.mark.covers("flowthings.param.hints")
def test_typed_and_plain_elems_give_the_same_points(
    server: SandboxServer, bare: Bare, flow: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(3):
        at(bare, flow, n, n=n + 0.5, on=True)
    typed = Ours(server).rows("drop.find_many", flow=flow, hints=True, limit=1)
    assert typed[0]["elems"]["n"] == {"type": "float", "value": 2.5}
    series = [NodeId(f"series/{flow}/{name}") for name in ("n", "on")]
    window = Window(start=START, end=START + timedelta(minutes=1))
    plain = stored(Ours(server).opened.read(series, window))
    ask = paging.Client.drops

    def with_hints(client: paging.Client, flow: str, *, query: paging.Query) -> tuple[object, ...]:
        return ask(client, flow, query={**query, "hints": 1})

    monkeypatch.setattr(paging.Client, "drops", with_hints)
    assert stored(Ours(server).opened.read(series, window)) == plain
    assert [points[1] for points in plain.values()] == [[0.5, 1.5, 2.5], [1.0, 1.0, 1.0]]


@pytest.mark.parametrize("kind", ["duplicate_stamps", "unsorted_stamps", "nan", "page_drift"])
def test_what_the_platform_mixes_up_is_put_in_order(
    server: SandboxServer, ours: Ours, bare: Bare, flow: str, kind: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(reading, "PAGE", 10)
    for n in range(35):
        at(bare, flow, n, n=n + 0.5)
    series = NodeId(f"series/{flow}/n")
    window = Window(start=START, end=START + timedelta(hours=1))
    server.faults.add(Fault(kind=kind, path="/v0.1/admin/drop"))
    try:
        times, values = stored(ours.opened.read([series], window))[series]
    finally:
        server.faults.clear()
    assert all(one < two for one, two in pairwise(times))
    assert (None in values) == (kind == "nan")
    whole = [n + 0.5 for n in range(35)]
    assert [value or right for value, right in zip(values, whole, strict=True)] == whole
