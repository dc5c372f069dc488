"""Drops: computed and written, typed and plain; aggregates and statistics against own sums."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.sandbox.clock import microseconds
from connectors.sandbox.flowthings.elems import TYPES
from tests.sandbox.clock import HandClock
from tests.sandbox.flowthings.wire import KIND, NOWHERE, Account
from tests.sandbox.server import SandboxServer

NOW = datetime(2025, 6, 4, 12, 0, 30, tzinfo=UTC)
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer(KIND, clock=HandClock(shown=[NOW])) as served:
        yield served


def source(account: Account, flow: Any) -> Any:
    """The readings of the world that a flow shows."""
    return account.server.standin(KIND).state.history.source(flow["id"])


def test_a_meters_drops_are_the_worlds_readings_newest_first(admin: Account) -> None:
    flow = admin.meter()
    drops = admin.drops(flow, limit=300)
    now = microseconds(NOW)
    times, values = source(admin, flow).read(now - DAY * 1000, now)
    newest = list(zip(times.tolist(), values.tolist(), strict=True))[::-1][:300]
    assert [(drop["creationDate"] * 1000, drop["elems"]["value"]) for drop in drops] == newest
    assert all(drop["elems"]["time"] == drop["creationDate"] for drop in drops)
    assert admin.drops(flow, limit=300) == drops
    assert admin.body("GET", f"/drop/{flow['id']}/{drops[7]['id']}") == drops[7]


def test_pages_of_computed_and_written_drops_give_each_once(admin: Account) -> None:
    flow = admin.meter("Home 1, heating and cooling: electricity")
    for hours in range(1, 30):
        body = {
            "elems": {"value": hours},
            "creationDate": int(NOW.timestamp()) * 1000 - hours * HOUR,
        }
        admin.body("POST", f"/drop/{flow['id']}", body)
    whole = admin.drops(flow, limit=200)
    for limit in (1, 7, 50):
        paged: list[Any] = []
        while len(paged) < 200:
            paged += admin.drops(flow, start=len(paged), limit=limit)
        assert paged[:200] == whole
    stamps = [drop["creationDate"] for drop in whole]
    assert stamps == sorted(stamps, reverse=True)
    assert sum(drop["elems"].keys() == {"value"} for drop in whole) == 29


def test_ascending_pages_reach_the_newest(admin: Account) -> None:
    flow = admin.meter("Home 1, heating and cooling: electricity")
    since = int(NOW.timestamp()) * 1000 - 10 * DAY
    text = f"creationDate >= {since} && creationDate < {since + 5 * DAY}"
    found: list[Any] = []
    while page := admin.drops(flow, filter=text, order="asc", sort="creationDate", limit=50,
                              start=len(found)):  # fmt: skip
        found += page
    stamps = [drop["creationDate"] for drop in found]
    assert stamps == [since // HOUR * HOUR + HOUR + n * HOUR for n in range(5 * 24)]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("AGE < 3600000", lambda drop, now: now - drop["creationDate"] < HOUR),
        ("value > 30 && AGE <= 7200000", lambda drop, now: drop["elems"]["value"] > 30
         and now - drop["creationDate"] <= 2 * HOUR),
        ("elems.value % 2 == 0", lambda drop, now: drop["elems"]["value"] % 2 == 0),
        ("NOT value > 30", lambda drop, now: not drop["elems"]["value"] > 30),
    ],
)  # fmt: skip
def test_a_filter_on_computed_drops_agrees_with_looking_at_each(
    admin: Account, text: str, plain: Any
) -> None:
    flow = admin.meter()
    every = admin.drops(flow, limit=1000)
    cut = f"({text}) && creationDate >= {every[-1]['creationDate']}"
    now = int(admin.server.standin(KIND).state.now())
    assert admin.drops(flow, filter=cut, limit=1000) == [d for d in every if plain(d, now)]


@pytest.mark.parametrize("sign", ["<", "<=", ">", ">=", "=="])
def test_the_bounds_of_time_are_exact(admin: Account, sign: str) -> None:
    flow = admin.flow("bounds")
    for moment in range(10, 20):
        admin.body("POST", f"/drop/{flow['id']}", {"elems": {"n": moment}, "creationDate": moment})
    for limit in (15, 14.5):
        found = admin.values(flow, filter=f"creationDate {sign} {limit}", order="asc")
        assert found == [n for n in range(10, 20) if eval(f"{n} {sign} {limit}")]  # noqa: S307


def test_a_flow_keeps_as_many_drops_as_its_capacity(admin: Account) -> None:
    flow = admin.flow("small", capacity=3)
    dropped = admin.drop(flow, n=0)
    for number in range(1, 5):
        admin.drop(flow, n=number)
    assert admin.values(flow) == [4, 3, 2]
    admin.refused(404, "GET", f"/drop/{flow['id']}/{dropped['id']}")
    admin.body("PUT", f"/flow/{flow['id']}", {"capacity": 1})
    assert admin.values(flow) == [4]
    nothing = admin.flow("nothing", capacity=0)
    assert admin.drop(nothing, n=1)["elems"] == {"n": 1}
    assert admin.drops(nothing) == []


def test_a_meters_flow_holds_its_newest_readings_only(admin: Account) -> None:
    flow = admin.meter()
    admin.body("PUT", f"/flow/{flow['id']}", {"capacity": 50})
    assert len(admin.drops(flow, limit=100)) == 50
    admin.drop(flow, n=1)
    held = admin.drops(flow, limit=100)
    assert len(held) == 50
    assert held[0]["elems"] == {"n": 1}


def test_a_repeated_fhash_is_not_taken_again(admin: Account) -> None:
    flow, other = admin.flow("hashed"), admin.flow("hashed-too")
    first = admin("POST", f"/drop/{flow['id']}", {"elems": {"n": 1}, "fhash": "h"})
    again = admin("POST", f"/drop/{flow['id']}", {"elems": {"n": 2}, "fhash": "h"})
    assert (first.status, again.status) == (201, 200)
    assert again.data["body"] == first.data["body"]
    assert admin.values(flow) == [1]
    assert admin("POST", f"/drop/{other['id']}", {"elems": {}, "fhash": "h"}).status == 201
    admin.body("DELETE", f"/drop/{flow['id']}/{first.data['body']['id']}")
    assert admin("POST", f"/drop/{flow['id']}", {"elems": {}, "fhash": "h"}).status == 201


def test_the_filter_of_a_flow_keeps_drops_out(admin: Account) -> None:
    flow = admin.flow("strict", filter="n > 1 && EXISTS elems.n")
    assert "filter" in admin.refused(400, "POST", f"/drop/{flow['id']}", {"elems": {"n": 1}})
    admin.drop(flow, n=2)
    assert admin.values(flow) == [2]


def test_computed_drops_can_be_changed_deleted_and_emptied(admin: Account) -> None:
    flow = admin.meter()
    one, two, three = admin.drops(flow, limit=3)
    at = f"/drop/{flow['id']}"
    changed = admin.body("PUT", f"{at}/{one['id']}", {"elems": {"value": 0}, "creationDate": 5})
    assert (changed["elems"], changed["creationDate"]) == ({"value": 0}, one["creationDate"])
    assert admin.body("DELETE", f"{at}/{two['id']}")["id"] == two["id"]
    admin.refused(404, "DELETE", f"{at}/{two['id']}")
    left = admin.drops(flow, limit=2)
    assert [drop["id"] for drop in left] == [one["id"], three["id"]]
    assert left[0]["elems"] == {"value": 0}
    assert admin.body("DELETE", at) == {}
    assert admin.drops(flow) == []
    admin.drop(flow, n=1)
    assert len(admin.drops(flow)) == 1


TYPED: tuple[tuple[str, Any], ...] = (
        ("string", "x"), ("integer", 1), ("long", 2**40), ("float", 1.5), ("boolean", True),
        ("date", 1_000), ("uri", "http://x"), ("email", "a@b.example"), ("html", "<b>"),
        ("text", "t"), ("media", {"url": "u"}), ("location", {"lat": 1, "lon": 2}),
        ("color", "#fff"), ("duration", 5), ("length", 2.5), ("bytes", "AA=="), ("id", "d1"),
        ("dropRef", {"flowId": "f", "dropId": "d"}), ("map", {"a": 1}), ("list", [1, "a"]),
        ("set", [1]), ("sortedSet", [1]),
)  # fmt: skip


@pytest.mark.parametrize(("kind", "value"), TYPED)
def test_a_typed_elem_comes_back_plain_or_as_it_was_written(
    admin: Account, kind: str, value: Any
) -> None:
    flow = admin.flow("typed")
    pair = {"type": kind, "value": value}
    made = admin.body("POST", f"/drop/{flow['id']}", {"elems": {"e": pair}})
    assert made["elems"] == {"e": value}
    assert admin.drops(flow, hints=1)[0]["elems"] == {"e": pair}
    assert admin.drops(flow, hints="false")[0]["elems"] == {"e": value}
    assert len(admin.drops(flow, filter=f"HAS {kind}")) == 1
    assert admin.drops(flow, filter="HAS nothing") == []


def test_every_type_is_tried() -> None:
    assert {kind for kind, _ in TYPED} == set(TYPES)


@pytest.mark.parametrize(
    "elems", [7, [], None, {"": 1}, {"a": None}, {"a": {"type": "integer", "value": "1"}},
              {"a": {"type": "interger", "value": 1}}, {"a": {"type": "date", "value": "today"}},
              {"a": {"type": "location", "value": {"lat": 91, "lon": 0}}}, {"a": 2**63}],
)  # fmt: skip
def test_an_elem_that_its_type_does_not_take_is_refused(admin: Account, elems: Any) -> None:
    flow = admin.flow("refused")
    admin.refused(400, "POST", f"/drop/{flow['id']}", {"elems": elems})
    assert admin.drops(flow) == []


def test_types_are_guessed_from_plain_values(admin: Account) -> None:
    flow = admin.flow("guessed")
    plain = {
        "i": 1,
        "f": 1.0,
        "b": True,
        "s": "x",
        "m": {"x": {"type": "date", "value": 1}},
        "l": [],
    }
    admin.body("POST", f"/drop/{flow['id']}", {"elems": plain})
    typed = admin.drops(flow, hints="1")[0]["elems"]
    names = {name: pair["type"] for name, pair in typed.items()}
    assert names == {"i": "integer", "f": "float", "b": "boolean", "s": "string", "m": "map",
                     "l": "list"}  # fmt: skip
    assert typed["m"]["value"] == {"x": 1}


def test_several_flows_are_asked_in_one_request(admin: Account) -> None:
    one, two = admin.flow("first"), admin.flow("second")
    for number in range(3):
        admin.drop(one, n=number)
        admin.drop(two, n=number)
    asked = [
        {"flowId": one["id"], "params": {"limit": 1}},
        {"path": two["path"], "params": {"filter": "n < 2", "order": "asc"}},
    ]
    found = admin.body("MGET", "/drop", asked)
    numbers = {key: [drop["elems"]["n"] for drop in drops] for key, drops in found.items()}
    assert numbers == {one["id"]: [2], two["id"]: [0, 1]}
    admin.refused(404, "MGET", "/drop", [{"flowId": NOWHERE}])
    admin.refused(400, "MGET", "/drop", [{"flowId": one["id"], "params": {"filter": "n <"}}])


def test_drops_sort_by_distance_when_a_place_is_asked(admin: Account) -> None:
    flow = admin.flow("places")
    for n, lat in enumerate((10.0, 40.0, 30.0)):
        body = {"elems": {"n": n}, "location": {"lat": lat, "lon": 0}}
        admin.body("POST", f"/drop/{flow['id']}", body)
    text = "location WITHIN 5000 KM OF [35,0]"
    assert admin.values(flow, filter=text, order="geo")[-1] == 0
    assert set(admin.values(flow, filter=text, order="geo")[:2]) == {1, 2}
    assert admin.values(flow, filter="location WITHIN 600 KM OF [35,0]", sort="n") == [2, 1]


# Aggregation and statistics


def test_daily_means_and_counts_equal_own_sums(admin: Account) -> None:
    flow = admin.meter()
    low = datetime(2025, 5, 1, tzinfo=UTC)
    high = low + timedelta(days=3)
    times, values = source(admin, flow).read(microseconds(low), microseconds(high))
    text = f"creationDate >= {int(low.timestamp())}000 && creationDate < {int(high.timestamp())}000"
    body = {"output": ["$avg:value", "$count", "$min:value", "$max:value", "$sum:value",
                       "$first:value", "$last:value", "$stdDev:value"],
            "groupBy": ["$day"], "filter": text}  # fmt: skip
    rows = admin.body("POST", f"/drop/{flow['id']}/aggregate", body)
    assert [row["id"] for row in rows] == [
        {"$year": 2025, "$month": 5, "$day": day} for day in (1, 2, 3)
    ]
    for day, row in enumerate(rows):
        inside = values[(times // 1000 - int(low.timestamp()) * 1000) // DAY == day]
        own = [inside.mean(), inside.size, inside.min(), inside.max(), inside.sum(), inside[0],
               inside[-1], inside.std()]  # fmt: skip
        assert [row[name] for name in body["output"]] == pytest.approx(own)


def test_rules_groups_and_sorts_work_together(admin: Account) -> None:
    flow = admin.flow("ruled")
    rows = [("a", 1), ("a", 50), ("b", 60), ("b", 70), ("c", "x")]
    for room, value in rows:
        admin.drop(flow, room=room, t=value)
    body = {"output": ["$avg:hot", "$avg:t", "$count"], "groupBy": ["room"],
            "rules": {"hot": "t > 42"}, "sorts": ["$avg:hot:desc", "room:asc"]}  # fmt: skip
    found = admin.body("POST", f"/drop/{flow['id']}/aggregate", body)
    assert found == [
        {"id": {"room": "b"}, "$avg:hot": 1, "$avg:t": 65, "$count": 2},
        {"id": {"room": "a"}, "$avg:hot": 0.5, "$avg:t": 25.5, "$count": 2},
        {"id": {"room": "c"}, "$avg:hot": 0, "$avg:t": None, "$count": 1},
    ]
    both = {"output": ["$count"], "groupBy": ["hot"], "rules": {"hot": "t > 42"}}
    assert admin.body("POST", f"/drop/{flow['id']}/aggregate", both) == [
        {"id": {"hot": 0}, "$count": 2}, {"id": {"hot": 1}, "$count": 3}
    ]  # fmt: skip


def test_a_date_selector_can_name_a_date_elem(admin: Account) -> None:
    flow = admin.flow("dated")
    for moment in (0, 1, HOUR):
        admin.body("POST", f"/drop/{flow['id']}",
                   {"elems": {"ts": {"type": "date", "value": moment}}})  # fmt: skip
    admin.drop(flow, n=1)
    body = {"output": ["$count"], "groupBy": ["$hour:ts"], "sorts": ["$count"]}
    found = admin.body("POST", f"/drop/{flow['id']}/aggregate", body)
    day = {"$year:ts": 1970, "$month:ts": 1, "$day:ts": 1}
    none = dict.fromkeys([*day, "$hour:ts"])
    assert found == [
        {"id": none, "$count": 1}, {"id": {**day, "$hour:ts": 1}, "$count": 1},
        {"id": {**day, "$hour:ts": 0}, "$count": 2},
    ]  # fmt: skip


@pytest.mark.parametrize(
    "body", [[], {}, {"output": []}, {"output": ["$avg"]}, {"output": ["avg:t"]}, {"output": [1]},
             {"output": ["$count"], "groupBy": ["$week"]},
             {"output": ["$count"], "sorts": ["$avg:t"]}, {"output": ["$count"], "filter": "t >"},
             {"output": ["$count"], "rules": {"a": "t >"}}, {"output": ["$count"], "rules": [1]}],
)  # fmt: skip
def test_a_wrong_aggregation_is_refused(admin: Account, body: Any) -> None:
    admin.refused(400, "POST", f"/drop/{admin.meter()['id']}/aggregate", body)


NUMBERS = st.lists(st.one_of(st.integers(-1000, 1000), st.floats(-1e6, 1e6), st.just("x")),
                   max_size=12)  # fmt: skip


@given(NUMBERS)
@settings(max_examples=25, deadline=None)
def test_aggregates_of_any_numbers_equal_own_ones(
    server: SandboxServer, numbers: list[Any]
) -> None:
    admin = Account(server)
    flow = admin.flow(f"any-{uuid4()}")
    for number in numbers:
        admin.drop(flow, n=number)
    output = ["$count", "$count:n", "$avg:n", "$sum:n"]
    rows = admin.body("POST", f"/drop/{flow['id']}/aggregate", {"output": output})
    real = [number for number in numbers if number != "x"]
    if not numbers:
        assert rows == []
        return
    (row,) = rows
    assert (row["$count"], row["$count:n"], row["id"]) == (len(numbers), len(real), {})
    if real:
        assert row["$avg:n"] == pytest.approx(float(np.mean(real)), abs=1e-6)
        assert row["$sum:n"] == pytest.approx(float(np.sum(real)), abs=1e-6)
    else:
        assert (row["$avg:n"], row["$sum:n"]) == (None, None)


def test_statistics_count_what_the_world_and_the_clients_added(admin: Account) -> None:
    flow = admin.meter("Home 1, heating and cooling: electricity")
    at = f"/statistics/flowDropAdded/{flow['id']}"
    assert admin.body("GET", f"{at}/2024") == [days * 24 for days in
        (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)]  # fmt: skip
    assert admin.body("GET", f"{at}/2024/2") == [24] * 29
    assert admin.body("GET", f"{at}/2024/2/29") == [1] * 24
    assert admin.body("GET", f"{at}/2024", level="YEAR") == [366 * 24]
    assert admin.body("GET", f"{at}/2024/2", level="HOUR") == [1] * 29 * 24
    before = admin.body("GET", at)
    admin.drop(flow, n=1)
    now = admin.body("GET", at)
    assert len(now) == 12
    assert [after - early for early, after in zip(before, now, strict=True)] == [
        int(month == NOW.month) for month in range(1, 13)
    ]


@pytest.mark.parametrize("when", ["/0", "/x", "/20240", "/2024/0", "/2024/13", "/2023/2/29", "/²"])
def test_a_wrong_date_is_refused(admin: Account, when: str) -> None:
    flow = admin.meter()["id"]
    admin.refused(400, "GET", f"/statistics/flowDropAdded/{flow}{when.replace('²', '%C2%B2')}")


# Faults of content


def test_spoiled_drops_are_spoiled_as_the_fault_says(server: SandboxServer, admin: Account) -> None:
    flow = admin.meter()
    clean = admin.drops(flow, limit=9)
    seen: dict[str, list[Any]] = {}
    for kind in ("duplicate_stamps", "unsorted_stamps", "nan", "page_drift"):
        with server.faults.on(kind):
            seen[kind] = admin.drops(flow, limit=9, start=9)
    right = admin.drops(flow, limit=9, start=9)
    stamps = {kind: [drop["creationDate"] for drop in drops] for kind, drops in seen.items()}
    assert len(set(stamps["duplicate_stamps"])) == 9 < len(stamps["duplicate_stamps"])
    assert stamps["unsorted_stamps"] != sorted(stamps["unsorted_stamps"], reverse=True)
    assert sum(drop["elems"]["value"] != drop["elems"]["value"] for drop in seen["nan"]) == 1
    assert seen["page_drift"] == [clean[-1], *right[:-1]]
