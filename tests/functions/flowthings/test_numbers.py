"""Sums, counts, what every request can be asked for, and what refusals say."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from connectors.errors import (
    AuthFailed,
    BadAnswer,
    ConnectorError,
    Forbidden,
    NotFound,
    Rejected,
    Unavailable,
)
from connectors.flowthings.client import opened
from connectors.flowthings.problems import explain
from connectors.http import Answer
from connectors.sandbox.faults import Fault
from tests.conformance.sandbox_flowthings import Bare
from tests.functions.flowthings.shared import NOWHERE, Ours, fresh, limited
from tests.sandbox.server import SandboxServer

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def hourly(bare: Bare) -> str:
    """A flow of 48 drops, two an hour, with the values 0 to 47."""
    flow = bare.flow(fresh("hourly"))
    for n in range(48):
        stamp = int((NOON + timedelta(minutes=30 * n)).timestamp() * 1000)
        kind = "even" if n % 2 == 0 else "odd"
        bare("POST", f"/drop/{flow}", {"elems": {"t": n, "kind": kind}, "creationDate": stamp})
    return flow


# -- aggregation


@pytest.mark.covers("flowthings.aggregate.run")
def test_sums_agree_with_our_own_and_a_rule_is_a_share(ours: Ours, hourly: str) -> None:
    output = ["$count", "$avg:t", "$min:t", "$avg:high"]
    (row,) = ours.rows("aggregate.run", flow=hourly, output=output, rules={"high": "elems.t >= 36"})
    assert row == {"$count": 48, "$avg:t": 23.5, "$min:t": 0, "$avg:high": 0.25}


@pytest.mark.covers("flowthings.aggregate.group_by")
@pytest.mark.parametrize(
    ("group", "times"),
    [
        ("$hour", [NOON + timedelta(hours=n) for n in range(24)]),
        ("$day", [NOON.replace(hour=0), NOON.replace(hour=0) + timedelta(days=1)]),
        ("$month", [NOON.replace(hour=0)]),
    ],
)
def test_groups_of_dates_stand_on_the_axis_of_time(
    ours: Ours, hourly: str, group: str, times: list[datetime]
) -> None:
    found = ours.rows("aggregate.run", flow=hourly, output=["$count"], group_by=[group])
    assert [row["time"] for row in found] == times
    assert sum(row["$count"] for row in found) == 48


@pytest.mark.covers("flowthings.aggregate.group_by")
def test_groups_of_values_have_a_row_each(ours: Ours, hourly: str) -> None:
    found = ours.rows("aggregate.run", flow=hourly, output=["$avg:t"], group_by=["kind"])
    assert found == [{"kind": "even", "$avg:t": 23.0}, {"kind": "odd", "$avg:t": 24.0}]


@pytest.mark.covers("flowthings.aggregate.filter")
def test_only_drops_that_pass_are_counted(ours: Ours, hourly: str) -> None:
    (row,) = ours.rows("aggregate.run", flow=hourly, output=["$count"], filter="elems.t < 10")
    assert row["$count"] == 10
    assert ours.rows("aggregate.run", flow=hourly, output=["$count"], filter="elems.t < 0") == []


@pytest.mark.covers("flowthings.aggregate.sorts")
@pytest.mark.parametrize(("way", "kinds"), [("asc", ["even", "odd"]), ("desc", ["odd", "even"])])
def test_rows_come_in_the_order_that_was_asked(
    ours: Ours, hourly: str, way: str, kinds: list[str]
) -> None:
    found = ours.rows(
        "aggregate.run", flow=hourly, output=["$avg:t"], group_by=["kind"], sorts=[f"$avg:t:{way}"]
    )
    assert [row["kind"] for row in found] == kinds


# -- statistics


def periods(ours: Ours, name: str, subject: dict[str, str]) -> list[list[int]]:
    """Counts of this year, this month and today, whose first moments are checked."""
    now = datetime.now(UTC)
    parts = {"year": now.year, "month": now.month, "day": now.day}
    starts = [
        datetime(now.year, 1, 1, tzinfo=UTC),
        datetime(now.year, now.month, 1, tzinfo=UTC),
        datetime(now.year, now.month, now.day, tzinfo=UTC),
    ]
    found = []
    for depth, start in enumerate(starts, start=1):
        points = ours.points(name, **subject, **dict(list(parts.items())[:depth]))
        assert points[0][0] == start
        assert all(one[0] < two[0] for one, two in pairwise(points))
        found.append([value for _, value in points])
    following = (starts[1] + timedelta(days=32)).replace(day=1)
    assert [len(one) for one in found] == [12, (following - starts[1]).days, 24]
    return found


@pytest.mark.covers("flowthings.statistics.flow_drop_added")
@pytest.mark.covers("flowthings.statistics.flow_tracked")
@pytest.mark.covers("flowthings.statistics.track_hit")
@pytest.mark.covers("flowthings.statistics.track_pass")
def test_counts_of_flows_and_tracks_are_dated(ours: Ours, bare: Bare) -> None:
    source, target = bare.flow(fresh("from")), bare.flow(fresh("to"))
    ends = [bare("GET", f"/flow/{one}")["path"] for one in (source, target)]
    body = {"source": ends[0], "destination": ends[1], "filter": "elems.n > 1"}
    track = bare("POST", "/track", body)["id"]
    for n in range(5):
        bare("POST", f"/drop/{source}", {"elems": {"n": n}})
    for name, subject, total in (
        ("flow_drop_added", {"flow": source}, 5),
        ("flow_drop_added", {"flow": target}, 3),
        ("flow_tracked", {"flow": source}, 3),
        ("track_hit", {"track": track}, 5),
        ("track_pass", {"track": track}, 3),
    ):
        for counts in periods(ours, f"statistics.{name}", subject):
            assert sum(counts) == total
    with pytest.raises(NotFound):
        ours.points("statistics.flow_drop_added", flow="f" + NOWHERE)


@pytest.mark.covers("flowthings.statistics.api_call_by_identity")
@pytest.mark.covers("flowthings.statistics.drop_created_by")
def test_counts_of_an_identity_are_dated(ours: Ours, bare: Bare) -> None:
    me = bare("GET", "/identity")[0]["id"]
    flow = bare.flow(fresh("mine"))
    calls = periods(ours, "statistics.api_call_by_identity", {"identity": me})
    assert all(sum(counts) > 0 for counts in calls)
    year = f"/{me}/{datetime.now(UTC).year}"
    before = bare("GET", f"/statistics/apiCallByIdentity{year}")
    again = periods(ours, "statistics.api_call_by_identity", {"identity": me})
    after = bare("GET", f"/statistics/apiCallByIdentity{year}")
    assert all(low <= n <= high for low, n, high in zip(before, again[0], after, strict=True))
    assert sum(after) - sum(before) < 12
    assert all(sum(new) > sum(old) for new, old in zip(again, calls, strict=True))
    made = periods(ours, "statistics.drop_created_by", {"identity": me})
    before = bare("GET", f"/statistics/dropCreatedBy{year}")
    bare("POST", f"/drop/{flow}", {"elems": {"n": 1}})
    again = periods(ours, "statistics.drop_created_by", {"identity": me})
    after = bare("GET", f"/statistics/dropCreatedBy{year}")
    # The meters of the world go on meanwhile, so what is told lies between two bare counts.
    assert all(low <= n <= high for low, n, high in zip(before, again[0], after, strict=True))
    assert sum(again[0]) > sum(before)
    assert all(sum(new) > sum(old) for new, old in zip(again, made, strict=True))


def test_the_level_sets_the_length_of_a_period(ours: Ours, hourly: str) -> None:
    asked = {"flow": hourly, "year": 2024, "month": 5}
    hours = ours.points("statistics.flow_drop_added", **asked, level="HOUR")
    assert len(hours) == 31 * 24
    assert next((time, value) for time, value in hours if value) == (NOON, 2)
    days = ours.points("statistics.flow_drop_added", **asked, level="DAY")
    assert [value for _, value in days if value] == [24, 24]


# -- parameters


@pytest.mark.covers("flowthings.param.limit")
def test_a_limit_holds_and_without_one_nothing_is_cut(ours: Ours, bare: Bare) -> None:
    whole = bare("GET", "/flow", limit=10_000)
    assert len(whole) > 20
    assert len(ours.rows("flow.find_many")) == len(whole)
    for limit in (1, 7, 50):
        found = ours.rows("flow.find_many", limit=limit)
        assert [row["id"] for row in found] == [row["id"] for row in whole[:limit]]


@pytest.mark.covers("flowthings.param.start")
def test_so_many_are_skipped(ours: Ours, bare: Bare) -> None:
    whole = [row["id"] for row in bare("GET", "/flow", limit=10_000)]
    found = ours.rows("flow.find_many", start=5, limit=3)
    assert [row["id"] for row in found] == whole[5:8]
    assert [row["id"] for row in ours.rows("flow.find_many", start=30)] == whole[30:]


@pytest.mark.covers("flowthings.param.sort")
@pytest.mark.covers("flowthings.param.order")
def test_lists_come_in_the_order_of_a_member(ours: Ours, bare: Bare, hourly: str) -> None:
    rising = [row["elems"]["t"] for row in ours.rows(
        "drop.find_many", flow=hourly, sort="elems.t", order="asc", limit=5)]  # fmt: skip
    falling = [row["elems"]["t"] for row in ours.rows(
        "drop.find_many", flow=hourly, sort="elems.t", order="desc", limit=5)]  # fmt: skip
    newest = [row["elems"]["t"] for row in ours.rows("drop.find_many", flow=hourly, limit=5)]
    assert (rising, falling) == ([0, 1, 2, 3, 4], [47, 46, 45, 44, 43])
    assert newest == falling
    paths = [row["path"] for row in ours.rows("flow.find_many", sort="path", order="asc")]
    assert paths == sorted(paths)


@pytest.mark.covers("flowthings.param.only")
def test_only_the_members_asked_for_come_and_the_id_always(ours: Ours) -> None:
    found = ours.rows("flow.find_many", only=["path", "capacity"], limit=3)
    assert [set(row) for row in found] == [{"id", "path", "capacity"}] * 3
    assert all(row["id"] and row["path"] for row in found)


@pytest.mark.covers("flowthings.param.refs")
def test_what_is_mentioned_is_shown_by_name(ours: Ours, bare: Bare) -> None:
    person = bare("GET", "/identity")[0]
    (found,) = ours.rows("flow.find_many", filter=["path == '/admin/playground'"], refs=True)
    assert found["references"] == person["name"]
    (plain,) = ours.rows("flow.find_many", filter=["path == '/admin/playground'"])
    assert "references" not in plain


@pytest.mark.covers("flowthings.param.builder")
def test_unknown_parameters_are_passed_on(ours: Ours, bare: Bare, server: SandboxServer) -> None:
    found = ours.rows("flow.find_many", further={"skip": "4", "related": "1"}, limit=2)
    assert [row["id"] for row in found] == [row["id"] for row in bare("GET", "/flow")[4:6]]
    with Ours(server, query="related=1").opened as connected:
        assert connected.check().id


# -- refusals


@pytest.mark.covers("flowthings.error.bad_request")
def test_every_message_of_a_refusal_stands_beside_its_field(ours: Ours) -> None:
    with pytest.raises(Rejected) as refused:
        ours.do("flow.create", path="/admin/playground", capacity=5)
    assert refused.value.message == "There is a flow at /admin/playground already."
    with pytest.raises(Rejected) as refused:
        ours.do("root.request", method="POST", path="flow", body={"capacity": -1, "public": 3})
    assert set(refused.value.fields) >= {"capacity", "public"}


@pytest.mark.covers("flowthings.error.forbidden")
@pytest.mark.covers("flowthings.auth.master_token")
def test_a_limited_token_is_told_why_not(server: SandboxServer, bare: Bare) -> None:
    drops = limited(server)
    assert drops.opened.check().facts["Rights"].startswith("limited token")
    for name in ("token.find_many", "share.find_many", "flow.find_many"):
        with pytest.raises(Forbidden, match="master token"):
            drops.rows(name)
    (flow,) = bare("GET", "/flow", filter="path == '/admin/playground'")
    assert drops.do("drop.create", flow=flow["id"], elems={"n": 1}).fields["elems"] == {"n": 1}
    assert Ours(server).opened.check().facts["Rights"] == "master token"


@pytest.mark.covers("flowthings.error.not_found")
def test_what_is_gone_is_said_to_be_gone(ours: Ours) -> None:
    with pytest.raises(NotFound, match="no longer"):
        ours.do("flow.read", id="f" + NOWHERE)


@pytest.mark.covers("flowthings.error.server_error")
def test_a_platform_out_of_order_is_worth_another_try(server: SandboxServer, ours: Ours) -> None:
    server.faults.add(Fault(kind="500", path="/v0.1/admin/group"))
    try:
        with pytest.raises(Unavailable) as failed:
            ours.do("group.create", member_ids=[])
        assert failed.value.passing
    finally:
        server.faults.clear()


def answer(status: int, body: object) -> Answer:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status=status, headers={}, body=text)


def refusal(status: int, *errors: str) -> dict[str, object]:
    return {"head": {"status": status, "ok": False, "errors": list(errors)}, "body": None}


@pytest.mark.covers("flowthings.error.exception")
@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (answer(200, refusal(401, "Expired.")), AuthFailed),
        (answer(200, refusal(409, "Taken.")), Rejected),
        (answer(200, refusal(404)), NotFound),
        (answer(200, {"rows": []}), BadAnswer),
        (answer(200, [1]), BadAnswer),
        (answer(200, b"<html>"), BadAnswer),
        (answer(200, b""), BadAnswer),
    ],
)
def test_an_answer_that_is_none_still_gives_a_clear_message(
    given: Answer, kind: type[ConnectorError]
) -> None:
    with pytest.raises(kind) as failed:
        opened(given)
    assert failed.value.message


@pytest.mark.covers("flowthings.error.exception")
def test_the_head_decides_what_an_error_is() -> None:
    assert isinstance(explain(answer(400, refusal(403, "No."))), Forbidden)
    assert isinstance(explain(answer(401, refusal(401, "No."))), AuthFailed)
    assert isinstance(explain(answer(409, refusal(409, "Taken."))), Rejected)
    assert explain(answer(503, refusal(503, "Down."))) is None
    assert explain(answer(502, b"<html>bad gateway</html>")) is None


@pytest.mark.covers("flowthings.modify.diff")
@pytest.mark.covers("flowthings.modify.update_many")
def test_the_platform_sees_exactly_what_was_assigned(
    ours: Ours, bare: Bare, monkeypatch: pytest.MonkeyPatch
) -> None:
    flows = [bare.flow(fresh("kept"), description="Mine.", capacity=5) for _ in range(2)]
    sent: list[object] = []
    client = ours.opened._client  # type: ignore[attr-defined]
    ask = client.call

    def heard(method: str, path: str, body: object = None, **more: object) -> object:
        sent.append(body)
        return ask(method, path, body, **more)

    monkeypatch.setattr(client, "call", heard)
    ours.do("flow.update", id=flows[0], capacity=9, display_name="Nine")
    found = ours.rows(
        "flow.update_many", changes={flows[0]: {"capacity": 3}, flows[1]: {"public": True}}
    )
    assert [(row["id"], row["capacity"], row["public"]) for row in found] == [
        (flows[0], 3, False), (flows[1], 5, True),
    ]  # fmt: skip
    assert sent == [
        {"capacity": 9, "displayName": "Nine"},
        {flows[0]: {"capacity": 3}, flows[1]: {"public": True}},
    ]
    stored = [bare("GET", f"/flow/{flow}") for flow in flows]
    assert [(one["capacity"], one["public"]) for one in stored] == [(3, False), (5, True)]
    assert [one["description"] for one in stored] == ["Mine.", "Mine."]


@pytest.mark.covers("flowthings.root.request")
@pytest.mark.covers("flowthings.service.request")
@pytest.mark.covers("flowthings.api.add_service")
def test_any_call_can_be_made_and_its_answer_is_shown_raw(
    ours: Ours, bare: Bare, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="connectors.http")
    whole = bare("GET", "/group")
    assert json.loads(ours.do("root.request", method="GET", path="group")) == whole
    one = whole[0]["id"]
    told = ours.do("service.request", service="group", method="GET", path=one)
    assert json.loads(told) == whole[0]
    told = ours.do("service.request", service="group", method="MGET", body=[one])
    assert json.loads(told) == {one: whole[0]}
    assert json.loads(ours.do("root.request", method="GET", path="flow", query={"limit": "2"})) == (
        bare("GET", "/flow", limit=2)
    )
    assert [row["id"] for row in ours.rows("api.add_service", path="/group")] == [one]
    for path in ("../x", "//evil", "a?b", "a#b"):
        with pytest.raises(Rejected):
            ours.do("root.request", method="GET", path=path)
