"""Exports as a person makes them: now and by themselves; the files equal the platform's points."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest
from playwright.sync_api import expect

from tests.browser import platform
from tests.demo.running import Demo

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

WEEK = {"start": "2016-07-01T00:00:00+00:00", "end": "2016-07-08T00:00:00+00:00"}


@pytest.fixture
def chart(page: Page) -> Page:
    """The week of the demo's real home, opened from its saved chart."""
    page.goto("/charts/")
    page.get_by_role("link", name="A year of a real home").click()
    page.locator(".legend-drop").nth(1).click()
    page.get_by_label("From", exact=True).fill("2016-07-01T00:00")
    page.get_by_label("To", exact=True).fill("2016-07-08T00:00")
    page.get_by_label("Time zone", exact=True).fill("UTC")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("#shown-window")).to_contain_text("1 Jul 2016 00:00 +00:00")
    return page


def read_csv(file: Path) -> dict[datetime, float]:
    rows = list(csv.DictReader(io.StringIO(file.read_text())))
    return {datetime.fromisoformat(row["time"]): float(row["value"]) for row in rows}


def read_parquet(file: Path) -> dict[datetime, float]:
    table = pq.read_table(file).to_pydict()
    return dict(zip(table["time"], table["value"], strict=True))


def downloaded(page: Page, folder: Path, *, ending: str) -> Path:
    """The run's file, once the page says that it is there."""
    link = page.get_by_role("link", name=re.compile(rf"^Download .*\.{ending}$"))
    link.wait_for(timeout=60_000)
    with page.expect_download() as download:
        link.click()
    file = folder / str(download.value.suggested_filename)
    download.value.save_as(file)
    return file


@pytest.mark.parametrize(("label", "ending"), [("CSV", "csv"), ("Parquet", "parquet")])
def test_an_export_from_the_chart_equals_the_platform_to_the_last_digit(
    label: str, ending: str, chart: Page, demo: Demo, tmp_path: Path
) -> None:
    chart.get_by_role("link", name="Export…").click()
    chart.get_by_label("Name").fill(f"A week as {label}")
    chart.get_by_text(label, exact=True).click()
    chart.get_by_role("button", name="Export now").click()
    file = downloaded(chart, tmp_path, ending=ending)
    read = {"csv": read_csv, "parquet": read_parquet}[ending]
    assert len(read(file)) == 168
    assert read(file) == platform.values(demo, **WEEK)


def test_a_scheduled_export_runs_at_its_time_and_holds_what_the_platform_has(
    page: Page, demo: Demo, tmp_path: Path
) -> None:
    page.goto("/charts/")
    page.get_by_role("link", name="The campus this week").click()
    page.get_by_role("link", name="Export…").click()
    page.get_by_label("Name").fill("The campus, this very minute")
    page.get_by_label("Time zone").select_option("UTC")
    page.get_by_label("When", exact=True).select_option(label="By a rule of your own")
    due = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
    if due - datetime.now(UTC) < timedelta(seconds=10):
        due += timedelta(minutes=1)
    page.get_by_label("Your rule").fill(f"{due.minute} {due.hour} * * *")
    page.get_by_role("button", name="Schedule it").click()
    page.wait_for_url(re.compile(r"/exports/[0-9a-f-]{36}/$"))
    for _ in range(30):  # a page of the export's runs is looked at again and again, as people do
        if page.get_by_role("link", name=re.compile(due.strftime("%H:%M"))).count():
            break
        page.wait_for_timeout(5_000)
        page.reload()
    page.locator("table .row-name").first.click()
    file = downloaded(page, tmp_path, ending="csv")
    day = due.date()
    window = {"start": f"{day - timedelta(days=1)}T00:00:00+00:00", "end": f"{day}T00:00:00+00:00"}
    rows = list(csv.DictReader(io.StringIO(file.read_text())))
    for name in ("Library electric power (synthetic)", "Laboratory electric power (synthetic)"):
        mine = {
            datetime.fromisoformat(row["time"]): float(row["value"])
            for row in rows
            if row["series"].startswith(name)
        }
        assert len(mine) == 1440
        assert mine == platform.values(demo, name=name, **window)
