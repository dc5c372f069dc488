"""The answer that a chart is drawn from."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from connectors.contract import Window
from connectors.errors import AuthFailed, Unavailable
from dashboard.celery import app
from dashboard.connections.models import Connection
from dashboard.series.models import Fill, FillState
from dashboard.series.services import fill_now, fill_run
from tests.charts.conftest import DAY, YEAR, address, decoded
from tests.charts.platform import service as platform


def asked(client: Client, works: Connection, *nodes: str, **words: str) -> dict[str, Any]:
    answer = client.get(address("data", works, *nodes, **words))
    assert answer.status_code == 200
    said: dict[str, Any] = orjson.loads(answer.content)
    return said


def archive(works: Connection, *nodes: str, **words: str) -> Window:
    window = Window(start=moment(words["start"]), end=moment(words["end"]))
    fill_now(
        connection=works,
        nodes=nodes,
        window=window,
        now=datetime(2026, 6, 1, tzinfo=UTC),
        seconds=60,
        background=False,
    )
    return window


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_short_window_is_read_while_the_person_waits(
    client: Client, works: Connection, world: platform.World
) -> None:
    said = asked(client, works, "heat", "power", **DAY)
    assert [one["state"] for one in said["series"]] == ["complete", "complete"]
    times, values = decoded(said["series"][0]["trace"])
    window = Window(start=moment(DAY["start"]), end=moment(DAY["end"]))
    true_times, true_values = world.meters["heat"].points(window)
    assert (times * 1000).tolist() == true_times.tolist()
    assert values.tolist() == true_values.tolist()
    assert said["series"][0]["raw"] == 96
    assert said["poll"] is None
    assert world.reads == [("heat", "power")]


def test_a_cold_ten_year_window_is_drawn_from_the_platforms_own_extremes(
    client: Client, works: Connection, world: platform.World
) -> None:
    said = asked(client, works, "heat", start="2014-01-01T00:00:00Z", end="2024-01-01T00:00:00Z")
    (one,) = said["series"]
    assert one["state"] == "aggregate"
    assert "daily minimum and maximum" in one["words"]
    assert said["poll"]
    _, values = decoded(one["estimate"])
    assert np.nanmax(values) == 99.75
    assert np.nanmin(values) == -50
    fill = Fill.objects.get()
    assert (fill.nodes, one["fill"]) == (["heat"], fill.pk)
    assert world.reads == []


def test_a_chart_that_polls_asks_the_platform_nothing_and_is_complete_after_the_fill(
    client: Client, works: Connection, world: platform.World
) -> None:
    first = asked(client, works, "heat", **YEAR)
    world.buckets.clear()
    again = asked(client, works, "heat", **YEAR, poll="1")
    assert again["series"][0]["state"] == "filling"
    assert again["series"][0]["unread"]
    assert (world.buckets, world.reads) == ([], [])
    fill_run(first["series"][0]["fill"], holder="test")
    done = asked(client, works, "heat", **YEAR, poll="1")
    assert done["series"][0]["state"] == "complete"
    assert done["series"][0]["raw"] == 366 * 96
    assert done["poll"] is None


def test_two_viewers_of_one_window_share_a_fill(
    client: Client, works: Connection, world: platform.World
) -> None:
    asked(client, works, "heat", **YEAR)
    asked(client, works, "heat", **YEAR)
    assert Fill.objects.count() == 1


@pytest.fixture
def dead_queue(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No broker listens where tasks are sent; connections made by earlier tests are not used."""
    app.close()
    monkeypatch.setattr(app.amqp, "_producer_pool", None)
    monkeypatch.setitem(app.conf, "broker_url", f"redis+socket://{tmp_path}/none.sock")
    yield
    app.close()


@pytest.mark.django_db(transaction=True)
def test_a_chart_is_drawn_while_the_queue_does_not_answer(
    dead_queue: None,
    client: Client,
    works: Connection,
    world: platform.World,
    caplog: pytest.LogCaptureFixture,
) -> None:
    said = asked(client, works, "heat", **YEAR)
    assert said["series"][0]["state"] == "aggregate"
    assert "was not queued" in caplog.text
    assert Fill.objects.get().state == FillState.WAITING


def test_no_extreme_of_any_pixel_column_is_lost(
    client: Client, works: Connection, world: platform.World
) -> None:
    window = archive(works, "heat", **YEAR)
    said = asked(client, works, "heat", **YEAR, width="1000")
    times, values = decoded(said["series"][0]["trace"])
    true_times, true_values = world.meters["heat"].points(window)
    borders = np.linspace(true_times[0], true_times[0] + 366 * 86_400_000_000, 1001)
    mine = np.searchsorted(borders, times * 1000, side="right") - 1
    real = np.searchsorted(borders, true_times, side="right") - 1
    for column in range(1000):
        drawn, raw = values[mine == column], true_values[real == column]
        assert (drawn.min(), drawn.max()) == (raw.min(), raw.max())


@pytest.mark.parametrize("width", ["200", "1000", "4000", "99999"])
def test_a_series_stays_within_16_kilobytes_compressed(
    client: Client, works: Connection, world: platform.World, width: str
) -> None:
    noise = np.random.default_rng(3)
    world.meters["heat"].formula = lambda steps: np.round(noise.random(steps.size) * 100, 3)
    archive(works, "heat", **YEAR)
    url = address("data", works, "heat", **YEAR, width=width)
    answer = client.get(url, headers={"Accept-Encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"
    assert len(answer.content) <= 16_384
    assert orjson.loads(gzip.decompress(answer.content))["series"][0]["raw"] == 366 * 96


def test_an_absence_of_points_is_a_gap_and_not_a_line(
    client: Client, works: Connection, world: platform.World
) -> None:
    world.meters["heat"].hole = (moment("2024-03-01T06:00:00Z"), moment("2024-03-01T09:00:00Z"))
    said = asked(client, works, "heat", **DAY)
    _, values = decoded(said["series"][0]["trace"])
    assert np.isnan(values).sum() == 1
    assert said["series"][0]["trace"]["connectgaps"] is False


def test_one_failing_series_is_a_note_and_not_a_failed_chart(
    client: Client, works: Connection, world: platform.World
) -> None:
    del world.meters["power"]
    said = asked(client, works, "heat", "power", **DAY)
    heat, power = said["series"]
    assert (heat["state"], heat["raw"]) == ("complete", 96)
    assert power["state"] == "failed"
    assert power["words"] == "The platform has no such series."
    assert power["whose"] == "the platform"


def test_a_refused_sign_in_is_said_beside_the_series_and_asks_for_no_fill(
    client: Client, works: Connection, world: platform.World
) -> None:
    world.troubles["heat"] = AuthFailed("The platform did not accept the password.")
    said = asked(client, works, "heat", **YEAR)
    assert said["series"][0]["state"] == "failed"
    assert said["series"][0]["whose"] == "the account at the platform"
    assert not Fill.objects.exists()


def test_a_platform_that_is_down_keeps_what_is_read_and_tries_on_in_the_background(
    client: Client, works: Connection, world: platform.World
) -> None:
    archive(works, "heat", **DAY)
    world.troubles["heat"] = Unavailable("The platform does not answer.")
    said = asked(client, works, "heat", start=DAY["start"], end="2024-03-03T00:00:00Z")
    (one,) = said["series"]
    assert (one["state"], one["raw"]) == ("filling", 96)
    assert one["progress"] == 0.5
    assert Fill.objects.get().state == FillState.WAITING


def test_a_failed_fill_is_told_and_not_asked_for_again_until_the_person_says_so(
    client: Client, works: Connection, world: platform.World
) -> None:
    first = asked(client, works, "heat", **YEAR)
    Fill.objects.update(state=FillState.FAILED, trouble="It broke.", ended_at=datetime.now(UTC))
    told = asked(client, works, "heat", **YEAR)
    assert (told["series"][0]["state"], told["series"][0]["words"]) == ("failed", "It broke.")
    assert Fill.objects.count() == 1
    again = asked(client, works, "heat", **YEAR, again="1")
    assert again["series"][0]["state"] == "aggregate"
    assert again["series"][0]["fill"] != first["series"][0]["fill"]


def test_a_series_of_words_says_where_its_points_are(
    client: Client, works: Connection, world: platform.World
) -> None:
    world.meters["heat"].words = True
    said = asked(client, works, "heat", **DAY)
    assert said["series"][0]["state"] == "failed"
    assert "CSV" in said["series"][0]["words"]


def test_a_settled_past_is_answered_304_until_something_changes(
    client: Client, works: Connection, world: platform.World
) -> None:
    url = address("data", works, "heat", **DAY)
    client.get(url)
    known = client.get(url)["ETag"]
    assert client.get(url, headers={"If-None-Match": known}).status_code == 304
    wider = address("data", works, "heat", **DAY, width="500")
    assert client.get(wider, headers={"If-None-Match": known}).status_code == 200


def test_a_window_that_is_not_settled_is_never_kept(
    client: Client, works: Connection, world: platform.World
) -> None:
    world.meters["heat"].end = datetime.now(UTC) + timedelta(days=1)
    answer = client.get(address("data", works, "heat", span="P1D"))
    assert "ETag" not in answer
    assert answer["Cache-Control"] == "private, no-store"


def test_a_span_ends_at_the_newest_point_of_a_series_that_ended_long_ago(
    client: Client, works: Connection, world: platform.World
) -> None:
    world.meters["heat"].end = datetime(2015, 7, 1, tzinfo=UTC)
    said = asked(client, works, "heat", span="P7D", zone="UTC")
    assert said["window"]["to"] == "2015-06-30T23:46"
    assert "30 Jun 2015" in said["note"]
    assert said["series"][0]["raw"] == 7 * 96


def test_each_unit_has_an_axis_and_names_are_text_to_plotly(
    client: Client, works: Connection, world: platform.World
) -> None:
    works.seen.filter(node="heat").update(name="<img src=x onerror=alert(1)>", unit="<b>kWh")
    said = asked(client, works, "heat", "power", **DAY)
    heat, power = said["series"]
    assert heat["trace"]["name"] == "&lt;img src=x onerror=alert(1)&gt; (&lt;b&gt;kWh)"
    assert said["layout"]["yaxis"]["title"]["text"] == "&lt;b&gt;kWh"
    assert (heat["trace"]["yaxis"], power["trace"]["yaxis"]) == ("y", "y2")
    assert said["layout"]["yaxis2"]["side"] == "right"


def test_the_cost_in_queries_does_not_grow_with_the_number_of_series(
    client: Client, works: Connection, world: platform.World
) -> None:
    for node in ("a", "b", "c", "d"):
        world.meters[node] = platform.Meter()
    archive(works, "a", "b", "c", "d", **DAY)
    with CaptureQueriesContext(
        database,
    ) as one:
        asked(client, works, "a", **DAY)
    with CaptureQueriesContext(database) as four:
        asked(client, works, "a", "b", "c", "d", **DAY)
    assert len(four) - len(one) == 3  # each series' segments
    assert len(one) <= 10
