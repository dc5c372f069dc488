"""The tree, buckets and writes of BEMServer against its stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import pyarrow as pa
import pytest

from connectors.bemserver.buckets import WIDTHS
from connectors.contract import TIME, NodeId, Window
from connectors.errors import ConnectorError, NotFound, Rejected
from connectors.paging import walk
from connectors.sandbox.bemserver.call import Settings
from connectors.sandbox.bemserver.seed import Account
from tests.conformance.points import agree, batch_of, stored
from tests.conformance.sandbox_bemserver import signed_in, values
from tests.conformance.subject import Opened, Subject
from tests.sandbox.server import ADMIN, MEMBER, OUTSIDER, SandboxServer

POWER = NodeId("timeseries/40@1")


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer("bemserver") as server:
        yield server


def _as(server: SandboxServer, account: Account, **settings: str) -> Opened:
    values = {"url": server.url, "email": account.email, "password": account.password} | settings
    return Subject(kind="bemserver", settings=values).open()


@pytest.fixture
def admin(server: SandboxServer) -> Opened:
    return _as(server, ADMIN)


def _names(service: Opened, parent: str | None) -> list[str]:
    above = NodeId(parent) if parent else None
    return [node.name for node in walk(partial(service.children, above))]


def test_every_series_hangs_in_the_tree(server: SandboxServer, admin: Opened) -> None:
    waiting: list[NodeId | None] = [None]
    found: set[str] = set()
    while waiting:
        parent = waiting.pop()
        for node in walk(partial(admin.children, parent)):
            waiting += [node.id] if node.expandable else []
            found |= {node.id} if node.role == "series" else set()
    with signed_in(server) as session:
        every = f"{server.url}/timeseries/?page_size=100&page="
        pages = [session.get(f"{every}{n}", timeout=10).json() for n in (1, 2)]
    assert found == {f"timeseries/{row['id']}@1" for page in pages for row in page}


def test_a_series_tied_to_nothing_is_not_lost(server: SandboxServer, admin: Opened) -> None:
    body = {"name": "Stray", "campaign_id": 3, "campaign_scope_id": 1, "unit_symbol": "kWh"}
    with signed_in(server) as session:
        scopes = session.get(f"{server.url}/campaign_scopes/?campaign_id=3", timeout=10).json()
        body["campaign_scope_id"] = scopes[0]["id"]
        number = session.post(f"{server.url}/timeseries/", json=body, timeout=10).json()["id"]
    assert _names(admin, "unplaced/3") == ["Stray"]
    assert admin.node(NodeId(f"timeseries/{number}@1")).parent == "unplaced/3"
    assert admin.node(NodeId("unplaced/3")).parent == "campaign/3"
    with signed_in(server) as session:
        tag = session.get(f"{server.url}/timeseries/{number}", timeout=10).headers["ETag"]
        session.delete(f"{server.url}/timeseries/{number}", headers={"If-Match": tag}, timeout=10)


def test_a_node_tells_what_the_platform_knows(admin: Opened) -> None:
    node = admin.node(POWER)
    assert node.unit == "kW"
    assert node.details["Interval"] == "60 s"
    assert node.details["Data state"] == "Raw"
    assert node.last_seen is not None
    assert node.last_seen.tzinfo is UTC
    assert admin.node(NodeId("site/8")).details["Coordinates"].count(",") == 1


def test_each_account_sees_what_it_may(server: SandboxServer) -> None:
    member, outsider = _as(server, MEMBER), _as(server, OUTSIDER)
    assert "Odd names" not in _names(member, None)
    assert "Campus (synthetic)" in _names(member, None)
    assert _names(outsider, None) == []
    with pytest.raises(ConnectorError):
        outsider.node(NodeId("site/8"))


def test_a_scope_without_its_campaign_still_shows_its_series(server: SandboxServer) -> None:
    """Scopes and campaigns are granted apart from each other."""
    someone = {"name": "Scoped", "email": "scoped@sandbox.example", "password": "scoped-word"}
    with signed_in(server) as session:

        def add(path: str, **row: object) -> int:
            answer = session.post(f"{server.url}/{path}/", json=row, timeout=10)
            return int(answer.json().get("id", 0))

        user, group = add("users", **someone), add("user_groups", name="Scoped")
        add("users_by_user_groups", user_id=user, user_group_id=group)
        scopes = session.get(f"{server.url}/campaign_scopes/?campaign_id=2", timeout=10).json()
        scope = next(row["id"] for row in scopes if row["name"] == "Energy")
        add("user_groups_by_campaign_scopes", user_group_id=group, campaign_scope_id=scope)
    account = Account(
        about="",
        name="Scoped",
        email="scoped@sandbox.example",
        password="scoped-word",
    )
    scoped = _as(server, account)
    (top,) = scoped.children(None).items
    assert (top.id, top.name) == (f"scope/{scope}", "Energy")
    series = scoped.children(top.id).items
    assert series[0].name == "Home A: electricity"
    assert scoped.node(series[0].id).parent == top.id
    assert scoped.node(top.id).parent is None


@pytest.mark.parametrize("flavour", ["0.24.3", "0.27.0"])
def test_other_versions_answer_the_same(flavour: str) -> None:
    window = Window(start=datetime(2024, 3, 1, tzinfo=UTC), end=datetime(2024, 3, 2, tzinfo=UTC))
    with SandboxServer("bemserver", settings={"bemserver": Settings(flavour=flavour)}) as server:
        service = _as(server, ADMIN)
        assert service.check().facts["API"] == flavour
        assert _names(service, None)[0] == "Campus (synthetic)"
        assert service.node(POWER).last_seen is not None
        found = stored(service.read([POWER], window))
        assert found[POWER][1] == list(values(server, 40, window.start, window.end).values())


def test_the_data_state_is_a_part_of_a_series_id(server: SandboxServer) -> None:
    clean = _as(server, ADMIN, data_state="Clean")
    assert clean.children(NodeId("space/1")).items[0].id.endswith("@2")
    assert clean.node(POWER).details["Data state"] == "Raw"
    with pytest.raises(NotFound):
        clean.node(NodeId("timeseries/40@9"))


@pytest.mark.parametrize("step", WIDTHS)
def test_buckets_are_exact_over_a_gap_of_weeks(
    server: SandboxServer, admin: Opened, step: timedelta
) -> None:
    """The series lost three weeks; sums there have to be null, not the platform's zero."""
    series = NodeId("timeseries/92@1")
    start, end = _gap(server)
    width = max(5 * step, timedelta(days=1))
    for edge in (start, end):
        agree(admin, series, Window(start=edge - width, end=edge + width), step)


def _gap(server: SandboxServer) -> tuple[datetime, datetime]:
    """The longest time without a point."""
    since, until = datetime(2015, 1, 1, tzinfo=UTC), datetime.now(UTC)
    with signed_in(server) as session:
        asked: dict[str, str | int] = {
            "start_time": since.isoformat(),
            "end_time": until.isoformat(),
            "data_state": 1,
            "timeseries": 92,
            "aggregation": "count",
            "bucket_width_value": 1,
            "bucket_width_unit": "day",
        }
        answer = session.get(f"{server.url}/timeseries_data/aggregate", params=asked, timeout=30)
    empty = [day for day, number in answer.json()["92"].items() if number == 0]
    return datetime.fromisoformat(empty[0]), datetime.fromisoformat(empty[-1])


def test_values_equal_the_platforms_own_to_the_last_digit(
    server: SandboxServer, admin: Opened
) -> None:
    start = datetime(2024, 3, 30, 20, tzinfo=UTC)
    window = Window(start=start, end=start + timedelta(days=1))
    expected = values(server, 40, window.start, window.end)
    times, found = stored(admin.read([POWER], window))[POWER]
    assert found == list(expected.values())
    assert [datetime.fromisoformat(at).timestamp() * 1e6 for at in expected] == times


def test_nulls_are_not_written_and_text_is_refused(admin: Opened) -> None:
    series = NodeId("timeseries/60@1")
    start = datetime(2032, 1, 1, tzinfo=UTC)
    times = pa.array([start + timedelta(minutes=n) for n in range(3)], TIME)
    whole = pa.RecordBatch.from_arrays([times, pa.array([1, None, 3])], names=["time", "value"])
    assert admin.write([series], [whole]).accepted == 2
    for wrong in (pa.array(["a", "b", "c"]), pa.array([1.0, float("inf"), 2.0])):
        batch = pa.RecordBatch.from_arrays([times, wrong], names=["time", "value"])
        with pytest.raises(Rejected):
            admin.write([series], [batch])
    assert admin.write([series], []).accepted == 0


def test_several_series_are_written_from_one_batch_and_a_null_is_no_point(admin: Opened) -> None:
    series = [NodeId("timeseries/60@1"), NodeId("timeseries/61@1")]
    start = datetime(2035, 1, 1, tzinfo=UTC)
    times = pa.array([start, start + timedelta(minutes=1)], TIME)
    columns = [pa.array([1.5, None]), pa.array([2, 3])]
    batch = pa.RecordBatch.from_arrays([times, *columns], names=["time", "a", "b"])
    assert admin.write(series, [batch]).accepted == 3
    found = stored(admin.read(series, Window(start=start, end=start + timedelta(hours=1))))
    assert [found[one][1] for one in series] == [[1.5], [2.0, 3.0]]


def test_a_long_write_is_whole(admin: Opened) -> None:
    series, start = NodeId("timeseries/60@1"), datetime(2033, 1, 1, tzinfo=UTC)
    numbers = [n / 7 for n in range(120_000)]
    whole = batch_of(start, numbers)
    pieces = [whole.slice(at, 50_000) for at in range(0, 120_000, 50_000)]
    outcome = admin.write([series], pieces)
    assert (outcome.accepted, outcome.unchanged) == (120_000, 0)
    window = Window(start=start, end=start + timedelta(days=90))
    assert stored(admin.read([series], window))[series][1] == numbers


def test_fractions_of_a_second_are_written_and_nobody_guesses(admin: Opened) -> None:
    start = datetime(2034, 1, 1, microsecond=500_000, tzinfo=UTC)
    outcome = admin.write([NodeId("timeseries/60@1")], [batch_of(start, [1.0, 2.0])])
    assert (outcome.accepted, outcome.unchanged) == (2, None)
