"""The explorer's page, saved charts, table, statistics and CSV, by HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import plotly.offline
import pytest
from django.conf import settings
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from connectors.errors import Unavailable
from dashboard.access import Role
from dashboard.accounts.models import Membership, Person, Workspace
from dashboard.activity.models import Event
from dashboard.charts.models import Chart, ChartSeries
from dashboard.connections.models import Connection
from tests.charts.conftest import DAY, YEAR, address
from tests.charts.platform import service as platform

NOBODY = "899f01b4-b377-4c01-9bcd-fe969faaf724"

HOSTILE = "<img src=x onerror=alert(1)>\"'&"
PAGES = ("explore", "data", "table", "statistics", "csv")


def saved(client: Client, works: Connection, **words: str) -> Chart:
    form = {"name": "Heat", "series": [f"{works.pk}:heat"], "zone": "Europe/Paris", **DAY, **words}
    answer = client.post("/charts/save/", form)
    assert answer.status_code == 302
    return Chart.objects.order_by("-changed_at")[0]


def test_the_vendored_plotly_is_the_version_that_the_package_draws_for() -> None:
    bundle = Path(settings.ROOT, "static/vendor/plotly-basic.min.js")
    assert f"v{plotly.offline.get_plotlyjs_version()}" in bundle.read_text()[:200]


def test_the_page_shows_its_series_and_holds_nothing_the_content_policy_forbids(
    client: Client, works: Connection, world: platform.World
) -> None:
    works.seen.filter(node="heat").update(name=HOSTILE, unit=HOSTILE[:60])
    page = client.get(address("explore", works, "heat", "power", **DAY)).content.decode()
    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert " style=" not in page
    assert "no-inline-styles" in page


def test_a_chart_is_named_after_its_series_at_first(client: Client, works: Connection) -> None:
    works.seen.filter(node="heat").update(name="H" * 300)
    page = client.get(address("explore", works, "heat", "power", **DAY)).content.decode()
    assert f'value="{"H" * 109} and 1 more"' in page


def test_an_explorer_without_series_says_what_to_do(client: Client, works: Connection) -> None:
    page = client.get("/charts/explore/").content.decode()
    assert "Which series?" in page
    assert "plotly-basic" not in page


@pytest.mark.parametrize(
    ("words", "field", "sentence"),
    [
        ({"start": "2024-02-01", "end": "2024-01-01"}, "end", "ends before it starts"),
        ({"start": "2024-02-01", "end": "2024-02-01"}, "end", "The window is empty"),
        ({"start": "yesterday", "end": "2024-01-01"}, "start", "Write a date and time like"),
        ({"end": "2024-01-01"}, "start", "Say when the window starts"),
        ({"start": "0001-01-01", "end": "2024-01-01"}, "start", "between 1900 and 2199"),
        ({"span": "P3W"}, "span", "knows no width “P3W”"),
        ({"zone": "Mars/Olympus"}, "zone", "no time zone “Mars/Olympus”"),
        ({"zone": "../../etc/passwd"}, "zone", "no time zone"),
    ],
)
def test_bad_input_is_a_sentence_beside_its_field_and_nothing_is_lost(
    client: Client, works: Connection, words: dict[str, str], field: str, sentence: str
) -> None:
    answer = client.get(address("explore", works, "heat", **words))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    assert "Heat meter" in page
    for typed in words.values():
        assert typed in page
    said = client.get(address("data", works, "heat", **words))
    assert said.status_code == 422
    assert sentence in " ".join(said.json()["errors"][field])


@pytest.mark.parametrize("series", ["", "x", "1:2", NOBODY, f"{NOBODY}:", "x" * 9000])
def test_a_series_that_nobody_can_read_is_refused_in_words(client: Client, series: str) -> None:
    answer = client.get("/charts/data/", {"series": [series or "?", ""]})
    assert answer.status_code == 422
    assert "open it anew" in answer.json()["errors"]["__all__"][0]


def test_seventeen_series_are_too_many(client: Client, works: Connection) -> None:
    answer = client.get(address("data", works, *(f"m{n}" for n in range(17))))
    assert "at most 16" in answer.json()["errors"]["__all__"][0]


@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_sees_nothing_of_a_series(
    client_of: Callable[[Person], Client],
    works: Connection,
    bob: Person,
    charlie: Person,
    page: str,
) -> None:
    url = address(page, works, "heat", **DAY)
    assert client_of(charlie).get(url).status_code == 404
    assert client_of(bob).get(url).status_code == 200
    assert Client().get(url).status_code == 302


def test_only_editors_save_and_delete_and_strangers_find_no_chart(
    client: Client,
    client_of: Callable[[Person], Client],
    works: Connection,
    bob: Person,
    charlie: Person,
) -> None:
    chart = saved(client, works)
    form = {"name": "Mine", "series": [f"{works.pk}:heat"], **DAY}
    for person, save, see, drop in ((bob, 403, 200, 403), (charlie, 404, 404, 404)):
        theirs = client_of(person)
        assert theirs.post("/charts/save/", form).status_code == save
        assert theirs.get(f"/charts/{chart.pk}/").status_code == see
        assert theirs.post(f"/charts/{chart.pk}/delete/").status_code == drop
    assert Chart.objects.get() == chart


def test_a_chart_is_saved_opened_changed_and_deleted(
    client: Client, works: Connection, world: platform.World
) -> None:
    chart = saved(client, works)
    assert (chart.start, chart.zone) == (datetime(2024, 3, 1, tzinfo=UTC), "Europe/Paris")
    page = client.get(f"/charts/{chart.pk}/").content.decode()
    assert "Heat meter" in page
    assert "2024-03-01T01:00" in page
    week = {"name": "Heat, a week", "start": "", "end": "", "span": "P7D"}
    changed = saved(client, works, chart=str(chart.pk), **week)
    assert (changed.pk, changed.span, changed.start) == (chart.pk, "P7D", None)
    assert "Heat, a week" in client.get("/charts/").content.decode()
    asked = client.get(f"/charts/{chart.pk}/delete/").content.decode()
    assert "Delete “<bdi>Heat, a week</bdi>”?" in asked
    client.post(f"/charts/{chart.pk}/delete/")
    assert not Chart.objects.exists()
    verbs = list(Event.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs == ["saved chart", "changed chart", "deleted chart"]


def test_a_saved_chart_shows_the_window_that_its_address_adds(
    client: Client, works: Connection, world: platform.World
) -> None:
    chart = saved(client, works, start="", end="", span="P1Y")
    page = client.get(f"/charts/{chart.pk}/", DAY).content.decode()
    assert "2024-03-01T01:00" in page


def test_a_chart_without_a_name_is_not_saved_and_keeps_its_series(
    client: Client, works: Connection
) -> None:
    form = {"name": " ", "series": [f"{works.pk}:heat"], **DAY}
    answer = client.post("/charts/save/", form)
    assert answer.status_code == 422
    assert "Give the chart a name." in answer.content.decode()
    assert "Heat meter" in answer.content.decode()
    assert not Chart.objects.exists()


def test_a_chart_over_two_workspaces_is_drawn_but_not_saved(
    client: Client, works: Connection, alice: Person
) -> None:
    other = Workspace.objects.create(name="Other")
    Membership.objects.create(workspace=other, person=alice, role=Role.EDITOR)
    twin = Connection.objects.create(workspace=other, kind="works", name="Twin")
    form = {"name": "Both", "series": [f"{works.pk}:heat", f"{twin.pk}:heat"], **DAY}
    answer = client.post("/charts/save/", form)
    assert answer.status_code == 422
    assert "belongs to one workspace" in answer.content.decode()


def test_the_list_costs_the_same_for_fifty_charts(
    client: Client, works: Connection, workspace: Workspace
) -> None:
    charts = [Chart(workspace=workspace, name=f"Chart {n:02}", span="P7D") for n in range(60)]
    Chart.objects.bulk_create(charts)
    ChartSeries.objects.bulk_create(
        ChartSeries(chart=chart, connection=works, node="heat", label="Heat") for chart in charts
    )
    with CaptureQueriesContext(database) as queries:
        page = client.get("/charts/").content.decode()
    assert len(queries) <= 10
    assert page.count("row-name") == 50


def test_the_table_shows_the_drawn_points_with_their_offset_in_pages_of_fifty(
    client: Client, works: Connection, world: platform.World
) -> None:
    night = {"start": "2024-10-27T00:00:00Z", "end": "2024-10-28T00:00:00Z"}
    client.get(address("data", works, "heat", **night))
    url = address("table", works, "heat", zone="Europe/Paris", **night)
    page = client.get(url).content.decode()
    assert "27 Oct 2024 02:00 +02:00" in page
    assert "27 Oct 2024 02:00 +01:00" in page
    assert page.count("point-time") == 50
    assert client.get(f"{url}&page=2").content.decode().count("point-time") == 46
    part = client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "point-time" in part


def test_statistics_count_every_point_and_every_gap(
    client: Client, works: Connection, world: platform.World
) -> None:
    hole = ("2024-03-01T06:00:00+00:00", "2024-03-01T09:00:00+00:00")
    world.meters["heat"].hole = tuple(map(datetime.fromisoformat, hole))  # type: ignore[assignment]
    world.meters["heat"].formula = lambda steps: (steps % 96).astype(float)
    client.get(address("data", works, "heat", **DAY))
    page = client.get(address("statistics", works, "heat", zone="UTC", **DAY)).content.decode()
    cells = [part.split("<")[0] for part in page.split('class="number" data-label=')[1:]]
    assert cells == [
        '"Points">84',
        '"Lowest">0',
        '"Highest">95',
        '"Mean">50.07143',
        '"First">0',
        '"Last">95',
        '"Gaps">1',
    ]


def test_the_csv_has_every_point_exactly_with_local_times_and_offsets(
    client: Client, works: Connection, world: platform.World
) -> None:
    world.meters["heat"].formula = lambda steps: steps / 3
    works.seen.filter(node="heat").update(name="=cmd()")
    night = {"start": "2024-10-27T00:30:00Z", "end": "2024-10-27T01:30:00Z"}
    answer = client.get(address("csv", works, "heat", zone="Europe/Paris", **night))
    lines = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert answer["Content-Disposition"] == 'attachment; filename="tieline_20241027-20241027.csv"'
    assert lines[0] == "time,connection,series,unit,value"
    assert [line.split(",")[0] for line in lines[1:]] == [
        "2024-10-27T02:30:00+02:00",
        "2024-10-27T02:45:00+02:00",
        "2024-10-27T02:00:00+01:00",
        "2024-10-27T02:15:00+01:00",
    ]
    assert lines[1].split(",")[1:4] == ["Gas works", "'=cmd()", "kWh"]
    first = platform.micros(datetime(2024, 10, 27, 0, 30, tzinfo=UTC)) // 900_000_000
    assert [float(line.split(",")[4]) for line in lines[1:]] == [(first + n) / 3 for n in range(4)]


def test_a_csv_that_is_long_to_read_becomes_an_export(
    client: Client, works: Connection, world: platform.World
) -> None:
    answer = client.get(address("csv", works, "heat", **YEAR))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/exports/new")
    assert "start=2024-01-01T00%3A00%3A00Z" in answer["Location"]
    assert world.reads == []


def test_a_csv_says_when_the_platform_does_not_answer(
    client: Client, works: Connection, world: platform.World
) -> None:
    world.troubles["heat"] = Unavailable("The platform does not answer.")
    answer = client.get(address("csv", works, "heat", **DAY))
    assert answer.status_code == 503
    assert "The platform does not answer." in answer.content.decode()


def test_series_are_found_by_a_part_of_their_name_and_added_to_what_is_shown(
    client: Client, client_of: Callable[[Person], Client], works: Connection, charlie: Person
) -> None:
    url = address("pick", works, "heat", text="POW", **DAY)
    page = client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "Add Power" in page
    assert f"series={works.pk}:power" in page
    assert f"series={works.pk}%3Aheat" in page
    assert "No series" in client.get("/charts/pick/", {"text": "zzz"}).content.decode()
    assert "Add Power" not in client_of(charlie).get("/charts/pick/?text=POW").content.decode()
