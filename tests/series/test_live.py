"""Points as they arise: heard once a series, seen by all who watch, and no feed outlives them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from connectors import registry
from connectors.errors import Unavailable
from connectors.sandbox.accounts import ADMIN, token
from dashboard.accounts.models import Workspace
from dashboard.connections import vault
from dashboard.connections.models import Connection
from dashboard.series import live
from dashboard.series.models import Live, Segment
from dashboard.series.windows import micros
from tests.sandbox.flowthings.wire import Account
from tests.sandbox.server import SandboxServer
from tests.series.conftest import NOW
from tests.series.ticker import service
from tests.series.ticker.service import Tap

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tap(monkeypatch: pytest.MonkeyPatch) -> Iterator[Tap]:
    """The platform's voice; afterwards nobody listens any more."""
    monkeypatch.setitem(registry.OURS, "ticker", "tests.series.ticker")
    monkeypatch.setattr(service, "tap", Tap())
    monkeypatch.setattr(live, "_room", threading.BoundedSemaphore(2))
    monkeypatch.setattr(live, "TICK", 0.02)
    before = threading.active_count()
    yield service.tap
    Live.objects.update(wanted_at=timezone.now() - timedelta(hours=1), holder="nobody")
    monkeypatch.setattr(live, "BEAT", timedelta(0))
    until(lambda: threading.active_count() <= before)
    registry.load.cache_clear()


@pytest.fixture
def ticker(tap: Tap, workspace: Workspace) -> Connection:
    return Connection.objects.create(workspace=workspace, kind="ticker", name="Ticker", settings={})


def until(so: Callable[[], bool]) -> None:
    patience = time.monotonic() + 15
    while not so():
        assert time.monotonic() < patience, "it did not come to that"
        time.sleep(0.02)  # a poll: another thread does it


def watched(connection: Connection, node: str = "meter") -> Live:
    return live.watch(connection, node, now=timezone.now())


def test_what_was_heard_stands_in_the_row_for_everybody(ticker: Connection, tap: Tap) -> None:
    assert watched(ticker).since is None
    until(lambda: watched(ticker).since is not None)
    tap.tell("meter", NOW, 1.5)
    tap.tell("meter", NOW + timedelta(seconds=1), float("nan"))
    until(lambda: watched(ticker).count == 2)
    at = micros(NOW)
    assert watched(ticker).heard == [[at, 1.5], [at + 1_000_000, None]]
    assert not Segment.objects.exists()


def test_a_series_is_subscribed_to_once_however_many_watch(ticker: Connection, tap: Tap) -> None:
    for _ in range(5):
        watched(ticker)
    until(lambda: watched(ticker).since is not None)
    assert tap.subscribed == 1
    assert Live.objects.count() == 1


def test_only_the_newest_points_are_kept_and_all_are_counted(
    ticker: Connection, tap: Tap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "KEPT", 3)
    watched(ticker)
    for second in range(10):
        tap.tell("meter", NOW + timedelta(seconds=second), float(second))
    until(lambda: watched(ticker).count == 10)
    assert [value for _, value in watched(ticker).heard] == [7.0, 8.0, 9.0]


def test_a_feed_is_closed_soon_after_the_last_question(
    ticker: Connection, tap: Tap, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched(ticker)
    until(lambda: tap.subscribed == 1)
    monkeypatch.setattr(live, "WANTED", timedelta(0))
    monkeypatch.setattr(live, "BEAT", timedelta(0))
    until(lambda: not Live.objects.exists())
    assert tap.closed


def test_a_platform_that_breaks_off_is_told_and_asked_again_after_a_pause(
    ticker: Connection, tap: Tap
) -> None:
    tap.waiting.put(Unavailable("The line went dead."))
    watched(ticker)
    until(lambda: "The line went dead." in watched(ticker).trouble)
    assert tap.subscribed == 1
    Live.objects.update(until=timezone.now())
    until(lambda: watched(ticker).since is not None)
    assert tap.subscribed == 2
    assert not watched(ticker).trouble


def test_a_feed_that_ends_at_once_is_not_asked_for_again_and_again(
    ticker: Connection, tap: Tap
) -> None:
    tap.waiting.put(None)
    watched(ticker)
    until(lambda: "as soon as it was there" in watched(ticker).trouble)
    assert tap.subscribed == 1


def test_a_process_listens_to_so_many_series_and_says_when_it_is_full(
    ticker: Connection, tap: Tap
) -> None:
    for node in ("a", "b"):
        watched(ticker, node)
    until(lambda: tap.subscribed == 2)
    assert watched(ticker, "c").trouble == live.FULL
    assert tap.subscribed == 2


def test_a_listener_that_lost_its_row_writes_nothing_more(ticker: Connection, tap: Tap) -> None:
    watched(ticker)
    until(lambda: watched(ticker).since is not None)
    Live.objects.update(holder="another process")
    tap.tell("meter", NOW, 1.0)
    until(lambda: bool(tap.closed))
    assert watched(ticker).count == 0


@dataclass(frozen=True)
class Pushing:
    """A flow of a platform that pushes over real sockets, and whoever puts drops into it."""

    server: SandboxServer
    connection: Connection
    admin: Account
    flow: Any

    def row(self) -> Live:
        return watched(self.connection, f"series/{self.flow['id']}/value")

    def sessions(self) -> set[str]:
        """The live connections that the platform has, or had until a moment ago."""
        return {one.id for one in self.server.standin("flowthings").state.sessions.all()}


@pytest.fixture
def meter(
    monkeypatch: pytest.MonkeyPatch, workspace: Workspace, settings: Any
) -> Iterator[Pushing]:
    monkeypatch.setattr(live, "TICK", 0.02)
    with SandboxServer("flowthings") as server:
        settings.ALLOW_ADDRESSES = frozenset({("127.0.0.1", server.port)})
        admin = Account(server)
        connection = Connection.objects.create(
            workspace=workspace, kind="flowthings", name="Flows",
            settings={"url": server.url, "account": admin.name},
            sealed=vault.seal({"token": token("flowthings", ADMIN)}),
        )  # fmt: skip
        yield Pushing(server, connection, admin, admin.flow("pushed"))
        Live.objects.update(wanted_at=timezone.now() - timedelta(hours=1), holder="nobody")
        monkeypatch.setattr(live, "BEAT", timedelta(0))
        until(lambda: not any(one.name.startswith("live") for one in threading.enumerate()))


def test_no_point_is_lost_or_doubled_where_one_feed_follows_another(
    meter: Pushing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "FEED_SECONDS", 1.0)
    monkeypatch.setattr(live, "OVERLAP", 0.4)
    monkeypatch.setattr(live, "KEPT", 10_000)
    until(lambda: meter.row().since is not None)
    sent, feeds = 0, meter.sessions()
    while len(feeds) < 5:
        meter.admin.drop(meter.flow, value=sent)
        sent, feeds = sent + 1, feeds | meter.sessions()
    until(lambda: meter.row().count >= sent)
    assert [value for _, value in meter.row().heard] == list(range(sent))
    assert not meter.row().trouble
