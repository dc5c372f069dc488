"""The part of a page that shows points as they come."""

from __future__ import annotations

import html
import json
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from connectors import registry
from dashboard.accounts.models import Workspace
from dashboard.connections.models import Connection
from dashboard.series import live
from dashboard.series.models import Live
from dashboard.series.windows import micros

pytestmark = pytest.mark.django_db

FIRST = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def ticker(monkeypatch: pytest.MonkeyPatch, workspace: Workspace) -> Connection:
    """An account on a platform that pushes."""
    monkeypatch.setitem(registry.OURS, "ticker", "tests.series.ticker")
    return Connection.objects.create(workspace=workspace, kind="ticker", name="Ticker")


def heard(connection: Connection, *values: object, **more: object) -> Live:
    """What another process listens to and has heard."""
    now = timezone.now()
    points = [[micros(FIRST + timedelta(minutes=n)), value] for n, value in enumerate(values)]
    given = {"wanted_at": now, "since": FIRST, "heard": points, "count": len(points), **more}
    return Live.objects.create(
        connection=connection, node="meter", until=now + timedelta(minutes=1), **given
    )


def asked(client: Client, connection: Connection, **words: str) -> str:
    address = f"/charts/live/?{urlencode({'series': f'{connection.pk}:meter', **words})}"
    answer = client.get(address, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_switch_is_off_at_first_and_nobody_listens(client: Client, ticker: Connection) -> None:
    said = asked(client, ticker)
    assert 'aria-checked="false"' in said
    assert "every 2s" not in said
    assert not Live.objects.exists()


def test_what_was_heard_is_shown_the_newest_first_and_asked_for_again(
    client: Client, ticker: Connection
) -> None:
    before = heard(ticker, 1.5, None, "on").wanted_at
    said = asked(client, ticker, on="1")
    assert "3 new points since 12:00:00" in said
    assert re.findall(r'class="number">(?:<\w+[^>]*>)?([^<]+)<', said)[1:] == [
        "on", "no value", "1.5",
    ]  # fmt: skip
    assert "every 2s" in said
    assert Live.objects.get().wanted_at > before


def test_a_chart_gets_numbers_only(client: Client, ticker: Connection) -> None:
    heard(ticker, *(1.5, None, "on", True, 7))
    found = re.search(r'data-live-points="([^"]*)"', asked(client, ticker, on="1", chart="1"))
    assert found
    at = micros(FIRST) / 1000
    assert json.loads(html.unescape(found[1])) == [[at, 1.5], [at + 4 * 60_000, 7]]


def test_a_trouble_is_told_and_that_it_is_tried_again(client: Client, ticker: Connection) -> None:
    heard(ticker, since=None, trouble="The line went dead.")
    said = asked(client, ticker, on="1")
    assert "The line went dead. Tieline tries again every ten seconds." in said


def test_a_platform_that_tells_nothing_by_itself_is_not_listened_to(
    client: Client, works: Connection
) -> None:
    assert not live.streams(works)
    assert "do not tell new points by themselves" in asked(client, works, on="1")
    assert not Live.objects.exists()


def test_a_page_without_script_shows_the_same_and_does_not_poll(
    client: Client, ticker: Connection
) -> None:
    heard(ticker, 1.5)
    page = client.get(f"/charts/live/?series={ticker.pk}:meter&on=1").content.decode()
    assert "Look again" in page
    assert "every 2s" not in page
