"""A record is published to a database of Avista from its form, and stands on its attribute's chart;
what the list of its functions and the form say on the way."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Complaints
from tests.browser.walking import (
    browse,
    call,
    details,
    field,
    fit_to_be_seen,
    leaf,
    opened,
    twig,
)

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

HERE = "Sandbox Avista Digital Exchange"
PLACE = ("Time-series databases", "UK homes")
ASSET = "walked-meter"
DRAWN = "() => [...document.getElementById('plot').data[0].y]"


@pytest.fixture
def database(page: Page) -> Page:
    """At the page of a time-series database."""
    browse(page, HERE, PLACE[0])
    details(page, PLACE[1])
    return page


def example(page: Page) -> list[dict[str, object]]:
    """What the form gives as an example, filled in by its button."""
    page.get_by_role("button", name="Fill it in").first.click()
    records: list[dict[str, object]] = json.loads(field(page, "Records").input_value())
    return records


def published(page: Page, *values: float) -> None:
    """The example, changed to an hour's worth of each value, until now; opens the asset's page."""
    page.get_by_role("main").get_by_role("link", name="Publish records", exact=True).click()
    now, (one,) = datetime.now(UTC), example(page)
    hours = [now - timedelta(hours=at) for at in range(len(values), 0, -1)]
    times = [int(hour.timestamp() * 1000) for hour in hours]
    records = [{**one, "time": at, "measure_value": v} for at, v in zip(times, values, strict=True)]
    field(page, "Asset").fill(ASSET)
    field(page, "Records").fill(json.dumps(records))
    page.get_by_role("main").get_by_role("button", name="Publish records", exact=True).click()
    page.get_by_text("The platform did it").wait_for()


def test_published_records_are_drawn_on_the_chart_of_their_attribute(database: Page) -> None:
    published(database, 20.5, 22.25, 21.0)
    fit_to_be_seen(database)
    opened(database)
    expect(database.get_by_role("heading", level=1)).to_have_text(ASSET)
    browse(database, HERE, *PLACE)
    twig(database, ASSET).click()
    leaf(database, "power").click()
    database.get_by_role("main").get_by_role("link", name="Chart", exact=True).click()
    database.locator(".scatterlayer .trace path.js-line").first.wait_for(state="attached")
    assert database.evaluate(DRAWN) == [20.5, 22.25, 21.0]


def test_a_wrong_record_is_named_beside_the_field(database: Page, complaints: Complaints) -> None:
    complaints.expected = ("422 (Unprocessable",)
    call(database, "Publish records", Asset=ASSET, Records='[{"time": 1}]')
    said = database.locator(".field-error")
    expect(said).to_have_text(re.compile("No. 1, measure_name: Field required"))
    field(database, "Records").fill("[{]")
    database.get_by_role("main").get_by_role("button", name="Publish records", exact=True).click()
    expect(said).to_have_text(re.compile("This is no JSON: .* at line 1, column 3"))
    fit_to_be_seen(database)


def test_functions_are_found_by_words_in_any_order(page: Page) -> None:
    page.goto("/connections/")
    page.get_by_role("link", name=HERE, exact=True).click()
    page.get_by_role("main").get_by_role("link", name="Functions").click()
    fit_to_be_seen(page)
    page.get_by_role("searchbox").fill("records publish database")
    page.get_by_role("button", name="Find").click()
    expect(page.locator(".functions li")).to_have_count(1)
    page.get_by_role("link", name="Publish records").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Publish records")
